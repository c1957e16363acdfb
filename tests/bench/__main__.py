"""``make bench``: our pages beside stock ones, the phone beside a bare page, the season workbooks.

Each in a process of its own: Linux counts the memory of whoever starts a process as the child's, too.
"""

import subprocess
import sys

MEASURED = ("tests.bench.lists", "tests.bench.home", "tests.bench.import_season")


def main() -> int:
    """Measure one after the other; stop at the first that fails."""
    for name in MEASURED:
        failed = subprocess.run([sys.executable, "-m", name], check=False).returncode
        if failed:
            return failed
    return 0


if __name__ == "__main__":
    sys.exit(main())
