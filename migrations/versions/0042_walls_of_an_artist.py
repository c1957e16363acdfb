"""Walls around an artist's rows that compare with a list, asked for once in a statement.

The sub-selects of these policies stood under the policies of the tables they read, which held the same
sub-selects again: PostgreSQL planned one question of a phone as up to sixty, and planning took longer
than reading. ``portal_gate`` now answers which engagements, productions and sent contracts are the
viewer's; a policy compares with that list, and its other sub-selects find by it. What is seen stays the
same.
"""

from alembic import op

from migrations import policies
from migrations.policies import ARTIST, ORGANISATION

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

READ = ("engagement", "contract")
MINE = f"engagement.person_id = {ARTIST} AND engagement.organisation_id = {ORGANISATION}"
LISTS = {
    "gate_engagements": f"SELECT array_agg(engagement.id) FROM engagement WHERE {MINE}",
    "gate_productions": f"SELECT array_agg(DISTINCT engagement.production_id) FROM engagement WHERE {MINE}",
    "gate_contracts": f"""SELECT array_agg(contract.id) FROM contract
        JOIN engagement ON engagement.id = contract.engagement_id
        WHERE {MINE} AND contract.status NOT IN ('draft', 'in_review', 'ready')""",
}
"""What is the viewer's, found by index; for who is no artist of the organisation there is no list."""

OWN, AT, SENT = (f"= ANY ((SELECT {name}())::bigint[])" for name in LISTS)
OWN_SEEN, AT_SEEN, SENT_SEEN = (
    rf"= ANY \(\( SELECT {name}\(\) AS {name}\)::bigint\[\]\)" for name in LISTS
)
ME_SEEN = r"""\( SELECT \(NULLIF\(current_setting\('app\.artist_id'::text, true\), ''::text\)\)::bigint AS "nullif"\)"""
MINE_SEEN = rf"\s+FROM engagement\s+WHERE \(engagement\.person_id = {ME_SEEN}\)"
OF_ENGAGEMENT = f"SELECT engagement.id FROM engagement WHERE engagement.person_id = {ARTIST}"
OF_PRODUCTION = (
    f"SELECT engagement.production_id FROM engagement WHERE engagement.person_id = {ARTIST}"
)
OF_CONTRACT = f"SELECT contract.id FROM contract WHERE contract.engagement_id IN ({OF_ENGAGEMENT})"
CONTRACT_SEEN = rf"\s+FROM contract\s+WHERE \(contract\.engagement_id IN \( SELECT engagement\.id{MINE_SEEN}\)\)"

LISTED = (
    (rf"IN \( SELECT contract\.id{CONTRACT_SEEN}\)", SENT),
    (rf"IN \( SELECT engagement\.id{MINE_SEEN}\)", OWN),
    (rf"IN \( SELECT engagement\.production_id{MINE_SEEN}\)", AT),
)
UNLISTED = (
    (SENT_SEEN, f"IN ({OF_CONTRACT})"),
    (OWN_SEEN, f"IN ({OF_ENGAGEMENT})"),
    (AT_SEEN, f"IN ({OF_PRODUCTION})"),
)
"""What the text of a policy contains, as PostgreSQL writes it, and what stands there instead."""

NARROWED = (
    ("payable", "engagement_id", OWN, OWN_SEEN),
    ("call_assignment", "engagement_id", OWN, OWN_SEEN),
    ("contract_version", "contract_id", SENT, SENT_SEEN),
    ("amendment", "contract_id", SENT, SENT_SEEN),
)
"""Tables that a policy looks into, and by which list it finds its rows there."""
CLAIMS = f"claim_id IN (SELECT expense_claim.id FROM expense_claim WHERE expense_claim.engagement_id {OWN})"
CLAIMS_SEEN = (
    r"expense_line\.claim_id IN \( SELECT expense_claim\.id\s+FROM expense_claim\s+"
    rf"WHERE \(expense_claim\.engagement_id {OWN_SEEN}\)\)"
)

REWRITE = r"""
DO $rewrite$
DECLARE wall record; using_now text; check_now text;
BEGIN
  FOR wall IN SELECT tablename, policyname, qual, with_check FROM pg_policies
      WHERE schemaname = 'public' AND policyname LIKE 'artist\_%' LOOP
    using_now := regexp_replace(wall.qual, $was${was}$was$, $new${new}$new$, 'g');
    check_now := regexp_replace(wall.with_check, $was${was}$was$, $new${new}$new$, 'g');
    IF using_now IS DISTINCT FROM wall.qual THEN
      EXECUTE format('ALTER POLICY %I ON %I USING (%s)', wall.policyname, wall.tablename, using_now);
    END IF;
    IF check_now IS DISTINCT FROM wall.with_check THEN
      EXECUTE format('ALTER POLICY %I ON %I WITH CHECK (%s)', wall.policyname, wall.tablename, check_now);
    END IF;
  END LOOP;
END $rewrite$
"""


def upgrade() -> None:
    """Let the gate answer what is the viewer's, and compare with its answers."""
    for table in READ:
        policies.let_gate_read(table)
    for name, question in LISTS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = public, pg_temp RETURN ({question})"
        )
        op.execute(f"ALTER FUNCTION {name}() OWNER TO portal_gate")
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name}() FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name}() TO portal_app")
    _rewrite(*LISTED)
    for table, column, by, _ in NARROWED:
        _rewrite((rf"FROM {table}\)", f"FROM {table} WHERE {table}.{column} {by})"))
    _rewrite((r"FROM expense_line\)", f"FROM expense_line WHERE expense_line.{CLAIMS})"))


def downgrade() -> None:
    """Ask in each policy again, and take the gate's answers away."""
    _rewrite((rf"FROM expense_line\s+WHERE \({CLAIMS_SEEN}\)\)", "FROM expense_line)"))
    for table, column, _, seen in NARROWED:
        _rewrite((rf"FROM {table}\s+WHERE \({table}\.{column} {seen}\)\)", f"FROM {table})"))
    _rewrite(*UNLISTED)
    for name in LISTS:
        op.execute(f"DROP FUNCTION {name}()")
    for table in READ:
        op.execute(f"DROP POLICY gate ON {table}")
        op.execute(f"REVOKE SELECT ON {table} FROM portal_gate")


def _rewrite(*steps: tuple[str, str]) -> None:
    for was, new in steps:
        op.execute(REWRITE.replace("{was}", was).replace("{new}", new))
