"""Raw SQL as each role, in every table there is: what is not one's own does not exist.

The tables are read from the models and checked against the catalogue, so a new one is in at once.
"""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg import errors
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.models.base import Base
from migrations.audit import FAB_TABLES, UNTOLD
from tests.integration.security.world import (
    COLLEAGUES,
    COMPANY,
    HERE,
    MINE,
    STRANGERS,
    insert_into,
    is_ours,
    value_of,
)

SHARED = {
    "organisation", "number_series", "season", "venue", "space", "venue_distance", "rule_pack",
    "pack_rule", "exchange_rate", "mileage_rate",
}  # fmt: skip
"""What everybody of a company may read: places, seasons, rules, rates. Nothing about anybody."""

STAFFS = {
    "alert", "alert_setting", "allowance_run", "approval_delegate", "approval_limit", "attention_item", "audit_entry", "audit_seal",
    "bulk_run", "bulk_run_row", "clause", "clause_option", "client_request", "company_account",
    "contract_template", "expense_rule", "import_message", "import_run", "inbox_notice", "ledger_contact", "legal_hold",
    "line_resemblance", "outbox_decision", "outbox_message", "pay_run", "person_variant", "provided_meal",
    "provider_connection", "provider_switch", "provider_usage", "report_glance", "report_run", "retention_rule",
    "schedule_exception", "second_factor", "staff_profile", "web_session",
}  # fmt: skip
"""What no artist reads, not even a row that is about her."""

CHANGED_BY_ARTISTS = {
    "amendment", "artist_profile", "availability", "calendar_feed", "call_assignment", "call_notice",
    "contact_point", "contract",
    "contract_question", "expense_claim", "expense_draft", "expense_line", "expense_note",
    "number_series", "person", "push_subscription",
    "receipt", "signature_request", "stored_file",
}  # fmt: skip
"""Where a phone writes something of its owner's."""

SEALED = [
    ("bank_detail", "account"),
    ("payee_profile", "tax_number"),
    ("artist_profile", "passport"),
    ("second_factor", "totp_secret"),
    ("second_factor", "recovery_hashes"),
]

SETTINGS = (
    "SELECT set_config('app.organisation_id', :company, true), set_config('app.artist_id', :artist, true),"
    " set_config('app.actor', 'test', true)"
)


@pytest.fixture
def looking(engine_of: Callable[[str], Engine]) -> Callable[..., Any]:
    """Return a transaction as a role and viewer, undone at its end."""

    @contextmanager
    def look(role: str, company: object = "", artist: object = "") -> Any:
        with engine_of(role).connect() as db:
            values = {"company": str(company), "artist": str(artist)}
            if company or artist:
                db.execute(text(SETTINGS), values)
            yield db
            db.rollback()

    return look


def numbers(db: Any, table: str) -> set[int]:
    """Return whose rows are seen in a table: 1001, 1002, 2003; nobody's where reading is refused."""
    column = {
        "number_series": "last",
        "second_factor": "user_id",
        "client_request": "status",
        "outbox_message": "organisation_id",
        "outbox_attempt": "number",
        "inbox_notice": "organisation_id",
    }.get(table, "id")
    point = db.begin_nested()
    try:
        return set(db.scalars(text(f"SELECT {column} FROM {table}")))
    except DBAPIError as refusal:
        if not isinstance(refusal.orig, errors.InsufficientPrivilege):
            raise
        point.rollback()
        return set()


def changed(db: Any, table: str, number: int, deed: str) -> bool:
    """Tell whether a row of somebody's could be changed so."""
    point = db.begin_nested()
    column = {"number_series": "last", "second_factor": "user_id", "client_request": "status"}
    place = f"{column.get(table, 'id')} = {number}"
    if table in {"outbox_message", "inbox_notice"}:
        place = f"organisation_id = {number}"
    try:
        rows: int = db.execute(text(f"{deed.format(table=table)} WHERE {place}")).rowcount
    except DBAPIError as refusal:
        if not isinstance(refusal.orig, errors.InsufficientPrivilege):
            raise
        rows = 0
    point.rollback()
    return rows > 0


UPDATE = "UPDATE {table} SET organisation_id = organisation_id"
DELETE = "DELETE FROM {table}"


