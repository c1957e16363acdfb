"""An own PostgreSQL: made on first start, run as our child, gone with us."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.embedded.home import environment, find_home, socket_folder
from app.embedded.process import EmbeddedError, spawn, stop, wait_until

DATABASE = "portal"
SUPERUSER = "postgres"
PREPARE = Path(__file__).parents[2] / "migrations"
SOCKET = ".s.PGSQL.5432"

SETTINGS = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "shared_buffers=64MB",
    "max_connections=80",
    "log_min_messages=warning",
    "log_destination=stderr",
    "timezone=UTC",
    "jit=off",
    "io_method=sync",
)
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""For tests, whose data nobody will miss."""


class Postgres:
    """One server. It listens on a unix socket in a folder that only its account can enter."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._wanted = folder
        self._settings: Sequence[str] = SETTINGS if durable else (*SETTINGS, *HASTY)
        self._child: subprocess.Popen[bytes] | None = None
        self._sockets = folder
        self.log = folder / "postgres.log"
        self.notice: str | None = None
        self.is_new = False

    def start(self) -> None:
        """Bring the server up, with the portal's roles and an empty database on first start."""
        home = find_home(self._wanted.absolute())
        self.notice = home.notice
        data = home.folder / "pg18"
        if not (data / "PG_VERSION").exists():
            self.is_new = True
            half = home.make("pg18.half")
            shutil.rmtree(half)
            home.make("pg18.half")
            home.run(
                "initdb", "--pgdata", str(half), "--username", SUPERUSER, "--auth=trust",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions",
            )  # fmt: skip
            half.rename(data)
        self._sockets = socket_folder(home.folder / "run", SOCKET, home.account)
        words: list[str | Path] = [home.programs / "postgres", "-D", data, "-k", self._sockets]
        with self.log.open("ab") as log:
            self._child = spawn(
                [*words, *(word for setting in self._settings for word in ("-c", setting))],
                last_signal=signal.SIGINT,
                account=home.account,
                output=log,
                environment=environment(),
                folder=home.folder,
            )
        wait_until(self._answers, self._child, "PostgreSQL", self.log, limit=60)
        self.is_new |= self._prepare()

    def stop(self) -> None:
        """Shut the server down and tell whoever is still connected."""
        if self._child is not None:
            stop(self._child, signal.SIGINT)
            self._child = None
        if self._sockets.parent == Path("/tmp"):  # noqa: S108 -- ours, made by mkdtemp
            shutil.rmtree(self._sockets, ignore_errors=True)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return SQLAlchemy's address of a database, for ``role``."""
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self._sockets), safe='/')}"

    def group(self) -> int:
        """Return the process group of the running server."""
        if self._child is None:
            raise EmbeddedError("The server is not running.")
        return self._child.pid

    def alive(self) -> bool:
        """Tell whether the server process still runs."""
        return self._child is not None and self._child.poll() is None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open an autocommit connection as the superuser, for preparing databases."""
        return psycopg.connect(
            host=str(self._sockets), user=SUPERUSER, dbname=database, autocommit=True
        )

    def create(self, database: str, template: str | None = None) -> None:
        """Make a database with the portal's grants, or an exact copy of ``template``."""
        with self.connect() as connection:
            name = sql.Identifier(database)
            if template is not None:
                copy = sql.SQL(
                    "CREATE DATABASE {} TEMPLATE {} OWNER portal_owner STRATEGY FILE_COPY"
                )
                connection.execute(copy.format(name, sql.Identifier(template)))
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
                connection.execute(
                    sql.SQL(
                        "GRANT CONNECT ON DATABASE {} TO"
                        " portal_app, portal_worker, portal_report, portal_migrator"
                    ).format(name)
                )
                return
            connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        with self.connect(database) as connection:
            connection.execute((PREPARE / "schema.sql").read_bytes())

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connect() as connection:
            name = sql.Identifier(database)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> bool:
        """Make the roles and the database where they are missing; tell whether it was new."""
        with self.connect() as connection:
            connection.execute((PREPARE / "roles.sql").read_bytes())
            found = connection.execute(
                "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
        if found is None:
            self.create(DATABASE)
        return found is None


def unclaimed(folder: Path) -> None:
    """Refuse a folder whose PostgreSQL another process is still running."""
    claim = folder / "pg18" / "postmaster.pid"
    if not claim.exists():
        return
    pid = int(claim.read_text().splitlines()[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    raise EmbeddedError(f"The database in {folder} is in use by process {pid}. Stop it first.")
