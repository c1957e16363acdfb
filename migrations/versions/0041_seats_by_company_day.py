"""The seats behind an address at a moment: whether a mandate runs is asked of each company's own day."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SEATS = """
CREATE FUNCTION gate_seats(address text, at_ timestamptz)
RETURNS TABLE (organisation_id bigint, organisation_name text, artist_id bigint, artist_key uuid,
               artist_name text, agent_id bigint, agent_name text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  WITH known AS (
    SELECT p.*, o.name AS organisation_name, (at_ AT TIME ZONE o.zone)::date AS today
    FROM contact_point c JOIN person p ON p.id = c.person_id
         JOIN organisation o ON o.id = p.organisation_id
    WHERE c.kind = 'email' AND c.normalised = gate_seats.address AND p.archived_at IS NULL
      AND (c.verified_at IS NOT NULL OR c.conflict_note = '')
  )
  SELECT k.organisation_id, k.organisation_name, k.id, k.public_id, k.name, NULL::bigint, ''::text,
         ARRAY['view', 'sign', 'claim', 'paid']
  FROM known k
  WHERE NOT k.is_agent OR EXISTS (SELECT FROM artist_profile a WHERE a.person_id = k.id)
  UNION ALL
  SELECT k.organisation_id, k.organisation_name, p.id, p.public_id, p.name, k.id, k.name, r.scopes
  FROM known k
  JOIN representation r ON r.agent_id = k.id
       AND r.starts_on <= k.today AND (r.ends_on IS NULL OR r.ends_on >= k.today)
  JOIN person p ON p.id = r.artist_id AND p.archived_at IS NULL
  ORDER BY 2, 5, 6 NULLS FIRST;
END
"""


def upgrade() -> None:
    """Answer for a moment beside the day; the release before this one still asks for a day."""
    op.execute(SEATS)
    for words in (
        "ALTER FUNCTION gate_seats(text, timestamptz) OWNER TO portal_gate",
        "REVOKE EXECUTE ON FUNCTION gate_seats(text, timestamptz) FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION gate_seats(text, timestamptz) TO portal_app, portal_worker",
    ):
        op.execute(words)


def downgrade() -> None:
    """Answer for a day alone."""
    op.execute("DROP FUNCTION gate_seats(text, timestamptz)")
