"""Connections to providers, what is switched off, what needs a person; what was said in an attempt."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, policies

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and their walls."""
    _make("provider_connection", True, _connection())
    _make("provider_switch", False, _switch())
    _make("attention_item", True, _item())
    op.execute(
        "CREATE UNIQUE INDEX uq_attention_item_open ON attention_item "
        "(organisation_id, provider, problem, subject) WHERE status = 'open'"
    )
    op.add_column("outbox_attempt", sa.Column("exchanges", postgresql.JSONB(), nullable=True))
    op.execute(audit.told_by_company())
    policies.bind_tenants()
    audit.watch_tenants()


def _make(table: str, is_public: bool, columns: list[sa.Column | sa.Constraint]) -> None:
    public = [sa.Column("public_id", sa.Uuid(), nullable=False)] if is_public else []
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *public,
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        *columns,
        *(_stamp(name) for name in ("created_at", "updated_at")),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=f"fk_{table}_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *([sa.UniqueConstraint("public_id", name=f"uq_{table}_public_id")] if is_public else []),
    )
    op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
    policies.guard(table)


def _stamp(name: str) -> sa.Column:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _text(name: str, default: str | None = "") -> sa.Column:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _facts(name: str) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)


def _when(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _connection() -> list[sa.Column | sa.Constraint]:
    return [
        _text("provider", None),
        sa.Column("status", sa.String(32), nullable=False),
        _text("external_id"),
        _text("external_name"),
        sa.Column("credentials", sa.Text(), nullable=True),
        _when("access_until"),
        _facts("settings"),
        _text("connected_by"),
        _when("connected_at"),
        _text("last_error"),
        sa.CheckConstraint(
            "status IN ('connected', 'expired', 'disconnected')",
            name="ck_provider_connection_connectionstatus",
        ),
        sa.UniqueConstraint(
            "organisation_id", "provider", name="uq_provider_connection_organisation_id_provider"
        ),
    ]


def _switch() -> list[sa.Column | sa.Constraint]:
    return [
        _text("provider", None),
        _flag("is_paused"),
        _flag("is_manual"),
        _text("reason"),
        _text("changed_by"),
        sa.UniqueConstraint(
            "organisation_id", "provider", name="uq_provider_switch_organisation_id_provider"
        ),
    ]


def _item() -> list[sa.Column | sa.Constraint]:
    return [
        *(_text(name, None) for name in ("provider", "problem", "subject", "title", "advice")),
        _text("href"),
        _text("deed"),
        _facts("facts"),
        sa.Column("status", sa.String(32), server_default="open", nullable=False),
        _when("closed_at"),
        _text("closed_by"),
        _text("closing"),
        sa.CheckConstraint(
            "status IN ('open', 'closed')", name="ck_attention_item_attentionstatus"
        ),
        sa.CheckConstraint(
            "status = 'open' OR closed_at IS NOT NULL", name="ck_attention_item_closed"
        ),
    ]


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("outbox_attempt", "exchanges")
    for table in ("attention_item", "provider_switch", "provider_connection"):
        op.drop_table(table)
