"""Above a limit two people approve; delegates decide by date; nobody decides what pays them, not even by SQL."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.db import session as house
from app.db.clock import now
from app.domain.expenses import ClaimStatus, LineStatus
from app.models import StaffProfile
from app.models.approvals import ApprovalDelegate, ApprovalLimit
from app.models.payables import Payable
from tests.integration.expenses.conftest import lines_of


@pytest.fixture
def finance(staff):
    return staff("Finance")


@pytest.fixture
def limit(owner_session, organisation):
    owner_session.add(
        ApprovalLimit(organisation_id=organisation.id, currency="AUD", amount=Decimal(40))
    )
    owner_session.commit()


def decide(browser, claim, position=1, **typed):
    data = {"choice": "approve", "amount": "", "reason": "", **typed}
    return browser.send(f"/admin/claims/decide/{claim.id}/{position}", data)


def name_deputy(browser, deputy, first=0, last=3):
    today = now().date()
    return browser.send(
        "/admin/delegations/add",
        {
            "delegate_user_id": str(deputy.user_id), "note": "On tour",
            "starts_on": (today + timedelta(days=first)).isoformat(),
            "ends_on": (today + timedelta(days=last)).isoformat(),
        },
    )  # fmt: skip


def sql(as_staff, user_id, statement, **values):
    as_staff(user_id)
    with house.transaction() as db:
        db.execute(text(statement), values)


def fresh_end(session):
    session.expire_all()
    return session.scalars(select(ApprovalDelegate)).one().ended_at


class TestTheLimit:
    def test_an_administrator_sets_it_and_the_log_tells(self, staff, owner_session, organisation):
        administrator = staff("Administrator")

        refused = administrator.send(
            "/admin/approval-limits/add", {"currency": "AUX", "amount": "500"}
        )
        saved = administrator.send(
            "/admin/approval-limits/add", {"currency": "aud", "amount": "500"}
        )
        forbidden = staff("Finance").send(
            "/admin/approval-limits/add", {"currency": "EUR", "amount": "1"}
        )

        kept = owner_session.scalars(select(ApprovalLimit)).one()
        told = owner_session.execute(
            text("SELECT actor FROM audit_entry WHERE entity = 'approval_limit'")
        )
        assert "AUX is not a currency" in refused.text
        assert (saved.status_code, kept.currency, f"{kept.amount:.2f}") == (303, "AUD", "500.00")
        assert forbidden.status_code in (302, 403)
        assert told.scalars().all() == [f"staff:{administrator.user_id}"]

    def test_above_it_the_first_approval_waits_for_another_person(
        self, sent, limit, finance, staff, owner_session, fresh
    ):
        decide(finance, sent, reason="Seen")
        (line,) = lines_of(owner_session, sent)
        waiting = (
            line.status,
            fresh(sent).status,
            owner_session.scalar(select(func.count(Payable.id))),
        )
        again = decide(finance, sent)
        more = decide(staff("Approver"), sent, choice="reduce", amount="43", reason="More")
        second = staff("Approver")
        page = second.get(f"/admin/claims/show/{sent.id}").text
        listed = second.get("/admin/claims/list/?view=second").text
        done = decide(second, sent)

        (line,) = lines_of(owner_session, sent)
        assert waiting == (LineStatus.first_approved, ClaimStatus.under_review, 0)
        assert "gave the first approval, so somebody else gives the second" in again.text
        assert "42.10 AUD were claimed. Approve that or less." in more.text
        assert "A second person was asked because 42.10 AUD is above the 40.00 AUD" in page
        assert "CL-0001" in listed
        assert (done.status_code, line.status, line.decision_reason) == (
            303,
            LineStatus.approved,
            "Seen",
        )
        assert fresh(sent).status is ClaimStatus.posting

    def test_a_question_takes_the_first_approval_back(self, sent, limit, finance, owner_session):
        decide(finance, sent)

        decide(finance, sent, choice="ask", reason="Which ride?")

        (line,) = lines_of(owner_session, sent)
        assert (line.status, line.first_by) == (LineStatus.queried, None)

    def test_not_even_sql_approves_alone_above_it(self, sent, limit, finance, as_staff, staff):
        alone = (
            "UPDATE expense_line SET status = 'approved', approved_amount = 42.10, decided_by = :me"
        )
        with pytest.raises(IntegrityError, match="above the limit two people approve"):
            sql(as_staff, finance.user_id, alone, me=finance.user_id)

        decide(finance, sent)
        with pytest.raises(IntegrityError, match=r"second_is_another|another person"):
            sql(as_staff, finance.user_id, alone, me=finance.user_id)
        with pytest.raises(IntegrityError, match="a first approval is not changed"):
            sql(as_staff, finance.user_id, f"{alone}, first_by = :other", me=finance.user_id, other=staff("Approver").user_id)  # fmt: skip


class TestDelegates:
    def test_decide_for_somebody_by_date_and_it_says_so(self, sent, staff, owner_session, as_staff):
        priya, walter = staff("Approver"), staff("Schedule")
        before = walter.get(f"/admin/claims/show/{sent.id}").status_code
        named = name_deputy(priya, walter)

        page = walter.get(f"/admin/claims/show/{sent.id}")
        decided = decide(walter, sent)

        (line,) = lines_of(owner_session, sent)
        shown = priya.get(f"/admin/claims/show/{sent.id}").text
        assert before in (302, 403)
        assert (named.status_code, page.status_code, decided.status_code) == (303, 200, 303)
        assert (line.decided_by, line.decided_for) == (walter.user_id, priya.user_id)
        assert f"{line.decided_by_name} for {line.decided_for_name}" in shown

    def test_what_is_over_or_ended_stops_at_once_even_in_sql(
        self, sent, staff, owner_session, as_staff
    ):
        priya, walter = staff("Approver"), staff("Manager")
        name_deputy(priya, walter)
        delegation = owner_session.scalars(select(ApprovalDelegate)).one()
        statement = (
            "UPDATE expense_line SET status = 'refused', decided_by = :me, decided_for = :them"
        )

        ended = priya.send(f"/admin/delegations/action/end/{delegation.id}")
        late = decide(walter, sent)

        assert ended.status_code in (302, 303)
        assert late.status_code in (302, 403, 422)
        assert fresh_end(owner_session) is not None
        assert lines_of(owner_session, sent)[0].status is LineStatus.entered
        with pytest.raises(IntegrityError, match="without a delegation that holds today"):
            sql(as_staff, walter.user_id, statement, me=walter.user_id, them=priya.user_id)

    def test_are_named_only_by_who_decides_and_only_who_may(self, staff, owner_session, as_staff):
        priya, callum, edith = staff("Approver"), staff("Finance"), staff("Auditor")
        ruth = staff("Schedule")

        decides = name_deputy(priya, callum)
        audits = name_deputy(priya, edith)
        past = name_deputy(priya, ruth, -5, -2)
        turned = name_deputy(priya, ruth, 3, 1)
        kept = name_deputy(priya, ruth)
        twice = name_deputy(priya, ruth, 2, 6)

        assert decides.status_code == audits.status_code == 200
        assert "is over. Choose today or later." in past.text
        assert "lies before the beginning" in turned.text
        assert kept.status_code == 303
        assert "decides in your place until" in twice.text
        with pytest.raises(IntegrityError, match="only who decides claims names a delegate"):
            sql(
                as_staff, ruth.user_id,
                "INSERT INTO approval_delegate (organisation_id, user_id, delegate_user_id, starts_on, ends_on) "
                "SELECT organisation_id, user_id, :other, current_date, current_date FROM staff_profile WHERE user_id = :me",
                me=ruth.user_id, other=callum.user_id,
            )  # fmt: skip

    def test_of_the_claimant_decide_nothing_of_theirs(self, sent, staff, person, owner_session):
        priya, walter, callum = staff("Approver"), staff("Manager"), staff("Finance")
        name_deputy(priya, walter)
        owner_session.execute(
            update(StaffProfile)
            .where(StaffProfile.user_id == priya.user_id)
            .values(person_id=person.id)
        )
        owner_session.commit()

        answer = decide(walter, sent)
        own = decide(priya, sent)

        assert "in the place of somebody this claim pays" in answer.text
        assert "You cannot approve your own claim." in own.text
        assert decide(callum, sent).status_code == 303


class TestRolesApart:
    def test_the_screen_and_sql_refuse_an_auditor_who_decides(self, staff, as_staff, owner_session):
        administrator, edith = staff("Administrator"), staff("Auditor")
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == edith.user_id)
        ).one()

        answer = administrator.send(
            f"/admin/staff/roles/{profile.id}", {"roles": ["Auditor", "Approver"]}
        )

        assert "One person cannot be Auditor and Approver" in answer.text
        with pytest.raises(IntegrityError, match="one person is not Auditor and Finance"):
            sql(
                as_staff, administrator.user_id,
                "INSERT INTO ab_user_role (id, user_id, role_id) SELECT 99999, :her, id FROM ab_role WHERE name = 'Finance'",
                her=edith.user_id,
            )  # fmt: skip

    def test_who_approved_first_does_not_pay_either(self, sent, limit, finance, staff, as_staff):
        decide(finance, sent)
        decide(staff("Approver"), sent)

        with pytest.raises(IntegrityError, match=r"does not pay it|payer_not_approver"):
            sql(as_staff, finance.user_id, "UPDATE payable SET paid_by = :me", me=finance.user_id)
