"""Whoever marks a run paid leaves what they approved themselves to somebody else, and is told which that is."""

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.pay_runs import PayRunStatus, named
from app.domain.payables import PayableStatus
from app.models.payables import Payable
from tests.integration.payruns.test_pay_runs import (  # noqa: F401 -- fixtures
    account,
    exported,
    owe,
    run_of,
)


def statuses(session):
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Payable.status).order_by(Payable.id)))


@pytest.fixture
def one_approved(exported, finance, owner_session):  # noqa: F811
    """The run, whose first payment whoever pays approved."""
    first = owner_session.scalars(select(Payable).order_by(Payable.id)).first()
    first.approved_by = finance.user_id
    owner_session.commit()
    return exported


def paid_today(browser, run):
    typed = {"paid_on": now().date().isoformat(), "reference": "CBA 7731"}
    return browser.send(f"/admin/pay-runs/pay/{run.id}", typed, follow_redirects=True).text


def test_the_rest_is_paid_and_the_own_is_named(one_approved, finance, staff, owner_session, fresh):
    page = paid_today(finance, one_approved)

    *_, last = both = statuses(owner_session)
    assert "1 marked paid. Each payee is told once. You approved FEE-0147-1" in page
    assert (both[0], last) == (PayableStatus.exported, PayableStatus.paid)
    assert "You approved FEE-0147-1. Somebody else" in paid_today(finance, one_approved)
    paid_today(staff("Finance"), one_approved)
    assert fresh(one_approved).status is PayRunStatus.paid


def test_many_are_named_in_part():
    assert named(["A", "B"]) == "A, B"
    assert named(list("ABCDEFG")) == "A, B, C, D, E and 2 more"
