"""What seldom happens to claims and payables, and what they do then."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.db import session as house
from app.domain.errors import MoveRefused, Refused
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.payables import LedgerStatus, PayableStatus
from app.domain.people import EngagementBasis
from app.models import Message, Person
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import LedgerDocument, Payable
from app.services import ledger_documents, payables
from app.services.expenses import deciding, duplicates, questions, receiving
from app.services.expenses.deciding import By
from tests.integration.expenses.conftest import lines_of, photo_bytes


@pytest.fixture
def desk(staff, as_staff):
    """Return who decides, with the house's session looking as them."""
    browser = staff("Finance")
    as_staff(browser.user_id)
    return By(browser.user_id, "Callum Reid")


@pytest.fixture
def claim(sent, desk):
    """Return the sent claim in the house's session."""
    return house.session.get_one(ExpenseClaim, sent.id)


def test_a_duplicate_names_the_line_it_repeats(phone, expense, sent, desk, as_staff):
    phone.send("/portal/expenses/new", expense(keep_both="yes"))
    as_staff(desk.user_id)
    first, second = house.session.scalars(select(ExpenseLine).order_by(ExpenseLine.id)).all()

    with house.transaction() as db:
        deciding.mark_duplicate(db, second, desk, of=first)

    assert second.status is LineStatus.duplicate
    assert second.decision_reason == "The same expense as line 1 of CL-0001."
    assert second.claim.status is ClaimStatus.closed
    with pytest.raises(Refused, match="not a duplicate of itself"):
        deciding.mark_duplicate(house.session(), first, desk, of=first)


def test_a_claim_that_was_taken_back_is_not_decided(claim, desk):
    with house.transaction() as db:
        receiving.recall(db, claim)
        receiving.recall(db, claim)

    with pytest.raises(Refused, match="it was taken back, or never sent"):
        deciding.refuse(house.session(), claim.lines[0], desk, reason="No")


def test_a_decided_claim_is_not_taken_back(claim, desk):
    with house.transaction() as db:
        deciding.approve(db, claim.lines[0], desk)

    with pytest.raises(Refused, match="cannot be recalled"):
        receiving.recall(house.session(), claim)


def test_an_answer_sent_twice_is_one_answer(claim, desk):
    line = claim.lines[0]
    with house.transaction() as db:
        deciding.query(db, line, desk, question="Which tram?")
        questions.answer(db, line, author="Noémie", body="The last.")
        questions.answer(db, line, author="Noémie", body="The last.")

    assert [note.body for note in line.notes] == ["Which tram?", "The last."]
    with pytest.raises(Refused, match="Nothing is asked"):
        questions.answer(house.session(), line, author="Noémie", body="And another thing.")
    house.session.rollback()
    with pytest.raises(Refused, match="4,000 characters"):
        deciding.query(house.session(), line, desk, question="x" * 4001)


def test_an_empty_claim_is_not_sent(claim, desk, engaged):
    with house.transaction() as db:
        empty = receiving.receive(
            db, claim.engagement, client_uuid=receiving.new_key(), claimed_by="artist:1"
        )
        same = receiving.receive(
            db, claim.engagement, client_uuid=empty.client_uuid, claimed_by="artist:1"
        )

    assert same.id == empty.id
    with pytest.raises(Refused, match="nothing on this claim"):
        receiving.submit(house.session(), empty)


def test_a_sent_claim_takes_no_more_lines_and_is_sent_once(phone, sent, expense, owner_session):
    more = expense(claim=str(sent.public_id), amount="9", photo=(BytesIO(photo_bytes(4)), "d.jpg"))

    answer = phone.send("/portal/expenses/new", more)
    phone.send(f"/portal/expenses/{sent.public_id}/send")

    assert "CL-0001 is sent. Start a new claim for this expense." in answer.text
    assert len(lines_of(owner_session, sent)) == 1


