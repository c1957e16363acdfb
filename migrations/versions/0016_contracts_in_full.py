"""Contracts in full: options of clauses, reminders, paper signed by hand, amendments that are signed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, constraints, policies

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OUT = "status NOT IN ('draft', 'in_review', 'ready') AND frozen_at IS NOT NULL"
OLD_STATUSES = ("draft", "sent", "executed", "declined", "voided")
NEW_STATUSES = (*OLD_STATUSES, "in_review", "ready", "signed_by_artist", "expired")
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    """Make what is new, and let an artist see and sign the amendments that were sent."""
    _let_contracts_know_more()
    _let_amendments_be_signed()
    _make_options()
    _let_artists_sign_amendments()
    audit.watch_tenants()
    policies.bind_tenants()


def _let_contracts_know_more() -> None:
    op.add_column(
        "organisation",
        sa.Column("reminder_days", JSON, server_default="[3, 7, 12]", nullable=False),
    )
    op.add_column(
        "clause", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)
    )
    op.add_column(
        "contract_version", sa.Column("clauses", JSON, server_default="[]", nullable=False)
    )
    for column in (
        sa.Column("clause_choices", JSON, server_default="{}", nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_where", sa.Text(), server_default="", nullable=False),
        sa.Column("attested_by_id", sa.Integer(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_version", sa.BigInteger(), nullable=True),
    ):
        op.add_column("contract", column)
    constraints.add_key("contract", "attested_by_id", "ab_user")
    op.add_column(
        "signature_request",
        sa.Column("reminder_days", JSON, server_default="[]", nullable=False),
    )
    op.add_column(
        "signature_request",
        sa.Column("reminded", sa.BigInteger(), server_default="0", nullable=False),
    )
    # Who approved their own text did so before this rule: the audit keeps who it was.
    op.execute("UPDATE contract SET approved_by_id = NULL WHERE approved_by_id = submitted_by_id")
    constraints.add_check("contract", "maker_not_checker", "approved_by_id <> submitted_by_id")


def _let_amendments_be_signed() -> None:
    for column in (
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("before", JSON, server_default="{}", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("company_signatory_id", sa.Integer(), nullable=True),
        sa.Column("document_sha256", sa.Text(), nullable=True),
        sa.Column("sealed_file_id", sa.BigInteger(), nullable=True),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in (
                "frozen_at",
                "sent_at",
                "viewed_at",
                "expires_at",
                "executed_at",
                "applied_at",
            )
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
    ):
        op.add_column("amendment", column)
    for name in ("owner_id", "submitted_by_id", "approved_by_id", "company_signatory_id"):
        constraints.add_key("amendment", name, "ab_user")
    constraints.add_key("amendment", "sealed_file_id", "stored_file")
    constraints.add_check("amendment", "maker_not_checker", "approved_by_id <> submitted_by_id")
    _statuses(NEW_STATUSES)


def _make_options() -> None:
    op.create_table(
        "clause_option",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("clause_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("clock_timestamp()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"], ["clause.id"], name=op.f("fk_clause_option_clause_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_clause_option_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause_option")),
        sa.UniqueConstraint("clause_id", "key", name=op.f("uq_clause_option_clause_id_key")),
    )
    for column in ("clause_id", "organisation_id"):
        op.create_index(op.f(f"ix_clause_option_{column}"), "clause_option", [column])
    policies.guard("clause_option")


def _let_artists_sign_amendments() -> None:
    seen = f"({policies.ARTIST} IS NULL OR ({OUT} AND contract_id IN (SELECT id FROM contract)))"
    op.execute(f"ALTER POLICY artist_reads ON amendment USING {seen}")
    op.execute(f"ALTER POLICY artist_changes ON amendment USING {seen} WITH CHECK {seen}")


def _statuses(words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    constraints.replace_check("amendment", "amendmentstatus", f"status IN ({listed})")


def downgrade() -> None:
    """Take it away; amendments that are past a draft end as voided."""
    hidden = f"({policies.ARTIST} IS NULL OR (status <> 'draft' AND contract_id IN (SELECT id FROM contract)))"
    staff = f"({policies.ARTIST} IS NULL OR ({policies.NOBODY}))"
    op.execute(f"ALTER POLICY artist_reads ON amendment USING {hidden}")
    op.execute(f"ALTER POLICY artist_changes ON amendment USING {staff} WITH CHECK {staff}")
    op.drop_table("clause_option")
    op.execute(
        "UPDATE amendment SET status = 'voided' "
        f"WHERE status NOT IN ({', '.join(repr(word) for word in OLD_STATUSES)})"
    )
    _statuses(OLD_STATUSES)
    constraints.validate("amendment", "ck_amendment_amendmentstatus")
    op.drop_constraint("ck_amendment_maker_not_checker", "amendment")
    op.drop_constraint("ck_contract_maker_not_checker", "contract")
    for table, names in (
        ("amendment", ("words before html reason owner_id submitted_by_id approved_by_id "
         "company_signatory_id document_sha256 sealed_file_id frozen_at sent_at viewed_at "
         "expires_at executed_at applied_at version")),
        ("signature_request", "reminder_days reminded"),
        ("contract", "clause_choices signed_on signed_where attested_by_id looked_at looked_version"),
        ("contract_version", "clauses"),
        ("clause", "version"),
        ("organisation", "reminder_days"),
    ):  # fmt: skip
        for name in names.split():
            op.drop_column(table, name)
