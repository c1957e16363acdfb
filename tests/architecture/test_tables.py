"""Every table is as the models say, and every change of a tenant's row is told."""

import flask_appbuilder.security.sqla.models as fab
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from app.cli.db import alembic
from app.models.accounts import OWNER
from migrations.audit import FAB_TABLES, UNTOLD

UNTOLD_TENANTS = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
              AND a.attname = 'organisation_id' AND NOT a.attisdropped)
  AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                  WHERE t.tgrelid = c.oid AND p.proname = 'write_audit_entry'
                  AND t.tgtype & 28 = 28)
ORDER BY 1
"""
"""Bits 4, 8 and 16 of tgtype: after INSERT, DELETE and UPDATE."""

TOLD = """
SELECT c.relname FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = 'write_audit_entry' AND t.tgenabled = 'O'
"""

LOOSE_KEYS = """
SELECT c.conrelid::regclass || '.' || a.attname
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND a.attname <> 'organisation_id'
  AND (SELECT count(*) FROM pg_attribute o WHERE o.attrelid IN (c.conrelid, c.confrelid)
       AND o.attname = 'organisation_id' AND o.attnotnull) = 2
  AND c.conrelid <> c.confrelid
  AND NOT EXISTS (SELECT FROM pg_constraint twin WHERE twin.conrelid = c.conrelid
                  AND twin.confrelid = c.confrelid AND twin.contype = 'f'
                  AND cardinality(twin.conkey) = 2 AND c.conkey[1] = ANY (twin.conkey))
"""


def test_models_and_migrations_say_the_same(database) -> None:
    command.check(alembic(database.url("portal_migrator")))


def test_the_tables_of_accounts_are_as_flask_app_builders_classes_say(owner_engine: Engine) -> None:
    theirs = {"include_object": lambda _item, name, kind, *_: kind != "table" or _is_theirs(name)}
    with owner_engine.connect() as db:
        found = MigrationContext.configure(db, opts={**theirs, "compare_type": True})

        assert compare_metadata(found, fab.Model.metadata) == []


def _is_theirs(name: str) -> bool:
    return name.startswith(OWNER)


def test_every_tenants_table_tells_of_its_changes(owner_engine: Engine) -> None:
    with owner_engine.connect() as db:
        silent = set(db.scalars(text(UNTOLD_TENANTS)))
        told = set(db.scalars(text(TOLD)))

    assert silent - UNTOLD == set()
    assert set(FAB_TABLES) - told == set()
    assert len(told) > 40


def test_every_key_between_tenants_stays_within_one_company(owner_engine: Engine) -> None:
    with owner_engine.connect() as db:
        assert list(db.scalars(text(LOOSE_KEYS))) == []
