"""Who had a notice read again and why, and when leave to act at a provider was last given or renewed."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

REPLAYED = ("replayed_at", "replayed_by", "replay_reason")


def upgrade() -> None:
    """Make the columns. What was renewed before counts from where its access began."""
    op.add_column("inbox_notice", sa.Column("replayed_at", sa.DateTime(timezone=True)))
    for name in REPLAYED[1:]:
        op.add_column("inbox_notice", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute(f"GRANT UPDATE ({', '.join(REPLAYED)}) ON inbox_notice TO portal_app")
    op.add_column("provider_connection", sa.Column("renewed_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE provider_connection SET renewed_at = LEAST(updated_at, CASE provider "
        "WHEN 'xero' THEN access_until - interval '30 minutes' END)"
    )


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("provider_connection", "renewed_at")
    for name in reversed(REPLAYED):
        op.drop_column("inbox_notice", name)
