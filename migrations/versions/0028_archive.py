"""What the archive says of a paper: its hash there, and how often it was filed."""

import sqlalchemy as sa
from alembic import op

from migrations import constraints

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and an index to find a paper by the archive's name for it."""
    constraints.add_index(
        "document",
        "ix_document_organisation_id_archive_item_id",
        ["organisation_id", "archive_item_id"],
    )
    op.add_column(
        "document", sa.Column("archive_hash", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "document", sa.Column("filings", sa.BigInteger(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_document_organisation_id_archive_item_id", table_name="document")
    op.drop_column("document", "filings")
    op.drop_column("document", "archive_hash")
