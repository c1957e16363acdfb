"""Functions the tables lean on, and Flask-AppBuilder's own tables."""

import flask_appbuilder.security.sqla.models as fab
from alembic import op

from migrations import policies

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FOLD = r"""
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN translate(
  replace(replace(replace(replace(
    regexp_replace(lower(normalize(value, NFKD)), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g'),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
  'łøđðıħŋŧ', 'loddihnt')
"""

TRIGRAMS = """
CREATE FUNCTION trigrams(folded text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ARRAY(
  SELECT DISTINCT substr('  ' || folded || ' ', place, 3)
  FROM generate_series(1, length(folded) + 1) AS place ORDER BY 1)
"""

CURRENCY_DECIMALS = """
CREATE FUNCTION currency_decimals(code text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
  WHEN code IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') THEN 0
  WHEN code IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 3
  ELSE 2 END
"""

FAB_TABLES = [
    table
    for table in fab.Model.metadata.sorted_tables
    if table.name.startswith("ab_") or table.name == "ab_user"
]


def upgrade() -> None:
    """Make the functions and FAB's tables; the roles exist already (see app/embedded)."""
    op.execute("GRANT USAGE, CREATE ON SCHEMA public TO portal_gate")
    op.execute(FOLD)
    op.execute(TRIGRAMS)
    op.execute(CURRENCY_DECIMALS)
    fab.Model.metadata.create_all(op.get_bind(), tables=FAB_TABLES)
    for table in FAB_TABLES:
        policies.guard_staff_accounts(table.name)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO portal_app")


def downgrade() -> None:
    """Take everything back."""
    fab.Model.metadata.drop_all(op.get_bind(), tables=FAB_TABLES)
    op.execute("DROP FUNCTION currency_decimals(text)")
    op.execute("DROP FUNCTION trigrams(text)")
    op.execute("DROP FUNCTION fold(text)")
