"""Whatever is decided in whatever order: what is approved is what is posted or waits, and the status says so."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.db import session as house
from app.db.clock import now
from app.domain.claim_decisions import claim_status
from app.domain.errors import Refused
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus
from app.domain.payables import PayableStatus
from app.models.approvals import ApprovalLimit
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import LedgerDocument, Payable
from app.services import ledger_documents, payables
from app.services.expenses import correcting, deciding, questions
from app.services.expenses.deciding import By
from app.services.expenses.standing import is_to_post

LIMIT = Decimal(100)
AMOUNTS = ("42.10", "75.00", "30.00", "120.00")
DEEDS = (
    "approve",
    "reduce",
    "cap",
    "refuse",
    "duplicate",
    "ask",
    "answer",
    "reopen",
    "post",
    "void",
)
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, len(AMOUNTS) - 1), st.integers(0, 1)),
    min_size=1,
    max_size=14,
)


@pytest.fixture
def claim_id(owner_session, engaged, organisation):
    own = {"organisation_id": organisation.id}
    claim = ExpenseClaim(
        **own, number="CL-0001", client_uuid=uuid4(), engagement_id=engaged.id,
        claimed_by=f"artist:{engaged.person_id}", currency="AUD", submitted_at=now(), status=ClaimStatus.submitted,
    )  # fmt: skip
    claim.lines = [
        ExpenseLine(
            **own, position=place, kind=ExpenseKind.taxi, spent_on=now().date() - timedelta(days=place),
            amount=Decimal(amount), currency="AUD", base_amount=Decimal(amount), base_currency="AUD",
            claimant_id=engaged.person_id, flags=[],
        )
        for place, amount in enumerate(AMOUNTS, 1)
    ]  # fmt: skip
    owner_session.add_all([claim, ApprovalLimit(**own, currency="AUD", amount=LIMIT)])
    owner_session.commit()
    return claim.id


def test_the_sums_agree_and_the_status_is_what_the_lines_say(claim_id, staff, as_staff):
    users = (staff("Finance").user_id, staff("Approver").user_id)
    as_staff(users[0])
    seen = set()

    @settings(
        max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(STEPS)
    def prove(steps):
        db = house.session()
        try:
            claim = db.get_one(ExpenseClaim, claim_id)
            for deed, place, who in steps:
                one = db.begin_nested()
                try:
                    do(db, claim, deed, place, By(users[who], f"User {who}"))
                    one.commit()
                except Refused:
                    one.rollback()
                check(db, claim)
                seen.add(claim.status)
        finally:
            db.rollback()

    prove()

    assert len(seen) >= 2


def do(db, claim, deed, place, by):
    line = claim.lines[place]
    other = claim.lines[place - 1]
    deeds = {
        "approve": lambda: deciding.approve(db, line, by),
        "reduce": lambda: deciding.approve(db, line, by, amount=Decimal("12.35"), reason="Part"),
        "cap": lambda: deciding.approve_what_is_left(db, line, by),
        "refuse": lambda: deciding.refuse(db, line, by, reason="No"),
        "duplicate": lambda: deciding.mark_duplicate(db, line, by, of=other),
        "ask": lambda: deciding.query(db, line, by, question="Which?"),
        "answer": lambda: questions.answer(db, line, author="Artist", body="That one"),
        "reopen": lambda: correcting.reopen(db, line, by, reason="Wrong"),
        "post": lambda: deciding.post_decided(db, claim, by),
        "void": lambda: void_one(db, claim),
    }
    deeds[deed]()


def void_one(db, claim):
    live = select(Payable).where(Payable.claim_id == claim.id, Payable.status == PayableStatus.open)
    payable = db.scalars(live.order_by(Payable.id)).first()
    if payable is not None:
        if payable.ledger_document.posted_at is None:
            ledger_documents.record_posted(db, payable.id, f"BILL-{payable.number}")
        payables.void(db, payable, reason="Wrong")


def check(db, claim):
    db.flush()
    db.expire_all()
    lines = claim.lines
    made = db.scalars(select(Payable).where(Payable.claim_id == claim.id)).all()
    for payable in made:
        carried = sum(
            (line.approved_amount for line in lines if line.payable_id == payable.id), Decimal(0)
        )
        assert carried == (0 if payable.status is PayableStatus.voided else payable.amount)
    approved = sum(
        (line.approved_amount for line in lines if line.status is LineStatus.approved), Decimal(0)
    )
    posted = sum((p.amount for p in made if p.status is not PayableStatus.voided), Decimal(0))
    waiting = [line for line in lines if is_to_post(line)]
    assert approved == posted + sum((line.approved_amount for line in waiting), Decimal(0))
    alone = (line for line in lines if line.status is LineStatus.approved and line.first_by is None)
    assert sum((line.approved_amount for line in alone), Decimal(0)) <= LIMIT
    documents = db.scalars(
        select(LedgerDocument.status).join(Payable).where(Payable.claim_id == claim.id)
    ).all()
    said = claim_status([line.status for line in lines], documents, to_post=bool(waiting))
    assert claim.status is said
