"""Clauses with other wordings on the desk: added, refused, taken in, chosen, and where they are used."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Clause, ClauseOption, Contract, Organisation
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import As, send, stored

ADD = "/admin/clauseoptionview/add"


@pytest.fixture
def desk(staff: Callable[..., Browser], organisation: Organisation) -> Browser:
    """Return the browser of somebody who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


def test_another_wording_is_added_taken_in_by_its_condition_and_overruled_by_the_drafter(
    desk: Browser, drafted: int, owner_session: Session, as_staff: As, organisation: Organisation
) -> None:
    clause = owner_session.scalars(select(Clause).where(Clause.key == "travel")).one()
    page = desk.get(f"/admin/clauses/show/{clause.id}")
    path = page.text.split('href="')
    add = next(one.split('"')[0] for one in path if "add?clause=" in one.split('"')[0])
    typed = {"clause_words": "travel", "clause": str(clause.id), "title": "For contractors", "key": "own",
             "condition": "engagement.casting", "body": "You travel on your own."}  # fmt: skip

    odd = desk.send(add, {**typed, "condition": "engagement.casting =="})
    desk.send(add, typed)
    desk.send(f"/admin/contracts/action/refresh/{drafted}", {"confirmed": "1"})
    by_condition = stored(owner_session, Contract, drafted).current.markdown
    desk.send(f"/admin/contracts/wordings/{drafted}", {"clause-travel": "standard"})
    by_choice = stored(owner_session, Contract, drafted).current.markdown
    wrong = desk.send(f"/admin/contracts/wordings/{drafted}", {"clause-travel": "boats"})
    used = desk.get(f"/admin/clauses/show/{clause.id}")
    offered = desk.get(f"/admin/contracts/show/{drafted}")

    assert "Line 1" in odd.text
    assert "You travel on your own." in by_condition
    assert "You travel on your own." not in by_choice
    assert "The clause travel has no wording boats." in wrong.text
    assert "Guest artist agreement" in used.text
    assert stored(owner_session, Contract, drafted).number in used.text
    assert "Standard wording" in offered.text
    send(as_staff, drafted, organisation)
    option = owner_session.scalars(select(ClauseOption)).one()
    option.body = "Changed later."
    owner_session.commit()
    assert "Changed later." not in stored(owner_session, Contract, drafted).current.markdown
