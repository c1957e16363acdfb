"""What a version was published in spite of, the fold of an end, and which call was copied from which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, constraints, policies

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = (
    "two_places", "overlap", "day_off", "unavailable", "asked_off", "not_engaged", "short_rest",
    "long_day", "travel_time", "no_distance",
)  # fmt: skip


def upgrade() -> None:
    """Add the columns, and the table of exceptions that only staff see."""
    op.add_column(
        "call", sa.Column("ends_fold", sa.BigInteger(), server_default="0", nullable=False)
    )
    constraints.add_check("call", "ends_fold", "ends_fold IN (0, 1)")
    op.add_column("call", sa.Column("copy_key", sa.Text(), nullable=True))
    op.add_column("schedule_version", sa.Column("urgency", sa.String(length=32), nullable=True))
    constraints.add_check("schedule_version", "urgency", "urgency IN ('now', 'morning')")
    op.create_table(
        "schedule_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", _one_of("conflictkind", *KINDS), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_schedule_exception_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_version_id"],
            ["schedule_version.id"],
            name=op.f("fk_schedule_exception_schedule_version_id_schedule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_exception")),
        sa.UniqueConstraint(
            "schedule_version_id", "key", name=op.f("uq_schedule_exception_schedule_version_id_key")
        ),
    )
    for column in ("organisation_id", "schedule_version_id"):
        op.create_index(op.f(f"ix_schedule_exception_{column}"), "schedule_exception", [column])
    policies.guard("schedule_exception")
    policies.append_only("schedule_exception")
    audit.watch_tenants()
    policies.bind_tenants()


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("schedule_exception")
    op.drop_column("schedule_version", "urgency")
    op.drop_column("call", "copy_key")
    op.drop_column("call", "ends_fold")
