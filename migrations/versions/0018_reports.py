"""Reports in full: how far one is, when its file was taken away, and what the access review reads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import policies

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLLEAGUES = "(SELECT user_id FROM staff_profile)"
"""Under the policy of its own table: those of the announced company."""
OWN = {
    "ab_user": f"id IN {COLLEAGUES}",
    "ab_user_role": f"user_id IN {COLLEAGUES}",
    "ab_role": "true",
    "ab_user_group": f"user_id IN {COLLEAGUES}",
    "ab_group_role": "true",
    "second_factor": f"organisation_id = {policies.ORGANISATION}",
}
"""Which rows of the accounts a report reads."""
COLUMNS = {
    "ab_user": "id, username, email, first_name, last_name, active, last_login, created_on",
    "ab_user_role": "id, user_id, role_id",
    "ab_role": "id, name",
    "ab_user_group": "id, user_id, group_id",
    "ab_group_role": "id, group_id, role_id",
    "second_factor": "user_id, organisation_id, confirmed_at",
}
"""Which columns: no password, no secret of an authenticator."""


def upgrade() -> None:
    """Make the table, and let reports read who has which role."""
    op.add_column("report_run", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "report_glance",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_total", sa.BigInteger(), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_report_glance_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["report_run.id"], name=op.f("fk_report_glance_run_id_report_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_glance")),
        sa.UniqueConstraint("run_id", name=op.f("uq_report_glance_run_id")),
    )
    op.create_index(op.f("ix_report_glance_organisation_id"), "report_glance", ["organisation_id"])
    policies.guard("report_glance")
    policies.bind_tenants()
    for table, rows in OWN.items():
        op.execute(f"CREATE POLICY reports ON {table} FOR SELECT TO portal_report USING ({rows})")
        op.execute(f"GRANT SELECT ({COLUMNS[table]}) ON {table} TO portal_report")


def downgrade() -> None:
    """Take both away again."""
    for table in OWN:
        op.execute(f"REVOKE SELECT ({COLUMNS[table]}) ON {table} FROM portal_report")
        op.execute(f"DROP POLICY reports ON {table}")
    op.drop_table("report_glance")
    op.drop_column("report_run", "removed_at")
