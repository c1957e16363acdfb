"""``make run``: the whole product in one terminal, and nothing left of it afterwards."""

import fcntl
import importlib.util
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.cli.db import MIGRATIONS, upgrade
from app.embedded import EmbeddedError, Postgres, Redis
from app.embedded.crew import Crew
from app.first_start import forget_addresses, note_addresses
from app.settings import SettingError
from app.tls import Certificate, certificate
from config import Config

HOST = "127.0.0.1"
CHECKOUT = Path(__file__).parents[1]
READY_LIMIT = 60.0


class StartError(RuntimeError):
    """The product cannot start; the message says what to do."""


def main() -> int:
    """Run the product until it is told to stop; return the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    began = time.monotonic()
    environment = dict(os.environ)
    try:
        with _running(environment, began):
            return 0
    except (StartError, EmbeddedError, SettingError) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 0


@contextmanager
def _running(environment: MutableMapping[str, str], began: float) -> Iterator[None]:
    """Start everything in order, listen until interrupted, and stop everything in turn."""
    port = _port(environment)
    secure = _certificate(environment, port)
    config = Config.load(environment)
    var = config.var
    with _only_one(var):
        logs = var / "log"
        logs.mkdir(parents=True, exist_ok=True)
        crew = Crew(environment, CHECKOUT, logs)
        postgres = None if environment.get("DATABASE_URL") else Postgres(var / "embedded")
        bell = None if environment.get("REDIS_URL") else Redis(var / "embedded" / "redis")
        try:
            _start_servers(environment, var, postgres, bell, crew)
            config = Config.load(environment)
            _prepare(config, environment, new=postgres is not None and postgres.is_new)
            _start_crew(crew, port, secure, config.web_processes)
            _await_web(crew, config.base_url, secure)
            _welcome(config, secure, time.monotonic() - began)
            while True:
                crew.listen(0.5)
                _keep_alive(postgres, bell)
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            print("\nStopping ...", flush=True)
            crew.dismiss()
            for server in (bell, postgres):
                if server is not None:
                    server.stop()
            forget_addresses(var)
            crew.release()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(environment: MutableMapping[str, str]) -> int:
    """Return a free port: the one asked for, or the one offered instead and accepted."""
    text = environment.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65_534:
        raise StartError(f"PORT is {text!r}. It must be a number from 1 to 65534.")
    port = int(text)
    if _is_free(port):
        return port
    offer = next((number for number in range(port + 1, port + 200) if _is_free(number)), None)
    if offer is None:
        raise StartError(f"Port {port} is taken, and so are the 200 after it.")
    if sys.stdin.isatty() and input(f"Port {port} is taken. Use {offer}? [Y/n] ").lower() in {
        "",
        "y",
    }:
        return offer
    raise StartError(f"Port {port} is taken. Try: make run PORT={offer}")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True


def _certificate(environment: MutableMapping[str, str], port: int) -> Certificate | None:
    """Settle the address people type, and the certificate it needs."""
    secure = environment.get("TLS") == "1"
    own = not environment.get("BASE_URL")
    environment.setdefault("BASE_URL", "")
    if own:
        environment["BASE_URL"] = f"{'https' if secure else 'http'}://{HOST}:{port}"
        environment.setdefault("STAFF_SECOND_FACTOR", "off")
        if secure:
            environment.setdefault("ALLOW_POSTROOM", "1")
    if not secure:
        return None
    return certificate(Path(environment.get("VAR") or CHECKOUT / "var").absolute() / "tls")


@contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold the claim on this checkout's data."""
    with (var / "supervisor.lock").open("a") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                "`make run` is already running in this checkout. Stop it there with Ctrl-C first."
            ) from None
        yield


def _start_servers(
    environment: MutableMapping[str, str],
    var: Path,
    postgres: Postgres | None,
    bell: Redis | None,
    crew: Crew,
) -> None:
    """Start PostgreSQL and Redis and write down where they are, for ``flask`` next door."""
    notes: dict[str, str] = {}
    if postgres is not None:
        _say("Starting PostgreSQL ...")
        postgres.start()
        crew.watch_over(postgres.group())
        if postgres.notice:
            _say(postgres.notice)
        notes |= {
            "DATABASE_URL": postgres.url("portal_app"),
            "DATABASE_WORKER_URL": postgres.url("portal_worker"),
            "DATABASE_OWNER_URL": postgres.url("portal_migrator"),
            "DATABASE_REPLICA_URL": postgres.url("portal_report"),
        }
    if bell is not None:
        _say("Starting Redis ...")
        bell.start()
        crew.watch_over(bell.group())
        notes["REDIS_URL"] = bell.url()
    environment.update(notes)
    note_addresses(var, notes)


