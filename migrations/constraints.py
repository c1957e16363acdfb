"""Checks, keys and indexes on tables that hold rows already, made without keeping anybody waiting.

A constraint is added NOT VALID, which holds for every row written from then on and reads none that
is there. A later migration, hence another transaction, reads those with ``validate``, while the
doors go on writing. An index is built beside the writers, outside any transaction.
"""

from collections.abc import Sequence

from alembic import op


def add_check(table: str, name: str, condition: str) -> None:
    """Hold what is written from now on to ``condition``."""
    op.create_check_constraint(
        op.f(f"ck_{table}_{name}"), table, condition, postgresql_not_valid=True
    )


def replace_check(table: str, name: str, condition: str) -> None:
    """Hold what is written from now on to another condition than before, without a moment of none."""
    full = f"ck_{table}_{name}"
    op.execute(
        "-- squawk-ignore ban-drop-constraint -- the new one stands in the same statement\n"
        f"ALTER TABLE {table} DROP CONSTRAINT {full},"
        f" ADD CONSTRAINT {full} CHECK ({condition}) NOT VALID"
    )


def add_key(table: str, column: str, to: str) -> None:
    """Let what is written from now on point at rows that exist."""
    name = op.f(f"fk_{table}_{column}_{to}")
    op.create_foreign_key(name, table, to, [column], ["id"], postgresql_not_valid=True)


def validate(table: str, *names: str) -> None:
    """Hold the rows that were there before to constraints, as the migration after them."""
    for name in names:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def add_index(
    table: str, name: str, columns: Sequence[str], *, unique: bool = False, where: str | None = None
) -> None:
    """Build an index beside the writers; what an interrupted attempt left is taken away first.

    It commits what the migration did before: call it first.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            name,
            table,
            columns,
            unique=unique,
            postgresql_where=where,
            postgresql_concurrently=True,
        )


def adopt_index(table: str, name: str) -> None:
    """Make a unique index that was built beside the writers the constraint of its name."""
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")
