"""Finance decides line by line, never its own; what is approved is owed once, and paid by somebody else."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.domain.errors import Refused
from app.domain.expenses import ClaimStatus, LineStatus, RateSource
from app.domain.payables import LedgerStatus, PayableStatus
from app.models import Message, Organisation, StaffProfile
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.payables import LedgerDocument, Payable
from app.services.expenses import deciding
from app.services.expenses.deciding import By
from tests.integration.expenses.conftest import lines_of, photo_bytes


@pytest.fixture
def finance(staff):
    """Callum, who decides."""
    return staff("Finance")


def decide(browser, claim, position=1, **typed):
    data = {"choice": "approve", "amount": "", "reason": "", **typed}
    return browser.send(f"/admin/claims/decide/{claim.id}/{position}", data)


def payable_of(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(Payable)).one()


@pytest.fixture
def two_lines(phone, expense, owner_session):
    """A claim with a taxi of 42.10 and baggage of 75.00."""
    phone.send("/portal/expenses/new", expense(do="more"))
    claim = owner_session.scalars(select(ExpenseClaim)).one()
    more = expense(
        claim=str(claim.public_id), kind="baggage", amount="75",
        photo=(BytesIO(photo_bytes(2)), "b.jpg"),
    )  # fmt: skip
    assert phone.send("/portal/expenses/new", more).status_code == 303
    owner_session.rollback()
    return claim


class TestDeciding:
    def test_the_list_shows_what_waits_and_the_page_its_receipt(self, sent, finance):
        listed = finance.get("/admin/claims/list/")
        page = finance.get(f"/admin/claims/show/{sent.id}")

        assert (listed.status_code, page.status_code) == (200, 200)
        assert "CL-0001" in listed.text
        assert "Decide line 1" in page.text
        assert "/admin/files/" in page.text
        assert "Contract pays up to 45.00 AUD a ride" in page.text

    def test_each_line_has_its_own_decision(self, two_lines, finance, fresh, owner_session):
        reduced = decide(
            finance, two_lines, 2, choice="reduce", amount="50", reason="One bag a leg"
        )
        approved = decide(finance, two_lines, 1)

        taxi, bag = lines_of(owner_session, two_lines)
        assert (reduced.status_code, approved.status_code) == (303, 303)
        assert (taxi.status, f"{taxi.approved_amount:.2f}") == (LineStatus.approved, "42.10")
        assert (bag.decision_reason, f"{bag.approved_amount:.2f}") == ("One bag a leg", "50.00")
        assert fresh(two_lines).status is ClaimStatus.posting
        assert f"{payable_of(owner_session).amount:.2f}" == "92.10"

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"choice": "reduce", "amount": "40"}, "Say why it is less."),
            ({"choice": "reduce"}, "Write what you approve instead."),
            ({"choice": "reduce", "amount": "60", "reason": "x"}, "Approve that or less."),
            ({"choice": "refuse", "amount": ""}, "Say why."),
            ({"choice": "ask"}, "Write the question."),
            ({"choice": "approve", "amount": "40"}, "Choose Reduce, or clear the amount."),
            ({"choice": ""}, "Choose what to do with this line."),
        ],
    )
    def test_a_half_decision_comes_back_with_what_was_typed(
        self, sent, finance, owner_session, typed, said
    ):
        answer = decide(finance, sent, **typed)

        (line,) = lines_of(owner_session, sent)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'name="amount" inputmode="decimal" value="{typed.get("amount", "")}"' in answer.text
        assert line.status is LineStatus.entered

    def test_a_refusal_tells_the_artist_why(self, sent, finance, phone, fresh):
        decide(finance, sent, choice="refuse", reason="The bus was there")

        page = phone.get(f"/portal/expenses/{sent.public_id}").text
        assert "The bus was there" in page
        assert "Decided by" in page
        assert fresh(sent).status is ClaimStatus.closed

    def test_a_question_is_answered_with_a_better_photo(
        self, sent, finance, phone, owner_session, fresh
    ):
        decide(finance, sent, choice="ask", reason="Is this ride covered by the bus?")
        (line,) = lines_of(owner_session, sent)
        assert (
            "Is this ride covered by the bus?"
            in phone.get(f"/portal/expenses/{sent.public_id}").text
        )
        asked = select(Message.text).where(Message.event == "claim_question")
        assert "(taxi, 42.10 AUD)" in owner_session.scalars(asked).all()[-1]

        path = f"/portal/expenses/{sent.public_id}/answer/{line.public_id}"
        empty = phone.send(path, {"body": "", "photo": (BytesIO(b""), "")})
        phone.send(path, {"body": "It had left.", "photo": (BytesIO(photo_bytes(5)), "better.jpg")})

        (line,) = lines_of(owner_session, sent)
        assert "Write the answer, or add a photo." in empty.text
        assert (line.status, len(line.receipts)) == (LineStatus.answered, 2)
        assert "It had left." in finance.get(f"/admin/claims/show/{sent.id}").text
        assert fresh(sent).status is ClaimStatus.under_review

    def test_another_currency_needs_a_rate(self, phone, expense, finance, owner_session):
        phone.send("/portal/expenses/new", expense(currency="JPY", amount="5000"))
        claim = owner_session.scalars(select(ExpenseClaim)).one()

        without = decide(finance, claim)
        decide(finance, claim, rate="0.0102")

        (line,) = lines_of(owner_session, claim)
        assert "Write how many AUD one is worth." in without.text
        assert line.rate_source is RateSource.entered
        assert f"{line.base_amount:.2f} {line.approved_amount:.2f}" == "51.00 51.00"

    def test_the_same_paper_of_a_colleague_is_shown(self, sent, finance, phone_of, expense, mia):
        phone_of(mia).send("/portal/expenses/new", expense())

        page = finance.get(f"/admin/claims/show/{sent.id}").text

        assert "This looks like the taxi of" in page
        assert "the same file and the same supplier, amount and day" in page
        assert "Mia Calloway" in page


class TestWhoMayDecide:
    def own(self, owner_session, browser, person):
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == browser.user_id)
        ).one()
        profile.person_id = person.id
        owner_session.commit()

    def test_nobody_approves_their_own_claim(self, sent, finance, staff, person, owner_session):
        staff("Approver")
        self.own(owner_session, finance, person)

        answer = decide(finance, sent)

        (line,) = lines_of(owner_session, sent)
        assert answer.status_code == 422
        assert "You cannot approve your own claim. Sam Staff" in answer.text
        assert line.status is LineStatus.entered

    def test_not_even_by_sql(self, sent, finance, as_staff, person, owner_session):
        self.own(owner_session, finance, person)
        as_staff(finance.user_id)

        with pytest.raises(IntegrityError, match="not_ones_own"), house.transaction() as db:
            db.execute(
                text(
                    "UPDATE expense_line SET status = 'approved', approved_amount = 1, decided_by = :me"
                ),
                {"me": finance.user_id},
            )

    def test_a_decision_stands_even_against_sql(self, sent, finance, as_staff):
        decide(finance, sent)
        as_staff(finance.user_id)

        with (
            pytest.raises(IntegrityError, match="a decided line is not changed"),
            house.transaction() as db,
        ):
            db.execute(text("UPDATE expense_line SET approved_amount = 1"))

    def test_the_second_of_two_approvers_is_told_who_was_first(
        self, sent, finance, staff, owner_session
    ):
        other = staff("Approver")
        decide(finance, sent, choice="reduce", amount="40", reason="Cap")

        answer = decide(other, sent, choice="refuse", reason="Not covered")

        (line,) = lines_of(owner_session, sent)
        assert answer.status_code == 422
        assert f"{line.decided_by_name} decided this line at" in answer.text
        assert "40.00 AUD. Your decision was not saved." in answer.text
        assert "You wanted: Refuse, Not covered" in answer.text
        assert f"{line.approved_amount:.2f}" == "40.00"

    def test_a_line_that_changed_meanwhile_is_not_decided_blindly(
        self, sent, finance, owner_session
    ):
        answer = decide(finance, sent, version="99")

        assert "This line changed while you were reading" in answer.text

    @pytest.mark.parametrize("role", ["Contracts", "Schedule", "Manager", "Auditor"])
    def test_other_roles_do_not_decide(self, sent, staff, role, owner_session):
        answer = decide(staff(role), sent)

        assert answer.status_code in (302, 403)
        assert lines_of(owner_session, sent)[0].status is LineStatus.entered

    def test_another_company_sees_nothing(self, sent, staff, owner_session):
        other = Organisation(name="Other", slug="other")
        owner_session.add(other)
        owner_session.commit()
        stranger = staff("Finance", organisation_id=other.id)

        assert stranger.get(f"/admin/claims/show/{sent.id}").status_code == 404
        assert "CL-0001" not in stranger.get("/admin/claims/list/?view=all").text


class TestPosting:
    def test_a_decided_claim_becomes_one_payable_in_the_ledger(
        self, sent, finance, worker, owner_session, fresh, organisation
    ):
        decide(finance, sent)
        worker()

        payable = payable_of(owner_session)
        document = owner_session.scalars(select(LedgerDocument)).one()
        assert (payable.number, payable.status) == ("CL-0001", PayableStatus.open)
        assert document.status is LedgerStatus.posted
        assert payable.due_on.weekday() == organisation.pay_run_weekday
        assert fresh(sent).status is ClaimStatus.posted
        subjects = owner_session.scalars(select(Message.subject).order_by(Message.id)).all()
        assert subjects[0] == "Decided: your claim CL-0001, 42.10 AUD"

    def test_what_is_decided_is_posted_first_and_the_rest_under_a_suffix(
        self, two_lines, finance, owner_session
    ):
        decide(finance, two_lines, 1)
        finance.send(f"/admin/claims/post/{two_lines.id}")
        again = finance.send(f"/admin/claims/post/{two_lines.id}")
        decide(finance, two_lines, 2)

        owner_session.rollback()
        found = owner_session.execute(
            select(Payable.number, Payable.amount).order_by(Payable.id)
        ).all()
        assert again.status_code == 303
        assert [(n, f"{a:.2f}") for n, a in found] == [("CL-0001", "42.10"), ("CL-0001-2", "75.00")]

    def test_nothing_is_posted_twice(self, sent, finance, as_staff, owner_session):
        decide(finance, sent)
        as_staff(finance.user_id)

        with pytest.raises(Refused, match="waits to be posted"), house.transaction() as db:
            claim = db.get_one(ExpenseClaim, sent.id)
            deciding.post_decided(db, claim, By(finance.user_id, "Callum"))

        owner_session.rollback()
        assert owner_session.scalar(select(func.count()).select_from(Payable)) == 1


class TestPaying:
    @pytest.fixture(autouse=True)
    def as_owner(self, owner_engine):
        """Let the bank's part be played by the owner of the tables."""
        self.engine = owner_engine

    @pytest.fixture
    def posted(self, sent, finance, worker, owner_session):
        """A payable in the ledger, approved by Callum."""
        decide(finance, sent)
        worker()
        return payable_of(owner_session)

    def export(self, _browser, payable):
        """Hand the payable to the bank, as a pay run does."""
        with Session(self.engine) as db, db.begin():
            db.execute(
                text("UPDATE payable SET status = 'exported', exported_at = now() WHERE id = :id"),
                {"id": payable.id},
            )

    def pay(self, browser, payable, **typed):
        data = {
            "rowid": str(payable.id),
            "paid_on": now().date().isoformat(),
            "reference": "BT-77",
            **typed,
        }
        return browser.send("/admin/payables/settle/pay", data)

    def test_the_export_is_a_file_safe_to_open(self, posted, finance, owner_session):
        owner_session.execute(text("UPDATE payable SET payee_name = '=HYPERLINK(\"http://x\")'"))
        owner_session.commit()

        answer = finance.send(
            "/admin/payables/action_post", {"action": "export", "rowid": str(posted.id)}
        )

        assert answer.mimetype == "text/csv"
        assert "'=HYPERLINK" in answer.text
        assert "CL-0001" in answer.text
        assert payable_of(owner_session).status is PayableStatus.open

    def test_the_approver_does_not_pay(self, posted, finance, owner_session):
        self.export(finance, posted)

        answer = self.pay(finance, posted)

        assert answer.status_code == 422
        assert "You approved this. Somebody else marks it paid." in answer.text
        assert "BT-77" in answer.text
        assert payable_of(owner_session).status is PayableStatus.exported

    def test_nobody_marks_their_own_money_paid(self, posted, finance, staff, person, owner_session):
        self.export(finance, posted)
        other = staff("Finance")
        profile = select(StaffProfile).where(StaffProfile.user_id == other.user_id)
        owner_session.scalars(profile).one().person_id = person.id
        owner_session.commit()

        answer = self.pay(other, posted)

        assert answer.status_code == 422
        assert "This is paid to you. Somebody else marks it paid." in answer.text

    def test_somebody_else_pays_and_the_phone_shows_it(
        self, posted, finance, staff, phone, owner_session, fresh, sent
    ):
        self.export(finance, posted)
        other = staff("Finance")

        answer = self.pay(other, posted)

        page = phone.get(f"/portal/expenses/{sent.public_id}").text
        money = phone.get("/portal/money").text
        assert answer.status_code == 303
        assert payable_of(owner_session).status is PayableStatus.paid
        assert fresh(sent).status is ClaimStatus.paid
        assert "ref. BT-77" in page
        assert "BT-77" in money
        assert owner_session.scalars(
            select(Message.subject).where(Message.event == "payable_paid")
        ).all() == ["Paid: CL-0001"]

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"reference": ""}, "Write the bank&#39;s reference."),
            ({"paid_on": "soon"}, "Choose the day the bank paid."),
            ({"paid_on": (now().date() + timedelta(days=9)).isoformat()}, "has not come yet"),
        ],
    )
    def test_a_payment_needs_its_day_and_reference(self, posted, finance, staff, typed, said):
        self.export(finance, posted)

        answer = self.pay(staff("Finance"), posted, **typed)

        assert answer.status_code == 422
        assert said in answer.text

    def test_a_payable_is_held_with_a_reason_and_released(self, posted, finance, owner_session):
        where = finance.send(
            "/admin/payables/action_post", {"action": "hold", "rowid": str(posted.id)}
        )
        asked = finance.get(where.location)
        empty = finance.send("/admin/payables/settle/hold", {"rowid": str(posted.id)})
        finance.send(
            "/admin/payables/settle/hold", {"rowid": str(posted.id), "reason": "New account"}
        )
        held = payable_of(owner_session)
        assert (asked.status_code, empty.status_code) == (200, 422)
        assert (held.status, held.held_reason) == (PayableStatus.held, "New account")

        finance.send(f"/admin/payables/action/release/{posted.id}")

        assert payable_of(owner_session).status is PayableStatus.open

    def test_a_voided_payable_voids_its_document(self, posted, finance, fresh, sent, owner_session):
        finance.send("/admin/payables/settle/void", {"rowid": str(posted.id), "reason": "Twice"})

        document = owner_session.scalars(select(LedgerDocument)).one()
        owner_session.refresh(document)
        assert payable_of(owner_session).status is PayableStatus.voided
        assert document.status is LedgerStatus.voided
        assert fresh(sent).status is ClaimStatus.corrected

    def test_list_and_page_are_shown(self, posted, finance):
        listed = finance.get("/admin/payables/list/")
        page = finance.get(f"/admin/payables/show/{posted.id}")

        assert (listed.status_code, page.status_code) == (200, 200)
        assert "CL-0001" in listed.text
        assert "Somebody else marks it paid." in page.text


def test_the_line_statuses_are_as_many_as_the_page_knows():
    assert len(ExpenseLine.__table__.c.status.type.enums) == len(LineStatus)
