"""The platform's operator sees which companies there are, and nothing of what is in them."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

READS = {"ab_role": "id, name", "ab_user_role": "user_id, role_id"}

COMPANIES = """
CREATE FUNCTION gate_companies(session_ bytea, at_ timestamptz)
RETURNS TABLE (name text, slug text, zone text, base_currency text, created_at timestamptz,
               staff_count bigint, last_activity timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT o.name, o.slug, o.zone, o.base_currency, o.created_at,
         (SELECT count(*) FROM staff_profile p
          WHERE p.organisation_id = o.id AND p.status IN ('active', 'invited')),
         (SELECT max(w.last_seen_at) FROM web_session w WHERE w.organisation_id = o.id)
  FROM organisation o
  WHERE EXISTS (
    SELECT FROM web_session s
    JOIN ab_user_role held ON held.user_id = s.user_id
    JOIN ab_role r ON r.id = held.role_id AND r.name = 'Admin'
    WHERE s.id_sha256 = session_ AND s.kind = 'staff' AND s.organisation_id IS NULL
      AND s.ended_at IS NULL AND s.expires_at > at_ AND s.idle_expires_at > at_
      AND NOT EXISTS (SELECT FROM staff_profile p WHERE p.user_id = s.user_id))
  ORDER BY o.name, o.id;
END
"""


def upgrade() -> None:
    """Answer the holder of an operator's session which companies there are, and let one be founded."""
    for table, columns in READS.items():
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO portal_gate")
        op.execute(f"CREATE POLICY gate ON {table} FOR SELECT TO portal_gate USING (true)")
    op.execute(COMPANIES)
    op.execute("ALTER FUNCTION gate_companies(bytea, timestamptz) OWNER TO portal_gate")
    op.execute("REVOKE EXECUTE ON FUNCTION gate_companies(bytea, timestamptz) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION gate_companies(bytea, timestamptz) TO portal_app")
    # A new company announces its own number before it is written from within its own walls.
    op.execute("GRANT USAGE ON SEQUENCE organisation_id_seq TO portal_app")


def downgrade() -> None:
    """Tell nobody, and found nothing."""
    op.execute("REVOKE USAGE ON SEQUENCE organisation_id_seq FROM portal_app")
    op.execute("DROP FUNCTION gate_companies(bytea, timestamptz)")
    for table, columns in READS.items():
        op.execute(f"DROP POLICY gate ON {table}")
        op.execute(f"REVOKE SELECT ({columns}) ON {table} FROM portal_gate")
