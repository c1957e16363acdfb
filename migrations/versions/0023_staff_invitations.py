"""Staff set their own password with a code from the mail: when they are invited, or have forgotten it."""

from alembic import op

from migrations import constraints

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PURPOSES = ("sign_in", "invitation", "step_up", "change_email")
NEW = "staff_password"

ACCOUNT = """
CREATE FUNCTION gate_staff_account(address_ text)
RETURNS TABLE (user_id bigint, organisation_id bigint, organisation_name text, display_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT u.id, o.id, o.name, p.display_name
  FROM ab_user u JOIN staff_profile p ON p.user_id = u.id JOIN organisation o ON o.id = p.organisation_id
  WHERE lower(u.email) = address_ AND u.active AND p.status IN ('active', 'invited');
END
"""


def upgrade() -> None:
    """Know the new purpose of a code, and answer whose account an address is."""
    _allow((*PURPOSES, NEW))
    op.execute("GRANT SELECT (id, email, active) ON ab_user TO portal_gate")
    op.execute("CREATE POLICY gate ON ab_user FOR SELECT TO portal_gate USING (true)")
    op.execute(ACCOUNT)
    op.execute("ALTER FUNCTION gate_staff_account(text) OWNER TO portal_gate")
    op.execute("REVOKE EXECUTE ON FUNCTION gate_staff_account(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION gate_staff_account(text) TO portal_app, portal_worker")


def downgrade() -> None:
    """Know only the purposes of before."""
    op.execute("DROP FUNCTION gate_staff_account(text)")
    op.execute("DROP POLICY gate ON ab_user")
    op.execute("REVOKE SELECT (id, email, active) ON ab_user FROM portal_gate")
    op.execute(f"DELETE FROM login_token WHERE purpose = '{NEW}'")
    _allow(PURPOSES)
    constraints.validate("login_token", "ck_login_token_tokenpurpose")


def _allow(purposes: tuple[str, ...]) -> None:
    named = ", ".join(f"'{purpose}'" for purpose in purposes)
    constraints.replace_check("login_token", "tokenpurpose", f"purpose IN ({named})")
