"""Compares the models with what the migrations make, on a database of its own."""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from alembic import command  # noqa: E402 -- the checkout is not installed
from alembic.util import CommandError  # noqa: E402

from app.cli.db import alembic, upgrade  # noqa: E402
from app.embedded import Postgres  # noqa: E402


def main() -> int:
    """Migrate an empty database and ask Alembic what is still missing."""
    folder = Path(tempfile.mkdtemp(prefix="portal-check-", dir="/tmp"))
    folder.chmod(0o711)
    server = Postgres(folder / "pg", durable=False)
    try:
        server.start()
        url = server.url("portal_migrator")
        upgrade(url)
        command.check(alembic(url))
    except CommandError as problem:
        print(problem)
        return 1
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
