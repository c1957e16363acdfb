"""A cancelled engagement takes its fees out of the pay runs, but for what had fallen due."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import session as house
from app.db.clock import now
from app.domain.contracts import ContractStatus, FeeTrigger
from app.domain.payables import PayableStatus
from app.models import Contract, FeeLine
from app.models.payables import Payable
from app.services import fees


@pytest.fixture
def owed(owner_session, engaged, as_staff, worker):
    """A part of the fee that was due three days ago, and one that is due in a week."""
    today = now().date()
    own = {"organisation_id": engaged.organisation_id, "engagement_id": engaged.id}
    owner_session.add_all(
        FeeLine(
            **own, position=place, amount=100 * place, currency="AUD", trigger=FeeTrigger.on_date,
            due_on=today + timedelta(days=days),
        )
        for place, days in ((1, -3), (2, 7))
    )  # fmt: skip
    owner_session.add(
        Contract(
            **own, number="C-2026-0001", title="Giselle", status=ContractStatus.executed,
            executed_at=now(),
        )
    )  # fmt: skip
    owner_session.commit()
    as_staff(1)
    with house.transaction() as db:
        assert fees.make_due(db, now()) == 2


def statuses(session):
    session.rollback()
    session.expire_all()
    found = session.execute(select(Payable.status, Payable.held_reason).order_by(Payable.id))
    return [tuple(row) for row in found]


def test_what_was_not_due_is_voided_and_what_fell_due_stays(
    owed, staff, engaged, worker, owner_session
):
    worker()

    staff("Contracts").send(f"/admin/engagements/action/cancel/{engaged.id}", {"confirmed": "1"})

    assert statuses(owner_session) == [
        (PayableStatus.open, ""),
        (PayableStatus.voided, fees.CANCELLED),
    ]


def test_what_is_on_its_way_to_the_ledger_is_held(owed, staff, engaged, worker, owner_session):
    contracts = staff("Contracts")
    contracts.send(f"/admin/engagements/action/cancel/{engaged.id}", {"confirmed": "1"})

    assert statuses(owner_session)[1] == (PayableStatus.held, fees.CANCELLED)
