"""Claims, receipts, allowances and what is owed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DECIDED = """
CREATE FUNCTION expense_line_decided() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  settled CONSTANT text[] := ARRAY['approved', 'refused', 'duplicate'];
  artist CONSTANT text := NULLIF(current_setting('app.artist_id', true), '');
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status = ANY (settled) AND
     (NEW.status, NEW.amount, NEW.currency, NEW.base_amount, NEW.approved_amount, NEW.decided_by,
      NEW.decided_by_person_id, NEW.claimant_id, NEW.claim_id)
     IS DISTINCT FROM
     (OLD.status, OLD.amount, OLD.currency, OLD.base_amount, OLD.approved_amount, OLD.decided_by,
      OLD.decided_by_person_id, OLD.claimant_id, OLD.claim_id) THEN
    RAISE EXCEPTION 'a decided line is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = ANY (settled) AND (TG_OP = 'INSERT' OR OLD.status <> NEW.status) THEN
    IF artist IS NOT NULL THEN
      RAISE EXCEPTION 'only staff decide a line' USING ERRCODE = 'check_violation';
    END IF;
    NEW.decided_by_person_id := COALESCE(
      (SELECT person_id FROM staff_profile WHERE user_id = NEW.decided_by
        AND organisation_id = NEW.organisation_id), NEW.decided_by_person_id);
  END IF;
  RETURN NEW;
