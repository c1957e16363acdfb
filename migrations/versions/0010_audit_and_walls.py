"""The audit log, its triggers, and the keys that stay within one organisation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, policies

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the log, put the triggers on, and bind the tenants' keys."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("actor", "on_behalf_of", "action", "entity", "entity_id")
        ),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_record", "audit_entry", ["organisation_id", "entity", "entity_id", "id"]
    )
    op.create_index("ix_audit_entry_organisation_id_id", "audit_entry", ["organisation_id", "id"])
    op.create_index("ix_audit_entry_transaction_id", "audit_entry", ["transaction_id"])
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("from_transaction", sa.BigInteger(), nullable=False),
        sa.Column("to_transaction", sa.BigInteger(), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_audit_seal_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint(
            "organisation_id",
            "number",
            name=op.f("uq_audit_seal_organisation_id_number"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    audit.make_functions()
    for table in ("audit_entry", "audit_seal"):
        policies.guard(table)
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM portal_app")
        op.execute(
            f"CREATE POLICY sealer ON {table} TO portal_worker USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT SELECT ON {table} TO portal_worker")
        audit.make_append_only(table)
    op.execute("GRANT INSERT ON audit_seal TO portal_worker")
    audit.watch_tenants()
    audit.watch_decisions()
    policies.bind_tenants()


def downgrade() -> None:
    """Take the log, its triggers and the bound keys away."""
    policies.unbind_tenants()
    for function in ("write_audit_entry()", "write_view_entry(text, text, text[])"):
        op.execute(f"DROP FUNCTION {function} CASCADE")
    op.drop_table("audit_seal")
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
