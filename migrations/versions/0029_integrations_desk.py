"""Decisions of two people about money, notices turned away, replaying a notice, quick counts of what stopped."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STAFF = f"organisation_id = {policies.ORGANISATION} AND {policies.ARTIST} IS NULL"
INDEXES = (
    ("outbox_message", "outbox_stopped", ["organisation_id"], "state IN ('dead', 'in_doubt')"),
    ("outbox_attempt", "ix_outbox_attempt_sent_at", ["sent_at"], "sent_at IS NOT NULL"),
    ("inbox_notice", "ix_inbox_notice_received_at", ["received_at"], None),
)


def upgrade() -> None:
    """Make the tables, and let staff decide that a notice is read again."""
    for table, name, columns, where in INDEXES:
        constraints.add_index(table, name, columns, where=where)
    op.add_column(
        "outbox_message", sa.Column("promised_by", sa.Text(), server_default="", nullable=False)
    )
    _make_decision()
    _make_refusal()
    op.execute("GRANT UPDATE (state, reason, attempts, not_before) ON inbox_notice TO portal_app")
    op.execute(
        "CREATE POLICY staff_decide ON inbox_notice FOR UPDATE TO portal_app "
        f"USING ({STAFF}) WITH CHECK ({STAFF})"
    )
    op.execute(
        "CREATE TRIGGER audit AFTER UPDATE ON inbox_notice FOR EACH ROW "
        "WHEN (NULLIF(current_setting('app.reason', true), '') IS NOT NULL) "
        "EXECUTE FUNCTION write_audit_entry()"
    )
    policies.bind_tenants()
    audit.watch_tenants()


def _stamp(name: str, default: str | None = "clock_timestamp()") -> sa.Column:
    server = sa.text(default) if default else None
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=server, nullable=default is None
    )


def _make_decision() -> None:
    op.create_table(
        "outbox_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("deed", sa.String(32), nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(32), server_default="proposed", nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        _stamp("decided_at", None),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        _stamp("created_at"),
        _stamp("updated_at"),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        *(_key(name, to) for name, to in KEYS),
        sa.CheckConstraint("deed IN ('retry', 'done', 'cancel')", name="deed"),
        sa.CheckConstraint("status IN ('proposed', 'agreed', 'refused')", name="decisionstatus"),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="apart"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_decision"),
        sa.UniqueConstraint("public_id", name="uq_outbox_decision_public_id"),
    )
    op.create_index("ix_outbox_decision_organisation_id", "outbox_decision", ["organisation_id"])
    op.create_index("ix_outbox_decision_message_id", "outbox_decision", ["message_id"])
    op.execute(
        "CREATE UNIQUE INDEX uq_outbox_decision_open ON outbox_decision (message_id) "
        "WHERE status = 'proposed'"
    )
    policies.guard("outbox_decision")


KEYS = (
    ("organisation_id", "organisation"),
    ("message_id", "outbox_message"),
    ("proposed_by_id", "ab_user"),
    ("decided_by_id", "ab_user"),
)


def _key(name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=f"fk_outbox_decision_{name}_{to}")


def _make_refusal() -> None:
    """Count what was turned away: it is nobody's, so there is no wall; the doors only count and read."""
    op.create_table(
        "hook_refusal",
        sa.Column("provider", sa.Text(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("why", sa.Text(), primary_key=True),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        _stamp("last_at"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON hook_refusal TO portal_app")
    op.execute("GRANT SELECT, DELETE ON hook_refusal TO portal_worker")


def downgrade() -> None:
    """Take them away again."""
    op.execute("DROP TRIGGER audit ON inbox_notice")
    op.execute("DROP POLICY staff_decide ON inbox_notice")
    op.execute(
        "REVOKE UPDATE (state, reason, attempts, not_before) ON inbox_notice FROM portal_app"
    )
    op.drop_table("hook_refusal")
    op.drop_table("outbox_decision")
    op.drop_column("outbox_message", "promised_by")
    for table, name, _, _ in INDEXES:
        op.drop_index(name, table)
