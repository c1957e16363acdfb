"""Alerts about providers, and who is told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, policies

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

KINDS = "'breaker_open', 'queue_old', 'access_ends', 'forged_notices'"


def upgrade() -> None:
    """Make the tables and their walls."""
    op.create_table("alert_setting", *_setting())
    op.create_table("alert", *_alert())
    for table in ("alert_setting", "alert"):
        op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
        policies.guard(table)
    op.execute(
        "CREATE UNIQUE INDEX uq_alert_standing ON alert (organisation_id, kind, provider) "
        "WHERE status <> 'over'"
    )
    policies.bind_tenants()
    audit.watch_tenants()


def _number(name: str, *, default: str | None = None) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _when(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _stamps() -> list[sa.Column]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _company(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_organisation_id_organisation"
    return sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=name)


def _setting() -> list[sa.Column | sa.Constraint]:
    return [
        _id(),
        _number("organisation_id"),
        sa.Column("people", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("with_texts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        *_stamps(),
        _number("version", default="1"),
        _company("alert_setting"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_setting"),
        sa.UniqueConstraint("organisation_id", name="uq_alert_setting_organisation_id"),
    ]


def _alert() -> list[sa.Column | sa.Constraint]:
    return [
        _id(),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        _number("organisation_id"),
        sa.Column("kind", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("provider", "title", "detail")),
        sa.Column("status", sa.String(32), server_default="open", nullable=False),
        _number("step", default="0"),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        _when("calm_since"),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        _when("acknowledged_at"),
        _when("ended_at"),
        *_stamps(),
        _company("alert"),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["ab_user.id"], name="fk_alert_acknowledged_by_id_ab_user"
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="troublekind"),
        sa.CheckConstraint("status IN ('open', 'acknowledged', 'over')", name="alertstatus"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.UniqueConstraint("public_id", name="uq_alert_public_id"),
    ]


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("alert")
    op.drop_table("alert_setting")
