"""Staff whom Entra ID vouches for: their number there, and the question whose account it opens."""

import sqlalchemy as sa
from alembic import op

from migrations import constraints

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

ACCOUNT = """
CREATE FUNCTION gate_staff_by_entra(oid_ text, address_ text)
RETURNS TABLE (user_id bigint, organisation_id bigint, organisation_name text, display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT u.id, o.id, o.name, p.display_name
  FROM ab_user u JOIN staff_profile p ON p.user_id = u.id JOIN organisation o ON o.id = p.organisation_id
  WHERE u.active AND p.status IN ('active', 'invited')
    AND (p.entra_oid = oid_ OR (p.entra_oid IS NULL AND address_ <> '' AND lower(u.email) = address_
         AND NOT EXISTS (SELECT FROM staff_profile bound WHERE bound.entra_oid = oid_)));
END
"""


def upgrade() -> None:
    """Keep the number, and answer whose account it opens."""
    op.add_column("staff_profile", sa.Column("entra_oid", sa.Text(), nullable=True))
    op.execute(ACCOUNT)
    for words in (
        "ALTER FUNCTION gate_staff_by_entra(text, text) OWNER TO portal_gate",
        "REVOKE EXECUTE ON FUNCTION gate_staff_by_entra(text, text) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION gate_staff_by_entra(text, text) TO portal_app, portal_worker",
    ):
        op.execute(words)
    constraints.add_index("staff_profile", "uq_staff_profile_entra_oid", ["entra_oid"], unique=True)


def downgrade() -> None:
    """Forget both."""
    op.execute("DROP FUNCTION gate_staff_by_entra(text, text)")
    op.drop_column("staff_profile", "entra_oid")
