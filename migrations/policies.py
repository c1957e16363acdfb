"""The walls: which rows a viewer may see or write, said once for every table.

Roles and settings are those of architecture.md decision 5. A local setting is ``''`` and not NULL
after its transaction, hence NULLIF; a scalar sub-select makes the planner read it once.
"""

from alembic import op

ORGANISATION = "(SELECT NULLIF(current_setting('app.organisation_id', true), '')::bigint)"
ARTIST = "(SELECT NULLIF(current_setting('app.artist_id', true), '')::bigint)"

NOBODY = "false"
EVERYBODY = "true"
AGENT = "(SELECT substring(current_setting('app.actor', true) FROM '^agent:([0-9]+)$')::bigint)"
OWN = f"person_id = {ARTIST}"
READERS_OWN = f"person_id = COALESCE({AGENT}, {ARTIST})"
"""What belongs to whoever looks: the agent on an agent's seat, else the artist."""
BY_ENGAGEMENT = "engagement_id IN (SELECT id FROM engagement)"
"""As tables up to 0041 say it; 0042 made it quick."""
BY_LISTED_ENGAGEMENT = "engagement_id = ANY ((SELECT gate_engagements())::bigint[])"
"""As tables from 0043 on say it; ``gate_productions`` and ``gate_contracts`` likewise."""


def guard(table: str, *, artist: str = NOBODY, writes: str = NOBODY) -> None:
    """Hide the rows of ``table`` from every other organisation, and from artists all but ``artist``.

    ``artist`` is the SQL condition under which an artist sees a row; a sub-select in it is itself
    under the policies of its table. ``writes`` is the condition under which an artist may insert
    or update one; nobody but staff deletes.
    """
    own = f"organisation_id = {ORGANISATION}"
    _enable(table)
    op.execute(
        f"CREATE POLICY organisation ON {table} TO portal_app, portal_report "
        f"USING ({own}) WITH CHECK ({own})"
    )
    _restrict(table, artist, writes)
    _let_owner(table)
    grant(table)


def guard_organisation() -> None:
    """Show each organisation only itself."""
    _enable("organisation")
    op.execute(
        "CREATE POLICY organisation ON organisation TO portal_app, portal_report "
        f"USING (id = {ORGANISATION}) WITH CHECK (id = {ORGANISATION})"
    )
    _restrict("organisation", EVERYBODY, NOBODY)
    _let_owner("organisation")
    grant("organisation")


def _enable(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _restrict(table: str, artist: str, writes: str) -> None:
    staff = f"{ARTIST} IS NULL"
    sees = f"({staff} OR ({artist}))"
    does = f"({staff} OR ({writes}))"
    for name, clause in (
        ("artist_reads", f"FOR SELECT TO portal_app USING {sees}"),
        ("artist_adds", f"FOR INSERT TO portal_app WITH CHECK {does}"),
        ("artist_changes", f"FOR UPDATE TO portal_app USING {does} WITH CHECK {does}"),
        ("artist_deletes", f"FOR DELETE TO portal_app USING ({staff})"),
    ):
        op.execute(f"CREATE POLICY {name} ON {table} AS RESTRICTIVE {clause}")


def _let_owner(table: str) -> None:
    op.execute(f"CREATE POLICY owner ON {table} TO portal_owner USING (true) WITH CHECK (true)")


def guard_staff_accounts(table: str) -> None:
    """Keep the accounts, roles and password hashes of staff from artists and from reports.

    They belong to no organisation, so the only wall is against who has no business there.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    clause = f"{ARTIST} IS NULL"
    op.execute(
        f"CREATE POLICY staff ON {table} TO portal_app USING ({clause}) WITH CHECK ({clause})"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO portal_app")


def let_gate_read(table: str) -> None:
    """Let the one-question functions of ``portal_gate`` read ``table``."""
    op.execute(f"CREATE POLICY gate ON {table} FOR SELECT TO portal_gate USING (true)")
    op.execute(f"GRANT SELECT ON {table} TO portal_gate")


def grant(table: str) -> None:
    """Let the doors write ``table`` and the reports read it, as far as its policies go."""
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO portal_app")
    op.execute(f"GRANT SELECT ON {table} TO portal_report")


def append_only(table: str) -> None:
    """Take from the doors the right to change what was once written."""
    op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM portal_app")


TENANT_KEYS = """
SELECT DISTINCT c.conrelid::regclass::text AS child, a.attname AS col,
       c.confrelid::regclass::text AS parent
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
JOIN pg_attribute mine ON mine.attrelid = c.conrelid
     AND mine.attname = 'organisation_id' AND mine.attnotnull
JOIN pg_attribute theirs ON theirs.attrelid = c.confrelid
     AND theirs.attname = 'organisation_id' AND theirs.attnotnull
JOIN pg_attribute numbered ON numbered.attrelid = c.confrelid AND numbered.attname = 'id'
WHERE c.contype = 'f' AND cardinality(c.conkey) = 1
"""

BIND_TENANTS = """
DO $$
DECLARE tie record;
BEGIN
  FOR tie IN SELECT DISTINCT parent FROM tenant_key LOOP
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = tie.parent || '_organisation_id_id_key') THEN
      EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I UNIQUE (organisation_id, id)',
                     tie.parent, tie.parent || '_organisation_id_id_key');
    END IF;
  END LOOP;
  FOR tie IN SELECT * FROM tenant_key LOOP
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname
                   = left(tie.child || '_' || tie.col, 44) || '_same_organisation') THEN
      EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (organisation_id, %I) '
                     'REFERENCES %I (organisation_id, id)', tie.child,
                     left(tie.child || '_' || tie.col, 44) || '_same_organisation',
                     tie.col, tie.parent);
    END IF;
  END LOOP;
END $$
"""


def bind_tenants() -> None:
    """Make every key between tenants' tables stay within one organisation.

    Foreign keys see through row-level security, so a plain key could point at another company's
    row. Each gets a twin over (organisation_id, id), made from the catalogue; running it again
    adds only what is new.
    """
    op.execute(f"CREATE TEMPORARY TABLE tenant_key ON COMMIT DROP AS {TENANT_KEYS}")
    op.execute(BIND_TENANTS)


def unbind_tenants() -> None:
    """Take the twins of ``bind_tenants`` away again."""
    op.execute(
        """
        DO $$
        DECLARE made record;
        BEGIN
          FOR made IN SELECT conname, conrelid::regclass AS child FROM pg_constraint
              WHERE conname LIKE '%\\_same\\_organisation' OR conname LIKE '%\\_organisation\\_id\\_id\\_key'
              ORDER BY contype LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', made.child, made.conname);
          END LOOP;
        END $$
        """
    )
