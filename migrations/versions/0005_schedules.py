"""Calls, who is called, and published versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then put up their walls."""
    op.create_table(
        "call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("production_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "company_class",
                "rehearsal",
                "stage_call",
                "placing_call",
                "tech",
                "dress",
                "performance",
                "fitting",
                "physio",
                "media",
                "travel",
                "bump_in",
                "bump_out",
                "meeting",
                "day_off",
                name="calltype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("venue_id", sa.BigInteger(), nullable=True),
        sa.Column("space_id", sa.BigInteger(), nullable=True),
        sa.Column("day_of", sa.Date(), nullable=False),
        sa.Column(
            "time_kind",
            sa.Enum(
                "exact",
                "about",
                "tbc",
                "hidden",
                name="timekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("local_start", sa.Time(), nullable=True),
        sa.Column("start_day_offset", sa.BigInteger(), nullable=False),
        sa.Column("local_end", sa.Time(), nullable=True),
        sa.Column("end_day_offset", sa.BigInteger(), nullable=False),
        sa.Column("starts_fold", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "during",
            postgresql.TSTZRANGE(),
            sa.Computed(
                "CASE WHEN starts_at IS NULL THEN NULL ELSE tstzrange(starts_at, coalesce(ends_at, starts_at), '[]') END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "published",
                "cancelled",
                name="callstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cancelled_reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_for_everyone", sa.Boolean(), nullable=False),
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
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "time_kind <> 'exact' OR local_start IS NOT NULL", name=op.f("ck_call_exact_has_a_time")
        ),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_call_end_after_start")
        ),
        sa.CheckConstraint("starts_fold IN (0, 1)", name=op.f("ck_call_fold")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_call_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["production_id"], ["production.id"], name=op.f("fk_call_production_id_production")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_call_space_id_space")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_call_venue_id_venue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint(
            "organisation_id", "import_key", name=op.f("uq_call_organisation_id_import_key")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_public_id")),
    )
    op.create_index("ix_call_during", "call", ["during"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_call_organisation_id"), "call", ["organisation_id"], unique=False)
    op.create_index(
        "ix_call_organisation_id_day_of", "call", ["organisation_id", "day_of"], unique=False
    )
    op.create_index(op.f("ix_call_production_id"), "call", ["production_id"], unique=False)
    op.create_index(op.f("ix_call_venue_id"), "call", ["venue_id"], unique=False)
    op.create_table(
        "call_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_version", sa.BigInteger(), nullable=True),
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
            ["call_id"], ["call.id"], name=op.f("fk_call_assignment_call_id_call")
        ),
        sa.ForeignKeyConstraint(
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_call_assignment_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_call_assignment_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_assignment")),
        sa.UniqueConstraint(
            "call_id", "engagement_id", name=op.f("uq_call_assignment_call_id_engagement_id")
        ),
    )
    op.create_index(
        op.f("ix_call_assignment_call_id"), "call_assignment", ["call_id"], unique=False
    )
    op.create_index(
        op.f("ix_call_assignment_engagement_id"), "call_assignment", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_call_assignment_organisation_id"),
        "call_assignment",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "schedule_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("production_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_silent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_schedule_version_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["production_id"],
            ["production.id"],
            name=op.f("fk_schedule_version_production_id_production"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_version")),
        sa.UniqueConstraint(
            "production_id", "number", name=op.f("uq_schedule_version_production_id_number")
        ),
    )
    op.create_index(
        op.f("ix_schedule_version_organisation_id"),
        "schedule_version",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_schedule_version_production_id"),
        "schedule_version",
        ["production_id"],
        unique=False,
    )
    op.create_table(
        "call_snapshot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("change", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_snapshot_call_id_call")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_call_snapshot_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_version_id"],
            ["schedule_version.id"],
            name=op.f("fk_call_snapshot_schedule_version_id_schedule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_snapshot")),
        sa.UniqueConstraint(
            "schedule_version_id",
            "call_id",
            name=op.f("uq_call_snapshot_schedule_version_id_call_id"),
        ),
    )
    op.create_index(op.f("ix_call_snapshot_call_id"), "call_snapshot", ["call_id"], unique=False)
    op.create_index(
        op.f("ix_call_snapshot_organisation_id"), "call_snapshot", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_call_snapshot_schedule_version_id"),
        "call_snapshot",
        ["schedule_version_id"],
        unique=False,
    )
    op.create_table(
        "travel_leg",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "flight",
                "train",
                "coach",
                "car",
                "other",
                name="travelmode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("from_place", sa.Text(), nullable=False),
        sa.Column("to_place", sa.Text(), nullable=False),
        sa.Column("departs_local", sa.DateTime(), nullable=True),
        sa.Column("departs_zone", sa.Text(), nullable=True),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrives_local", sa.DateTime(), nullable=True),
        sa.Column("arrives_zone", sa.Text(), nullable=True),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_by", sa.Text(), nullable=False),
        sa.Column("paid_by", sa.Text(), nullable=False),
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
            ["engagement_id"],
            ["engagement.id"],
            name=op.f("fk_travel_leg_engagement_id_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_travel_leg_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travel_leg")),
    )
    op.create_index(
        op.f("ix_travel_leg_engagement_id"), "travel_leg", ["engagement_id"], unique=False
    )
    op.create_index(
        op.f("ix_travel_leg_organisation_id"), "travel_leg", ["organisation_id"], unique=False
    )
    op.create_table(
        "stay",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("departs_on", sa.Date(), nullable=False),
        sa.Column("booked_by", sa.Text(), nullable=False),
        sa.Column("paid_by", sa.Text(), nullable=False),
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
        sa.CheckConstraint("departs_on >= arrives_on", name=op.f("ck_stay_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["engagement.id"], name=op.f("fk_stay_engagement_id_engagement")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_stay_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    op.create_index(op.f("ix_stay_engagement_id"), "stay", ["engagement_id"], unique=False)
    op.create_index(op.f("ix_stay_organisation_id"), "stay", ["organisation_id"], unique=False)
    op.create_table(
        "venue_distance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("from_venue_id", sa.BigInteger(), nullable=False),
        sa.Column("to_venue_id", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_venue_distance_minutes_positive")),
        sa.ForeignKeyConstraint(
            ["from_venue_id"], ["venue.id"], name=op.f("fk_venue_distance_from_venue_id_venue")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_venue_distance_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["to_venue_id"], ["venue.id"], name=op.f("fk_venue_distance_to_venue_id_venue")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_distance")),
        sa.UniqueConstraint(
            "from_venue_id", "to_venue_id", name=op.f("uq_venue_distance_from_venue_id_to_venue_id")
        ),
    )
    op.create_index(
        op.f("ix_venue_distance_organisation_id"),
        "venue_distance",
        ["organisation_id"],
        unique=False,
    )

    _guard()


def _guard() -> None:
    policies.guard(
        "call",
        artist="status <> 'draft' AND (id IN (SELECT call_id FROM call_assignment) "
        "OR (is_for_everyone AND production_id IN (SELECT production_id FROM engagement)))",
    )
    policies.guard("call_assignment", artist=policies.BY_ENGAGEMENT, writes=policies.BY_ENGAGEMENT)
    policies.guard(
        "schedule_version", artist="production_id IN (SELECT production_id FROM engagement)"
    )
    policies.guard("call_snapshot", artist="call_id IN (SELECT id FROM call)")
    policies.guard("travel_leg", artist=policies.BY_ENGAGEMENT)
    policies.guard("stay", artist=policies.BY_ENGAGEMENT)
    policies.guard("venue_distance", artist=policies.EVERYBODY)
    policies.append_only("schedule_version")
    policies.append_only("call_snapshot")


def downgrade() -> None:
    """Take the tables down."""
    op.drop_table("venue_distance")
    op.drop_table("stay")
    op.drop_table("travel_leg")
    op.drop_table("call_snapshot")
    op.drop_table("schedule_version")
    op.execute("DROP POLICY artist_reads ON call")  # it asks call_assignment
    op.drop_table("call_assignment")
    op.drop_table("call")
