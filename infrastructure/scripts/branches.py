"""``make coverage``: which branches of the domain and the services the tests take; 95 % is the least.

Lines are not counted: a branch that no test takes is a rule that nobody has tried.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("app/domain", "app/services")
LEAST = 95.0
REPORT = ROOT / "var" / "coverage.json"
Taken = tuple[int, int]
"""How many branches are taken, of how many."""


def main() -> int:
    """Run all but the journeys, print what is not tried, and tell whether both floors have enough."""
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.unlink(missing_ok=True)
    tests = _run()
    if not REPORT.exists():
        return tests or 1
    files = json.loads(REPORT.read_text("utf-8"))["files"]
    enough = [_tell(floor, files) for floor in FLOORS]
    return tests or int(not all(enough))


def _run() -> int:
    words = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("TEST_PROCESSES", "2")]
    words += ["--dist", "loadgroup", "--ignore", "tests/journeys", "-p", "no:cacheprovider"]
    words += [word for floor in FLOORS for word in ("--cov", floor)]
    words += ["--cov-branch", f"--cov-report=json:{REPORT}"]
    words += os.environ.get("PYTEST_ARGS", "").split()
    return subprocess.run(words, cwd=ROOT, check=False).returncode


def _tell(floor: str, files: dict[str, Any]) -> bool:
    """Print a floor with its rooms and what is missing in them; tell whether it has enough."""
    rooms: dict[str, list[Taken]] = defaultdict(list)
    whole: list[Taken] = []
    for name, known in sorted(files.items()):
        if not name.startswith(f"{floor}/"):
            continue
        taken = _taken(known)
        whole.append(taken)
        rooms[str(Path(name).parent)].append(taken)
        if _share([taken]) < LEAST:
            missing = ", ".join(_arrow(each) for each in known["missing_branches"])
            print(f"{_share([taken]):6.1f} %  {name}: {missing}")
    for room, parts in sorted(rooms.items()):
        print(f"{_share(parts):6.1f} %  {room}/")
    print(f"{_share(whole):6.1f} %  of {sum(all_ for _, all_ in whole)} branches of {floor}\n")
    return _share(whole) >= LEAST


def _taken(known: dict[str, Any]) -> Taken:
    summary = known["summary"]
    return summary["covered_branches"], summary["num_branches"]


def _share(parts: list[Taken]) -> float:
    number = sum(all_ for _, all_ in parts)
    return 100 * sum(taken for taken, _ in parts) / number if number else 100.0


def _arrow(branch: list[int]) -> str:
    return f"{branch[0]}→{'end' if branch[1] < 0 else branch[1]}"


if __name__ == "__main__":
    sys.exit(main())
