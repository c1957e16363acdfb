"""Sign-in: addresses, links and codes, sessions, second factors, devices, and the gate's questions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import gate, policies

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SEALED = ("bank_detail", "payee_profile", "artist_profile")
TABLES = ("known_device", "web_session", "login_token", "portal_identity")


def upgrade() -> None:
    """Make the tables, put up their walls, and let the doors ask the gate."""
    _make_portal()
    _make_session()
    _guard_second_factor()
    gate.make_functions()
    # A sealed field is bound to its row's number, so the door must know it before it writes.
    for table in SEALED:
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO portal_app")


def downgrade() -> None:
    """Take everything back."""
    for table in SEALED:
        op.execute(f"REVOKE USAGE ON SEQUENCE {table}_id_seq FROM portal_app")
    gate.drop_functions()
    op.drop_table("second_factor")
    for table in TABLES:
        op.drop_table(table)


def _make_portal() -> None:
    op.create_table(
        "portal_identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_identity")),
        sa.UniqueConstraint("email", name=op.f("uq_portal_identity_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_portal_identity_public_id")),
    )
    op.create_table(
        "login_token",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "sign_in",
                "invitation",
                "step_up",
                "change_email",
                name="tokenpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["portal_identity.id"],
            name=op.f("fk_login_token_identity_id_portal_identity"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_login_token_token_sha256")),
    )
    op.create_index(
        "ix_login_token_browser_hash",
        "login_token",
        ["browser_hash"],
        unique=False,
        postgresql_where=sa.text("used_at IS NULL"),
    )
    op.create_index("ix_login_token_expires_at", "login_token", ["expires_at"], unique=False)
    op.create_index(
        op.f("ix_login_token_identity_id"), "login_token", ["identity_id"], unique=False
    )


def _make_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("id_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "staff",
                "artist",
                name="sessionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("agent_person_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "session_data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("device_label", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'staff' AND user_id IS NOT NULL AND identity_id IS NULL) OR (kind = 'artist' AND identity_id IS NOT NULL AND user_id IS NULL)",
            name=op.f("ck_web_session_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_person_id"], ["person.id"], name=op.f("fk_web_session_agent_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["portal_identity.id"],
            name=op.f("fk_web_session_identity_id_portal_identity"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_web_session_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_web_session_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_web_session_user_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("id_sha256", name=op.f("uq_web_session_id_sha256")),
        sa.UniqueConstraint("public_id", name=op.f("uq_web_session_public_id")),
    )
    op.create_index(
        "ix_web_session_identity_id",
        "web_session",
        ["identity_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_web_session_organisation_id"), "web_session", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_web_session_user_id",
        "web_session",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "known_device",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("device_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (identity_id IS NULL)", name=op.f("ck_known_device_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["portal_identity.id"],
            name=op.f("fk_known_device_identity_id_portal_identity"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_known_device_user_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint(
            "identity_id", "device_sha256", name=op.f("uq_known_device_identity_id_device_sha256")
        ),
        sa.UniqueConstraint(
            "user_id", "device_sha256", name=op.f("uq_known_device_user_id_device_sha256")
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_hashes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_second_factor_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_second_factor_user_id_ab_user")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_index(
        op.f("ix_second_factor_organisation_id"), "second_factor", ["organisation_id"], unique=False
    )


def _guard_second_factor() -> None:
    """Show a second factor to staff of its organisation only; the operator's belong to none."""
    mine = f"organisation_id IS NOT DISTINCT FROM {policies.ORGANISATION} AND {policies.ARTIST} IS NULL"
    op.execute("ALTER TABLE second_factor ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE second_factor FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY organisation ON second_factor TO portal_app USING ({mine}) WITH CHECK ({mine})"
    )
    op.execute(
        "CREATE POLICY owner ON second_factor TO portal_owner USING (true) WITH CHECK (true)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor TO portal_app")
