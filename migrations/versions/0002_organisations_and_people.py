"""Organisations, the people they know, and who is paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then put up their walls."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("registration_number", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("pay_run_weekday", sa.BigInteger(), nullable=False),
        sa.Column("pay_run_lead_days", sa.BigInteger(), nullable=False),
        sa.Column("signatory_user_id", sa.Integer(), nullable=True),
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
            ["signatory_user_id"],
            ["ab_user.id"],
            name=op.f("fk_organisation_signatory_user_id_ab_user"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "number_series",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_number_series_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "season",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
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
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_season_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_season_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_season_organisation_id_name")),
    )
    op.create_index(op.f("ix_season_organisation_id"), "season", ["organisation_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "individual",
                "ensemble",
                name="personkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("preferred_name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("is_agent", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed("fold(name || ' ' || legal_name || ' ' || preferred_name)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple', fold(name || ' ' || legal_name || ' ' || preferred_name))",
                persisted=True,
            ),
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
            name=op.f("fk_person_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)
    op.create_index(
        "ix_person_organisation_id_folded", "person", ["organisation_id", "folded"], unique=False
    )
    op.create_index(
        "ix_person_organisation_id_name_key",
        "person",
        ["organisation_id", "name_key"],
        unique=False,
    )
    op.create_index("ix_person_search", "person", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_person_trigrams", "person", ["trigrams"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "artist_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("discipline", sa.Text(), nullable=False),
        sa.Column("tax_residence", sa.Text(), nullable=False),
        sa.Column(
            "usual_basis",
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
        sa.Column("home_base", sa.Text(), nullable=False),
        sa.Column("home_zone", sa.Text(), nullable=False),
        sa.Column("dietary", sa.Text(), nullable=False),
        sa.Column("seat_preference", sa.Text(), nullable=False),
        sa.Column("loyalty_numbers", sa.Text(), nullable=False),
        sa.Column("emergency_contact", sa.Text(), nullable=False),
        sa.Column("passport", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
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
            name=op.f("fk_artist_profile_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_artist_profile_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artist_profile")),
        sa.UniqueConstraint("person_id", name=op.f("uq_artist_profile_person_id")),
    )
    op.create_index(
        op.f("ix_artist_profile_organisation_id"),
        "artist_profile",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "email",
                "mobile",
                name="contactkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("is_preferred", sa.Boolean(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conflict_note", sa.Text(), nullable=False),
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
            name=op.f("fk_contact_point_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_contact_point_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint(
            "person_id",
            "kind",
            "normalised",
            name=op.f("uq_contact_point_person_id_kind_normalised"),
        ),
    )
    op.create_index("ix_contact_point_normalised", "contact_point", ["normalised"], unique=False)
    op.create_index(
        op.f("ix_contact_point_organisation_id"), "contact_point", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_point_person_id"), "contact_point", ["person_id"], unique=False
    )
    op.create_table(
        "person_variant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_person_variant_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_variant_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_variant")),
        sa.UniqueConstraint(
            "organisation_id", "name_key", name=op.f("uq_person_variant_organisation_id_name_key")
        ),
    )
    op.create_index(
        op.f("ix_person_variant_organisation_id"),
        "person_variant",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_person_variant_person_id"), "person_variant", ["person_id"], unique=False
    )
    op.create_table(
        "representation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("artist_id", sa.BigInteger(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
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
        sa.CheckConstraint("agent_id <> artist_id", name=op.f("ck_representation_two_people")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_representation_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["person.id"], name=op.f("fk_representation_agent_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["person.id"], name=op.f("fk_representation_artist_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_representation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
        sa.UniqueConstraint(
            "agent_id",
            "artist_id",
            "starts_on",
            name=op.f("uq_representation_agent_id_artist_id_starts_on"),
        ),
    )
    op.create_index(
        op.f("ix_representation_agent_id"), "representation", ["agent_id"], unique=False
    )
    op.create_index(
        op.f("ix_representation_artist_id"), "representation", ["artist_id"], unique=False
    )
    op.create_index(
        op.f("ix_representation_organisation_id"),
        "representation",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "payee_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "person",
                "company",
                "agent",
                name="payeekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
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
        sa.Column("basis_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("is_gst_registered", sa.Boolean(), nullable=False),
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
            ["basis_decided_by"],
            ["ab_user.id"],
            name=op.f("fk_payee_profile_basis_decided_by_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_payee_profile_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_payee_profile_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_profile")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payee_profile_public_id")),
    )
    op.create_index(
        op.f("ix_payee_profile_organisation_id"), "payee_profile", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_payee_profile_person_id"), "payee_profile", ["person_id"], unique=False
    )
    op.create_table(
        "bank_detail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("payee_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "called_back",
                "verified",
                "refused",
                name="bankdetailstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("called_back_by", sa.Integer(), nullable=True),
        sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Integer(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
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
            "verified_by IS NULL OR verified_by <> called_back_by",
            name=op.f("ck_bank_detail_two_people_verify"),
        ),
        sa.ForeignKeyConstraint(
            ["called_back_by"], ["ab_user.id"], name=op.f("fk_bank_detail_called_back_by_ab_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_bank_detail_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["payee_id"], ["payee_profile.id"], name=op.f("fk_bank_detail_payee_id_payee_profile")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by"], ["ab_user.id"], name=op.f("fk_bank_detail_verified_by_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_detail")),
    )
    op.create_index(
        op.f("ix_bank_detail_organisation_id"), "bank_detail", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_bank_detail_payee_id"), "bank_detail", ["payee_id"], unique=False)
    op.create_index(
        "uq_bank_detail_one_verified",
        "bank_detail",
        ["payee_id"],
        unique=True,
        postgresql_where="status = 'verified'",
    )
    op.create_table(
        "availability",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "available",
                "unavailable",
                name="availabilitykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "proposed",
                "accepted",
                "refused",
                name="availabilitystatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
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
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_availability_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_availability_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_availability_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
    )
    op.create_index(
        op.f("ix_availability_organisation_id"), "availability", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_availability_person_id"), "availability", ["person_id"], unique=False)
    op.create_table(
        "staff_profile",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "invited",
                "active",
                "ended",
                name="staffstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
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
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_staff_profile_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_profile_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_staff_profile_user_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_profile")),
        sa.UniqueConstraint("user_id", name=op.f("uq_staff_profile_user_id")),
    )
    op.create_index(
        op.f("ix_staff_profile_organisation_id"), "staff_profile", ["organisation_id"], unique=False
    )

    _guard()


def _guard() -> None:
    policies.guard_organisation()
    policies.guard("number_series", artist=policies.EVERYBODY, writes=policies.EVERYBODY)
    policies.guard("season", artist=policies.EVERYBODY)
    policies.guard(
        "person",
        artist=f"id = {policies.ARTIST} OR id IN (SELECT agent_id FROM representation)",
        writes=f"id = {policies.ARTIST}",
    )
    policies.guard("artist_profile", artist=policies.OWN, writes=policies.OWN)
    policies.guard("contact_point", artist=policies.OWN, writes=policies.OWN)
    policies.guard("person_variant")
    policies.guard("representation", artist=f"artist_id = {policies.ARTIST}")
    policies.guard("payee_profile", artist=policies.OWN)
    policies.guard(
        "bank_detail",
        artist="payee_id IN (SELECT id FROM payee_profile)",
        writes="payee_id IN (SELECT id FROM payee_profile)",
    )
    policies.guard("availability", artist=policies.OWN, writes=policies.OWN)
    policies.guard("staff_profile")
    policies.let_gate_read("staff_profile")


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("staff_profile")
    op.drop_table("availability")
    op.drop_table("bank_detail")
    op.drop_table("payee_profile")
    op.execute("DROP POLICY artist_reads ON person")  # it asks representation
    op.drop_table("representation")
    op.drop_table("person_variant")
    op.drop_table("contact_point")
    op.drop_table("artist_profile")
    op.drop_table("person")
    op.drop_table("season")
    op.drop_table("number_series")
    op.drop_table("organisation")