END $$
"""
"""Nobody decides on their own line, whatever a statement says of who decides; a decision stands."""


def upgrade() -> None:
    """Make the tables, then put up their walls."""
    op.create_table(
        "expense_claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("client_uuid", sa.Uuid(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "received",
                "submitted",
                "under_review",
                "decided",
                "posting",
                "post_failed",
                "posted",
                "paid",
                "closed",
                "recalled",
                "corrected",
                name="claimstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_expense_claim_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_expense_claim_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_claim")),
        sa.UniqueConstraint(
            "organisation_id",
            "client_uuid",
            name=op.f("uq_expense_claim_organisation_id_client_uuid"),
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_expense_claim_organisation_id_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_expense_claim_public_id")),
    )
    op.create_index(
        op.f("ix_expense_claim_engagement_id"), "expense_claim", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_expense_claim_organisation_id"), "expense_claim", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_expense_claim_organisation_id_status",
        "expense_claim",
        ["organisation_id", "status"],
        unique=False,
    )
    op.create_table(
        "payable",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "fee",
                "allowance",
                "claim",
                name="payablesource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("fee_line_id", sa.BigInteger(), nullable=True),
        sa.Column("payee_id", sa.BigInteger(), nullable=True),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "held",
                "exported",
                "paid",
                "voided",
                name="payablestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("held_reason", sa.Text(), nullable=False),
        sa.Column("withholding_note", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_by", sa.Integer(), nullable=True),
        sa.Column("paid_reference", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payable_amount_positive")),
        sa.CheckConstraint(
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name=op.f("ck_payable_amount_decimals"),
        ),
        sa.CheckConstraint(
            "paid_by IS NULL OR paid_by <> approved_by", name=op.f("ck_payable_payer_not_approver")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["ab_user.id"], name=op.f("fk_payable_approved_by_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["expense_claim.id"], name=op.f("fk_payable_claim_id_expense_claim")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_payable_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["fee_line_id"], ["fee_line.id"], name=op.f("fk_payable_fee_line_id_fee_line")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_payable_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["paid_by"], ["ab_user.id"], name=op.f("fk_payable_paid_by_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee_profile.id"], name=op.f("fk_payable_payee_id_payee_profile")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable")),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_payable_organisation_id_number")
        ),
        sa.UniqueConstraint(
            "organisation_id", "source_key", name=op.f("uq_payable_organisation_id_source_key")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_payable_public_id")),
    )
    op.create_index(op.f("ix_payable_claim_id"), "payable", ["claim_id"], unique=False)
    op.create_index(op.f("ix_payable_engagement_id"), "payable", ["engagement_id"], unique=False)
    op.create_index(
        op.f("ix_payable_organisation_id"), "payable", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_payable_organisation_id_status", "payable", ["organisation_id", "status"], unique=False
    )
    op.create_table(
        "expense_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "taxi",
                "public_transport",
                "flight",
                "hotel",
                "meal",
                "mileage",
                "materials",
                "baggage",
                "phone",
                "medical",
                "other",
                name="expensekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.Numeric(precision=20, scale=10), nullable=False),
        sa.Column(
            "rate_source",
            sa.Enum(
                "same_currency",
                "entered",
                "card_statement",
                "table",
                name="ratesource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rate_date", sa.Date(), nullable=True),
        sa.Column("base_amount", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column(
            "paid_by",
            sa.Enum(
                "artist",
                "company",
                "buyout",
                "rechargeable",
                name="paidby",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("declaration", sa.Text(), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "entered",
                "queried",
                "answered",
                "approved",
                "refused",
                "duplicate",
                name="linestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("approved_amount", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=False),
        sa.Column("decided_by_person_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimant_id", sa.BigInteger(), nullable=False),
        sa.Column("duplicate_of_id", sa.BigInteger(), nullable=True),
        sa.Column("payable_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_expense_line_amount_positive")),
        sa.CheckConstraint(
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name=op.f("ck_expense_line_amount_decimals"),
        ),
        sa.CheckConstraint(
            "approved_amount IS NULL OR approved_amount BETWEEN 0 AND base_amount",
            name=op.f("ck_expense_line_approved_within_claimed"),
        ),
        sa.CheckConstraint(
            "approved_amount IS NULL OR scale(trim_scale(approved_amount)) <= currency_decimals(base_currency)",
            name=op.f("ck_expense_line_approved_decimals"),
        ),
        sa.CheckConstraint(
            "base_amount IS NULL OR scale(trim_scale(base_amount)) <= currency_decimals(base_currency)",
            name=op.f("ck_expense_line_base_decimals"),
        ),
        sa.CheckConstraint(
            "decided_by_person_id IS NULL OR decided_by_person_id <> claimant_id",
            name=op.f("ck_expense_line_not_ones_own"),
        ),
        sa.CheckConstraint("rate > 0", name=op.f("ck_expense_line_rate_positive")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["expense_claim.id"], name=op.f("fk_expense_line_claim_id_expense_claim")
        ),
        sa.ForeignKeyConstraint(
            ["claimant_id"], ["person.id"], name=op.f("fk_expense_line_claimant_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["ab_user.id"], name=op.f("fk_expense_line_decided_by_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_person_id"],
            ["person.id"],
            name=op.f("fk_expense_line_decided_by_person_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"],
            ["expense_line.id"],
            name=op.f("fk_expense_line_duplicate_of_id_expense_line"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_expense_line_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable.id"], name=op.f("fk_expense_line_payable_id_payable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_line")),
        sa.UniqueConstraint("claim_id", "position", name=op.f("uq_expense_line_claim_id_position")),
        sa.UniqueConstraint("public_id", name=op.f("uq_expense_line_public_id")),
    )
    op.create_index(op.f("ix_expense_line_claim_id"), "expense_line", ["claim_id"], unique=False)
    op.create_index(
        op.f("ix_expense_line_organisation_id"), "expense_line", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_expense_line_payable_id"), "expense_line", ["payable_id"], unique=False
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_receipt_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["expense_line.id"], name=op.f("fk_receipt_line_id_expense_line")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_receipt_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("line_id", "file_id", name=op.f("uq_receipt_line_id_file_id")),
    )
    op.create_index(op.f("ix_receipt_file_id"), "receipt", ["file_id"], unique=False)
    op.create_index(op.f("ix_receipt_line_id"), "receipt", ["line_id"], unique=False)
    op.create_index(
        op.f("ix_receipt_organisation_id"), "receipt", ["organisation_id"], unique=False
    )
    op.create_table(
        "expense_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "side",
            sa.Enum(
                "staff",
                "artist",
                name="threadside",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["expense_line.id"], name=op.f("fk_expense_note_line_id_expense_line")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_expense_note_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_note")),
    )
    op.create_index(op.f("ix_expense_note_line_id"), "expense_note", ["line_id"], unique=False)
    op.create_index(
        op.f("ix_expense_note_organisation_id"), "expense_note", ["organisation_id"], unique=False
    )
    op.create_table(
        "approval_delegate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("delegate_user_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ends_on >= starts_on", name=op.f("ck_approval_delegate_dates_in_order")
        ),
        sa.CheckConstraint(
            "user_id <> delegate_user_id", name=op.f("ck_approval_delegate_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_user_id"],
            ["ab_user.id"],
            name=op.f("fk_approval_delegate_delegate_user_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_approval_delegate_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_approval_delegate_user_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_delegate")),
    )
    op.create_index(
        op.f("ix_approval_delegate_organisation_id"),
        "approval_delegate",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "allowance_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "per_diem",
                "travel",
                "relocation",
                "meal",
                name="allowancekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("schedule_version_id", sa.BigInteger(), nullable=True),
        sa.Column("payable_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_allowance_line_amount_not_negative")),
        sa.CheckConstraint(
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name=op.f("ck_allowance_line_amount_decimals"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_allowance_line_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_allowance_line_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable.id"], name=op.f("fk_allowance_line_payable_id_payable")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_version_id"],
            ["schedule_version.id"],
            name=op.f("fk_allowance_line_schedule_version_id_schedule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance_line")),
        sa.UniqueConstraint(
            "engagement_id", "day", "kind", name=op.f("uq_allowance_line_engagement_id_day_kind")
        ),
    )
    op.create_index(
        op.f("ix_allowance_line_engagement_id"), "allowance_line", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_allowance_line_organisation_id"),
        "allowance_line",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "ledger_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("payable_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "posting",
                "posted",
                "paid",
                "failed",
                "voided",
                name="ledgerstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_ledger_document_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["payable_id"], ["payable.id"], name=op.f("fk_ledger_document_payable_id_payable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_document")),
        sa.UniqueConstraint(
            "organisation_id",
            "provider",
            "external_id",
            name=op.f("uq_ledger_document_organisation_id_provider_external_id"),
        ),
        sa.UniqueConstraint("payable_id", name=op.f("uq_ledger_document_payable_id")),
    )
    op.create_index(
        op.f("ix_ledger_document_organisation_id"),
        "ledger_document",
        ["organisation_id"],
        unique=False,
    )

    _guard()


def _guard() -> None:
    policies.guard("expense_claim", artist=policies.BY_ENGAGEMENT, writes=policies.BY_ENGAGEMENT)
    policies.guard("payable", artist=policies.BY_ENGAGEMENT)
    policies.guard(
        "expense_line",
        artist="claim_id IN (SELECT id FROM expense_claim)",
        writes="claim_id IN (SELECT id FROM expense_claim)",
    )
    policies.guard(
        "receipt",
        artist="line_id IN (SELECT id FROM expense_line)",
        writes="line_id IN (SELECT id FROM expense_line)",
    )
    policies.guard(
        "expense_note",
        artist="line_id IN (SELECT id FROM expense_line)",
        writes="line_id IN (SELECT id FROM expense_line)",
    )
    policies.guard("approval_delegate")
    policies.guard("allowance_line", artist=policies.BY_ENGAGEMENT)
    policies.guard("ledger_document", artist="payable_id IN (SELECT id FROM payable)")
    op.execute(DECIDED)
    op.execute(
        "CREATE TRIGGER expense_line_decided BEFORE INSERT OR UPDATE ON expense_line "
        "FOR EACH ROW EXECUTE FUNCTION expense_line_decided()"
    )


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("ledger_document")
    op.drop_table("allowance_line")
    op.drop_table("approval_delegate")
    op.drop_table("expense_note")
    op.drop_table("receipt")
    op.drop_table("expense_line")
    op.execute("DROP FUNCTION expense_line_decided()")
    op.drop_table("payable")
    op.drop_table("expense_claim")
