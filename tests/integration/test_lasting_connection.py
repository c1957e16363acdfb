"""Connections that keep their prepared statements when a transaction is taken back."""

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app.db.connection import let_last

PREPARED = text("SELECT statement FROM pg_prepared_statements")


@pytest.fixture
def engine(database_url):
    made = create_engine(database_url, pool_size=1, max_overflow=0)
    let_last(made)
    yield made
    made.dispose()


def ask(engine, question, times=1):
    with engine.connect() as db:
        return [db.execute(text(question)).all() for _ in range(times)][-1]


def test_what_was_prepared_outlives_a_rollback(engine):
    ask(engine, "SELECT 40 + 2", times=4)

    assert "SELECT 40 + 2" in ask(engine, str(PREPARED), times=1)[0]


def test_a_rollback_takes_back_what_was_not_committed(engine):
    with engine.connect() as db:
        db.execute(text("SELECT set_config('app.reason', 'kept?', true)"))
        db.rollback()

        assert db.scalar(text("SELECT current_setting('app.reason', true)")) in (None, "")


def test_a_failed_transaction_can_be_taken_back_and_the_connection_used_again(engine):
    with engine.connect() as db:
        with pytest.raises(DBAPIError):
            db.execute(text("SELECT 1 / 0"))
        db.rollback()

        assert db.scalar(text("SELECT 1")) == 1


def test_a_lost_connection_is_said_to_be_lost(database, engine):
    with engine.connect() as db:
        backend = db.scalar(text("SELECT pg_backend_pid()"))
        raw = db.connection.driver_connection
        with database.postgres.connect() as root:
            root.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

        with pytest.raises(psycopg.OperationalError):
            raw.rollback()
        db.invalidate()

    assert ask(engine, "SELECT 1") == [(1,)]


def test_columns_are_described_to_whoever_looks_as_psycopg_does(engine):
    with engine.connect() as db:
        cursor = db.connection.cursor()
        cursor.execute("SELECT 1 AS one, 'two'::text AS two, now() AS three")
        own = cursor.description

        assert len(own) == 3
        theirs = psycopg.Cursor.description.fget(cursor)
        assert [tuple(each) for each in own] == [tuple(each) for each in theirs]
        assert [column.name for column in own[1:]] == ["two", "three"]
        assert own[-1].type_code == 1184  # timestamptz
        with pytest.raises(IndexError):
            own[3]


@pytest.mark.parametrize("said", ["SET LOCAL work_mem = '4MB'", "UPDATE person SET id = id"])
def test_what_returns_no_rows_has_no_columns(engine, said):
    with engine.connect() as db:
        cursor = db.connection.cursor()
        cursor.execute(said)

        assert cursor.description is None
