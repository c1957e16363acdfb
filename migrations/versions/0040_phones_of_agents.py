"""An agent's phone is the agent's own: on an artist's pages neither sees nor changes the other's."""

from alembic import op

from migrations import policies

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

TABLE = "push_subscription"


def upgrade() -> None:
    """Let whoever looks see and change what is theirs: an agent the agent's, an artist the artist's."""
    _let(policies.READERS_OWN)


def downgrade() -> None:
    """Show the artist's again to whoever looks at the artist's pages; an agent's are nobody's then."""
    _let(policies.OWN)


def _let(whose: str) -> None:
    clause = f"({policies.ARTIST} IS NULL OR ({whose}))"
    op.execute(f"ALTER POLICY artist_reads ON {TABLE} USING {clause}")
    op.execute(f"ALTER POLICY artist_adds ON {TABLE} WITH CHECK {clause}")
    op.execute(f"ALTER POLICY artist_changes ON {TABLE} USING {clause} WITH CHECK {clause}")
