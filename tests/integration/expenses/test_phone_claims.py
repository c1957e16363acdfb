"""An artist claims expenses on the phone: once, with the photo, and only her own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.documents import ScanStatus
from app.domain.expenses import ClaimStatus, RateSource
from app.domain.payables import PayableSource, PayableStatus
from app.domain.periods import format_day
from app.models import Payable, Person
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine, ExpenseNote, Receipt
from tests.fixtures_sign_in import browser_of, representation_of
from tests.integration.expenses.conftest import lines_of, photo_bytes

pytestmark = pytest.mark.usefixtures("engaged")


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


class TestSending:
    def test_a_photo_and_an_amount_become_a_claim_with_its_receipt(
        self, phone, expense, owner_session
    ):
        answer = phone.send("/portal/expenses/new", expense())

        claim = owner_session.scalars(select(ExpenseClaim)).one()
        (line,) = lines_of(owner_session, claim)
        (file,) = [receipt.file for receipt in line.receipts]
        assert answer.status_code == 303
        assert answer.location == f"/portal/expenses/{claim.public_id}"
        assert (claim.number, claim.status) == ("CL-0001", ClaimStatus.submitted)
        assert f"{line.amount:.2f} {line.currency}" == "42.10 AUD"
        assert file.scan_status is ScanStatus.structure_checked
        assert file.view_sha256 not in (None, file.sha256)

    def test_twenty_parallel_sendings_are_one_claim_with_twenty_equal_answers(
        self, app, phone, expense, owner_session
    ):
        key = str(uuid4())
        phone.send("/portal/expenses/new", {"do": "photo"})
        cookies = [(c.key, c.value) for c in phone._cookies.values()]

        def send(_):
            twin = browser_of(app)
            for name, value in cookies:
                twin.set_cookie(name, value, secure=True)
            data = expense(key=key, csrf_token=phone.csrf)
            answer = twin.post("/portal/expenses/new", data=data)
            return answer.status_code, answer.location

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(send, range(20)))

        claim = owner_session.scalars(select(ExpenseClaim)).one()
        assert set(answers) == {(303, f"/portal/expenses/{claim.public_id}")}
        assert count(owner_session, ExpenseLine) == 1
        assert count(owner_session, StoredFile) == 1

    def test_the_same_form_with_other_contents_is_not_taken_for_the_first(
        self, phone, expense, owner_session
    ):
        key = str(uuid4())
        phone.send("/portal/expenses/new", expense(key=key))

        answer = phone.send("/portal/expenses/new", expense(key=key, amount="52.10"))

        assert answer.status_code == 422
        assert "already sent with other contents" in answer.text
        assert key not in answer.text
        assert count(owner_session, ExpenseLine) == 1

    def test_several_expenses_go_on_one_claim(self, phone, expense, owner_session):
        first = phone.send("/portal/expenses/new", expense(do="more"))
        claim = owner_session.scalars(select(ExpenseClaim)).one()
        more = expense(
            claim=str(claim.public_id), kind="baggage", amount="75",
            photo=(BytesIO(photo_bytes(2)), "b.jpg"), do="send",
        )  # fmt: skip
        second = phone.send("/portal/expenses/new", more)

        assert first.location == second.location
        assert [line.kind for line in lines_of(owner_session, claim)] == ["taxi", "baggage"]
        assert claim.status is ClaimStatus.submitted

    def test_no_receipt_needs_a_reason(self, phone, expense, owner_session):
        bare = expense(photo=(BytesIO(b""), ""))

        refused = phone.send("/portal/expenses/new", bare)
        kept = phone.send(
            "/portal/expenses/new",
            {**expense(photo=(BytesIO(b""), "")), "declaration": "The driver had no paper"},
        )

        assert refused.status_code == 422
        assert "Add the receipt, or say why there is none." in refused.text
        assert kept.status_code == 303
        assert count(owner_session, ExpenseLine) == 1

    def test_the_letter_of_receipt_goes_out(self, sent, worker, owner_session):
        worker()

        subjects = owner_session.scalars(text("SELECT subject FROM message")).all()
        assert subjects == ["Received: your claim CL-0001"]

    def test_another_currency_is_kept_with_the_rate_of_the_card_statement(
        self, phone, expense, owner_session
    ):
        phone.send(
            "/portal/expenses/new",
            expense(
                currency="EUR", amount="40", base_amount="66.60",
                statement=(BytesIO(photo_bytes(9)), "card.jpg"),
            ),
        )  # fmt: skip
        other = expense(currency="JPY", amount="5000", photo=(BytesIO(photo_bytes(3)), "c.jpg"))
        phone.send("/portal/expenses/new", other)

        stated, unknown = owner_session.scalars(select(ExpenseLine).order_by(ExpenseLine.id)).all()
        assert stated.rate_source is RateSource.card_statement
        assert f"{stated.base_amount:.2f} {stated.rate:.4f}" == "66.60 1.6650"
        assert unknown.base_amount is None


class TestRefusals:
    def test_a_wrong_amount_keeps_everything_typed_and_the_photo(
        self, phone, expense, owner_session
    ):
        answer = phone.send(
            "/portal/expenses/new", expense(amount="12,5", description="To the hotel")
        )

        kept = owner_session.scalars(select(StoredFile)).one()
        assert answer.status_code == 422
        assert "could be read in two ways" in answer.text
        assert 'value="12,5"' in answer.text
        assert "To the hotel" in answer.text
        assert f'name="photo_key" value="{kept.public_id}"' in answer.text
        assert count(owner_session, ExpenseClaim) == 0

    def test_the_kept_photo_goes_with_the_corrected_form(self, phone, expense, owner_session):
        phone.send("/portal/expenses/new", expense(amount=""))
        kept = owner_session.scalars(select(StoredFile)).one()

        answer = phone.send(
            "/portal/expenses/new",
            expense(photo=(BytesIO(b""), ""), photo_key=str(kept.public_id)),
        )

        receipt = owner_session.scalars(select(Receipt)).one()
        assert answer.status_code == 303
        assert receipt.file_id == kept.id

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "The file is empty."),
            (b"<html><script>alert(1)</script>", "We cannot read this file."),
            (photo_bytes(1)[:900], "This is not a photo we can read"),
        ],
    )
    def test_a_broken_photo_is_refused_beside_its_field(
        self, phone, expense, owner_session, content, said
    ):
        answer = phone.send("/portal/expenses/new", expense(photo=(BytesIO(content), "a.jpg")))

        assert answer.status_code == 422
        assert said in answer.text
        assert 'id="photo-say"' in answer.text
        assert count(owner_session, StoredFile) == 0

    def test_a_day_that_has_not_begun_is_refused(self, phone, expense):
        later = (now().date() + timedelta(days=5)).isoformat()

        answer = phone.send("/portal/expenses/new", expense(spent_on=later))

        assert "has not begun in Brisbane" in answer.text

    def test_what_looks_like_an_earlier_expense_is_asked_about_once(
        self, phone, expense, owner_session
    ):
        phone.send("/portal/expenses/new", expense())
        again = phone.send("/portal/expenses/new", expense())
        kept = phone.send("/portal/expenses/new", expense(keep_both="yes"))

        assert again.status_code == 422
        assert "This looks like the taxi of" in again.text
        assert kept.status_code == 303
        assert count(owner_session, ExpenseClaim) == 2


class TestReading:
    def test_a_colleague_sees_neither_claim_nor_receipt(self, sent, phone_of, owner_session, mia):
        other = phone_of(mia)
        file = owner_session.scalars(select(StoredFile)).one()

        paths = [
            f"/portal/expenses/{sent.public_id}",
            f"/portal/files/{file.public_id}",
            f"/portal/files/{file.public_id}/original",
        ]

        assert [other.get(path).status_code for path in paths] == [404, 404, 404]

    def test_two_artists_may_keep_the_same_paper(self, sent, phone_of, expense, owner_session, mia):

        answer = phone_of(mia).send("/portal/expenses/new", expense())

        hashes = owner_session.scalars(select(StoredFile.sha256)).all()
        assert answer.status_code == 303
        assert len(hashes) == 2
        assert len(set(hashes)) == 1

    def test_the_copy_is_shown_in_a_sandbox_and_the_original_only_saved(
        self, sent, phone, owner_session, photo
    ):
        file = owner_session.scalars(select(StoredFile)).one()

        shown = phone.get(f"/portal/files/{file.public_id}")
        saved = phone.get(f"/portal/files/{file.public_id}/original")

        assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.mimetype == "image/jpeg"
        assert "attachment" not in shown.headers.get("Content-Disposition", "")
        assert saved.headers["Content-Disposition"] == "attachment; filename*=UTF-8''receipt.jpg"
        assert saved.data == photo(1)

    def test_the_list_and_the_claim_are_shown(self, sent, phone):
        listed, shown = (
            phone.get("/portal/expenses"),
            phone.get(f"/portal/expenses/{sent.public_id}"),
        )

        assert (listed.status_code, shown.status_code) == (200, 200)
        assert "CL-0001" in listed.text
        assert "With finance" in shown.text

    @pytest.mark.parametrize(
        ("days", "status", "listed", "shown"),
        [
            (3, "open", "expected {}", "Expected {}"),
            (-2, "open", "late, was expected {}", "Late, was expected {}"),
            (3, "held", "Approved", "has decided it, and holds the payment."),
        ],
    )
    def test_a_payment_says_when_it_comes_or_that_it_is_late(
        self, sent, phone, owner_session, days, status, listed, shown
    ):
        due = now().date() + timedelta(days=days)
        claim = owner_session.get_one(ExpenseClaim, sent.id)
        claim.status, claim.decided_at = ClaimStatus.posted, now()
        owner_session.add(
            Payable(
                organisation_id=claim.organisation_id, number="CL-0001", source=PayableSource.claim,
                source_key="claim-1", claim_id=claim.id, engagement_id=claim.engagement_id, payee_name="Noémie",
                amount=Decimal("42.10"), currency="AUD", due_on=due, status=PayableStatus(status),
            )
        )  # fmt: skip
        owner_session.commit()

        said = format_day(due)
        page = phone.get("/portal/expenses").text
        one = phone.get(f"/portal/expenses/{sent.public_id}").text
        assert listed.format(said) in page
        assert shown.format(said) in one
        assert ("xpected" in page, "xpected" in one.split("Payment CL")[0]) == (
            status == "open",
        ) * 2

    def test_a_claim_can_be_taken_back_before_it_is_decided(self, sent, phone, fresh):
        phone.send(f"/portal/expenses/{sent.public_id}/recall")

        assert fresh(sent).status is ClaimStatus.recalled

    def test_what_was_taken_back_goes_on_a_new_claim_with_its_receipts_once(
        self, sent, phone, fresh, owner_session
    ):
        here = f"/portal/expenses/{sent.public_id}"
        early = phone.send(f"{here}/again", follow_redirects=True).text
        phone.send(f"{here}/recall")
        offered = phone.get(here).text

        first, second = (phone.send(f"{here}/again") for _ in range(2))

        made = owner_session.scalars(select(ExpenseClaim).where(ExpenseClaim.id != sent.id)).one()
        (old,), (new,) = sent.lines, made.lines
        assert "CL-0001 is not taken back." in early
        assert "Put all on a new claim" in offered
        assert first.location == second.location == f"/portal/expenses/{made.public_id}"
        assert made.submitted_at is None
        assert (new.kind, new.amount, new.spent_on) == (old.kind, old.amount, old.spent_on)
        assert new.description == old.description
        assert [one.file_id for one in new.receipts] == [one.file_id for one in old.receipts]
        assert new.receipts
        assert "Its expenses are on CL-0002" in phone.get(here).text
        phone.send(f"/portal/expenses/{made.public_id}/send")
        assert fresh(made).status is ClaimStatus.submitted


class TestAgents:
    def test_an_agent_without_the_right_reads_but_does_not_claim(
        self, phone_of, person, owner_session, organisation, expense
    ):
        agent = Person(
            organisation_id=organisation.id, name="Hélène", name_key="helene", is_agent=True
        )
        owner_session.add(agent)
        owner_session.commit()
        right = representation_of(agent, person)
        right.scopes = ["view"]
        owner_session.add(right)
        owner_session.commit()
        phone = phone_of(person, agent=agent)

        assert phone.get("/portal/expenses").status_code == 200
        assert phone.send("/portal/expenses/new", expense()).status_code == 403
        assert count(owner_session, ExpenseNote) == 0


def test_a_decision_is_not_the_artists_to_write(sent, app, organisation, person):
    house.forget()
    house.act_as(Viewer(organisation.id, actor=f"artist:{person.id}", artist_id=person.id))
    with pytest.raises(DBAPIError, match="only staff decide"), house.transaction() as db:
        db.execute(text("UPDATE expense_line SET status = 'approved', approved_amount = 42.10"))