def test_an_agent_who_claims_is_told_too(phone_of, person, expense, worker, owner_session, engaged):
    agent = Person(
        organisation_id=person.organisation_id, name="Hélène", name_key="helene", is_agent=True
    )
    owner_session.add(agent)
    owner_session.commit()
    phone = phone_of(person, agent=agent)

    phone.send("/portal/expenses/new", expense())
    worker()

    told = owner_session.scalars(select(Message.person_id).order_by(Message.id)).all()
    assert told == [person.id, agent.id]


def test_a_bill_the_ledger_refuses_shows_on_the_claim_and_can_be_found_later(claim, desk):
    with house.transaction() as db:
        deciding.approve(db, claim.lines[0], desk)
        payable = db.scalars(select(Payable)).one()
        ledger_documents.record_failed(db, payable.id, "The period is locked.")
    assert claim.status is ClaimStatus.post_failed

    with house.transaction() as db:
        ledger_documents.record_posted(db, payable.id, "B-1")

    document = house.session.scalars(select(LedgerDocument)).one()
    assert (document.status, document.error) == (LedgerStatus.posted, "")
    assert claim.status is ClaimStatus.posted


def test_a_payable_on_its_way_to_the_ledger_is_neither_paid_nor_voided(claim, desk):
    with house.transaction() as db:
        deciding.approve(db, claim.lines[0], desk)
    payable = house.session.scalars(select(Payable)).one()

    with pytest.raises(Refused, match="on its way to the ledger"):
        payables.void(house.session(), payable, reason="Twice")
    with pytest.raises(Refused, match="for whoever reads this later"):
        payables.void(house.session(), payable, reason=" ")
    with pytest.raises(Refused, match="not in the ledger yet"):
        payables.pay(
            house.session(), payable, on=claim.lines[0].spent_on, reference="B", by_user_id=1
        )
    assert payable.status is PayableStatus.open


@pytest.fixture
def payer(staff):
    """Return who pays, and approved nothing."""
    return staff("Finance").user_id


def test_a_paid_payable_is_not_exported_again(payer, claim, desk):
    with house.transaction() as db:
        deciding.approve(db, claim.lines[0], desk)
        payable = db.scalars(select(Payable)).one()
        ledger_documents.record_posted(db, payable.id, "B-1")
        payables.export(db, [payable])
        payables.export(db, [payable])
        payables.pay(db, payable, on=claim.lines[0].spent_on, reference="BT", by_user_id=payer)

    with pytest.raises(MoveRefused, match="cannot be exported"):
        payables.export(house.session(), [payable])


def test_what_a_foreign_resident_is_owed_says_so(claim, desk):
    with house.transaction() as db:
        claim.engagement.basis = EngagementBasis.foreign_resident
        deciding.approve(db, claim.lines[0], desk)

    payable = house.session.scalars(select(Payable)).one()
    assert payable.withholding_note == payables.WITHHOLD


def test_claims_that_come_in_together_write_what_they_look_like_in_one_order(monkeypatch):
    written = []
    lines = {number: SimpleNamespace(id=number) for number in (1, 2, 7, 8)}
    alike = {7: [2, 1], 8: [7, 1], 1: [8, 7], 2: [7]}
    monkeypatch.setattr(
        duplicates,
        "open_ones",
        lambda _db, line: [SimpleNamespace(line=lines[n], grounds=()) for n in alike[line.id]],
    )
    monkeypatch.setattr(
        duplicates,
        "_write",
        lambda _db, line, other, *_: written.append(tuple(sorted((line.id, other.id)))),
    )

    counts = [
        duplicates.note_resemblances(None, SimpleNamespace(lines=[lines[n] for n in numbers]))
        for numbers in ((8, 7), (2, 1))
    ]

    assert counts == [4, 3]
    assert written[:4] == [(1, 7), (1, 8), (2, 7), (7, 8)]
    assert written[4:] == [(1, 7), (1, 8), (2, 7)]
