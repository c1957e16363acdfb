"""Walls around an artist's rows that find them by index, whatever the size of the company.

The sub-selects of these policies read ``engagement``, ``contract`` and ``expense_claim`` under the
policies of those tables: "nobody in particular, or this artist", which no index answers. Every statement
of a phone read every engagement of the company, often several times. The condition that holds there
anyway is now said in the sub-select as well; what is seen stays the same.
"""

from alembic import op

from migrations.policies import ARTIST

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MINE = f"FROM engagement WHERE engagement.person_id = {ARTIST}"
BY_MINE = f"engagement_id IN (SELECT engagement.id {MINE})"
STEPS = (
    (r"FROM engagement\)", f"{MINE})"),
    (r"FROM contract\)", f"FROM contract WHERE contract.{BY_MINE})"),
    (r"FROM expense_claim\)", f"FROM expense_claim WHERE expense_claim.{BY_MINE})"),
)
"""What the text of a policy contains, and what stands there instead."""

ME = r"""\( SELECT \(NULLIF\(current_setting\('app\.artist_id'::text, true\), ''::text\)\)::bigint AS "nullif"\)"""
MINE_SEEN = rf"FROM engagement\s+WHERE \(engagement\.person_id = {ME}\)"
BY_MINE_SEEN = rf"engagement_id IN \( SELECT engagement\.id\s+{MINE_SEEN}\)"
UNSENT = ("draft", "in_review", "ready")
UNSENT_SEEN = ", ".join(rf"\('{each}'::character varying\)::text" for each in UNSENT)
BACK = (
    (rf"FROM contract\s+WHERE \(contract\.{BY_MINE_SEEN}\)", "FROM contract"),
    (rf"FROM expense_claim\s+WHERE \(expense_claim\.{BY_MINE_SEEN}\)", "FROM expense_claim"),
    (MINE_SEEN, "FROM engagement"),
    # PostgreSQL writes such a list otherwise, once it has read its own writing.
    (rf"\(status\)::text <> ALL \(ARRAY\[{UNSENT_SEEN}\]\)", f"status NOT IN {UNSENT}"),
)
"""The same the other way, as PostgreSQL writes what it was told."""

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
    """Say whose rows are meant where a policy looks into another table."""
    _rewrite(STEPS)


def downgrade() -> None:
    """Leave it to the policy of that table alone, as before."""
    _rewrite(BACK)


def _rewrite(steps: tuple[tuple[str, str], ...]) -> None:
    for was, new in steps:
        op.execute(REWRITE.replace("{was}", was).replace("{new}", new))
