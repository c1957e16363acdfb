"""Per diem runs whose corrections are further lines, meals provided, and the days of payment promised."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PROMISED = """
CREATE FUNCTION record_payment_promise() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.due_on IS DISTINCT FROM OLD.due_on THEN
    INSERT INTO payment_promise (organisation_id, payable_id, due_on, promised_at, status)
    VALUES (NEW.organisation_id, NEW.id, NEW.due_on, clock_timestamp(), NEW.status);
  END IF;
  RETURN NULL;
END $$
"""
"""Whoever moves the expected day of a payment, by whatever way: what was promised before stays known."""

KNOWN = """
INSERT INTO payment_promise (organisation_id, payable_id, due_on, promised_at, status)
SELECT organisation_id, id, due_on, created_at, status FROM payable
"""

LINE_CHECKS = {
    "amount_not_zero": "amount <> 0",
    "worth_not_negative": "worth >= 0",
    "worth_decimals": "worth IS NULL OR scale(trim_scale(worth)) <= currency_decimals(currency)",
}


def upgrade() -> None:
    """Make the tables, let allowance lines be signed, and put up the walls."""
    _make_runs()
    _make_meals()
    _make_promises()
    _change_lines()
    policies.guard("allowance_run")
    policies.guard("provided_meal")
    policies.guard("payment_promise", artist="payable_id IN (SELECT id FROM payable)")
    policies.append_only("allowance_run")
    policies.append_only("payment_promise")
    policies.bind_tenants()
    audit.watch_tenants()


def _make_runs() -> None:
    op.create_table(
        "allowance_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("production_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("schedule_version_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_name", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_allowance_run_dates_in_order")),
        _key("allowance_run", "organisation_id", "organisation"),
        _key("allowance_run", "production_id", "production"),
        _key("allowance_run", "schedule_version_id", "schedule_version"),
        _key("allowance_run", "confirmed_by", "ab_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance_run")),
        sa.UniqueConstraint(
            "production_id", "number", name=op.f("uq_allowance_run_production_id_number")
        ),
        sa.UniqueConstraint(
            "organisation_id", "digest", name=op.f("uq_allowance_run_organisation_id_digest")
        ),
    )
    _index("allowance_run", "organisation_id")
    _index("allowance_run", "production_id")


def _make_meals() -> None:
    op.create_table(
        "provided_meal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("production_id", sa.BigInteger(), nullable=False),
        sa.Column("engagement_id", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        *(
            sa.Column(meal, sa.Boolean(), nullable=False)
            for meal in ("breakfast", "lunch", "dinner")
        ),
        sa.Column("note", sa.Text(), nullable=False),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("clock_timestamp()"),
                nullable=False,
            )
            for name in ("created_at", "updated_at")
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_provided_meal_dates_in_order")),
        _key("provided_meal", "organisation_id", "organisation"),
        _key("provided_meal", "production_id", "production"),
        _key("provided_meal", "engagement_id", "engagement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provided_meal")),
    )
    _index("provided_meal", "organisation_id")
    _index("provided_meal", "production_id")


def _make_promises() -> None:
    op.create_table(
        "payment_promise",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("payable_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _key("payment_promise", "organisation_id", "organisation"),
        _key("payment_promise", "payable_id", "payable"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_promise")),
    )
    _index("payment_promise", "organisation_id")
    op.create_index("ix_payment_promise_payable_id_id", "payment_promise", ["payable_id", "id"])
    op.execute(KNOWN)
    op.execute(PROMISED)
    op.execute(
        "CREATE TRIGGER promise AFTER INSERT OR UPDATE OF due_on ON payable "
        "FOR EACH ROW EXECUTE FUNCTION record_payment_promise()"
    )


def _change_lines() -> None:
    with op.batch_alter_table("allowance_line") as line:
        line.add_column(sa.Column("run_id", sa.BigInteger(), nullable=True))
        line.add_column(sa.Column("term_set_id", sa.BigInteger(), nullable=True))
        line.add_column(sa.Column("place", sa.Text(), server_default="", nullable=False))
        line.add_column(sa.Column("worth", sa.Numeric(precision=14, scale=3), nullable=True))
    for name in (
        "uq_allowance_line_engagement_id_day_kind",
        "ck_allowance_line_amount_not_negative",
    ):
        # A correction is a further line of the same day, and may take away.
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE allowance_line DROP CONSTRAINT {name}"
        )
    for name, condition in LINE_CHECKS.items():
        constraints.add_check("allowance_line", name, condition)
    constraints.add_key("allowance_line", "run_id", "allowance_run")
    constraints.add_key("allowance_line", "term_set_id", "term_set")


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    """Take it down again; corrections cannot be kept as they were, so they go."""
    op.execute("DROP TRIGGER promise ON payable")
    op.execute("DROP FUNCTION record_payment_promise()")
    op.execute("DELETE FROM allowance_line WHERE run_id IS NOT NULL")
    with op.batch_alter_table("allowance_line") as line:
        for name in LINE_CHECKS:
            line.drop_constraint(op.f(f"ck_allowance_line_{name}"), type_="check")
        for column in ("run_id", "term_set_id", "place", "worth"):
            line.drop_column(column)
        line.create_check_constraint(op.f("ck_allowance_line_amount_not_negative"), "amount >= 0")
        line.create_unique_constraint(
            "uq_allowance_line_engagement_id_day_kind", ["engagement_id", "day", "kind"]
        )
    for table in ("payment_promise", "provided_meal", "allowance_run"):
        op.drop_table(table)
