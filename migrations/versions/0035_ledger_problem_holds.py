"""What stands in the way of a bill is one of the known problems, also in the rows from before."""

from migrations import constraints

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read the rows that were there before."""
    constraints.validate("ledger_document", "ck_ledger_document_ledgerproblem")


def downgrade() -> None:
    """Nothing to take back: the constraint stays as it was."""
