"""``make contract``: run every test that stands before a gate, and list the operations it proved."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the tests; print each vendor's operations with how many runs proved each."""
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *gated()]
        done = subprocess.run(
            words, cwd=ROOT, env={**os.environ, "GATE_LOG": log.name}, check=False
        )
        proven = Counter(line.strip() for line in log)
    for operation, count in sorted(proven.items()):
        print(f"{count:5}  {operation}")
    print(f"{len(proven)} operations, {'0 violations' if done.returncode == 0 else 'see above'}")
    return done.returncode


def gated() -> list[str]:
    """Name the test files that serve a simulator, themselves or by a fixture of their folder."""
    marked = [
        path for path in (ROOT / "tests").rglob("*.py") if "needs_specs" in path.read_text("utf-8")
    ]
    return sorted(
        {
            str(path.parent if path.name == "conftest.py" else path)
            for path in marked
            if path.parent.name != "simulators"
        }
    )


if __name__ == "__main__":
    sys.exit(main())
