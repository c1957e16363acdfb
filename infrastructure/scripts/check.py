"""``make check``: every tool of the quality gate, each named with its result; all must be clean."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
VERSIONS = ROOT / "migrations" / "versions"
TEMPLATES = ("admin/templates", "portal/templates", "app/templates", "reports/templates")
SQUAWK_OFF = (
    "prefer-robust-stmts",  # each migration is one transaction
    "prefer-bigint-over-int",  # FAB's keys, and counters that are small on purpose
    "prefer-bigint-over-smallint",
    "prefer-text-field",  # a length is a promise to a form
    "prefer-timestamp-tz",  # FAB's own tables
    "require-lock-timeout",  # env.py sets both on the connection
    "require-statement-timeout",
)


def main() -> int:
    """Run all, print one line each, show what a failing tool says."""
    templates = [place for place in TEMPLATES if (ROOT / place).is_dir()]
    checks = {
        "ruff": [tool("ruff"), "check", "."],
        "ruff format": [tool("ruff"), "format", "--check", "."],
        "mypy": [tool("mypy")],
        "import-linter": [tool("lint-imports")],
        "djlint": [tool("djlint"), "--lint", "--quiet", *templates],
        "deptry": [tool("deptry"), "."],
        "models and migrations": [sys.executable, "infrastructure/scripts/check_migrations.py"],
    }
    results = [report(name, run(words)) for name, words in checks.items()]
    results += [report("migrations are numbered", numbered()), report("squawk", squawk())]
    return 0 if all(results) else 1


def tool(name: str) -> str:
    """Return the path of an installed tool."""
    return str(BIN / name)


def run(words: list[str], **options: object) -> str:
    """Run a tool; return what it says when it is not content, else nothing."""
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ}, **options
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip() or "failed"


def report(name: str, complaint: str) -> bool:
    """Print one line for a check, and its complaint below."""
    print(f"{'FAIL' if complaint else 'ok  '}  {name}", flush=True)
    if complaint:
        print("\n".join(f"      {line}" for line in complaint.splitlines()), flush=True)
    return not complaint


def numbered() -> str:
    """Check that migrations count up without a gap and HEAD names the last."""
    names = sorted(path.name for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    for place, name in enumerate(names, start=1):
        if not re.fullmatch(rf"{place:04d}_[a-z0-9_]+\.py", name):
            return f"{name} should be number {place:04d}"
    head = (ROOT / "migrations" / "HEAD").read_text().strip()
    last = names[-1][:4] if names else ""
    return "" if head[:4] == last else f"HEAD says {head}, the last migration is {last}"


def squawk() -> str:
    """Write every migration as SQL and let squawk read it."""
    script = (
        "import sys; sys.path.insert(0, '.');"
        "from alembic import command; from app.cli.db import alembic;"
        "command.upgrade(alembic('postgresql+psycopg://'), 'head', sql=True)"
    )
    made = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if made.returncode:
        return f"the migrations cannot be written as SQL:\n{made.stderr[-2000:]}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "migrations.sql"
        file.write_text(made.stdout)
        words = [tool("squawk"), "--pg-version", "16"]
        return run([*words, "--exclude", ",".join(SQUAWK_OFF), str(file)])


if __name__ == "__main__":
    sys.exit(main())
