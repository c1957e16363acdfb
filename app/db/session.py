"""The session that web and workers share, and the viewer it announces in every transaction."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction, scoped_session, sessionmaker

from app.db.connection import let_last
from app.db.viewer import Viewer

log = logging.getLogger(__name__)

factory = sessionmaker(expire_on_commit=False)
session = scoped_session(factory)


def bind(database_url: str, **options: Any) -> Engine:
    """Point the session at a database. Called once, by the factory or by a worker."""
    engine = create_engine(
        database_url,
        # What a failed statement was about (names, hashes, amounts) has no place in a log.
        hide_parameters=True,
        **{"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "pool_timeout": 10, **options},
    )
    let_last(engine)
    factory.configure(bind=engine)
    return engine


def act_as(viewer: Viewer, *, role: str | None = None) -> None:
    """Let the current session see what ``viewer`` may see, from this statement on.

    ``role`` is the database role to step down to for each transaction: the worker's login is a
    member of ``portal_app`` and takes it on before any business row (architecture.md decision 5).
    """
    current = session()
    current.info["viewer"] = viewer
    current.info["role"] = role
    if current.in_transaction():
        _announce(current.connection(), viewer, role)


def viewer() -> Viewer | None:
    """Return who is looking through the current session, if anybody was announced."""
    found: Viewer | None = session().info.get("viewer")
    return found


def forget() -> None:
    """Drop the session with its viewer and identity map. Called when a request or task ends.

    A connection that died has nothing left to roll back, and the answer is not its to spoil.
    """
    try:
        session.remove()
    except DBAPIError as error:
        log.warning("a connection was gone already: %s", error.orig)
        session.registry.clear()


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one unit of work: all of it is kept, or none of it. Only doors call this."""
    current = session()
    try:
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise


@event.listens_for(factory, "after_begin")
def _announce_viewer(opened: Session, _: SessionTransaction, connection: Connection) -> None:
    known: Viewer | None = opened.info.get("viewer")
    if known is not None:
        _announce(connection, known, opened.info.get("role"))


def _announce(connection: Connection, known: Viewer, role: str | None) -> None:
    """Say who looks, and step down to a role, in one statement: it opens every transaction."""
    settings = known.settings() if role is None else {"role": role, **known.settings()}
    said = {f"v{place}": value for place, value in enumerate(settings.values())}
    connection.execute(_settings_of(tuple(settings)), said)


@cache
def _settings_of(names: tuple[str, ...]) -> TextClause:
    """Return the statement that sets these for the transaction; ``role`` is PostgreSQL's SET ROLE."""
    each = (f"set_config('{name}', :v{place}, true)" for place, name in enumerate(names))
    return text(f"SELECT {', '.join(each)}")
