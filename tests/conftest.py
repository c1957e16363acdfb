"""The floor the tests stand on: a real PostgreSQL and Redis, fresh for every test."""

import gc
import importlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from pytest_socket import socket_allow_hosts
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session
from sqlalchemy.util import LRUCache

from app import limits, session_cache
from app.cli.db import MIGRATIONS, upgrade
from app.db import secrets
from app.db import session as db
from app.db.session import session as house_session
from app.embedded import Postgres, Redis
from app.integrations import providers
from app.services import letters
from app.services.esign import choice
from app.sessions import RowSessions
from config import Config
from tasks import crew, permits, queue

TEMPLATE = "portal_template"
SEEDED = "portal_template_seeded"

pytest_plugins = ["tests.fixtures_sign_in"]

# Vendors' libraries and files are millions of objects that stay: to look through them at every turn takes a
# fifteenth of the suite's time.
gc.set_threshold(50_000, 20, 100)

_compiled: LRUCache[Any, Any] = LRUCache(5_000)
"""Statements as SQL, kept from test to test: each test has engines of its own, and compiling what the
test before had compiled already would take a sixth of the suite's time."""


def quick_engine(url: str, **options: Any) -> Engine:
    """Make an engine that knows what was compiled for the engines before it."""
    return create_engine(url, execution_options={"compiled_cache": _compiled}, **options)


PGDialect_psycopg.__eq__ = lambda one, other: type(one) is type(other)
PGDialect_psycopg.__hash__ = lambda one: hash(type(one))
db.create_engine = quick_engine


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers of one pytest process and the database that the current test has to itself."""

    postgres: Postgres
    redis: Redis
    folder: Path
    database: str = "portal_test"

    def url(self, role: str) -> str:
        """Return the address of the test's database for a role."""
        return self.postgres.url(role, self.database)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser journeys out when asked to, and let the summary say so."""
    if os.environ.get("JOURNEYS") != "skip":
        return
    journeys = [item for item in items if item.get_closest_marker("journey")]
    config.hook.pytest_deselected(items=journeys)
    items[:] = [item for item in items if item not in journeys]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what did not run."""
    if os.environ.get("JOURNEYS") == "skip":
        terminalreporter.write_line("browser journeys: NOT RUN (JOURNEYS=skip)")


def pytest_runtest_setup() -> None:
    """Close every socket but the loopback's and unix ones."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def free_permits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold no courier back: a bucket that starts empty would make every test of an adapter wait.

    A test of limits and breakers asks for ``real_permits``.
    """
    if "real_permits" not in request.fixturenames:
        monkeypatch.setattr(crew, "permits_of", lambda _config: permits.FreePermits())


@pytest.fixture
def real_permits() -> None:
    """Let couriers ask the limits and breakers that all workers share."""


