"""The gate answers one question at a time, and nobody can list what it knows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from app.models import ContactPoint, Person, Representation

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEPT = ("portal_identity", "login_token", "web_session", "known_device")
CODE, BROWSER = b"code hash", b"browser hash"


@pytest.fixture
def ask(database_url):
    """Ask the gate as a door does, each time on a connection of its own."""
    engine = create_engine(database_url, poolclass=NullPool)

    def put(question, **values):
        with engine.begin() as db:
            return db.execute(text(question), values).all()

    return put


@pytest.fixture
def token(ask):
    """Issue a link to ana@example.com and return its hash."""

    def issue(browser=BROWSER, code=CODE, purpose="sign_in", minutes=10):
        made = uuid4().bytes * 2
        ask(
            "select gate_issue_token('ana@example.com', :purpose, :token, :code, :browser,"
            " '/portal/contracts', :at, :until, '', null, :key)",
            purpose=purpose,
            token=made,
            code=code,
            browser=browser,
            at=NOW,
            until=NOW + timedelta(minutes=minutes),
            key=uuid4(),
        )
        return made

    return issue


@pytest.fixture
def use(ask):
    """Use a link or code and return what the gate says."""

    def consume(token=None, browser=None, code=None, after=timedelta(minutes=1), purpose="sign_in"):
        row = ask(
            "select * from gate_consume_token(:token, :browser, :code, :purpose, :at, 5)",
            token=token,
            browser=browser,
            code=code,
            purpose=purpose,
            at=NOW + after,
        )[0]
        return row.outcome

    return consume


class TestTables:
    @pytest.mark.parametrize("table", KEPT)
    @pytest.mark.parametrize("role", ["portal_app", "portal_worker", "portal_report"])
    def test_no_door_reads_them(self, engine_of, table, role):
        with engine_of(role).connect() as db, pytest.raises(ProgrammingError, match="permission"):
            db.execute(text(f"select 1 from {table}"))

    def test_every_question_belongs_to_the_gate_and_is_closed_to_the_public(self, owner_engine):
        with owner_engine.connect() as db:
            rows = db.execute(
                text(
                    "select proname, pg_get_userbyid(proowner) as owner, prosecdef,"
                    " has_function_privilege('portal_report', oid, 'execute') as open_to_reports"
                    " from pg_proc where proname like 'gate\\_%'"
                )
            ).all()

        assert len(rows) == 25
        assert {(row.owner, row.prosecdef, row.open_to_reports) for row in rows} == {
            ("portal_gate", True, False)
        }


class TestTokens:
    def test_the_browser_that_asked_needs_only_the_link(self, token, use):
        made = token()

        assert use(made, BROWSER) == "ok"
        assert use(made, BROWSER) == "used"

    def test_another_browser_needs_the_code_and_uses_nothing_up(self, token, use):
        made = token()

        assert use(made, b"scanner") == "other_browser"
        assert use(made, None) == "other_browser"
        assert use(made, b"phone", CODE) == "ok"

    def test_the_asking_browser_may_type_the_code_alone(self, token, use):
        token()

        assert use(None, BROWSER, CODE) == "ok"
        assert use(None, BROWSER, CODE) == "used"

    def test_a_stranger_cannot_use_a_code_without_its_link(self, token, use):
        token()

        assert use(None, b"stranger", CODE) == "unknown"

    def test_five_wrong_codes_spend_it(self, token, use):
        made = token()

        assert [use(made, b"other", b"guess") for _ in range(5)] == ["wrong_code"] * 5
        assert use(made, b"other", CODE) == "spent"
        assert use(made, BROWSER) == "spent"

    def test_it_ends_on_the_minute(self, token, use):
        made = token()

        assert use(made, BROWSER, after=timedelta(minutes=10)) == "expired"
        assert use(made, BROWSER, after=timedelta(minutes=9, seconds=59)) == "ok"

    def test_the_newest_three_stay_valid(self, token, use):
        oldest, *newer = [token(code=f"code {n}".encode()) for n in range(4)]

        assert use(oldest, BROWSER) == "expired"
        assert [use(each, BROWSER) for each in newer] == ["ok"] * 3

    def test_an_invitation_opens_no_session_by_itself(self, token, use):
        made = token(browser=None, purpose="invitation")

        assert use(made, BROWSER, purpose="invitation") == "invitation"
        assert use(made, BROWSER) == "unknown"

    def test_of_many_at_once_one_wins(self, token, use):
        made = token()

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda _: use(made, BROWSER), range(40)))

        assert sorted(set(outcomes)) == ["ok", "used"]
        assert outcomes.count("ok") == 1


class TestSeats:
    @pytest.fixture
    def agent(self, owner_session, person):
        made = Person(
            organisation_id=person.organisation_id, name="Agent", name_key="agent", is_agent=True
        )
        owner_session.add(made)
        owner_session.flush()
        owner_session.add(
            Representation(
                organisation_id=person.organisation_id,
                agent_id=made.id,
                artist_id=person.id,
                scopes=["view", "sign"],
                starts_on=NOW.date(),
                ends_on=NOW.date() + timedelta(days=10),
            )
        )
        owner_session.commit()
        return made

    def reach(self, session, person, **more):
        session.add(
            ContactPoint(
                organisation_id=person.organisation_id,
                person_id=person.id,
                kind="email",
                value="Noemie@example.com",
                normalised="noemie@example.com",
                **more,
            )
        )
        session.commit()

    def seats(self, ask, days=0, hours=0):
        rows = ask(
            "select artist_name, agent_name, scopes from gate_seats('noemie@example.com', :at)",
            at=NOW + timedelta(days=days, hours=hours),
        )
        return [tuple(row) for row in rows]

    def test_an_artist_has_their_own(self, ask, owner_session, person):
        self.reach(owner_session, person)

        assert self.seats(ask) == [("Noémie Lefèvre", "", ["view", "sign", "claim", "paid"])]

    def test_an_address_in_conflict_has_none_until_it_is_verified(self, ask, owner_session, person):
        self.reach(owner_session, person, conflict_note="Another name uses it, too.")

        assert self.seats(ask) == []

    def test_an_agent_has_the_artists_while_the_mandate_runs(self, ask, owner_session, agent):
        self.reach(owner_session, agent)

        assert self.seats(ask) == [("Noémie Lefèvre", "Agent", ["view", "sign"])]
        assert self.seats(ask, days=11) == []
        assert self.seats(ask, days=-1) == []

    def test_the_mandate_begins_and_ends_with_the_day_of_the_company(
        self, ask, owner_session, agent
    ):
        # 14 h in Brisbane on its first day; there each day begins at 14:00 UTC of the day before.
        self.reach(owner_session, agent)

        assert self.seats(ask, hours=-13) != []
        assert self.seats(ask, hours=-15) == []
        assert self.seats(ask, days=10, hours=9) != []
        assert self.seats(ask, days=10, hours=11) == []

    def test_who_is_put_away_has_none(self, ask, owner_session, person):
        self.reach(owner_session, person)
        person.archived_at = NOW
        owner_session.commit()

        assert self.seats(ask) == []
