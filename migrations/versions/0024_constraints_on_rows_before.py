"""The rows from before are held to the constraints of the last migrations, and found by their indexes."""

from alembic import op

from migrations import constraints

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ONE_LINE = "uq_allowance_line_engagement_id_day_kind_run_id_currency"
ONE_COPY = "uq_call_organisation_id_copy_key"

ADDED = {
    "allowance_line": (
        "ck_allowance_line_amount_not_zero",
        "ck_allowance_line_worth_not_negative",
        "ck_allowance_line_worth_decimals",
        "fk_allowance_line_run_id_allowance_run",
        "fk_allowance_line_term_set_id_term_set",
    ),
    "bank_detail": (
        "ck_bank_detail_bankdetailstatus",
        "ck_bank_detail_accountkind",
        "ck_bank_detail_called_and_verified",
    ),
    "call": ("ck_call_ends_fold",),
    "schedule_version": ("ck_schedule_version_urgency",),
    "contract": ("fk_contract_attested_by_id_ab_user", "ck_contract_maker_not_checker"),
    "amendment": (
        "fk_amendment_owner_id_ab_user",
        "fk_amendment_submitted_by_id_ab_user",
        "fk_amendment_approved_by_id_ab_user",
        "fk_amendment_company_signatory_id_ab_user",
        "fk_amendment_sealed_file_id_stored_file",
        "ck_amendment_maker_not_checker",
        "ck_amendment_amendmentstatus",
    ),
    "expense_line": (
        "fk_expense_line_decided_for_ab_user",
        "fk_expense_line_first_by_ab_user",
        "fk_expense_line_first_for_ab_user",
        "fk_expense_line_first_by_person_id_person",
        "ck_expense_line_first_not_ones_own",
        "ck_expense_line_second_is_another",
        "ck_expense_line_first_decimals",
        "ck_expense_line_linestatus",
        "ck_expense_line_vehiclekind",
    ),
    "entitlement": ("ck_entitlement_capperiod",),
    "payable": ("fk_payable_withholding_decided_by_ab_user",),
    "receipt": ("ck_receipt_proof",),
    "login_token": ("ck_login_token_tokenpurpose",),
}
"""What 0013 to 0023 added NOT VALID."""


def upgrade() -> None:
    """Build the indexes, hold the rows to the constraints, and then make two of the indexes such."""
    constraints.add_index(
        "audit_entry",
        "ix_audit_entry_removed",
        ["organisation_id", "entity"],
        where="action = 'delete'",
    )
    for column in ("run_id", "payable_id"):
        constraints.add_index("allowance_line", f"ix_allowance_line_{column}", [column])
    line = ["engagement_id", "day", "kind", "run_id", "currency"]
    constraints.add_index("allowance_line", ONE_LINE, line, unique=True)
    constraints.add_index("call", ONE_COPY, ["organisation_id", "copy_key"], unique=True)
    for table, names in ADDED.items():
        constraints.validate(table, *names)
    constraints.adopt_index("allowance_line", ONE_LINE)
    constraints.adopt_index("call", ONE_COPY)


def downgrade() -> None:
    """Take the indexes away; the constraints go with the migrations that made them."""
    op.drop_constraint(ONE_COPY, "call")
    op.drop_constraint(ONE_LINE, "allowance_line")
    for column in ("run_id", "payable_id"):
        op.drop_index(f"ix_allowance_line_{column}", "allowance_line")
    op.drop_index("ix_audit_entry_removed", "audit_entry")
