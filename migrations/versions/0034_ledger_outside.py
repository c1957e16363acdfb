"""A bill in a ledger outside: its date, what stands in its way, where it stands; who is who there."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

PROBLEMS = (
    "'none', 'disconnected', 'by_hand', 'locked_period', 'contact_archived', 'tax_type', 'account', "
    "'tracking', 'currency', 'paid_there', 'unclear', 'other'"
)
ONE_PLACE = "uq_provider_connection_xero_external_id"
IN_USE = "provider = 'xero' AND status <> 'disconnected' AND external_id <> ''"
COMPANY = "gate_connection(text, text)"


def upgrade() -> None:
    """Add what is known of a bill outside, and let the inbox ask whose notice it has."""
    constraints.add_index(
        "provider_connection", ONE_PLACE, ["external_id"], unique=True, where=IN_USE
    )
    for column in _columns():
        op.add_column("ledger_document", column)
    constraints.add_check("ledger_document", "ledgerproblem", f"problem IN ({PROBLEMS})")
    _make_contacts()
    policies.let_gate_read("provider_connection")
    op.execute(
        """
        CREATE FUNCTION gate_connection(provider_ text, external_ text) RETURNS bigint
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
        RETURN (SELECT organisation_id FROM provider_connection WHERE provider = provider_
                AND external_id = external_ AND status <> 'disconnected' ORDER BY id LIMIT 1)
        """
    )
    op.execute(f"ALTER FUNCTION {COMPANY} OWNER TO portal_gate")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {COMPANY} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {COMPANY} TO portal_app, portal_worker")
    policies.bind_tenants()
    audit.watch_tenants()


def _columns() -> list[sa.Column]:
    return [
        sa.Column("problem", sa.String(32), server_default="none", nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("stands", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_hand", sa.Text(), server_default="", nullable=False),
    ]


def _make_contacts() -> None:
    op.create_table(
        "ledger_contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("clock_timestamp()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_ledger_contact_organisation_id_organisation",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_contact"),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "number",
            name="uq_ledger_contact_organisation_id_provider_number",
        ),
    )
    op.create_index("ix_ledger_contact_organisation_id", "ledger_contact", ["organisation_id"])
    policies.guard("ledger_contact")


def downgrade() -> None:
    """Forget it again."""
    op.execute(f"DROP FUNCTION {COMPANY}")
    op.execute("DROP POLICY gate ON provider_connection")
    op.execute("REVOKE SELECT ON provider_connection FROM portal_gate")
    op.drop_index(ONE_PLACE, "provider_connection")
    op.drop_table("ledger_contact")
    op.drop_constraint(op.f("ck_ledger_document_ledgerproblem"), "ledger_document")
    for column in reversed(_columns()):
        op.drop_column("ledger_document", column.name)
