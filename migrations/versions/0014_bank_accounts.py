"""Bank accounts: how they are written, whom we phoned, and the company's own."""

import sqlalchemy as sa
from alembic import op

from migrations import audit, constraints, policies

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = ("bsb", "iban", "other")
PAYEES = "payee_id IN (SELECT id FROM payee_profile)"
STATUSES = ("proposed", "called_back", "verified", "refused", "lapsed", "replaced")

GUARD = """
CREATE FUNCTION bank_detail_guarded() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.payee_id, NEW.holder, NEW.account, NEW.kind, NEW.bic, NEW.ending, NEW.country,
      NEW.currency, NEW.proposed_by) IS DISTINCT FROM
     (OLD.payee_id, OLD.holder, OLD.account, OLD.kind, OLD.bic, OLD.ending, OLD.country,
      OLD.currency, OLD.proposed_by) THEN
    RAISE EXCEPTION 'a bank account is not changed: enter the new one'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
"""What was phoned about and verified is what is paid to: another account is another row."""

OWN_GUARD = """
CREATE FUNCTION company_account_guarded() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (to_jsonb(NEW) - ARRAY['status', 'approved_by', 'approved_at', 'updated_at', 'version'])
     IS DISTINCT FROM
     (to_jsonb(OLD) - ARRAY['status', 'approved_by', 'approved_at', 'updated_at', 'version']) THEN
    RAISE EXCEPTION 'an account of the company is not changed: enter the new one'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Widen the payees' accounts, make the company's, and guard both."""
    _widen()
    op.create_table(
        "company_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("kind", _enum("accountkind", KINDS), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("user_number", sa.Text(), nullable=False),
        sa.Column("is_balanced", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            _enum("companyaccountstatus", ("proposed", "approved", "refused", "retired")),
            nullable=False,
        ),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        *_stamps(),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> entered_by",
            name=op.f("ck_company_account_two_people"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'retired') OR approved_by IS NOT NULL",
            name=op.f("ck_company_account_approved"),
        ),
        *_keys("company_account", entered_by="ab_user", approved_by="ab_user"),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_company_account_organisation_id_name")
        ),
    )
    op.create_index(
        op.f("ix_company_account_organisation_id"), "company_account", ["organisation_id"]
    )
    policies.guard("company_account")
    # A sealed field is bound to its row, whose number is therefore taken before it is written.
    op.execute("GRANT USAGE ON SEQUENCE company_account_id_seq TO portal_app")
    op.execute(OWN_GUARD)
    op.execute(
        "CREATE TRIGGER guarded BEFORE UPDATE ON company_account "
        "FOR EACH ROW EXECUTE FUNCTION company_account_guarded()"
    )
    audit.watch_tenants()
    policies.bind_tenants()


def _widen() -> None:
    _statuses(STATUSES)
    op.add_column(
        "bank_detail",
        sa.Column("kind", sa.String(length=32), server_default="bsb", nullable=False),
    )
    constraints.add_check("bank_detail", "accountkind", f"kind IN ({_listed(KINDS)})")
    for name in ("bic", "called_number", "ended_because"):
        op.add_column("bank_detail", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("bank_detail", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    # Accounts from before the call had a number of its own say so, or they could not stay verified.
    op.execute("UPDATE bank_detail SET called_number = 'not recorded' WHERE status = 'verified'")
    constraints.add_check(
        "bank_detail",
        "called_and_verified",
        "status <> 'verified' OR (called_back_by IS NOT NULL AND called_number <> ''"
        " AND verified_by IS NOT NULL)",
    )
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER guarded BEFORE UPDATE ON bank_detail "
        "FOR EACH ROW EXECUTE FUNCTION bank_detail_guarded()"
    )
    # An artist whom nobody entered as a payee yet may say where to pay: a payee without a basis.
    _let_artists_add("payee_profile", f"{policies.OWN} AND kind = 'person' AND basis = 'undecided'")
    _let_artists_add(
        "bank_detail",
        f"{PAYEES} AND status = 'proposed' AND called_back_by IS NULL AND verified_by IS NULL",
    )
    _let_artists_change("bank_detail", policies.NOBODY)


def _let_artists_add(table: str, condition: str) -> None:
    op.execute(f"DROP POLICY artist_adds ON {table}")
    op.execute(
        f"CREATE POLICY artist_adds ON {table} AS RESTRICTIVE FOR INSERT TO portal_app "
        f"WITH CHECK ({policies.ARTIST} IS NULL OR ({condition}))"
    )


def _let_artists_change(table: str, condition: str) -> None:
    clause = f"({policies.ARTIST} IS NULL OR ({condition}))"
    op.execute(f"DROP POLICY artist_changes ON {table}")
    op.execute(
        f"CREATE POLICY artist_changes ON {table} AS RESTRICTIVE FOR UPDATE TO portal_app "
        f"USING {clause} WITH CHECK {clause}"
    )


def _statuses(members: tuple[str, ...]) -> None:
    constraints.replace_check("bank_detail", "bankdetailstatus", f"status IN ({_listed(members)})")


def _listed(members: tuple[str, ...]) -> str:
    return ", ".join(f"'{member}'" for member in members)


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
    """Take the company's accounts away, and narrow the payees'."""
    op.drop_table("company_account")
    op.execute("DROP FUNCTION company_account_guarded()")
    op.execute("DROP TRIGGER guarded ON bank_detail")
    op.execute("DROP FUNCTION bank_detail_guarded()")
    _let_artists_add("payee_profile", policies.NOBODY)
    _let_artists_add("bank_detail", PAYEES)
    _let_artists_change("bank_detail", PAYEES)
    op.drop_constraint(op.f("ck_bank_detail_called_and_verified"), "bank_detail")
    for name in ("ended_at", "ended_because", "called_number", "bic", "kind"):
        op.drop_column("bank_detail", name)
    op.execute("UPDATE bank_detail SET status = 'refused' WHERE status IN ('lapsed', 'replaced')")
    _statuses(STATUSES[:4])
    constraints.validate("bank_detail", "ck_bank_detail_bankdetailstatus")
