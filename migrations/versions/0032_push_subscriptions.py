"""Phones that want to be told by push, each its owner's alone."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLE = "push_subscription"


def upgrade() -> None:
    """Make the table and its walls: an artist sees, adds and ends what is hers."""
    constraints.validate("notification_delivery", "ck_notification_delivery_deliverystatus")
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("address_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), server_default="", nullable=False),
        *(_stamp(name) for name in ("created_at", "updated_at")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=f"fk_{TABLE}_organisation_id_organisation",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=f"fk_{TABLE}_person_id_person"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("public_id", name=f"uq_{TABLE}_public_id"),
        sa.UniqueConstraint(
            "person_id", "address_sha256", name=f"uq_{TABLE}_person_id_address_sha256"
        ),
    )
    op.create_index(f"ix_{TABLE}_organisation_id", TABLE, ["organisation_id"])
    policies.guard(TABLE, artist=policies.OWN, writes=policies.OWN)
    policies.bind_tenants()
    audit.watch_tenants()


def _stamp(name: str) -> sa.Column:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
