"""Bulk runs and their rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, policies

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

RUN_STATUS = "'checking', 'checked', 'held', 'running', 'done', 'undone', 'cancelled'"
ROW_STATUS = "'unchecked', 'ready', 'blocked', 'waiting', 'done', 'refused', 'left'"


def upgrade() -> None:
    """Make the tables and their walls."""
    op.create_table("bulk_run", *_run())
    op.create_table("bulk_run_row", *_row())
    for table in ("bulk_run", "bulk_run_row"):
        op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
        policies.guard(table)
    op.create_index("ix_bulk_run_row_run_id_status", "bulk_run_row", ["run_id", "status"])
    policies.bind_tenants()
    audit.watch_tenants()


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _number(name: str, *, default: str | None = None, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=nullable)


def _text(name: str, default: str | None = "") -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _when(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _stamp(name: str) -> sa.Column:
    now = sa.text("clock_timestamp()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")


def _run() -> list[sa.Column | sa.Constraint]:
    return [
        _id(),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        _number("organisation_id"),
        sa.Column("kind", sa.String(32), nullable=False),
        _text("title", None),
        sa.Column("status", sa.String(32), server_default="checking", nullable=False),
        sa.Column("chosen", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _number("tries", default="1"),
        _number("undo_seconds", default="600"),
        sa.Column("started_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        *(_when(name) for name in ("confirmed_at", "release_at", "begun_at", "ended_at")),
        _number("report_file_id", nullable=True),
        _stamp("created_at"),
        _stamp("updated_at"),
        _number("version", default="1"),
        _key("bulk_run", "organisation_id", "organisation"),
        _key("bulk_run", "started_by_id", "ab_user"),
        _key("bulk_run", "confirmed_by_id", "ab_user"),
        _key("bulk_run", "report_file_id", "stored_file"),
        sa.CheckConstraint("kind IN ('send_contracts', 'nudge_unsigned')", name="bulkkind"),
        sa.CheckConstraint(f"status IN ({RUN_STATUS})", name="bulkstatus"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_run"),
        sa.UniqueConstraint("public_id", name="uq_bulk_run_public_id"),
    ]


def _row() -> list[sa.Column | sa.Constraint]:
    return [
        _id(),
        _number("organisation_id"),
        _number("run_id"),
        _number("position"),
        _number("subject_id"),
        _text("label", None),
        sa.Column("status", sa.String(32), server_default="unchecked", nullable=False),
        _text("reason"),
        _text("fix"),
        _number("engagement_id", nullable=True),
        _text("outcome"),
        _when("ended_at"),
        _stamp("created_at"),
        _stamp("updated_at"),
        _key("bulk_run_row", "organisation_id", "organisation"),
        _key("bulk_run_row", "run_id", "bulk_run"),
        _key("bulk_run_row", "subject_id", "contract"),
        _key("bulk_run_row", "engagement_id", "engagement"),
        sa.CheckConstraint(f"status IN ({ROW_STATUS})", name="rowstatus"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_run_row"),
        sa.UniqueConstraint("run_id", "subject_id", name="uq_bulk_run_row_run_id_subject_id"),
    ]


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("bulk_run_row")
    op.drop_table("bulk_run")
