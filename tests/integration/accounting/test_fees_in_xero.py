"""A fee is one bill for whoever is paid; and no bill is ever taken for another payable’s."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update

from app.db.clock import now
from app.domain.payables import PayableSource, PayableStatus
from app.models import Engagement, PayeeProfile
from app.models.payables import LedgerDocument, Payable
from app.services import ledger_lists, ledger_standing, payables
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


def fee(accounts, number="FEE-0147-1"):
    """Return the payable of an instalment, owed to the artist's company."""
    payee = PayeeProfile(
        organisation_id=accounts.engagement.organisation_id, person_id=accounts.engagement.person_id,
        name="Lefèvre Dance Pty Ltd",
    )  # fmt: skip
    accounts.session.add(payee)
    accounts.session.flush()
    accounts.session.execute(
        update(Engagement).where(Engagement.id == accounts.engagement.id).values(payee_id=payee.id)
    )
    accounts.session.commit()
    owed = payables.Owed(number, PayableSource.fee, number, Decimal(10800), "AUD", None)
    engagement_id = accounts.engagement.id
    made = accounts.act(lambda db: payables.make(db, db.get_one(Engagement, engagement_id), owed))
    return accounts.payable(made.id)


def test_an_instalment_is_one_bill_for_whoever_is_paid(accounts):
    payable = fee(accounts)

    accounts.finish()

    (bill,) = accounts.bills()
    (line,) = bill["LineItems"]
    assert (bill["InvoiceNumber"], bill["Total"]) == (payable.number, 10800.0)
    assert bill["Contact"]["Name"] == "Lefèvre Dance Pty Ltd"
    assert (line["AccountCode"], line["TaxType"]) == ("404", "BASEXCLUDED")
    assert line["Description"] == "Fee, Noémie Lefèvre, Giselle"
    assert accounts.books.attachments[bill["InvoiceID"]] == []


def test_a_list_says_what_is_known_where_nobody_has_chosen_the_coding(unconnected):
    payable = fee(unconnected)

    text = unconnected.act(lambda db: ledger_lists.as_csv(db, [db.get_one(Payable, payable.id)]))

    assert "FEE-0147-1" in text
    assert "Lefèvre Dance Pty Ltd" in text


def test_what_was_read_before_is_not_believed_after(accounts):
    payable = fee(accounts)
    accounts.finish()
    tomorrow = now() + timedelta(days=1)
    accounts.session.execute(update(LedgerDocument).values(seen_at=tomorrow))
    accounts.session.commit()
    accounts.books.pay(accounts.bills()[0]["InvoiceID"])

    accounts.act(lambda db: ledger_standing.reconcile(db, fact="late"))
    accounts.finish()

    assert accounts.payable(payable.id).status is PayableStatus.open


def test_another_payables_bill_is_never_taken_over(accounts, staff):
    first = accounts.claim("42.10")
    second = accounts.claim("42.10")
    accounts.finish()
    accounts.session.execute(
        update(LedgerDocument)
        .where(LedgerDocument.payable_id == second.id)
        .values(external_id=None, by_hand=first.number)
    )
    accounts.session.commit()
    del accounts.books.invoices[next(
        key for key, bill in accounts.books.invoices.items() if bill["InvoiceNumber"] == second.number
    )]  # fmt: skip

    accounts.act(lambda db: ledger_standing.look(db, [db.get_one(Payable, second.id)], fact="x"))
    accounts.finish()

    (item,) = accounts.items()
    assert item.title == f"{second.number} is not in Xero"
    assert accounts.document(second).external_id is None