class TestAnArtist:
    def test_sees_her_rows_and_what_everybody_shares(self, world, looking):
        with looking("portal_app", HERE, MINE) as db:
            seen = {table: numbers(db, table) for table in world.tables}

        assert [name for name, rows in seen.items() if STRANGERS in rows] == []
        assert {name for name, rows in seen.items() if COLLEAGUES in rows} == SHARED - {
            "organisation"
        }
        assert {name for name, rows in seen.items() if not rows} == STAFFS

    def test_changes_only_what_a_phone_writes_and_only_her_own(self, world, looking):
        tables = [name for name in world.tables if name != "organisation"]
        with looking("portal_app", HERE, MINE) as db:
            mine = {name for name in tables if changed(db, name, MINE, UPDATE)}
            others = {
                name
                for name in tables
                for number in (COLLEAGUES, STRANGERS)
                if changed(db, name, number, UPDATE)
            }

        assert mine == CHANGED_BY_ARTISTS
        assert others == {"number_series"}

    def test_deletes_nothing(self, world, looking):
        with looking("portal_app", HERE, MINE) as db:
            assert [name for name in world.tables if changed(db, name, MINE, DELETE)] == []

    @pytest.mark.parametrize("number", [COLLEAGUES, STRANGERS])
    def test_adds_nothing_in_the_name_of_another(self, world, looking, number):
        with looking("portal_app", HERE, MINE) as db:
            added = {name for name in world.tables if _is_added(db, name, number)}

        # A promise has no owner but its company; the worker looks at each with open eyes.
        may_promise = {"outbox_message", "number_series"} if number == COLLEAGUES else set()
        assert added == may_promise

    def test_hands_no_row_of_hers_to_another(self, world, looking):
        owners = (
            "person_id",
            "owner_person_id",
            "engagement_id",
            "claim_id",
            "line_id",
            "payee_id",
        )
        handed = []
        with looking("portal_app", HERE, MINE) as db:
            for name in sorted(CHANGED_BY_ARTISTS - {"number_series"}):
                columns = Base.metadata.tables[name].columns
                for column in [each for each in owners if each in columns]:
                    deed = f"UPDATE {{table}} SET {column} = {COLLEAGUES}"
                    if changed(db, name, MINE, deed):
                        handed.append((name, column))

        # Who a stored file belongs to is checked; a person's agent is told by the seat.
        assert handed == []

    def test_finds_no_account_of_staff(self, world, looking):
        with looking("portal_app", HERE, MINE) as db:
            assert db.scalar(text("SELECT count(*) FROM ab_role")) == 0


class TestStaff:
    def test_see_their_own_company_alone(self, world, looking):
        with looking("portal_app", HERE) as db:
            seen = {table: numbers(db, table) for table in world.tables}

        assert [name for name, rows in seen.items() if STRANGERS in rows] == []
        assert {name for name, rows in seen.items() if not rows} == {
            "client_request",
            "web_session",
        }

    def test_change_nothing_of_another_company(self, world, looking):
        with looking("portal_app", HERE) as db:
            for deed in (UPDATE, DELETE):
                assert [
                    n
                    for n in world.tables
                    if n != "organisation" and changed(db, n, STRANGERS, deed)
                ] == []

    def test_add_nothing_to_another_company(self, world, looking):
        with looking("portal_app", HERE) as db:
            assert [name for name in world.tables if _is_added(db, name, STRANGERS)] == []


class TestOtherRoles:
    def test_without_a_viewer_a_door_sees_nothing(self, world, looking):
        with looking("portal_app") as db:
            assert [name for name in world.tables if numbers(db, name)] == []

    def test_a_worker_who_does_not_step_down_sees_queues_and_the_log_alone(self, world, looking):
        with looking("portal_worker") as db:
            seen = {name for name in world.tables if numbers(db, name)}

        assert seen == {
            "audit_entry",
            "audit_seal",
            "client_request",
            "inbox_notice",
            "outbox_message",
            "provider_usage",
        }

    def test_reports_see_their_company_and_write_nothing(self, world, looking):
        with looking("portal_report", HERE) as db:
            seen = {name: numbers(db, name) for name in world.tables}
        assert [name for name, rows in seen.items() if STRANGERS in rows] == []

        asked = (
            "SELECT c.relname FROM pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE',"
            " 'TRUNCATE', 'TRIGGER', 'REFERENCES']) AS deed"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')"
            " AND has_table_privilege('portal_report', c.oid, deed)"
        )
        with looking("portal_report") as db:
            assert list(db.scalars(text(asked))) == []
            assert list(db.scalars(text(CALLABLE), {"who": "portal_report"})) == []

    def test_reports_read_no_password(self, looking):
        with looking("portal_report") as db, pytest.raises(DBAPIError) as refusal:
            db.execute(text("SELECT password FROM ab_user"))

        assert isinstance(refusal.value.orig, errors.InsufficientPrivilege)


CALLABLE = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
  AND has_function_privilege(:who, p.oid, 'EXECUTE')