def _prepare(config: Config, environment: MutableMapping[str, str], *, new: bool) -> None:
    """Migrate, and on a new database write the roles and the demo company."""
    if not config.database_owner_url:
        _say("DATABASE_OWNER_URL is not set: the database is used as it is, without migrating.")
        return
    _say("Migrating ...")
    upgrade(config.database_owner_url)
    done = config.var / "prepared"
    release = (MIGRATIONS / "HEAD").read_text().strip()
    if not new and done.exists() and done.read_text() == release:
        return
    first = new or not done.exists()
    complete = _flask(environment, "seed")
    if first and not environment.get("NO_DEMO"):
        _say("Inviting the demo company ...")
        complete = _flask(environment, "demo") and complete
    if complete:
        done.write_text(release)


def _flask(environment: MutableMapping[str, str], command: str) -> bool:
    """Run one of our own commands; stop with its words when it fails; tell whether it exists."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", command],
        env=dict(environment),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    missing = "No such command" in done.stderr
    if done.returncode and not missing:
        raise StartError(f"flask {command} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return not missing


def _start_crew(crew: Crew, port: int, secure: Certificate | None, processes: int) -> None:
    """Start web, worker and sweeper."""
    _say("Starting web, worker and sweeper ...")
    words = ["--interface", "wsgi", "--host", HOST, "--port", str(port)]
    words += ["--workers", str(processes), "--blocking-threads", "4", "--log-level", "warning"]
    # Also how long a connection may rest: at the usual 30 s, whoever reads for half a minute met its end.
    words += ["--http1-header-read-timeout", "60000"]
    # A process keeps its share of this many connections open; beyond it, a browser waits for one to close.
    words += ["--backlog", "4096"]
    if secure is not None:
        words += ["--ssl-certificate", str(secure.chain), "--ssl-keyfile", str(secure.key)]
    crew.add("web", sys.executable, "-m", "granian", *words, "wsgi:app")
    for name in ("worker", "sweeper"):
        if importlib.util.find_spec(f"tasks.{name}") is not None:
            crew.add(name, sys.executable, "-m", f"tasks.{name}")


def _await_web(crew: Crew, base_url: str, secure: Certificate | None) -> None:
    """Wait for the first answer."""
    trust = ssl.create_default_context(cafile=str(secure.root)) if secure else None
    end = time.monotonic() + READY_LIMIT
    while time.monotonic() < end:
        crew.listen(0.1)
        try:
            address = f"{base_url}/health/live"
            urllib.request.urlopen(address, timeout=2, context=trust).close()  # noqa: S310 -- ours
        except urllib.error.HTTPError:
            return
        except OSError:
            if crew.fallen("web"):
                raise StartError(
                    f"The web server does not start; see {crew.logs / 'web.log'}"
                ) from None
            continue
        return
    raise StartError(f"The web server did not answer in {READY_LIMIT:.0f} s.")


def _keep_alive(postgres: Postgres | None, bell: Redis | None) -> None:
    """Start a server again that somebody killed."""
    for server in (postgres, bell):
        if server is not None and not server.alive():
            print(f"{type(server).__name__} stopped, starting it again.", flush=True)
            server.start()


def _welcome(config: Config, secure: Certificate | None, seconds: float) -> None:
    """Print the addresses and who can sign in."""
    print(f"\nBIG Live Portal is ready ({seconds:.1f} s).\n")
    print(f"  Staff      {config.base_url}/admin/")
    print(f"  Artists    {config.base_url}/portal/")
    if config.has_postroom:
        print(
            f"  Post room  {config.base_url}/postroom/   (letters wait here; none leaves the house)"
        )
    if secure is not None:
        print(f"  To trust this machine's certificate, install {secure.root}")
    note = config.var / "demo.json"
    people = json.loads(note.read_text()) if note.exists() else []
    if people:
        print("\n  Who can sign in (made up for trying; change or remove before real use):")
    for person in people:
        word = person.get("password") or "gets a link in the post room"
        print(f"    {person['who']:34} {person['email']:34} {word}")
        if str(person.get("where", "")).startswith("http"):
            print(f"    {'':34} {person['where']}")
    if not config.second_factor_required:
        print(
            "\n  Staff sign in with a password alone; STAFF_SECOND_FACTOR=required asks for a code too."
        )
    print(f"\n  Logs are in {config.var / 'log'}. Ctrl-C stops everything.\n", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
