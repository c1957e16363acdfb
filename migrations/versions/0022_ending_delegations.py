"""A delegation can be ended whatever became of who made it: only naming somebody is checked."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE OR REPLACE TRIGGER delegation_not_chained BEFORE {events} ON approval_delegate
FOR EACH ROW EXECUTE FUNCTION delegation_not_chained()
"""
NAMING = "INSERT OR UPDATE OF user_id, delegate_user_id, starts_on, ends_on"


def upgrade() -> None:
    """Ask only where somebody is named, or the days change."""
    op.execute(TRIGGER.format(events=NAMING))


def downgrade() -> None:
    """Ask at every change again."""
    op.execute(TRIGGER.format(events="INSERT OR UPDATE"))
