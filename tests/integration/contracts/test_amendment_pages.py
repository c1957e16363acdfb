"""An amendment through its pages: written on the desk, signed on the phone, in force on both."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import AmendmentStatus
from app.models import Amendment, Contract, Organisation, Person
from tests.factories.people import PersonFactory
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import stored

Staff = Callable[..., Browser]


@pytest.fixture
def desk(staff: Staff, organisation: Organisation) -> Browser:
    """Return the browser of somebody who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


@pytest.fixture
def reviewer(staff: Staff, organisation: Organisation) -> Browser:
    """Return the browser of somebody else who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


def form(session: Session, contract_id: int, **changes: str) -> dict[str, str]:
    """Return what the form sends for the engagement's terms, with changes."""
    engagement = stored(session, Contract, contract_id).engagement
    typed = {
        "title": "One more performance", "effective_from": now().date().isoformat(),
        "starts_on": engagement.starts_on.isoformat(), "ends_on": engagement.ends_on.isoformat(),
        "fee": str(engagement.fee), "payment_terms": engagement.payment_terms, "words": "",
    }  # fmt: skip
    for row, role in enumerate(engagement.roles):
        typed |= {
            f"role-{row}": role.role,
            f"casting-{row}": role.casting,
            f"cast-{row}": role.cast,
        }
    for row, line in enumerate(engagement.fee_lines):
        typed |= {
            f"line-position-{row}": str(line.position), f"line-label-{row}": line.label,
            f"line-kind-{row}": line.kind, f"line-amount-{row}": str(line.amount),
            f"line-trigger-{row}": line.trigger,
            f"line-due-{row}": line.due_on.isoformat() if line.due_on else "",
        }  # fmt: skip
    for row, given in enumerate(engagement.entitlements):
        typed |= {
            f"given-kind-{row}": given.kind, f"given-amount-{row}": str(given.amount or ""),
            f"given-cap-{row}": str(given.cap or ""), f"given-rule-{row}": given.rule,
            f"given-currency-{row}": given.currency,
        }  # fmt: skip
    return {**typed, **changes}


def move(browser: Browser, amendment_id: int, name: str) -> Any:
    path = f"/admin/amendments/action/{name}/{amendment_id}"
    return browser.send(path, {"confirmed": "1"}, follow_redirects=True)


def test_from_the_desks_form_to_the_terms_in_force_on_the_phone(
    desk: Browser, reviewer: Browser, staff: Staff, phone_of: Callable[..., Browser],
    executed: int, artist: Person, organisation: Organisation, owner_session: Session,
) -> None:  # fmt: skip
    write = f"/admin/amendments/write/{executed}"
    blank = desk.get(write)
    typed = form(owner_session, executed, fee="22000", words="One *more* show.")
    uneven = desk.send(write, typed)
    even = desk.send(write, {**typed, "line-amount-1": "11200"}, follow_redirects=True)
    amendment = owner_session.scalars(select(Amendment)).one()
    number, public_id = amendment.id, amendment.public_id
    phone = phone_of(artist, stepped_up=True)
    hidden = phone.get(f"/portal/amendments/{public_id}")
    move(desk, number, "submit")
    own = move(desk, number, "approve")
    move(reviewer, number, "approve")
    move(desk, number, "send")
    shown = phone.get(f"/portal/amendments/{public_id}")
    stranger = phone_of(PersonFactory(organisation_id=organisation.id))
    theirs = stranger.get(f"/portal/amendments/{public_id}")
    asked = phone.get("/portal/")
    sha = stored(owner_session, Amendment, number).document_sha256
    phone.send(f"/portal/amendments/{public_id}/sign", {"document": sha, "zone": "Europe/Paris"})
    signed_now = stored(owner_session, Amendment, number)
    signed_now.company_signatory_id = desk.user_id
    owner_session.commit()
    done = desk.send(
        f"/admin/amendments/countersign/{number}", {"document": sha}, follow_redirects=True
    )
    on_desk = desk.get(f"/admin/contracts/show/{executed}")
    contract = stored(owner_session, Contract, executed)
    on_phone = phone.get(f"/portal/contracts/{contract.public_id}")
    quiet = phone.get("/portal/")
    thread = desk.get(f"/admin/engagements/show/{contract.engagement_id}").text
    pack = phone.get(f"/portal/contracts/{contract.public_id}/evidence")
    listed = desk.get("/admin/amendments/list/?view=all")

    assert 'value="21600' in blank.text
    assert "Instalments add up to 21,600.00. Add 400.00, or change the fee." in uneven.text
    assert 'value="22000"' in uneven.text
    assert "22,000.00 AUD" in even.text
    assert hidden.status_code == 404
    assert "Somebody else approves it." in own.text
    assert "21,600.00 AUD" in shown.text
    assert "22,000.00 AUD" in shown.text
    assert "One *more* show." in shown.text
    assert theirs.status_code == 404
    assert "is executed; its terms hold from" in done.text
    assert stored(owner_session, Amendment, number).status is AmendmentStatus.executed
    assert "Terms in force today" in on_desk.text
    assert "amendment 1, from" in on_desk.text
    assert "Terms in force today" in on_phone.text
    assert "by amendment 1, since" in on_phone.text
    assert "Sign a change of your contract for" in asked.text
    assert f"/portal/amendments/{public_id}" in asked.text
    assert "Sign a change of your contract" not in quiet.text
    assert f"1 to {contract.number} is sent" in thread
    assert f"{artist.legal_name or artist.name}: amendment 1" in thread
    assert pack.data[:2] == b"PK"
    assert "One more performance" in listed.text


def test_declined_on_the_phone_with_a_reason_the_terms_stay(
    desk: Browser, reviewer: Browser, phone_of: Callable[..., Browser], executed: int,
    artist: Person, owner_session: Session, work: Callable[[], list[str]],
    told: Callable[[], list[str]],
) -> None:  # fmt: skip
    typed = form(owner_session, executed, words="No taxis.")
    desk.send(f"/admin/amendments/write/{executed}", typed)
    amendment = owner_session.scalars(select(Amendment)).one()
    number, public_id = amendment.id, amendment.public_id
    move(desk, number, "submit")
    returned = desk.send(f"/admin/amendments/give_back/{number}", {"give_back": ""})
    move(reviewer, number, "approve")
    move(desk, number, "send")
    phone = phone_of(artist, stepped_up=True)
    silent = phone.send(f"/portal/amendments/{public_id}/decline", {"reason": " "})
    phone.send(f"/portal/amendments/{public_id}/decline", {"reason": "I need the taxis."})
    work()
    page = desk.get(f"/admin/amendments/show/{number}")

    assert "Say what is to change." in returned.text
    assert "Say why, so that the company can put it right." in silent.text
    assert "I need the taxis." in page.text
    assert stored(owner_session, Amendment, number).status is AmendmentStatus.declined
    assert "amendment_declined_staff" in told()