"""


class TestTheGate:
    def test_every_function_of_anothers_rights_names_where_it_looks(self, looking):
        asked = (
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner"
            " WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND (r.rolname <> 'portal_gate'"
            " OR NOT coalesce(p.proconfig @> ARRAY['search_path=public, pg_temp'], false))"
        )
        with looking("portal_app") as db:
            assert list(db.scalars(text(asked))) == []

    def test_nobody_asks_the_gate_but_doors_and_worker(self, looking):
        asked = (
            "SELECT p.oid::regprocedure::text FROM pg_proc p, aclexplode(coalesce(p.proacl,"
            " acldefault('f', p.proowner))) a WHERE p.pronamespace = 'public'::regnamespace"
            " AND p.prosecdef AND a.grantee = 0"
        )
        with looking("portal_app") as db:
            assert list(db.scalars(text(asked))) == []

    def test_the_doors_own_nothing_and_pass_by_no_wall(self, looking):
        roles = (
            "rolname LIKE 'portal_%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
        )
        owned = "pg_get_userbyid(relowner) IN ('portal_app', 'portal_worker', 'portal_report')"
        truncates = "has_table_privilege('portal_app', oid, 'TRUNCATE') OR has_table_privilege('portal_app', oid, 'TRIGGER')"
        with looking("portal_app") as db:
            assert list(db.scalars(text(f"SELECT rolname FROM pg_roles WHERE {roles}"))) == []
            assert list(db.scalars(text(f"SELECT relname FROM pg_class WHERE {owned}"))) == []
            here = "relnamespace = 'public'::regnamespace AND relkind = 'r'"
            assert (
                list(
                    db.scalars(text(f"SELECT relname FROM pg_class WHERE {here} AND ({truncates})"))
                )
                == []
            )
            assert (
                db.scalar(text("SELECT has_schema_privilege('portal_app', 'public', 'CREATE')"))
                is False
            )


class TestTheLog:
    @pytest.mark.parametrize("role", ["portal_app", "portal_worker", "portal_report"])
    @pytest.mark.parametrize(
        "deed",
        [
            "INSERT INTO audit_entry (actor) VALUES ('x')",
            "UPDATE audit_entry SET actor = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "UPDATE audit_seal SET hash = ''",
            "DELETE FROM audit_seal",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "ALTER TABLE person DISABLE TRIGGER audit",
            "DROP TRIGGER audit ON person",
            "SET session_replication_role = replica",
        ],
    )
    def test_is_out_of_everybodys_reach(self, looking, role, deed):
        with looking(role, HERE) as db:
            # Reports begin read-only; who can write SQL can take that back, so it is no wall.
            db.rollback()
            db.execute(text("SET TRANSACTION READ WRITE"))
            with pytest.raises(DBAPIError) as refusal:
                db.execute(text(deed))

        assert isinstance(refusal.value.orig, errors.InsufficientPrivilege)

    def test_tells_of_every_table(self, world, owner_engine):
        asked = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audit' AND tgenabled = 'O'"
        with owner_engine.connect() as db:
            told = set(db.scalars(text(asked)))

        assert set(world.tables) - told == UNTOLD - {
            "outbox_attempt",
            "outbox_message",
            "inbox_notice",
            "cron_tick",
        }
        assert set(FAB_TABLES) <= told

    @pytest.mark.parametrize(("table", "column"), SEALED)
    def test_holds_no_sealed_word(self, world, owner_engine, table, column):
        secret = "{secret}" if column == "recovery_hashes" else "v1|kid|nonce|secret"
        key = "user_id" if table == "second_factor" else "id"
        with owner_engine.begin() as db:
            db.execute(text(f"UPDATE {table} SET {column} = '{secret}' WHERE {key} = {MINE}"))
            told = db.execute(
                text(
                    f"SELECT before ->> '{column}', after ->> '{column}' FROM audit_entry WHERE entity = '{table}'"
                )
            ).one()

        assert tuple(told) == ("•••", "•••")


def _is_added(db: Any, table: str, number: int) -> bool:
    """Tell whether a new row of another's gets past the walls."""
    shape = Base.metadata.tables[table]
    row = {
        column.name: value_of(column, number, COMPANY[number])
        for column in shape.columns
        if is_ours(column)
    }
    if "id" in row and isinstance(row["id"], int):
        row["id"] = number + 5000
    point = db.begin_nested()
    try:
        db.execute(insert_into(shape), row)
    except DBAPIError as refusal:
        point.rollback()
        return not isinstance(refusal.orig, errors.InsufficientPrivilege)
    point.rollback()
    return True
