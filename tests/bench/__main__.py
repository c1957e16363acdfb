"""``make bench``: our staff list beside a stock one, then the season workbooks."""

import sys

from tests.bench import import_season, lists

if __name__ == "__main__":
    sys.exit(lists.main() or import_season.main())
