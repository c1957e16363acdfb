"""What Xero says of a bill, taken in without a call: whose it is, what is paid, what is asked about."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.db import session as house
from app.db.clock import now
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.ledger_standing import Standing
from app.domain.outbox import MessageState
from app.domain.payables import LedgerStatus, PayableStatus
from app.models.connections import AttentionItem, ProviderConnection
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.models.outbox import OutboxMessage
from app.services import ledger_bills, ledger_deeds, ledger_standing, xero_connection
from app.services.connections import Keys
from app.services.xero_connection import Come


def there(payable, status="AUTHORISED", **facts):
    """Return the bill of a payable as Xero has it."""
    return Standing(
        **{
            "external_id": "bill-1", "number": payable.number, "status": status, "total": payable.amount,
            "currency": payable.currency, "amount_paid": Decimal(0), "is_ours": True, **facts,
        }
    )  # fmt: skip


@pytest.fixture
def bill(owe, owner_session):
    """Return a maker of payables whose bill is on its way to Xero."""

    def make(number="FEE-0147-1"):
        made = owner_session.get_one(type(p := owe(number, post=False)), p.id)
        made.ledger_document.provider = "xero"
        owner_session.commit()
        return made

    return make


@pytest.fixture
def act(as_staff, owner_session):
    """Do something as staff, and return the bill of a payable as it is then."""

    def do(payable, deed, *given):
        as_staff(1)
        with house.transaction() as db:
            deed(db, payable.id, *given)
        house.forget()
        owner_session.rollback()
        owner_session.expire_all()
        return payable.ledger_document

    return do


@pytest.fixture
def hear(act):
    """Take in what Xero says."""
    return lambda payable, standing: act(payable, ledger_standing.take_in, standing)


def asked(session):
    return session.scalars(
        select(AttentionItem.problem).where(AttentionItem.status == "open")
    ).all()


def test_a_bill_found_there_is_this_ones_and_not_anothers(bill, hear, owner_session):
    first, second = bill(), bill("FEE-0147-2")

    kept = hear(first, there(first))
    other = hear(second, there(second))

    assert (kept.status, kept.external_id) == (LedgerStatus.posted, "bill-1")
    assert (other.status, other.external_id) == (LedgerStatus.posting, None)


def test_what_is_looked_for_in_vain_is_refused_once_nobody_sends_it(bill, act, owner_session):
    payable = bill()
    still = act(payable, ledger_standing.not_there).status
    owner_session.execute(update(OutboxMessage).values(state=MessageState.dead))
    owner_session.commit()

    ended = [act(payable, ledger_standing.not_there).status for _ in range(2)]

    assert (still, ended) == (LedgerStatus.posting, [LedgerStatus.failed] * 2)
    assert "not_found_there" not in asked(owner_session)


def test_a_bill_of_what_was_voided_here_is_known_and_asked_about(bill, hear, owner_session):
    payable = bill()
    payable.ledger_document.status = LedgerStatus.voided
    payable.status = PayableStatus.voided
    owner_session.commit()

    kept = hear(payable, there(payable))

    assert (kept.status, kept.external_id) == (LedgerStatus.voided, "bill-1")
    assert len(asked(owner_session)) == 1


class TestByHand:
    def test_a_bill_in_the_ledger_is_not_marked_and_ours_alone_is_not_looked_for(
        self, owe, owner_session
    ):  # fmt: skip
        payable = owner_session.get_one(type(p := owe()), p.id)

        with pytest.raises(Refused, match="is in the ledger already"):
            ledger_deeds.mark_by_hand(owner_session, payable, number="INV-1")
        with pytest.raises(Refused, match="These bills were never sent to Xero"):
            ledger_deeds.look(owner_session, [payable])


class TestTheConnection:
    @pytest.fixture
    def connection(self, owner_session, organisation):
        made = ProviderConnection(
            organisation_id=organisation.id, provider="xero", status=ConnectionStatus.connected,
            external_id="", settings={},
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    def test_takes_bills_once_it_is_whole(self, connection, owner_session):
        with pytest.raises(Refused, match="An organisation is still to be chosen"):
            ledger_bills.connected(owner_session)
        connection.external_id = "tenant-1"
        with pytest.raises(Refused):
            ledger_bills.connected(owner_session)
        connection.settings = {"chosen": {}}
        assert ledger_bills.connected(owner_session) is connection
        connection.status = ConnectionStatus.expired
        owner_session.flush()
        with pytest.raises(Refused):
            ledger_bills.connected(owner_session)

    def test_needs_an_organisation_there_and_is_given_back_once(self, organisation, owner_session):
        come = Come(Keys("a", "b"), 1800, ())
        with pytest.raises(Refused, match="No organisation was chosen in Xero"):
            xero_connection.connect(owner_session, come, organisation_id=organisation.id, by="Ruth")
        with pytest.raises(Refused, match="Xero is not connected"):
            xero_connection.disconnect(owner_session)

    def test_remembers_who_somebody_is_there(self, organisation, owner_session):
        for key in ("contact-1", "contact-2"):
            ledger_bills.keep_contact(owner_session, organisation.id, "person-1", key)

        assert ledger_bills.contact_of(owner_session, "person-1") == "contact-2"


def test_papers_are_the_clean_copies_each_once(bill, engaged, owner_session):
    payable, own = bill(), {"organisation_id": engaged.organisation_id}

    def file(sha, **facts):
        return StoredFile(**own, sha256=sha * 64, **{"media_type": "image/jpeg", "size": 1, "stored_at": now(), **facts})  # fmt: skip

    photo = file("3", media_type="image/heic", view_sha256="4" * 64, view_media_type="image/jpeg")
    behind = [
        [file("1", media_type="application/pdf", paper_sha256="2" * 64), photo], [file("5"), photo],
    ]  # fmt: skip
    claim = ExpenseClaim(
        **own, number="CL-0001", client_uuid=uuid4(), engagement_id=engaged.id, claimed_by="artist:1",
        currency="AUD", submitted_at=now(),
    )  # fmt: skip
    for place, files in enumerate(behind, 1):
        claim.lines.append(
            ExpenseLine(
                **own, position=place, kind="taxi", spent_on=now().date(), amount=Decimal(5), currency="AUD",
                base_amount=Decimal(5), base_currency="AUD", status="approved", approved_amount=Decimal(5),
                claimant_id=engaged.person_id, payable_id=payable.id,
                receipts=[Receipt(**own, file=one) for one in files],
            )
        )  # fmt: skip
    owner_session.add(claim)
    owner_session.commit()

    found = ledger_bills.papers_of(owner_session, payable)

    assert [(one.name, one.sha256[0]) for one in found] == [
        ("FEE-0147-1-01.pdf", "2"), ("FEE-0147-1-02.jpg", "4"), ("FEE-0147-1-03.jpg", "5"),
    ]  # fmt: skip
