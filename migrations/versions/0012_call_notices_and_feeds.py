"""Who has taken note of which change, and calendars that people subscribe to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, policies

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FEED = """
CREATE FUNCTION gate_feed(token_ bytea)
RETURNS TABLE (feed_id bigint, organisation_id bigint, person_id bigint, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT f.id, f.organisation_id, f.person_id, f.kind
  FROM calendar_feed f JOIN person p ON p.id = f.person_id
  WHERE f.token_sha256 = token_ AND f.revoked_at IS NULL AND p.archived_at IS NULL;
END
"""


def upgrade() -> None:
    """Make the tables, their walls, and the one question about a calendar's secret."""
    _make_notices()
    _make_feeds()
    policies.guard("call_notice", artist=policies.OWN, writes=policies.OWN)
    policies.guard("calendar_feed", artist=policies.OWN, writes=policies.OWN)
    policies.let_gate_read("calendar_feed")
    op.execute(FEED)
    op.execute("ALTER FUNCTION gate_feed(bytea) OWNER TO portal_gate")
    op.execute("REVOKE EXECUTE ON FUNCTION gate_feed(bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION gate_feed(bytea) TO portal_app, portal_worker")
    audit.watch_tenants()
    policies.bind_tenants()


def downgrade() -> None:
    """Take the tables down, and the question with them."""
    op.execute("DROP FUNCTION gate_feed(bytea)")
    op.drop_table("calendar_feed")
    op.drop_table("call_notice")


def _make_notices() -> None:
    keys = ("schedule_version", "call", "person")
    op.create_table(
        "call_notice",
        *_keys(),
        *(sa.Column(f"{name}_id", sa.BigInteger(), nullable=False) for name in keys),
        sa.Column(
            "kind", _choice("changekind", "added", "moved", "place", "cancelled", "other"),
            nullable=False,
        ),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("day_of", sa.Date(), nullable=False),
        sa.Column("known_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_newest", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("seen_at", "confirmed_at", "phoned_at", "escalated_at")
        ),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("confirmed_by", "phoned_by", "phone_note")
        ),
        *_stamps(),
        *(_to("call_notice", f"{name}_id", name) for name in (*keys, "organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_notice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_call_notice_public_id")),
        sa.UniqueConstraint(
            "schedule_version_id", "call_id", "person_id",
            name=op.f("uq_call_notice_schedule_version_id_call_id_person_id"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_call_notice_organisation_id"), "call_notice", ["organisation_id"])
    op.create_index("ix_call_notice_person_id_day_of", "call_notice", ["person_id", "day_of"])
    op.create_index("ix_call_notice_call_id_person_id", "call_notice", ["call_id", "person_id"])
    op.create_index(
        "ix_call_notice_open",
        "call_notice",
        ["organisation_id", "known_by"],
        postgresql_where=sa.text("is_newest AND confirmed_at IS NULL AND phoned_at IS NULL"),
    )


def _make_feeds() -> None:
    op.create_table(
        "calendar_feed",
        *_keys(),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _choice("feedkind", "timed", "daily"), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        *_stamps(),
        _to("calendar_feed", "person_id", "person"),
        _to("calendar_feed", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calendar_feed_public_id")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_feed_token_sha256")),
    )
    op.create_index(op.f("ix_calendar_feed_organisation_id"), "calendar_feed", ["organisation_id"])
    op.create_index(op.f("ix_calendar_feed_person_id"), "calendar_feed", ["person_id"])
    op.create_index(
        "uq_calendar_feed_live",
        "calendar_feed",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _keys() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
    ]


def _stamps() -> list[sa.Column[object]]:
    return [
        sa.Column(
            name,
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        )
        for name in ("created_at", "updated_at")
    ]


def _to(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name)


def _choice(name: str, *members: str) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)
