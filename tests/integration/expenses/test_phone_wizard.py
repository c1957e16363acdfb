"""The wizard on the phone: begun, kept, gone on with, changed, priced, and sent."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.expenses import PaidBy, Proof, RateSource
from app.domain.mileage import VehicleKind
from app.models.expenses import ExpenseClaim, ExpenseDraft
from app.models.rates import ExchangeRate, MileageRate
from tests.bench import papers
from tests.integration.expenses.conftest import lines_of, photo_bytes

pytestmark = pytest.mark.usefixtures("engaged")
NEW = "/portal/expenses/new"
TODAY = now().date()
SPENT = TODAY - timedelta(days=3)


@pytest.fixture
def rate(owner_session, organisation):
    """Return a maker of exchange rates in the table."""

    def enter(currency, worth, day=SPENT):
        owner_session.rollback()
        made = ExchangeRate(
            organisation_id=organisation.id, currency=currency, base_currency="AUD",
            valid_on=day, rate=Decimal(worth), source="Reserve Bank",
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    return enter


@pytest.fixture
def per_kilometre(owner_session, organisation):
    """Enter what a kilometre by car was worth before and from two days ago on."""
    for since, worth in ((date(2020, 1, 1), "0.80"), (TODAY - timedelta(days=2), "0.90")):
        owner_session.add(
            MileageRate(
                organisation_id=organisation.id, vehicle=VehicleKind.car, valid_from=since,
                rate=Decimal(worth), currency="AUD", source="Award",
            )
        )  # fmt: skip
    owner_session.commit()


def claim_in(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(ExpenseClaim).order_by(ExpenseClaim.id.desc())).first()


def line_in(session):
    return lines_of(session, claim_in(session))[-1]


def two_photos(**more):
    files = [(BytesIO(photo_bytes(seed)), f"{seed}.jpg") for seed in (1, 2)]
    return {"file": [*files, (BytesIO(papers.pdf(2)), "bill.pdf")], **more}


class TestDrafts:
    def test_what_is_begun_is_kept_and_gone_on_with(self, phone, owner_session, expense):
        key = str(uuid4())

        begun = phone.send(NEW, expense(key=key, amount="42.", do="photo", description="Late"))
        listed, page = phone.get("/portal/expenses"), phone.get(begun.location)

        assert begun.status_code == 303
        assert begun.location == f"/portal/expenses/drafts/{key}"
        assert "Begun, not sent" in listed.text
        assert begun.location in listed.text
        assert 'value="42."' in page.text
        assert "Late" in page.text
        assert "receipt.jpg" in page.text
        assert claim_in(owner_session) is None

    def test_a_refused_form_is_kept_until_it_is_whole(self, phone, owner_session, expense):
        key = str(uuid4())
        phone.send(NEW, expense(key=key, amount=""))
        draft = owner_session.scalars(select(ExpenseDraft)).one()

        whole = expense(key=key, photo=(BytesIO(b""), ""), photo_key=draft.receipts[0])
        answer = phone.send(NEW, whole)

        owner_session.expire_all()
        assert answer.status_code == 303
        assert draft.ended_at is not None
        assert phone.get(f"/portal/expenses/drafts/{key}").status_code == 404

    def test_what_is_begun_can_be_left_out(self, phone, expense):
        key = str(uuid4())
        phone.send(NEW, expense(key=key, do="photo"))

        phone.send(f"/portal/expenses/drafts/{key}/leave")

        assert "Begun, not sent" not in phone.get("/portal/expenses").text

    def test_nobody_else_sees_what_is_begun(self, phone, phone_of, mia, expense):
        key = str(uuid4())
        phone.send(NEW, expense(key=key, do="photo"))
        other = phone_of(mia)

        assert other.get(f"/portal/expenses/drafts/{key}").status_code == 404
        assert "Begun, not sent" not in other.get("/portal/expenses").text


class TestPapers:
    def test_one_expense_has_several_photos_and_a_pdf(self, phone, owner_session, expense):
        phone.send(NEW, expense(photo=(BytesIO(b""), ""), **two_photos()))

        line = line_in(owner_session)
        names = [receipt.file.name for receipt in line.receipts]
        bill = line.receipts[-1].file
        paper = phone.get(f"/portal/files/{bill.public_id}/paper")
        assert names == ["1.jpg", "2.jpg", "bill.pdf"]
        assert bill.view_media_type == "image/jpeg"
        assert paper.mimetype == "application/pdf"
        assert paper.headers["Content-Disposition"].startswith("attachment")
        assert (
            phone.get(f"/portal/files/{line.receipts[0].file.public_id}/paper").status_code == 404
        )

    def test_a_photo_can_be_left_out_again(self, phone, owner_session, expense):
        phone.send(NEW, expense(photo=(BytesIO(b""), ""), amount="", **two_photos()))
        draft = owner_session.scalars(select(ExpenseDraft)).one()

        phone.send(
            NEW,
            expense(
                key=str(draft.client_key), photo=(BytesIO(b""), ""),
                photo_key=draft.receipts, leave_out=draft.receipts[:2],
            ),
        )  # fmt: skip

        assert [r.file.name for r in line_in(owner_session).receipts] == ["bill.pdf"]

    def test_a_broken_one_among_several_is_named_and_the_others_are_kept(self, phone, expense):
        files = [(BytesIO(photo_bytes(1)), "good.jpg"), (BytesIO(b"<html>"), "bad.jpg")]

        answer = phone.send(NEW, expense(photo=(BytesIO(b""), ""), file=files))

        assert answer.status_code == 422
        assert "bad.jpg: We cannot read this file." in answer.text
        assert "good.jpg" in answer.text


class TestChanging:
    def test_an_unsent_expense_is_changed_and_its_photo_replaced(
        self, phone, owner_session, expense
    ):
        phone.send(NEW, expense(do="more"))
        claim, line = claim_in(owner_session), line_in(owner_session)
        here = f"/portal/expenses/{claim.public_id}/lines/{line.public_id}"

        page = phone.get(f"{here}/change")
        answer = phone.send(
            NEW,
            expense(
                claim=str(claim.public_id), line=str(line.public_id), amount="44", do="more",
                photo=(BytesIO(photo_bytes(5)), "better.jpg"),
            ),
        )  # fmt: skip

        changed = line_in(owner_session)
        assert 'value="42.1"' in page.text
        assert answer.status_code == 303
        assert (changed.id, changed.amount) == (line.id, Decimal(44))
        assert [receipt.file.name for receipt in changed.receipts] == ["better.jpg"]

    def test_an_unsent_expense_is_taken_off(self, phone, owner_session, expense):
        phone.send(NEW, expense(do="more"))
        claim, line = claim_in(owner_session), line_in(owner_session)

        phone.send(f"/portal/expenses/{claim.public_id}/lines/{line.public_id}/remove")
        empty = phone.send(f"/portal/expenses/{claim.public_id}/send", follow_redirects=True)

        assert lines_of(owner_session, claim) == []
        assert "There is nothing on this claim yet" in empty.text

    def test_a_sent_expense_stays_as_it_is(self, phone, sent, owner_session, expense):
        (line,) = lines_of(owner_session, sent)
        here = f"/portal/expenses/{sent.public_id}/lines/{line.public_id}"

        removed = phone.send(f"{here}/remove", follow_redirects=True)
        changed = phone.send(
            NEW, expense(claim=str(sent.public_id), line=str(line.public_id), amount="9")
        )

        assert "is sent. Start a new claim" in removed.text
        assert changed.status_code == 422
        assert line_in(owner_session).amount == Decimal("42.1")


class TestRates:
    def test_the_table_prices_a_line_and_sending_freezes_it(
        self, phone, owner_session, expense, rate
    ):
        entered = rate("EUR", "1.60")
        phone.send(NEW, expense(currency="EUR", amount="40", do="more"))
        claim = claim_in(owner_session)
        begun = line_in(owner_session).base_amount
        entered.rate = Decimal("1.65")
        owner_session.commit()

        phone.send(f"/portal/expenses/{claim.public_id}/send")
        frozen = line_in(owner_session)
        entered.rate = Decimal("1.99")
        owner_session.commit()

        page = phone.get(f"/portal/expenses/{claim.public_id}").text
        assert (begun, frozen.base_amount) == (Decimal(64), Decimal(66))
        assert (frozen.rate_source, frozen.rate_note) == (RateSource.table, "Reserve Bank")
        assert frozen.rate_date == SPENT
        assert "at the rate of Reserve Bank: 1 EUR is 1.65 AUD" in page

    @pytest.mark.parametrize(
        ("currency", "amount", "worth", "base"),
        [("JPY", "5000", "0.0102", "51"), ("KWD", "3.125", "4.95", "15.47")],
    )
    def test_each_currency_has_its_decimals(
        self, phone, owner_session, expense, rate, currency, amount, worth, base
    ):
        rate(currency, worth)

        phone.send(NEW, expense(currency=currency, amount=amount))

        line = line_in(owner_session)
        assert (line.amount, line.base_amount) == (Decimal(amount), Decimal(base))

    @pytest.mark.parametrize(("currency", "amount"), [("JPY", "50.5"), ("KWD", "3.1255")])
    def test_more_decimals_than_the_currency_has_are_refused(
        self, phone, expense, currency, amount
    ):
        answer = phone.send(NEW, expense(currency=currency, amount=amount))

        assert answer.status_code == 422
        assert 'id="amount-say"' in answer.text

    def test_without_a_rate_finance_sets_it(self, phone, owner_session, expense, rate):
        rate("EUR", "1.60", SPENT - timedelta(days=40))

        phone.send(NEW, expense(currency="EUR", amount="40"))

        page = phone.get(f"/portal/expenses/{claim_in(owner_session).public_id}").text
        assert line_in(owner_session).base_amount is None
        assert "There is no rate for that day yet. Finance sets it." in page

    def test_what_the_card_took_needs_its_proof_and_is_not_touched_by_the_table(
        self, phone, owner_session, expense, rate
    ):
        rate("EUR", "1.60")
        stated = {"currency": "EUR", "amount": "40", "base_amount": "66.60"}

        bare = phone.send(NEW, expense(**stated))
        proof = (BytesIO(photo_bytes(8)), "card.jpg")
        proved = phone.send(NEW, expense(**stated, statement=proof))

        line = line_in(owner_session)
        assert "Add a photo of the card statement that shows 66.60 AUD." in bare.text
        assert 'id="statement-say"' in bare.text
        assert proved.status_code == 303
        assert (line.base_amount, line.rate_source) == (Decimal("66.6"), RateSource.card_statement)
        assert [r.proves for r in line.receipts] == [Proof.receipt, Proof.card_statement]


class TestMileage:
    @pytest.mark.parametrize(("days_ago", "worth"), [(3, "96.40"), (1, "108.45")])
    @pytest.mark.usefixtures("per_kilometre")
    def test_kilometres_are_worth_the_rate_of_their_day(
        self, phone, owner_session, expense, days_ago, worth
    ):
        journey = expense(
            kind="mileage", amount="", kilometres="120.5", vehicle="car", photo=(BytesIO(b""), ""),
            spent_on=(TODAY - timedelta(days=days_ago)).isoformat(),
        )  # fmt: skip

        answer = phone.send(NEW, journey)

        line = line_in(owner_session)
        page = phone.get(answer.location).text
        assert (line.amount, line.base_amount) == (Decimal(worth), Decimal(worth))
        assert line.journey.startswith("120.5 km by car at 0.")
        assert line.journey in page

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"kilometres": ""}, "kilometres"),
            ({"kilometres": "far"}, "kilometres"),
            ({"vehicle": "rocket"}, "vehicle"),
            ({"vehicle": "van"}, "vehicle"),
        ],
    )
    @pytest.mark.usefixtures("per_kilometre")
    def test_what_cannot_be_a_journey_is_refused_beside_its_field(
        self, phone, expense, typed, field
    ):
        journey = {"kind": "mileage", "kilometres": "10", "vehicle": "car", **typed}

        answer = phone.send(NEW, expense(**journey))

        assert answer.status_code == 422
        assert f'id="{field}-say"' in answer.text


class TestStage:
    def test_it_says_who_has_a_claim_and_when_it_is_paid(self, phone, owner_session, expense):
        phone.send(NEW, expense(do="more", paid_by="company"))
        claim = claim_in(owner_session)
        here = f"/portal/expenses/{claim.public_id}"

        mine = phone.get(here).text
        phone.send(f"{here}/send")
        theirs = phone.get(here).text
        phone.send(f"{here}/recall")
        nobodys = phone.get(here).text

        assert "You have it. Check it, then send it." in mine
        assert "Finance at Company" in theirs
        assert "it is paid with the next pay run, " in theirs
        assert "Nobody works on it." in nobodys
        assert line_in(owner_session).paid_by is PaidBy.company
        assert "Its card or account. Nothing is paid to you." in mine
