"""Every migration is taken back to exactly what was there before it."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.cli.db import alembic
from tests.conftest import Ground

WALKED = "portal_walked"

CATALOGUE = """
WITH house AS (
  SELECT c.* FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'alembic_version%'
)
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || ' '
       || a.attnotnull || ' ' || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM house c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'v')
UNION ALL
SELECT 'relation', relname, relkind::text, relrowsecurity || ' ' || relforcerowsecurity FROM house
UNION ALL
SELECT 'index', c.relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid
FROM house c JOIN pg_index i ON i.indrelid = c.oid
UNION ALL
SELECT 'constraint', c.relname, k.conname, replace(pg_get_constraintdef(k.oid), ' NOT VALID', '')
FROM house c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype <> 'n'
UNION ALL
SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid)
FROM house c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'policy', tablename, policyname, concat_ws(' ', permissive, roles, cmd, qual, with_check)
FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT 'function', proname, proowner::regrole::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL
SELECT 'right on a relation', c.relname, r.grantee::regrole::text, r.privilege_type
FROM house c, aclexplode(c.relacl) r WHERE r.grantee <> c.relowner
UNION ALL
SELECT 'right on a column', c.relname || '.' || a.attname, r.grantee::regrole::text, r.privilege_type
FROM house c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) r
UNION ALL
SELECT 'right on a function', p.proname, r.grantee::regrole::text, r.privilege_type
FROM pg_proc p, aclexplode(p.proacl) r WHERE p.pronamespace = 'public'::regnamespace
"""
"""All that a migration makes, but for the order of columns.

A constraint that was validated stays so, and an owner has its rights whether they are written or not.
"""

LEFT = "_organisation_id_id_key"
"""How a parent's twin key of ``policies.bind_tenants`` ends: it stays, for others may stand on it."""


@pytest.fixture
def walked(ground: Ground) -> Iterator[Config]:
    """Give Alembic an empty database of the test's own."""
    ground.postgres.create(WALKED)
    yield alembic(ground.postgres.url("portal_migrator", WALKED))
    ground.postgres.drop(WALKED)


def catalogue(ground: Ground) -> set[tuple[str, ...]]:
    with ground.postgres.connect(WALKED) as db:
        rows = {tuple(row) for row in db.execute(CATALOGUE)}
    return {row for row in rows if not any(word.endswith(LEFT) for word in row[1:3])}


def test_each_migration_is_taken_back_exactly_and_can_be_made_again(
    ground: Ground, walked: Config
) -> None:
    numbers = [one.revision for one in ScriptDirectory.from_config(walked).walk_revisions()][::-1]
    stood = {"base": catalogue(ground)}
    for number in numbers:
        command.upgrade(walked, number)
        stood[number] = catalogue(ground)
    kept = {}
    for number, before in list(zip(numbers, ["base", *numbers], strict=False))[::-1]:
        command.downgrade(walked, before)
        kept[number] = catalogue(ground) ^ stood[before]
    command.upgrade(walked, "head")

    assert {number: sorted(left) for number, left in kept.items() if left} == {}
    assert catalogue(ground) == stood[numbers[-1]]
    command.check(walked)
