"""Addresses and numbers at which nothing arrives or nothing is wanted; letters that were called unwanted."""

import sqlalchemy as sa
from alembic import op

from migrations import constraints

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BEFORE = ("queued", "accepted", "delivered", "deferred", "bounced", "failed", "in_doubt")


def upgrade() -> None:
    """Add what carriers tell of an address, and the last word about a letter."""
    for name in ("stopped_at", "reopened_at"):
        op.add_column("contact_point", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "contact_point", sa.Column("lost_because", sa.Text(), server_default="", nullable=False)
    )
    constraints.replace_check(
        "notification_delivery", "deliverystatus", _one_of(*BEFORE, "complained")
    )


def _one_of(*words: str) -> str:
    return f"status IN ({', '.join(repr(word) for word in words)})"


def downgrade() -> None:
    """Take them away again; an unwanted letter was delivered."""
    op.execute("UPDATE notification_delivery SET status = 'delivered' WHERE status = 'complained'")
    constraints.replace_check("notification_delivery", "deliverystatus", _one_of(*BEFORE))
    constraints.validate("notification_delivery", "ck_notification_delivery_deliverystatus")
    op.drop_column("contact_point", "lost_because")
    op.drop_column("contact_point", "reopened_at")
    op.drop_column("contact_point", "stopped_at")
