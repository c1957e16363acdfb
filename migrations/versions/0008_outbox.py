"""The queue that is the truth: promises, attempts, notices, kept answers, slots of the timetable."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STAFF = f"organisation_id = {policies.ORGANISATION} AND {policies.ARTIST} IS NULL"
ACTOR = "(SELECT NULLIF(current_setting('app.actor', true), ''))"
TABLES = ("outbox_message", "outbox_attempt", "client_request", "inbox_notice", "cron_tick")

PROMISED = """
CREATE FUNCTION outbox_promised(organisation bigint, kind_ text, key text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
RETURN (SELECT id FROM outbox_message WHERE organisation_id IS NOT DISTINCT FROM organisation
        AND kind = kind_ AND dedup_key = key)
"""

ORGANISATIONS = """
CREATE FUNCTION organisation_ids() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC SELECT id FROM organisation ORDER BY id; END
"""


def upgrade() -> None:
    """Make the tables, then say who may touch them (architecture.md decision 5)."""
    _make_outbox()
    _make_inbox()
    op.execute("CREATE SEQUENCE outbox_fence")
    for table in TABLES:
        _let_worker(table)
    _let_doors()
    _let_gate()


def downgrade() -> None:
    """Take everything back."""
    op.execute("DROP FUNCTION organisation_ids()")
    op.execute("DROP FUNCTION outbox_promised(bigint, text, text)")
    op.execute("DROP POLICY IF EXISTS gate_counts ON organisation")
    op.execute("REVOKE SELECT ON organisation FROM portal_gate")
    for table in (
        "cron_tick",
        "inbox_notice",
        "client_request",
        "outbox_attempt",
        "outbox_message",
    ):
        op.drop_table(table)
    op.execute("DROP SEQUENCE outbox_fence")


def _stamp(name: str, *, default: str | None = None, nullable: bool = False) -> sa.Column:
    server = sa.text(default) if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=server, nullable=nullable)


def _make_outbox() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id")),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("cls", sa.String(1), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("payload_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("order_key", sa.Text()),
        sa.Column("state", sa.String(32), server_default="ready", nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="100", nullable=False),
        _stamp("not_before", default="now()"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default="16", nullable=False),
        sa.Column("fence", sa.BigInteger()),
        _stamp("leased_at", nullable=True),
        _stamp("lease_until", nullable=True),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("external_id", sa.Text()),
        sa.Column("last_error", sa.Text()),
        sa.Column("request_id", sa.Text(), server_default="", nullable=False),
        _stamp("created_at", default="now()"),
        _stamp("done_at", nullable=True),
        sa.CheckConstraint("cls IN ('K', 'N', 'R', 'U')", name="effectclass"),
        sa.CheckConstraint(
            "state IN ('ready', 'leased', 'done', 'dead', 'in_doubt', 'cancelled')",
            name="messagestate",
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "dedup_key",
            name="uq_outbox_message_fact",
            postgresql_nulls_not_distinct=True,
        ),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "outbox_attempt",
        sa.Column("message_id", sa.Uuid(), sa.ForeignKey("outbox_message.id"), primary_key=True),
        sa.Column("fence", sa.BigInteger(), primary_key=True, autoincrement=False),
        _stamp("started_at", default="clock_timestamp()"),
        _stamp("sent_at", nullable=True),
        sa.Column("outcome", sa.String(32)),
        sa.Column("http_status", sa.Integer()),
        _stamp("finished_at", nullable=True),
        sa.CheckConstraint(
            "outcome IN ('done', 'retry', 'refused', 'unknown', 'found', 'not_found', 'released')",
            name="attemptoutcome",
        ),
    )
    _index_outbox()


def _index_outbox() -> None:
    op.execute(
        "CREATE INDEX outbox_due ON outbox_message (priority DESC, not_before, id) "
        "WHERE state IN ('ready', 'leased')"
    )
    op.execute(
        "CREATE INDEX outbox_in_order ON outbox_message (organisation_id, order_key, id) "
        "WHERE order_key IS NOT NULL AND state NOT IN ('done', 'cancelled')"
    )
    op.create_index("ix_outbox_message_external_id", "outbox_message", ["external_id"])


def _make_inbox() -> None:
    op.create_table(
        "client_request",
        sa.Column(
            "organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), primary_key=True
        ),
        sa.Column("actor", sa.Text(), primary_key=True),
        sa.Column("key", sa.Uuid(), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", postgresql.JSONB()),
        _stamp("created_at", default="now()"),
    )
    op.create_table(
        "inbox_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id")),
        _stamp("received_at", default="now()"),
        sa.Column("state", sa.String(32), server_default="new", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _stamp("not_before", default="now()"),
        sa.CheckConstraint("state IN ('new', 'done', 'refused', 'failed')", name="noticestate"),
        sa.UniqueConstraint("provider", "event_key"),
    )
    op.execute("CREATE INDEX inbox_due ON inbox_notice (not_before, id) WHERE state = 'new'")
    op.create_table(
        "cron_tick",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("slot", sa.DateTime(timezone=True), primary_key=True),
    )


def _let_worker(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for role, name in (("portal_worker", "worker"), ("portal_owner", "owner")):
        op.execute(f"CREATE POLICY {name} ON {table} TO {role} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO portal_worker")


def _let_doors() -> None:
    mine = f"organisation_id = {policies.ORGANISATION}"
    for role in ("portal_app", "portal_worker"):
        op.execute(f"GRANT USAGE ON SEQUENCE outbox_fence TO {role}")
    op.execute("GRANT SELECT, INSERT, UPDATE ON outbox_message TO portal_app")
    # Sign-in mail belongs to no organisation: it may be promised before anybody is known.
    op.execute(
        "CREATE POLICY promise ON outbox_message FOR INSERT TO portal_app "
        f"WITH CHECK (organisation_id IS NULL OR {mine})"
    )
    op.execute(
        f"CREATE POLICY staff_read ON outbox_message FOR SELECT TO portal_app USING ({STAFF})"
    )
    op.execute(
        "CREATE POLICY staff_decide ON outbox_message FOR UPDATE TO portal_app "
        f"USING ({STAFF}) WITH CHECK ({STAFF})"
    )
    op.execute("GRANT SELECT, UPDATE ON outbox_attempt TO portal_app")
    for name, verb in (("staff_read", "SELECT"), ("staff_decide", "UPDATE")):
        op.execute(
            f"CREATE POLICY {name} ON outbox_attempt FOR {verb} TO portal_app "
            "USING (message_id IN (SELECT id FROM outbox_message))"
        )
    op.execute("GRANT SELECT, INSERT, UPDATE ON client_request TO portal_app")
    asker = f"{mine} AND actor = {ACTOR}"
    op.execute(
        f"CREATE POLICY asker ON client_request TO portal_app USING ({asker}) WITH CHECK ({asker})"
    )
    # A webhook keeps what it got before anybody knows whose it is; it reads nothing.
    op.execute("GRANT SELECT, INSERT ON inbox_notice TO portal_app")
    op.execute(
        "CREATE POLICY keep ON inbox_notice FOR INSERT TO portal_app "
        "WITH CHECK (organisation_id IS NULL AND state = 'new')"
    )
    op.execute(f"CREATE POLICY staff_read ON inbox_notice FOR SELECT TO portal_app USING ({STAFF})")


def _let_gate() -> None:
    policies.let_gate_read("outbox_message")
    op.execute(
        """
        DO $$ BEGIN
          IF NOT EXISTS (SELECT FROM pg_policies WHERE tablename = 'organisation'
                         AND policyname IN ('gate', 'gate_counts')) THEN
            CREATE POLICY gate_counts ON organisation FOR SELECT TO portal_gate USING (true);
          END IF;
        END $$
        """
    )
    op.execute("GRANT SELECT ON organisation TO portal_gate")
    for sql, name, callers in (
        (PROMISED, "outbox_promised(bigint, text, text)", "portal_app, portal_worker"),
        (ORGANISATIONS, "organisation_ids()", "portal_worker"),
    ):
        op.execute(sql)
        op.execute(f"ALTER FUNCTION {name} OWNER TO portal_gate")
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {callers}")
