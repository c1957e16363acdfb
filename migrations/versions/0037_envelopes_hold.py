"""Hold the requests that were there before to the checks of 0036."""

from migrations import constraints

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Check the rows without locking their writers out."""
    constraints.validate(
        "signature_request",
        "ck_signature_request_envelopestatus",
        "ck_signature_request_elsewhere",
    )


def downgrade() -> None:
    """Change nothing: a check that held still holds."""
