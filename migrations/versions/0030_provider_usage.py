"""Calls to providers counted by the minute, and the trace that a promise belongs to."""

import sqlalchemy as sa
from alembic import op

from migrations import policies

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the counter that workers write and staff read."""
    op.create_table(
        "provider_usage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_provider_usage_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_provider_usage"),
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_provider_usage_minute "
        "ON provider_usage (provider, organisation_id, minute) NULLS NOT DISTINCT"
    )
    _guard()
    op.add_column(
        "outbox_message",
        sa.Column("trace_parent", sa.Text(), server_default="", nullable=False),
    )


def _guard() -> None:
    op.execute("ALTER TABLE provider_usage ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE provider_usage FORCE ROW LEVEL SECURITY")
    for role, name in (("portal_worker", "worker"), ("portal_owner", "owner")):
        op.execute(
            f"CREATE POLICY {name} ON provider_usage TO {role} USING (true) WITH CHECK (true)"
        )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON provider_usage TO portal_worker")
    # Staff read their own company's figures, and those of an account that all share.
    op.execute("GRANT SELECT ON provider_usage TO portal_app")
    op.execute(
        "CREATE POLICY staff_read ON provider_usage FOR SELECT TO portal_app USING ("
        f"(organisation_id IS NULL OR organisation_id = {policies.ORGANISATION}) "
        f"AND {policies.ORGANISATION} IS NOT NULL AND {policies.ARTIST} IS NULL)"
    )


def downgrade() -> None:
    """Take both away again."""
    op.drop_column("outbox_message", "trace_parent")
    op.drop_table("provider_usage")
