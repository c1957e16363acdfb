"""Caps with what is left, the company's rules, look-alikes side by side, and decisions put right."""

from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.db import session as house
from app.domain.claim_caps import CapPeriod
from app.domain.contracts import TermSource
from app.domain.expense_rules import RuleAbout, RuleEffect
from app.domain.expenses import ClaimStatus, LineStatus
from app.models import Entitlement, TermSet
from app.models.approvals import ExpenseRule, LineResemblance
from app.models.expenses import ExpenseClaim
from app.models.payables import Payable
from tests.integration.expenses.conftest import lines_of, photo_bytes


@pytest.fixture
def finance(staff):
    return staff("Finance")


@pytest.fixture
def two_rides(phone, expense, owner_session, engaged):
    """Two taxis of 42.10 and 30.00 under a cap of 60.00 for the engagement."""
    cap = owner_session.scalars(
        select(Entitlement).where(Entitlement.engagement_id == engaged.id)
    ).one()
    cap.cap, cap.period, cap.rule = Decimal(60), CapPeriod.engagement, ""
    owner_session.commit()
    phone.send("/portal/expenses/new", expense(do="more"))
    claim = owner_session.scalars(select(ExpenseClaim)).one()
    phone.send("/portal/expenses/new", expense(
        claim=str(claim.public_id), amount="30", photo=(BytesIO(photo_bytes(2)), "b.jpg")))  # fmt: skip
    owner_session.rollback()
    return claim


def decide(browser, claim, position=1, **typed):
    data = {"choice": "approve", "amount": "", "reason": "", **typed}
    return browser.send(f"/admin/claims/decide/{claim.id}/{position}", data)


def set_rule(session, organisation, about, effect, threshold=None):
    session.add(
        ExpenseRule(
            organisation_id=organisation.id, about=about, effect=effect, threshold=threshold
        )
    )
    session.commit()


def retaken(seed=1):
    """The same paper photographed again: brighter, smaller, a little turned."""
    with Image.open(BytesIO(photo_bytes(seed))) as picture:
        turned = picture.resize((360, 480)).rotate(1, fillcolor="white")
    out = BytesIO()
    turned.save(out, "JPEG", quality=60)
    return BytesIO(out.getvalue())


class TestCaps:
    def test_a_line_over_it_is_reduced_to_what_is_left_with_the_rule_as_reason(
        self, two_rides, finance, owner_session
    ):
        decide(finance, two_rides, 1)

        page = finance.get(f"/admin/claims/show/{two_rides.id}?line=2").text
        decide(finance, two_rides, 2, choice="cap")

        _, second = lines_of(owner_session, two_rides)
        assert "42.10 AUD used so far, 17.90 AUD left" in page
        assert "Reduce to what is left, 17.90" in page
        assert "<meter" in page
        assert f"{second.approved_amount:.2f}" == "17.90"
        assert second.decision_reason.startswith(
            "Contract pays up to 60.00 AUD for the whole engagement"
        )

    def test_the_terms_signed_for_the_day_hold(self, two_rides, finance, owner_session, engaged):
        line = lines_of(owner_session, two_rides)[0]
        terms = {
            "entitlements": [
                {
                    "kind": "taxi",
                    "cap": "20.00",
                    "amount": None,
                    "currency": "AUD",
                    "rule": "a ride",
                }
            ]
        }
        owner_session.add(
            TermSet(
                organisation_id=engaged.organisation_id, engagement_id=engaged.id, number=1,
                effective_from=line.spent_on, source=TermSource.engagement, source_id=engaged.id,
                terms=terms, recorded_at=line.created_at,
            )
        )  # fmt: skip
        owner_session.commit()

        page = finance.get(f"/admin/claims/show/{two_rides.id}?line=1").text

        assert "Contract pays up to 20.00 AUD a ride. 0.00 AUD used so far, 20.00 AUD left" in page


