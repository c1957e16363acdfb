"""Second approvals above a limit, dated delegates, the company's rules, and roles that conflict."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, constraints, deciding, policies

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = ("entered", "queried", "answered", "approved", "refused", "duplicate")
AFTER = ("entered", "queried", "answered", "first_approved", "approved", "refused", "duplicate")

LINE_COLUMNS = (
    ("decided_for", sa.Integer(), True), ("decided_for_name", sa.Text(), False),
    ("first_by", sa.Integer(), True), ("first_by_name", sa.Text(), False),
    ("first_by_person_id", sa.BigInteger(), True), ("first_for", sa.Integer(), True),
    ("first_for_name", sa.Text(), False), ("first_at", sa.DateTime(timezone=True), True),
    ("first_amount", sa.Numeric(14, 3), True), ("first_reason", sa.Text(), False),
    ("second_because", sa.Text(), False), ("cost_code", sa.Text(), False),
)  # fmt: skip

LINE_KEYS = (
    ("decided_for", "ab_user"), ("first_by", "ab_user"), ("first_for", "ab_user"),
    ("first_by_person_id", "person"),
)  # fmt: skip

LINE_CHECKS = (
    ("first_not_ones_own", "first_by_person_id IS NULL OR first_by_person_id <> claimant_id"),
    ("second_is_another", "status <> 'approved' OR first_by IS NULL OR first_by <> decided_by"),
    (
        "first_decimals",
        "first_amount IS NULL OR scale(trim_scale(first_amount)) <= currency_decimals(base_currency)",
    ),
)


def upgrade() -> None:
    """Add what a second approval, a delegate and a rule leave behind, and the checks that hold them."""
    _widen_lines()
    _make_limits_and_delegates()
    _make_rules()
    _keep_roles_apart()
    for table in ("approval_limit", "expense_rule", "line_resemblance"):
        policies.guard(table)
    for name in ("DEPUTY", "SECOND", "DECIDED", "PAID_APART", "NO_CHAIN"):
        op.execute(getattr(deciding, name))
    op.execute(
        "CREATE TRIGGER payable_paid_apart BEFORE INSERT OR UPDATE OF paid_by ON payable "
        "FOR EACH ROW EXECUTE FUNCTION payable_paid_apart()"
    )
    op.execute(
        "CREATE TRIGGER delegation_not_chained BEFORE INSERT OR UPDATE ON approval_delegate "
        "FOR EACH ROW EXECUTE FUNCTION delegation_not_chained()"
    )
    audit.watch_tenants()
    policies.bind_tenants()


def _widen_lines() -> None:
    for name, kind, nullable in LINE_COLUMNS:
        default = None if nullable else ""
        op.add_column(
            "expense_line", sa.Column(name, kind, nullable=nullable, server_default=default)
        )
    for column, table in LINE_KEYS:
        constraints.add_key("expense_line", column, table)
    for name, condition in LINE_CHECKS:
        constraints.add_check("expense_line", name, condition)
    _statuses(AFTER)
    op.add_column(
        "entitlement",
        sa.Column("period", sa.String(length=32), nullable=False, server_default="each"),
    )
    constraints.add_check(
        "entitlement", "capperiod", "period IN ('each', 'day', 'week', 'engagement')"
    )


def _statuses(allowed: tuple[str, ...]) -> None:
    known = ", ".join(f"'{status}'" for status in allowed)
    constraints.replace_check("expense_line", "linestatus", f"status IN ({known})")


def _make_limits_and_delegates() -> None:
    op.create_table(
        "approval_limit",
        *_own(),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.Numeric(14, 3), nullable=False),
        *_stamps(versioned=True),
        sa.UniqueConstraint("organisation_id", "currency"),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
        sa.CheckConstraint(
            "amount IS NULL OR scale(trim_scale(amount)) <= currency_decimals(currency)",
            name="amount_decimals",
        ),
    )
    op.add_column(
        "approval_delegate", sa.Column("note", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("approval_delegate", sa.Column("ended_at", sa.DateTime(timezone=True)))


def _make_rules() -> None:
    op.create_table(
        "expense_rule",
        *_own(),
        sa.Column("about", _one_of("ruleabout", "late", "no_receipt", "over_cap",
                                   "per_diem_meal", "duplicate", "tax_invoice"), nullable=False),
        sa.Column("effect", _one_of("ruleeffect", "off", "warn", "needs_reason", "block"),
                  nullable=False),
        sa.Column("threshold", sa.Numeric(14, 3)),
        *_stamps(versioned=True),
        sa.UniqueConstraint("organisation_id", "about"),
        sa.CheckConstraint("threshold IS NULL OR threshold >= 0", name="threshold_not_negative"),
    )  # fmt: skip
    op.create_table(
        "line_resemblance",
        *_own(),
        sa.Column("line_id", sa.BigInteger(), sa.ForeignKey("expense_line.id"), nullable=False),
        sa.Column(
            "other_id",
            sa.BigInteger(),
            sa.ForeignKey("expense_line.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("grounds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("kept_by", sa.Integer(), sa.ForeignKey("ab_user.id")),
        sa.Column("kept_by_name", sa.Text(), nullable=False),
        sa.Column("kept_reason", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True)),
        *_stamps(),
        sa.UniqueConstraint("line_id", "other_id"),
        sa.CheckConstraint("line_id < other_id", name="earlier_first"),
    )


def _keep_roles_apart() -> None:
    op.create_table(
        "role_conflict",
        sa.Column("one", sa.Text(), primary_key=True),
        sa.Column("other", sa.Text(), primary_key=True),
    )
    op.bulk_insert(
        sa.table("role_conflict", sa.column("one", sa.Text()), sa.column("other", sa.Text())),
        [{"one": one, "other": other} for one, other in deciding.CONFLICTS],
    )
    op.execute("GRANT SELECT ON role_conflict TO portal_app, portal_worker")
    op.execute(deciding.APART)
    op.execute(
        "CREATE TRIGGER roles_apart BEFORE INSERT OR UPDATE ON ab_user_role "
        "FOR EACH ROW EXECUTE FUNCTION roles_apart()"
    )


def _own() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column(
            "organisation_id",
            sa.BigInteger(),
            sa.ForeignKey("organisation.id"),
            nullable=False,
            index=True,
        ),
    )


def _stamps(*, versioned: bool = False) -> list[sa.Column[object]]:
    clock = sa.text("clock_timestamp()")
    made: list[sa.Column[object]] = [
        sa.Column(name, sa.DateTime(timezone=True), server_default=clock, nullable=False)
        for name in ("created_at", "updated_at")
    ]
    if versioned:
        made.append(sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    return made


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    """Take it away again. A first approval becomes a line that waits; a delegate's name is lost."""
    op.execute("DROP TRIGGER roles_apart ON ab_user_role")
    op.execute("DROP FUNCTION roles_apart()")
    op.drop_table("role_conflict")
    op.execute("DROP TRIGGER delegation_not_chained ON approval_delegate")
    op.execute("DROP FUNCTION delegation_not_chained()")
    op.execute("DROP TRIGGER payable_paid_apart ON payable")
    op.execute("DROP FUNCTION payable_paid_apart()")
    op.execute("DROP TRIGGER expense_line_decided ON expense_line")
    op.execute("DROP FUNCTION expense_line_decided()")
    op.execute("DROP FUNCTION expense_second(expense_line)")
    op.execute("DROP FUNCTION expense_deputy(bigint, bigint, bigint)")
    for table in ("line_resemblance", "expense_rule", "approval_limit"):
        op.drop_table(table)
    op.drop_column("approval_delegate", "ended_at")
    op.drop_column("approval_delegate", "note")
    op.drop_column("entitlement", "period")
    op.execute("UPDATE expense_line SET status = 'entered' WHERE status = 'first_approved'")
    _statuses(BEFORE)
    constraints.validate("expense_line", "ck_expense_line_linestatus")
    for name, _condition in LINE_CHECKS:
        op.drop_constraint(op.f(f"ck_expense_line_{name}"), "expense_line", type_="check")
    for name, _kind, _nullable in LINE_COLUMNS:
        op.drop_column("expense_line", name)
    op.execute(deciding.BEFORE)
    op.execute(
        "CREATE TRIGGER expense_line_decided BEFORE INSERT OR UPDATE ON expense_line "
        "FOR EACH ROW EXECUTE FUNCTION expense_line_decided()"
    )
