"""Somebody enters a bill of ours by hand while we do: both are seen, and a person is asked before both are paid."""

from sqlalchemy import select

from app.models.outbox import OutboxMessage
from app.services import ledger_standing
from tests.integration.accounting.test_few_calls import supplier_bill
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


def contact_of(accounts):
    (contact,) = accounts.books.contacts.values()
    return contact


def look(accounts, fact):
    accounts.act(lambda db: ledger_standing.reconcile(db, fact=fact))
    accounts.finish()


def problems(accounts):
    return [item.problem for item in accounts.items()]


def test_a_bill_entered_by_hand_between_search_and_sending_is_found_out(accounts):
    first, second = accounts.claim("42.10"), accounts.claim("7.85")
    ids = accounts.session.scalars(
        select(OutboxMessage.id).where(OutboxMessage.kind == "ledger.payable")
        .order_by(OutboxMessage.id)
    ).all()  # fmt: skip
    accounts.session.rollback()
    with accounts._as_worker() as crew:
        crew.run_message(str(ids[0]))
        supplier_bill(accounts, second.number, contact_of(accounts))
        crew.run_message(str(ids[1]))
    accounts.finish()

    (item,) = accounts.items()
    assert [bill["InvoiceNumber"] for bill in accounts.bills()].count(second.number) == 2
    assert item.title == f"{second.number} is in Xero twice"
    assert item.href.endswith(f"/{second.id}")
    assert first.number not in item.title


def test_once_one_of_them_is_voided_nobody_is_asked_any_more(accounts):
    payable = accounts.claim("42.10")
    accounts.finish()
    twin = supplier_bill(accounts, payable.number, contact_of(accounts))
    look(accounts, "first night")
    asked = problems(accounts)
    accounts.books.change(twin["InvoiceID"], {"Status": "DELETED"})
    look(accounts, "second night")

    assert asked == ["entered_twice"]
    assert problems(accounts) == []


def test_a_number_that_was_changed_there_is_found_by_its_id(accounts):
    accounts.claim("42.10")
    accounts.finish()
    (bill,) = accounts.bills()
    bill["InvoiceNumber"] = "RENUMBERED"
    accounts.books.pay(bill["InvoiceID"])
    look(accounts, "night")

    assert problems(accounts) == []
    assert accounts.session.scalars(select(OutboxMessage.state)).unique().all()