class TestRules:
    def test_an_administrator_sets_them_and_others_read(self, staff, owner_session):
        typed = {f"effect_{about}": "warn" for about in RuleAbout} | {
            "threshold_late": "30",
            "threshold_no_receipt": "0",
        }
        administrator = staff("Administrator")

        wrong = administrator.send("/admin/expense-rules/set", {**typed, "threshold_late": "1.5"})
        saved = administrator.send("/admin/expense-rules/set", {**typed, "effect_late": "block"})
        page = staff("Finance").get("/admin/expense-rules/").text
        barred = staff("Finance").send("/admin/expense-rules/set", typed)

        late = owner_session.scalars(
            select(ExpenseRule).where(ExpenseRule.about == RuleAbout.late)
        ).one()
        assert (wrong.status_code, saved.status_code) == (422, 303)
        assert "Write whole days." in wrong.text
        assert (late.effect, f"{late.threshold:.0f}") == (RuleEffect.block, "30")
        assert "Block approval" in page
        assert "Save the rules" not in page
        assert barred.status_code in (302, 403)

    def test_one_asks_for_a_reason_and_one_blocks(
        self, phone, expense, finance, owner_session, organisation
    ):
        set_rule(
            owner_session, organisation, RuleAbout.no_receipt, RuleEffect.needs_reason, Decimal(0)
        )
        phone.send("/portal/expenses/new", expense(photo=(BytesIO(b""), ""), declaration="Lost it"))
        claim = owner_session.scalars(select(ExpenseClaim)).one()

        asked = decide(finance, claim)
        set_rule(owner_session, organisation, RuleAbout.late, RuleEffect.block, Decimal(1))
        blocked = decide(finance, claim, reason="Known driver")

        assert "No receipt. The company asks for one. Say why you approve it." in asked.text
        assert "By the company’s rules this cannot be approved. Refuse it, or ask." in blocked.text
        assert lines_of(owner_session, claim)[0].status is LineStatus.entered


class TestLookAlikes:
    def test_a_colleagues_photo_of_the_same_paper_is_compared_and_both_kept(
        self, sent, finance, phone_of, expense, mia, owner_session, worker
    ):
        phone_of(mia).send(
            "/portal/expenses/new", expense(amount="44", photo=(retaken(), "again.jpg"))
        )
        worker()
        hers = owner_session.scalars(select(ExpenseClaim).where(ExpenseClaim.id != sent.id)).one()
        (mine,), (other,) = lines_of(owner_session, sent), lines_of(owner_session, hers)
        path = f"{sent.id}/1/{other.id}"

        flagged = finance.get("/admin/claims/list/?view=flagged").text
        page = finance.get(f"/admin/claims/compare/{path}").text
        empty = finance.send(f"/admin/claims/keep/{path}", {"reason": ""})
        kept = finance.send(f"/admin/claims/keep/{path}", {"reason": "They shared it"})

        row = owner_session.scalars(select(LineResemblance)).one()
        after = finance.get(f"/admin/claims/show/{hers.id}").text
        assert "CL-0001" in flagged
        assert "a picture much like it" in page
        assert "Mia Calloway" in page
        assert page.count("<img") == 2
        assert "Say why both are kept" in empty.text
        assert kept.status_code == 303
        assert (row.line_id, row.other_id, row.kept_reason) == (mine.id, other.id, "They shared it")
        assert "kept both: They shared it" in after

    def test_a_different_receipt_is_not_flagged(self, sent, finance, phone_of, expense, mia):
        with Image.open(BytesIO(photo_bytes(5))) as picture:
            out = BytesIO()
            picture.rotate(90, expand=True).save(out, "JPEG")
        out.seek(0)
        phone_of(mia).send("/portal/expenses/new", expense(amount="44", photo=(out, "x.jpg")))

        assert "This looks like" not in finance.get(f"/admin/claims/show/{sent.id}").text


class TestPuttingRight:
    def test_void_frees_the_lines_for_a_new_document_with_a_suffix(
        self, sent, finance, worker, owner_session, fresh
    ):
        decide(finance, sent)
        worker()
        first = owner_session.scalars(select(Payable)).one()
        early = finance.send(f"/admin/claims/reopen/{sent.id}/1", {"reason": "Wrong"})

        finance.send(
            "/admin/payables/settle/void", {"rowid": str(first.id), "reason": "Wrong amount"}
        )
        freed = (fresh(sent).status, lines_of(owner_session, sent)[0].payable_id)
        silent = finance.send(f"/admin/claims/reopen/{sent.id}/1", {"reason": ""})
        finance.send(f"/admin/claims/reopen/{sent.id}/1", {"reason": "The bus covered half"})
        decide(finance, sent, choice="reduce", amount="20", reason="Half of it")

        (line,) = lines_of(owner_session, sent)
        documents = owner_session.scalars(select(Payable).order_by(Payable.id)).all()
        assert "Void CL-0001 first" in early.text
        assert freed == (ClaimStatus.corrected, None)
        assert "Say why it is opened again" in silent.text
        assert [document.number for document in documents] == ["CL-0001", "CL-0001-2"]
        assert f"{documents[1].amount:.2f}" == "20.00"
        assert line.payable_id == documents[1].id

    def test_a_posted_line_cannot_be_moved_by_sql(self, sent, finance, as_staff):
        decide(finance, sent)
        as_staff(finance.user_id)

        with (
            pytest.raises(IntegrityError, match="stays on its document"),
            house.transaction() as db,
        ):
            db.execute(text("UPDATE expense_line SET payable_id = NULL"))
