"""Dated exchange and kilometre rates, expenses begun on the phone, and lines taken off before sending."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import audit, constraints, policies

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

VEHICLES = ("car", "motorcycle", "bicycle", "van")
UNSENT = "SELECT id FROM expense_claim WHERE submitted_at IS NULL AND recalled_at IS NULL"
UNSENT_LINES = f"SELECT id FROM expense_line WHERE claim_id IN ({UNSENT})"
TAKEN_OFF = {"expense_line": f"claim_id IN ({UNSENT})", "receipt": f"line_id IN ({UNSENT_LINES})"}


def upgrade() -> None:
    """Make the tables and their walls; what an artist has not sent yet, the artist may take off."""
    _make_rates()
    _make_drafts()
    for column in (
        sa.Column("rate_note", sa.Text(), server_default="", nullable=False),
        sa.Column("kilometres", sa.Numeric(8, 1), nullable=True),
        sa.Column("vehicle", _vehicle(), nullable=True),
        sa.Column("kilometre_rate", sa.Numeric(20, 10), nullable=True),
        sa.Column("kilometre_rate_from", sa.Date(), nullable=True),
    ):
        op.add_column("expense_line", column)
    proof = sa.Enum("receipt", "card_statement", name="proof", native_enum=False, length=32)
    op.add_column("receipt", sa.Column("proves", proof, server_default="receipt", nullable=False))
    constraints.add_check("expense_line", "vehiclekind", _one_of("vehicle", VEHICLES))
    constraints.add_check("receipt", "proof", _one_of("proves", ("receipt", "card_statement")))
    policies.guard("exchange_rate", artist=policies.EVERYBODY)
    policies.guard("mileage_rate", artist=policies.EVERYBODY)
    own = f"claimant_id = {policies.ARTIST}"
    policies.guard("expense_draft", artist=own, writes=own)
    for table, clause in TAKEN_OFF.items():
        _let_take_off(table, f"{policies.ARTIST} IS NULL OR {clause}")
    policies.bind_tenants()
    audit.watch_tenants()


def _make_rates() -> None:
    for table, what, since in (
        ("exchange_rate", sa.Column("base_currency", sa.String(3), nullable=False), "valid_on"),
        ("mileage_rate", sa.Column("vehicle", _vehicle(), nullable=False), "valid_from"),
    ):
        keys = ["organisation_id", *(["currency"] if table == "exchange_rate" else []), what.name]
        name = "_".join([*keys, since])
        op.create_table(
            table,
            *_keys(),
            what,
            sa.Column("currency", sa.String(3), nullable=False),
            sa.Column(since, sa.Date(), nullable=False),
            sa.Column("rate", sa.Numeric(20, 10), nullable=False),
            sa.Column("source", sa.Text(), nullable=False),
            *_stamps(),
            sa.CheckConstraint("rate > 0", name=op.f(f"ck_{table}_rate_positive")),
            _key(table, "organisation_id", "organisation"),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint(*keys, since, name=op.f(f"uq_{table}_{name}")),
        )
        op.create_index(op.f(f"ix_{table}_organisation_id"), table, ["organisation_id"])
    op.create_check_constraint(
        op.f("ck_exchange_rate_two_currencies"), "exchange_rate", "currency <> base_currency"
    )
    op.create_check_constraint(
        op.f("ck_mileage_rate_vehiclekind"), "mileage_rate", _one_of("vehicle", VEHICLES)
    )


def _make_drafts() -> None:
    op.create_table(
        "expense_draft",
        *_keys(),
        sa.Column("claimant_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Uuid(), nullable=False),
        sa.Column("typed", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("receipts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("statements", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_stamps(),
        _key("expense_draft", "organisation_id", "organisation"),
        _key("expense_draft", "claimant_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense_draft")),
        sa.UniqueConstraint(
            "organisation_id", "claimant_id", "client_key",
            name=op.f("uq_expense_draft_organisation_id_claimant_id_client_key"),
        ),
    )  # fmt: skip
    for column in ("organisation_id", "claimant_id"):
        op.create_index(op.f(f"ix_expense_draft_{column}"), "expense_draft", [column])


def _let_take_off(table: str, clause: str) -> None:
    op.execute(f"DROP POLICY artist_deletes ON {table}")
    op.execute(
        f"CREATE POLICY artist_deletes ON {table} AS RESTRICTIVE FOR DELETE TO portal_app "
        f"USING ({clause})"
    )


def _vehicle() -> sa.Enum:
    return sa.Enum(*VEHICLES, name="vehiclekind", native_enum=False, length=32)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _keys() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
    )


def _stamps() -> list[sa.Column[str]]:
    now = sa.text("clock_timestamp()")
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
        for name in ("created_at", "updated_at")
    ]


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def downgrade() -> None:
    """Take it down again."""
    for table in TAKEN_OFF:
        _let_take_off(table, f"{policies.ARTIST} IS NULL")
    for table in ("expense_draft", "mileage_rate", "exchange_rate"):
        op.drop_table(table)
    op.drop_column("receipt", "proves")
    for name in ("kilometre_rate_from", "kilometre_rate", "vehicle", "kilometres", "rate_note"):
        op.drop_column("expense_line", name)
