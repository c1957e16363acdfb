"""The clean PDF beside the picture of its pages."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Remember the clean PDF of a file."""
    op.add_column("stored_file", sa.Column("paper_sha256", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("stored_file", "paper_sha256")
