"""Productions, venues, files and the engagements that everything hangs on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then put up their walls."""
    op.create_table(
        "production",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("season_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cost_code", sa.Text(), nullable=False),
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed("fold(title || ' ' || code)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', fold(title || ' ' || code))", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "trigrams",
            postgresql.ARRAY(sa.Text()),
            sa.Computed("trigrams(fold(title))", persisted=True),
            nullable=False,
        ),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_production_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_production_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["season_id"], ["season.id"], name=op.f("fk_production_season_id_season")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_production")),
        sa.UniqueConstraint(
            "organisation_id", "code", name=op.f("uq_production_organisation_id_code")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_production_public_id")),
    )
    op.create_index(
        op.f("ix_production_organisation_id"), "production", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_production_search", "production", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index(op.f("ix_production_season_id"), "production", ["season_id"], unique=False)
    op.create_index(
        "ix_production_trigrams", "production", ["trigrams"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "venue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("map_text", sa.Text(), nullable=False),
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed("fold(name || ' ' || city)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "trigrams",
            postgresql.ARRAY(sa.Text()),
            sa.Computed("trigrams(fold(name))", persisted=True),
            nullable=False,
        ),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_venue_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue")),
        sa.UniqueConstraint("public_id", name=op.f("uq_venue_public_id")),
    )
    op.create_index(op.f("ix_venue_organisation_id"), "venue", ["organisation_id"], unique=False)
    op.create_index(
        "ix_venue_trigrams", "venue", ["trigrams"], unique=False, postgresql_using="gin"
    )
    op.create_index("uq_venue_name_city", "venue", ["organisation_id", "folded"], unique=True)
    op.create_table(
        "space",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("venue_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_space_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_space_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("venue_id", "name", name=op.f("uq_space_venue_id_name")),
    )
    op.create_index(op.f("ix_space_organisation_id"), "space", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_space_venue_id"), "space", ["venue_id"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "scan_status",
            sa.Enum(
                "unscanned",
                "structure_checked",
                "clean",
                "infected",
                name="scanstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("view_sha256", sa.Text(), nullable=True),
        sa.Column("view_media_type", sa.Text(), nullable=True),
        sa.Column("perceptual_hash", sa.Text(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.Text(), nullable=False),
        sa.Column("owner_person_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_stored_file_sha256_hex")),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_not_empty")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_stored_file_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_person_id"], ["person.id"], name=op.f("fk_stored_file_owner_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint(
            "organisation_id",
            "sha256",
            "owner_person_id",
            name=op.f("uq_stored_file_organisation_id_sha256_owner_person_id"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_file_public_id")),
    )
    op.create_index(
        op.f("ix_stored_file_organisation_id"), "stored_file", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_stored_file_owner_person_id"), "stored_file", ["owner_person_id"], unique=False
    )
    op.create_table(
        "engagement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("production_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "undecided",
                "employee",
                "contractor",
                "company",
                "agency",
                "foreign_resident",
                name="engagementbasis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("basis_decided_by", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pencilled",
                "offered",
                "confirmed",
                "completed",
                "released",
                "cancelled",
                name="engagementstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("hold_rank", sa.BigInteger(), nullable=True),
        sa.Column("hold_expires_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("dates_reason", sa.Text(), nullable=False),
        sa.Column("fee", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_terms", sa.Text(), nullable=False),
        sa.Column("payee_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_id", sa.BigInteger(), nullable=True),
        sa.Column("home_base", sa.Text(), nullable=False),
        sa.Column("home_zone", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("import_key", sa.Text(), nullable=True),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_engagement_dates_in_order")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_engagement_fee_not_negative")),
        sa.CheckConstraint(
            "fee IS NULL OR scale(trim_scale(fee)) <= currency_decimals(currency)",
            name=op.f("ck_engagement_fee_decimals"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["person.id"], name=op.f("fk_engagement_agent_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["basis_decided_by"],
            ["ab_user.id"],
            name=op.f("fk_engagement_basis_decided_by_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_engagement_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee_profile.id"], name=op.f("fk_engagement_payee_id_payee_profile")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_engagement_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["production_id"],
            ["production.id"],
            name=op.f("fk_engagement_production_id_production"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement")),
        sa.UniqueConstraint(
            "organisation_id", "import_key", name=op.f("uq_engagement_organisation_id_import_key")
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_engagement_organisation_id_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_engagement_public_id")),
    )
    op.create_index(op.f("ix_engagement_agent_id"), "engagement", ["agent_id"], unique=False)
    op.create_index(
        op.f("ix_engagement_organisation_id"), "engagement", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_engagement_organisation_id_starts_on",
        "engagement",
        ["organisation_id", "starts_on"],
        unique=False,
    )
    op.create_index(op.f("ix_engagement_payee_id"), "engagement", ["payee_id"], unique=False)
    op.create_index(op.f("ix_engagement_person_id"), "engagement", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_engagement_production_id"), "engagement", ["production_id"], unique=False
    )
    op.create_table(
        "role_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "casting",
            sa.Enum(
                "principal",
                "alternate",
                "cover",
                "understudy",
                "swing",
                name="casting",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cast", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
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
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_role_assignment_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_role_assignment_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_role_assignment_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_assignment")),
    )
    op.create_index(
        op.f("ix_role_assignment_engagement_id"), "role_assignment", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_role_assignment_organisation_id"),
        "role_assignment",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "fee_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "instalment",
                "per_performance",
                "weekly",
                "rehearsal",
                "overtime",
                "buyout",
                "cancellation",
                name="feekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum(
                "on_signature",
                "on_date",
                "on_first_call",
                "on_performance",
                "on_completion",
                name="feetrigger",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
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
        sa.CheckConstraint("amount >= 0", name=op.f("ck_fee_line_amount_not_negative")),
        sa.CheckConstraint(
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name=op.f("ck_fee_line_amount_decimals"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_fee_line_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_fee_line_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_line")),
        sa.UniqueConstraint(
            "engagement_id", "position", name=op.f("uq_fee_line_engagement_id_position")
        ),
    )
    op.create_index(op.f("ix_fee_line_engagement_id"), "fee_line", ["engagement_id"], unique=False)
    op.create_index(
        op.f("ix_fee_line_organisation_id"), "fee_line", ["organisation_id"], unique=False
    )
    op.create_table(
        "entitlement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "per_diem",
                "travel_class",
                "hotel",
                "baggage",
                "km",
                "taxi",
                "meal",
                name="entitlementkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("cap", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
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
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name=op.f("ck_entitlement_amount_decimals"),
        ),
        sa.CheckConstraint(
            "cap IS NULL OR scale(trim_scale(cap)) <= currency_decimals(currency)",
            name=op.f("ck_entitlement_cap_decimals"),
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_entitlement_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_entitlement_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlement")),
    )
    op.create_index(
        op.f("ix_entitlement_engagement_id"), "entitlement", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_entitlement_organisation_id"), "entitlement", ["organisation_id"], unique=False
    )
    op.create_table(
        "term_set",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "contract_version",
                "amendment",
                "engagement",
                name="termsource",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_term_set_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_term_set_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_set")),
        sa.UniqueConstraint(
            "engagement_id", "number", name=op.f("uq_term_set_engagement_id_number")
        ),
    )
    op.create_index(op.f("ix_term_set_engagement_id"), "term_set", ["engagement_id"], unique=False)
    op.create_index(
        op.f("ix_term_set_organisation_id"), "term_set", ["organisation_id"], unique=False
    )
    op.create_table(
        "document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "contract",
                "evidence",
                "signed_upload",
                "receipt",
                "passport",
                "visa",
                "insurance",
                "tax_form",
                "report",
                "workbook",
                "other",
                name="documentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("engagement_id", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("archive_path", sa.Text(), nullable=False),
        sa.Column("archive_item_id", sa.Text(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_document_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_document_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_document_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_document_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("public_id", name=op.f("uq_document_public_id")),
    )
    op.create_index(op.f("ix_document_engagement_id"), "document", ["engagement_id"], unique=False)
    op.create_index(
        op.f("ix_document_organisation_id"), "document", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_document_organisation_id_expires_on",
        "document",
        ["organisation_id", "expires_on"],
        unique=False,
    )
    op.create_index(op.f("ix_document_person_id"), "document", ["person_id"], unique=False)
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("keep_years", sa.BigInteger(), nullable=False),
        sa.Column("from_event", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("keep_years > 0", name=op.f("ck_retention_rule_keep_years_positive")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_retention_rule_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rule")),
        sa.UniqueConstraint(
            "organisation_id",
            "jurisdiction",
            "record_type",
            name=op.f("uq_retention_rule_organisation_id_jurisdiction_record_type"),
        ),
    )
    op.create_index(
        op.f("ix_retention_rule_organisation_id"),
        "retention_rule",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
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
            name=op.f("fk_legal_hold_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(
        op.f("ix_legal_hold_organisation_id"), "legal_hold", ["organisation_id"], unique=False
    )
    op.create_table(
        "rule_pack",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
            name=op.f("fk_rule_pack_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pack")),
        sa.UniqueConstraint(
            "organisation_id",
            "jurisdiction",
            "name",
            "number",
            name=op.f("uq_rule_pack_organisation_id_jurisdiction_name_number"),
        ),
    )
    op.create_index(
        op.f("ix_rule_pack_organisation_id"), "rule_pack", ["organisation_id"], unique=False
    )
    op.create_table(
        "pack_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_pack_rule_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["rule_pack.id"], name=op.f("fk_pack_rule_pack_id_rule_pack")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_rule")),
    )
    op.create_index(
        op.f("ix_pack_rule_organisation_id"), "pack_rule", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_pack_rule_pack_id"), "pack_rule", ["pack_id"], unique=False)

    _guard()


def _guard() -> None:
    policies.guard("production", artist="id IN (SELECT production_id FROM engagement)")
    policies.guard("venue", artist=policies.EVERYBODY)
    policies.guard("space", artist=policies.EVERYBODY)
    policies.guard(
        "stored_file",
        artist=f"owner_person_id = {policies.ARTIST}",
        writes=f"owner_person_id = {policies.ARTIST}",
    )
    policies.guard("engagement", artist=policies.OWN)
    policies.guard("role_assignment", artist=policies.BY_ENGAGEMENT)
    policies.guard("fee_line", artist=policies.BY_ENGAGEMENT)
    policies.guard("entitlement", artist=policies.BY_ENGAGEMENT)
    policies.guard("term_set", artist=policies.BY_ENGAGEMENT)
    policies.guard("document", artist=f"person_id = {policies.ARTIST} OR " + policies.BY_ENGAGEMENT)
    policies.guard("retention_rule")
    policies.guard("legal_hold")
    policies.guard("rule_pack", artist=policies.EVERYBODY)
    policies.guard("pack_rule", artist=policies.EVERYBODY)
    policies.append_only("term_set")


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("pack_rule")
    op.drop_table("rule_pack")
    op.drop_table("legal_hold")
    op.drop_table("retention_rule")
    op.drop_table("document")
    op.drop_table("term_set")
    op.drop_table("entitlement")
    op.drop_table("fee_line")
    op.drop_table("role_assignment")
    op.execute("DROP POLICY artist_reads ON production")  # it asks engagement
    op.drop_table("engagement")
    op.drop_table("stored_file")
    op.drop_table("space")
    op.drop_table("venue")
    op.drop_table("production")
