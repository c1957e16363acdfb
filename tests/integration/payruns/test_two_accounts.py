"""What a run pays an artist into two accounts is advised in two letters, each naming its own."""

from sqlalchemy import select, text

from app.db.clock import now
from app.models import Message, PayeeProfile
from tests.integration.payruns.conftest import ACCOUNT, number_of, send


def test_each_account_has_its_advice(
    owe,
    verified,
    run_of,
    person,
    finance,
    second,
    details,
    owner_session,
    phone_of,
):
    own, other = owe(), owe("FEE-0147-2", "42.10")
    run = run_of(own, other)
    company = PayeeProfile(
        organisation_id=person.organisation_id, person_id=person.id, name="Lefèvre Pty Ltd"
    )
    owner_session.add(company)
    owner_session.commit()
    owner_session.execute(
        text("UPDATE payable SET payee_id = :payee WHERE id = :id"),
        {"payee": company.id, "id": other.id},
    )
    owner_session.commit()
    number = number_of(owner_session, person)
    finance.send(f"/admin/bank-details/enter/{company.id}", {**ACCOUNT, "number": "87654321"})
    entered = details()[-1].id
    finance.send(f"/admin/bank-details/call-back/{entered}", {"number": number})
    second.send(f"/admin/bank-details/action/verify/{entered}")
    send(finance, run, "check")
    send(second, run, "approve", seen="y")
    send(finance, run, "export")

    send(finance, run, "pay", paid_on=now().date().isoformat(), reference="BT-77")

    owner_session.rollback()
    letters = owner_session.scalars(select(Message).where(Message.event == "remittance")).all()
    told = {one.subject: one.text for one in letters}
    assert set(told) == {f"Paid: 100.10 AUD, {run.number}", f"Paid: 42.10 AUD, {run.number}"}
    assert "ending 678" in told[f"Paid: 100.10 AUD, {run.number}"]
    assert "ending 321" in told[f"Paid: 42.10 AUD, {run.number}"]
    page = phone_of(person).get("/portal/money").text
    assert page.count(f'href="/portal/money/paid/{run.number}"') == 2
    assert f"Remittance advice {run.number}" in page
