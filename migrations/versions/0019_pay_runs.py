"""Pay runs and their lines, frozen by the database once approved; decisions on withholding."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RUN = ("draft", "checked", "approved", "exported", "paid", "closed", "cancelled")
LINE = ("chosen", "paid", "returned", "dropped")

FROZEN_RUN = """
CREATE FUNCTION pay_run_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  later CONSTANT text[] := ARRAY['status', 'exported_by', 'exported_at', 'file_id',
                                 'cancelled_because', 'updated_at', 'version'];
BEGIN
  IF OLD.status NOT IN ('draft', 'checked') THEN
    IF NEW.status IN ('draft', 'checked') OR (OLD.status = 'cancelled' AND NEW.status <> 'cancelled')
       OR (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
      RAISE EXCEPTION 'an approved pay run is not changed' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.file_id IS NOT NULL AND NEW.file_id IS DISTINCT FROM OLD.file_id THEN
      RAISE EXCEPTION 'a pay run has one file' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.status NOT IN ('draft', 'checked', 'approved', 'cancelled') THEN
    RAISE EXCEPTION 'a pay run is approved first' USING ERRCODE = 'check_violation';
  ELSIF NEW.status = 'approved' AND EXISTS (
      SELECT FROM pay_run_line WHERE pay_run_id = NEW.id AND added_by = NEW.approved_by) THEN
    RAISE EXCEPTION 'whoever put a pay run together does not approve it'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

FROZEN_LINE = """
CREATE FUNCTION pay_run_line_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  later CONSTANT text[] := ARRAY['status', 'returned_on', 'returned_because', 'updated_at'];
  stands text;
BEGIN
  SELECT status INTO stands FROM pay_run
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.pay_run_id ELSE NEW.pay_run_id END;
  IF stands IN ('draft', 'checked') THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - later) IS NOT DISTINCT FROM (to_jsonb(OLD) - later) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an approved pay run is not changed' USING ERRCODE = 'check_violation';
END $$
"""


def upgrade() -> None:
    """Make the tables, their guards and their walls."""
    _make_run()
    _make_line()
    for table, events in (("pay_run", "UPDATE"), ("pay_run_line", "INSERT OR UPDATE OR DELETE")):
        op.execute(FROZEN_RUN if table == "pay_run" else FROZEN_LINE)
        op.execute(
            f"CREATE TRIGGER frozen BEFORE {events} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()"
        )
    policies.guard("pay_run")
    policies.guard("pay_run_line", artist="payable_id IN (SELECT id FROM payable)")
    op.add_column(
        "payable",
        sa.Column("withholding_decision", sa.Text(), server_default="", nullable=False),
    )
    op.add_column("payable", sa.Column("withholding_decided_by", sa.Integer(), nullable=True))
    constraints.add_key("payable", "withholding_decided_by", "ab_user")
    audit.watch_tenants()
    policies.bind_tenants()


def _make_run() -> None:
    op.create_table(
        "pay_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("file", _enum("bankfile", ("aba", "pain_001", "csv")), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("status", _enum("payrunstatus", RUN), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("line_count", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("exported_by", sa.Integer(), nullable=True),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_because", sa.Text(), nullable=False),
        *_stamps(),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_pay_run_two_people")
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'exported', 'paid', 'closed') OR approved_by IS NOT NULL",
            name=op.f("ck_pay_run_approved"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('exported', 'paid', 'closed') OR file_id IS NOT NULL",
            name=op.f("ck_pay_run_has_file"),
        ),
        sa.CheckConstraint(_decimals("total"), name=op.f("ck_pay_run_total_decimals")),
        *_keys(
            "pay_run", account_id="company_account", made_by="ab_user", approved_by="ab_user",
            exported_by="ab_user", file_id="stored_file",
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_pay_run_organisation_id_number")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_pay_run_organisation_id"), "pay_run", ["organisation_id"])


def _make_line() -> None:
    op.create_table(
        "pay_run_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_run_id", sa.BigInteger(), nullable=False),
        sa.Column("payable_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("run_number", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("bank_detail_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_to", sa.Text(), nullable=False),
        sa.Column("status", _enum("payrunlinestatus", LINE), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("returned_because", sa.Text(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pay_run_line_amount_positive")),
        sa.CheckConstraint(_decimals("amount"), name=op.f("ck_pay_run_line_amount_decimals")),
        *_keys(
            "pay_run_line", pay_run_id="pay_run", payable_id="payable", added_by="ab_user",
            bank_detail_id="bank_detail",
        ),
        sa.UniqueConstraint(
            "pay_run_id", "position", name=op.f("uq_pay_run_line_pay_run_id_position")
        ),
        sa.UniqueConstraint(
            "pay_run_id", "payable_id", name=op.f("uq_pay_run_line_pay_run_id_payable_id")
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_pay_run_line_organisation_id"), "pay_run_line", ["organisation_id"])
    op.create_index(op.f("ix_pay_run_line_payable_id"), "pay_run_line", ["payable_id"])
    op.create_index(
        "uq_pay_run_line_paid_once",
        "pay_run_line",
        ["payable_id"],
        unique=True,
        postgresql_where="status IN ('chosen', 'paid')",
    )


def _decimals(column: str) -> str:
    return f"{column} IS NULL OR scale(trim_scale({column})) <= currency_decimals(currency)"


def _enum(name: str, members: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*members, name=name, native_enum=False, create_constraint=True, length=32)


def _stamps() -> list[sa.Column[object]]:
    clock = sa.text("clock_timestamp()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=clock, nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _keys(table: str, **columns: str) -> list[sa.Constraint]:
    owned = {"organisation_id": "organisation", **columns}
    return [
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}_{to}"))
            for name, to in owned.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    """Take pay runs away."""
    op.drop_constraint(op.f("fk_payable_withholding_decided_by_ab_user"), "payable")
    op.drop_column("payable", "withholding_decided_by")
    op.drop_column("payable", "withholding_decision")
    op.drop_table("pay_run_line")
    op.drop_table("pay_run")
    op.execute("DROP FUNCTION pay_run_line_frozen()")
    op.execute("DROP FUNCTION pay_run_frozen()")
