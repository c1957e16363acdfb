"""Parts of a fee become payable once, when the contract is executed and their day is near."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.contracts import ContractStatus, FeeTrigger
from app.models import Contract, Engagement, FeeLine
from app.models.payables import Payable
from app.services import fees


@pytest.fixture
def instalments(owner_session: Session, engaged: Engagement) -> list[FeeLine]:
    """Return one part due in three days, and one due in two months."""
    today = now().date()
    made = [
        FeeLine(
            organisation_id=engaged.organisation_id, engagement_id=engaged.id, position=place,
            amount=10800, currency="AUD", trigger=FeeTrigger.on_date, due_on=today + timedelta(days=days),
        )
        for place, days in ((1, 3), (2, 60))
    ]  # fmt: skip
    owner_session.add_all(made)
    owner_session.commit()
    return made


@pytest.fixture
def signed(owner_session: Session, engaged: Engagement) -> Contract:
    """Return the executed contract."""
    made = Contract(
        organisation_id=engaged.organisation_id, number="C-2026-0001", title="Giselle", engagement_id=engaged.id,
        status=ContractStatus.executed, executed_at=now(),
    )  # fmt: skip
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def hour(app: object, engaged: Engagement) -> Callable[[], int]:
    """Return what the timetable does every hour."""

    def run() -> int:
        house.forget()
        house.act_as(Viewer(engaged.organisation_id, actor="task:payables.fees"))
        with house.transaction() as db:
            return fees.make_due(db, now())

    return run


def test_a_part_that_falls_due_becomes_one_payable(instalments, signed, hour, owner_session):
    made = [hour(), hour()]

    payable = owner_session.scalars(select(Payable)).one()
    assert made == [1, 0]
    assert payable.number == "FEE-0147-1"
    assert payable.fee_line_id == instalments[0].id
    assert payable.due_on >= instalments[0].due_on


def test_nothing_is_owed_before_the_contract_is_executed(instalments, hour, owner_session):
    assert hour() == 0
    assert owner_session.scalar(select(func.count()).select_from(Payable)) == 0


def test_a_part_due_on_signature_is_due_once_signed(instalments, signed, hour, owner_session):
    later = owner_session.get_one(FeeLine, instalments[1].id)
    later.trigger, later.due_on = FeeTrigger.on_signature, None
    owner_session.commit()

    assert hour() == 2
