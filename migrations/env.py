"""Runs the migrations as ``portal_owner``, with short locks, online or as SQL."""

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from app.models import Base
from app.models.accounts import OWNER

GENERATED_ELSEWHERE = ("_same_organisation", "_organisation_id_id_key")
"""Constraints that ``policies.bind_tenants`` writes from the catalogue; the models do not name them."""


def include_object(item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Leave out FAB's tables, which a test compares with FAB's classes, and what the walls add."""
    if kind == "table" and name is not None and name.startswith(OWNER):
        return False
    made = kind in ("foreign_key_constraint", "unique_constraint") and reflected
    return not (made and name is not None and name.endswith(GENERATED_ELSEWHERE))


def configure(connection: Connection | None, **options: Any) -> None:
    """Point Alembic at our records."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
        transaction_per_migration=True,
        **options,
    )


def run(connection: Connection) -> None:
    """Migrate over an open connection, as the owner of the tables."""
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '5min'"))
    connection.execute(text("SET ROLE portal_owner"))
    connection.commit()
    configure(connection)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Migrate the database named by the caller or by ``DATABASE_OWNER_URL``."""
    given: Connection | None = context.config.attributes.get("connection")
    if context.is_offline_mode():
        configure(None, dialect_name="postgresql", literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
    elif given is not None:
        run(given)
    else:
        url = context.config.get_main_option("sqlalchemy.url") or os.environ["DATABASE_OWNER_URL"]
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            run(connection)


main()
