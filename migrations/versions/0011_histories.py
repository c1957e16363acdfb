"""Accounts and roles are told in the history of the company whose staff they are."""

from alembic import op

from migrations import audit

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the trigger find the company behind an account."""
    op.execute(audit.told_by_company())


def downgrade() -> None:
    """Let accounts be told to the platform alone again."""
    op.execute(audit.FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