def _quickest_folder() -> str:
    """Name the folder for throw-away servers: in memory where there is room, else on disk."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3
    return str(memory) if has_room else "/tmp"


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """Start the servers once and migrate the template that each test's database is copied from."""
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-", dir=_quickest_folder()))
    folder.chmod(0o711)
    postgres = Postgres(folder / "pg", durable=False)
    bell = Redis(folder / "redis")
    try:
        postgres.start()
        bell.start()
        postgres.create(TEMPLATE)
        if any((MIGRATIONS / "versions").glob("0*.py")):
            upgrade(postgres.url("portal_migrator", TEMPLATE))
        yield Ground(postgres, bell, folder)
    finally:
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def seeded_template(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name the template in which the roles and rights of staff are written already."""
    ground.postgres.create(SEEDED, template=TEMPLATE)
    settings = settings_of(ground, SEEDED, tmp_path_factory.mktemp("seed"))
    app = importlib.import_module("app.factory").create_app(Config.load(settings))
    with app.app_context():
        app.extensions["appbuilder"].sm.seed()
        house_session.commit()
    house_session.remove()
    house_session.session_factory.kw["bind"].dispose()
    return SEEDED


@pytest.fixture
def database(ground: Ground, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Give the test a fresh, migrated database and an empty Redis (about 15 ms).

    A test that signs staff in gets one in which ``flask seed`` has run.
    """
    is_seeded = "seeded" in request.fixturenames
    template = request.getfixturevalue("seeded_template") if is_seeded else TEMPLATE
    house_session.remove()
    ground.postgres.drop(ground.database)
    ground.postgres.create(ground.database, template=template)
    with redis.Redis.from_url(ground.redis.url()) as bell:
        bell.flushall()
    yield ground
    queue.disconnect()
    house_session.remove()
    bound = house_session.session_factory.kw.get("bind")
    if bound is not None:
        bound.dispose()


@pytest.fixture
def database_url(database: Ground) -> str:
    """Return the address of the test's database for the app role."""
    return database.url("portal_app")


@pytest.fixture
def redis_url(database: Ground) -> str:
    """Return the address of the test's Redis."""
    return database.redis.url()


@pytest.fixture
def engine_of(database: Ground) -> Iterator[Callable[[str], Engine]]:
    """Return a maker of engines: ``engine_of("portal_worker")`` signs in as that role."""
    made: list[Engine] = []

    def make(role: str) -> Engine:
        made.append(quick_engine(database.url(role)))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def owner_engine(engine_of: Callable[[str], Engine]) -> Engine:
    """Sign in as the owner of the tables, who sees every row."""
    return engine_of("portal_migrator")


@pytest.fixture
def owner_session(owner_engine: Engine) -> Iterator[Session]:
    """Open a session as the owner of the tables, for arranging rows and looking at them."""
    with Session(owner_engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def config(database: Ground, tmp_path: Path) -> Config:
    """Return the settings of a product on the embedded defaults."""
    return Config.load(settings_of(database, database.database, tmp_path))


def settings_of(ground: Ground, database: str, folder: Path) -> dict[str, str]:
    """Return the environment of a product on a database of the tests' server."""
    roles = {
        "DATABASE_URL": "portal_app",
        "DATABASE_WORKER_URL": "portal_worker",
        "DATABASE_OWNER_URL": "portal_migrator",
        "DATABASE_REPLICA_URL": "portal_report",
    }
    return {
        **{name: ground.postgres.url(role, database) for name, role in roles.items()},
        "REDIS_URL": ground.redis.url(),
        "BASE_URL": "http://localhost",
        "VAR": str(folder / "var"),
        "TESTING": "1",
    }


@pytest.fixture
def make_app(config: Config) -> Callable[..., Flask]:
    """Return a maker of apps: ``make_app(second_factor_required=False)``."""

    def make(**changes: Any) -> Flask:
        factory = importlib.import_module("app.factory")
        house_session.remove()
        before = house_session.session_factory.kw.get("bind")
        made: Flask = factory.create_app(replace(config, **changes))
        if before is not None:
            before.dispose()
        return made

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask], config: Config) -> Flask:
    """Return the whole product on the test's database.

    Building it takes longer than most tests, so one application of this process moves from test to
    test. Whoever changes an application asks ``make_app`` for one of their own; who only wants other
    settings asks ``settled``.
    """
    if not _moving:
        _moving.append(make_app())
    move_in(_moving[0], config)
    return _moving[0]


@pytest.fixture
def settled(app: Flask, config: Config) -> Callable[..., Flask]:
    """Return who settles the product on other settings: ``settled(second_factor_required=False)``."""

    def settle(**changes: Any) -> Flask:
        move_in(app, replace(config, **changes))
        return app

    return settle


_moving: list[Flask] = []


def move_in(app: Flask, config: Config) -> None:
    """Settle an application on another configuration, and let it forget what it remembered."""
    app.config["HOUSE"] = config
    house_session.remove()
    bound = house_session.session_factory.kw.get("bind")
    db.bind(config.database_url)
    if bound is not None:
        bound.dispose()
    providers.configure(config)
    letters.configure(config.base_url)
    choice.configure(config.esign)
    secrets.configure(config.field_keys)
    limits.connect(config.redis_url)
    queue.connect(config.redis_url, db.factory)
    app.session_interface = RowSessions(session_cache.connect(config.redis_url), config.secret_key)
    app.extensions.pop("rights_of_roles", None)
    app.config["PROPAGATE_EXCEPTIONS"] = None
    app.testing = config.testing
    app.test_client_class = None


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser that nobody has signed in with yet."""
    return app.test_client()


@pytest.fixture
def free_port() -> int:
    """Return a port nobody listens on, with the next one free as well."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
