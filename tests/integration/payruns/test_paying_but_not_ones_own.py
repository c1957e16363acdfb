"""Whoever marks a run paid leaves what they approved themselves to somebody else, and is told which that is."""

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.pay_runs import PayRunStatus, named
from app.domain.payables import PayableStatus
from app.models.organisations import StaffProfile
from app.models.payables import Payable


def statuses(session):
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Payable.status).order_by(Payable.id)))


@pytest.fixture
def one_approved(exported, finance, owner_session):
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
    assert "Have an Administrator give somebody else the role Finance." in page
    assert (both[0], last) == (PayableStatus.exported, PayableStatus.paid)
    assert "You approved FEE-0147-1. Somebody else" in paid_today(finance, one_approved)
    paid_today(staff("Finance"), one_approved)
    assert fresh(one_approved).status is PayRunStatus.paid


def pay_one(browser, payable):
    return browser.send(
        "/admin/payables/settle/pay",
        {"rowid": str(payable.id), "paid_on": now().date().isoformat(), "reference": "CBA 7731"},
    )


def test_what_all_of_finance_approved_is_paid_by_an_administrator_who_is_named(
    one_approved, finance, second, staff, owner_session
):
    ruth, first = (
        staff("Administrator"),
        owner_session.scalars(select(Payable).order_by(Payable.id)).first(),
    )
    name = name_of(owner_session, ruth)

    own = pay_one(finance, first)
    page = finance.get(f"/admin/payables/show/{first.id}").text
    offered = ruth.get(f"/admin/payables/show/{first.id}").text
    approver = pay_one(second, first)
    waits = ruth.get("/admin/").text
    done = pay_one(ruth, first)

    said = (
        "Everybody of Finance approved a part of it or its pay run, or is paid by it, "
        "so an Administrator does: "
        f"{name} can."
    )
    assert said in own.text
    assert said in page
    assert "Mark paid" in offered
    assert "One payment waits for an Administrator to mark it paid" in waits
    assert f'href="/admin/payables/show/{first.id}"' in waits
    assert "waits for an Administrator" not in ruth.get("/admin/").text
    assert approver.status_code in {302, 403}
    assert done.status_code == 303
    assert statuses(owner_session)[0] is PayableStatus.paid


def test_an_administrator_does_not_pay_where_finance_can(
    one_approved, staff, owner_session, finance
):
    callum, ruth = staff("Finance"), staff("Administrator")
    first = owner_session.scalars(select(Payable).order_by(Payable.id)).first()

    refused = pay_one(ruth, first)

    assert f"{name_of(owner_session, callum)} of Finance can mark this paid." in refused.text
    assert "waits for an Administrator" not in ruth.get("/admin/").text
    assert "Mark paid" not in ruth.get(f"/admin/payables/show/{first.id}").text
    assert f"{name_of(owner_session, callum)} can." in pay_one(finance, first).text
    assert statuses(owner_session)[0] is PayableStatus.exported


def test_an_administrator_who_is_paid_by_it_does_not_stand_in(
    one_approved, finance, staff, person, owner_session
):
    ruth = staff("Administrator")
    profile = select(StaffProfile).where(StaffProfile.user_id == ruth.user_id)
    owner_session.scalars(profile).one().person_id = person.id
    owner_session.commit()
    first = owner_session.scalars(select(Payable).order_by(Payable.id)).first()

    own = pay_one(ruth, first)

    assert "This is paid to you." in own.text
    assert (
        "Have an Administrator give somebody else the role Finance." in pay_one(finance, first).text
    )


def name_of(session, browser):
    asked = select(StaffProfile.display_name).where(StaffProfile.user_id == browser.user_id)
    return session.scalar(asked)


def test_many_are_named_in_part():
    assert named(["A", "B"]) == "A, B"
    assert named(list("ABCDEFG")) == "A, B, C, D, E and 2 more"
