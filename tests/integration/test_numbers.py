"""Numbers of papers: one after the other, never twice, and none lost to a paper that was not made."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.models import Organisation
from app.services import numbers

Numbered = Callable[[Session, int], list[str]]


def take(engine: Engine, organisation_id: int, deed: Numbered, *, keep: bool = True) -> list[str]:
    """Take numbers in a transaction of somebody who works there."""
    with Session(engine) as db:
        db.execute(select(func.set_config("app.organisation_id", str(organisation_id), True)))
        taken = deed(db, organisation_id)
        if keep:
            db.commit()
        return taken


def one_contract(db: Session, organisation_id: int) -> list[str]:
    return [numbers.next_contract_number(db, organisation_id, 2027)]


def test_each_paper_has_a_number_of_its_series(engine_of, organisation: Organisation) -> None:
    engine, house = engine_of("portal_app"), organisation.id

    taken = [
        take(engine, house, one_contract),
        take(engine, house, lambda db, own: numbers.next_contract_numbers(db, own, 2027, 2)),
        take(engine, house, lambda db, own: numbers.next_contract_numbers(db, own, 2028, 1)),
        take(engine, house, lambda db, own: numbers.next_engagement_numbers(db, own, 1)),
        take(engine, house, lambda db, own: [numbers.next_claim_number(db, own)]),
        take(engine, house, lambda db, own: numbers.next_engagement_numbers(db, own, 0)),
    ]

    assert taken == [
        ["C-2027-0001"], ["C-2027-0002", "C-2027-0003"], ["C-2028-0001"],
        ["ENG-0001"], ["CL-0001"], [],
    ]  # fmt: skip


def test_a_number_of_a_paper_that_was_not_made_is_given_again(
    engine_of, organisation: Organisation
) -> None:
    engine = engine_of("portal_app")

    lost = take(engine, organisation.id, one_contract, keep=False)

    assert take(engine, organisation.id, one_contract) == lost == ["C-2027-0001"]


def test_twenty_at_once_get_twenty_numbers(engine_of, organisation: Organisation) -> None:
    engine = engine_of("portal_app")

    with ThreadPoolExecutor(5) as crowd:
        taken = list(crowd.map(lambda _: take(engine, organisation.id, one_contract)[0], range(20)))

    assert sorted(taken) == [f"C-2027-{place:04}" for place in range(1, 21)]
