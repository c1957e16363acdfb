"""What is known of an envelope at a signing provider, on the request it carries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import constraints

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLE = "signature_request"
STATUSES = ("sent", "viewed", "signed", "expired", "voided", "declined", "completed")


def upgrade() -> None:
    """Add the columns."""
    for column in (
        sa.Column("envelope_status", sa.String(32), nullable=True),
        sa.Column("sent_to", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leaving_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_in_doubt", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    ):
        op.add_column(TABLE, column)
    constraints.add_check(
        TABLE, "envelopestatus", f"envelope_status IN ({', '.join(map(repr, STATUSES))})"
    )
    constraints.add_check(
        TABLE, "elsewhere", "provider <> 'builtin' OR (external_id IS NULL AND NOT is_in_doubt)"
    )


def downgrade() -> None:
    """Take them away again."""
    for name in ("is_in_doubt", "leaving_at", "compared_at", "sent_to", "envelope_status"):
        op.drop_column(TABLE, name)
