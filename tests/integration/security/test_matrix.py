"""The generated table of walls: every door x every viewer x whose record (issue 3, section 2).

``WALLS=full`` asks every case and writes the table to ``var/walls.csv``; the suite asks every door for
the records of others, and one role after another for its own.
"""

import csv
import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from admin.roles import OPERATOR, ROLES
from app.db import session as house
from app.domain.people import RepresentationScope
from app.models import Person, Representation
from app.services import sessions
from tests.fixtures_sign_in import browser_of, user_of
from tests.integration.security import judges
from tests.integration.security.doors import doors
from tests.integration.security.matrix import (
    ARCHIVED,
    RELATIONS,
    WORD,
    Case,
    Journal,
    ask,
    asked,
    keep_bytes,
    rights_of,
    some,
)
from tests.integration.security.test_rows_of_others import SHARED
from tests.integration.security.world import COLLEAGUES, COMPANY, HERE, MINE, STRANGERS, fill

IS_FULL = os.environ.get("WALLS") == "full"
ONE_IN = 1 if IS_FULL else 24
"""How many cases of the whole table one of the suite stands for."""
AGENTS = 1 if IS_FULL else 6
OWN_AND_OTHERS = {
    "own": MINE, "other artist": COLLEAGUES, "archived": ARCHIVED, "other organisation": STRANGERS,
}  # fmt: skip
VIEW = RepresentationScope.view
SCOPES = [
    (VIEW,), *((VIEW, scope) for scope in RepresentationScope if scope is not VIEW),
    *((scope,) for scope in RepresentationScope if scope is not VIEW),
]  # fmt: skip


@pytest.fixture
def walls(database, app):
    """The product over a world of rows that say whose they are, each file with its bytes."""
    fill(
        database.url("postgres"),
        WORD,
        companies={**COMPANY, ARCHIVED: HERE},
        archived=(ARCHIVED,),
        plain=SHARED,
    )
    engine = create_engine(database.url("postgres"))
    with engine.connect() as db:
        keep_bytes(app, db)
    engine.dispose()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def journal(database, walls):
    engine = create_engine(database.url("postgres"))
    with engine.connect() as db:
        yield Journal(db)
    engine.dispose()


def settle(cases: list[Case], name: str) -> list[str]:
    """Return what is wrong, and tell how much was asked."""
    wrong = [f"{c.viewer}, {c.relation}: {c.door.called} {c.wrong}" for c in cases if c.wrong]
    print(f"\nwalls: {name}: {len(cases)} cases, {len(wrong)} wrong")
    print("\n".join(wrong))
    if IS_FULL:
        path = Path("var/walls.csv")
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            table = csv.writer(file)
            if is_new:
                table.writerow(["viewer", "relation", "kind", "door", "status", "wrong"])
            for c in cases:
                table.writerow(
                    [c.viewer, c.relation, c.door.kind, c.door.called, c.status, c.wrong]
                )
    return wrong


class TestTheDesk:
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("role", ROLES)
    def test_shows_and_does_for_a_role_what_is_declared(self, seeded, walls, staff, journal, role):
        every = asked(doors(walls, "/admin/"))
        # What is deleted is not there for the next question.
        every.sort(key=lambda door: (door.method, door.kind == "delete"))
        browser, judge = staff(role, organisation_id=HERE), judges.of_role(role)
        keeps = some(role, ONE_IN, rights_of(role))

        cases = ask(walls, browser, every, RELATIONS, role, judge, journal, keeps)

        assert settle(list(cases), role) == []

    def test_shows_its_operator_no_row_of_any_company(self, seeded, walls, owner_session, journal):
        browser = operator(walls, owner_session)
        every = asked(doors(walls, "/admin/"))

        cases = list(
            ask(
                walls,
                browser,
                every,
                RELATIONS,
                "operator",
                judges.of_operator(),
                journal,
                some("operator", ONE_IN),
            )
        )

        assert settle(cases, "operator") == []


class TestThePhone:
    def test_shows_an_artist_her_own_rows_alone(self, walls, phone_of, owner_session, journal):
        phone = phone_of(owner_session.get_one(Person, MINE), stepped_up=True)
        every = asked(doors(walls, "/portal/"))

        cases = list(
            ask(walls, phone, every, OWN_AND_OTHERS, "artist", judges.of_artist(), journal)
        )

        assert settle(cases, "artist") == []

    @pytest.mark.parametrize("scopes", SCOPES, ids=lambda scopes: "+".join(scopes))
    def test_does_for_an_agent_what_the_artist_allowed(
        self, walls, phone_of, owner_session, journal, scopes
    ):
        artist = owner_session.get_one(Person, MINE)
        agent = agent_with(owner_session, scopes)
        phone = phone_of(artist, agent=agent, stepped_up=True)
        every = asked(doors(walls, "/portal/"))
        viewer = f"agent ({'+'.join(scopes)})"

        cases = ask(
            walls,
            phone,
            every,
            OWN_AND_OTHERS,
            viewer,
            judges.of_artist(scopes),
            journal,
            some(viewer, AGENTS),
        )

        assert settle(list(cases), viewer) == []


class TestNobody:
    @pytest.mark.parametrize("prefix", ["/admin/", "/portal/"])
    def test_gets_past_no_door(self, walls, journal, prefix):
        every = asked(doors(walls, prefix))
        browser = browser_of(walls)
        browser.csrf = "guessed"

        cases = list(
            ask(
                walls,
                browser,
                every,
                RELATIONS,
                "stranger",
                judges.of_nobody(),
                journal,
                some("stranger", ONE_IN),
            )
        )

        assert settle(cases, f"stranger {prefix}") == []


def operator(app, session):
    """Return the browser of the platform's operator, who works for no company."""
    user = user_of(session, OPERATOR)
    with app.app_context(), house.transaction() as db:
        token = sessions.open_staff(
            db, user_id=user.id, organisation_id=None, device=sessions.Device()
        )
    house.forget()
    browser = browser_of(app)
    browser.set_cookie("__Host-staff", token, secure=True)
    return browser


def agent_with(session, scopes):
    """Return an agent of the artist who may do just this."""
    agent = Person(organisation_id=HERE, name="Ari Gent", name_key="gent ari", is_agent=True)
    session.add(agent)
    session.flush()
    session.add(
        Representation(
            organisation_id=HERE, agent_id=agent.id, artist_id=MINE,
            scopes=[scope.value for scope in scopes], starts_on=date(2020, 1, 1),
        )
    )  # fmt: skip
    session.commit()
    return agent
