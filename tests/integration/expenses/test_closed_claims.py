"""Edges of deciding claims: caps in other currencies, per diems that cover meals, deputies who may not."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

import pytest

from app.db.clock import now
from app.domain.allowances import AllowanceKind
from app.domain.claim_caps import CapPeriod
from app.domain.contracts import EntitlementKind
from app.domain.errors import Invalid, Refused
from app.domain.expense_rules import RuleAbout, RuleEffect
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus, RateSource
from app.domain.people import RepresentationScope
from app.models import Entitlement, Person, Representation, StaffProfile, StoredFile
from app.models.approvals import ApprovalDelegate
from app.models.expenses import AllowanceLine, ExpenseClaim, ExpenseLine
from app.services.expenses import (
    caps,
    deciders,
    deciding,
    deputies,
    flags,
    pricing,
    receiving,
    rules,
    stage,
)
from app.services.expenses.deciding import By

_numbers = count(1)
DAY = now().date() - timedelta(days=3)


@pytest.fixture
def claimed(owner_session, engaged):
    """Return a maker of claims that were sent: each line is a kind, an amount and more facts."""

    def make(*lines, engagement=None, **facts):
        whose = engagement or engaged
        own = {"organisation_id": whose.organisation_id}
        claim = ExpenseClaim(
            **{
                **own, "number": f"CL-9{next(_numbers):03}", "client_uuid": uuid4(), "engagement_id": whose.id,
                "claimed_by": f"artist:{whose.person_id}", "currency": "AUD", "submitted_at": now(),
                "status": ClaimStatus.under_review, **facts,
            }
        )  # fmt: skip
        for place, (kind, amount, more) in enumerate(lines, 1):
            claim.lines.append(
                ExpenseLine(
                    **{
                        **own, "position": place, "kind": ExpenseKind(kind), "spent_on": DAY, "amount": Decimal(amount),
                        "currency": "AUD", "base_amount": Decimal(amount), "base_currency": "AUD", "flags": [],
                        "claimant_id": whose.person_id, **more,
                    }
                )
            )  # fmt: skip
        owner_session.add(claim)
        owner_session.commit()
        return claim

    return make


@pytest.fixture
def by(staff):
    """Return somebody of finance, who decides."""
    browser = staff("Finance")
    return By(browser.user_id, "Callum Reid")


def cap_in(session, engaged, currency, limit):
    """Let the contract pay taxis up to a sum over the whole engagement."""
    engaged.entitlements[:] = [
        Entitlement(
            organisation_id=engaged.organisation_id, kind=EntitlementKind.taxi, cap=Decimal(limit),
            currency=currency, rule="", period=CapPeriod.engagement,
        )
    ]  # fmt: skip
    session.commit()


class TestCaps:
    def test_in_the_currency_that_was_paid_count_what_was_approved_of_it(
        self, owner_session, engaged, claimed
    ):
        cap_in(owner_session, engaged, "EUR", 60)
        euro = {"currency": "EUR", "base_amount": Decimal(66)}
        half = {**euro, "status": LineStatus.approved, "approved_amount": Decimal(33)}
        other = {"status": LineStatus.approved, "approved_amount": Decimal(20)}
        claim = claimed(("taxi", "40", half), ("taxi", "20", other), ("taxi", "40", euro))

        use = caps.cap_use(owner_session, claim.lines[2])

        assert (use.used.amount, use.left.amount, use.is_over) == (20, 40, False)

    def test_of_another_currency_reduce_nothing(self, owner_session, engaged, claimed, by):
        cap_in(owner_session, engaged, "EUR", 60)
        claim = claimed(("taxi", "40", {}), ("hotel", "40", {}))

        for line in claim.lines:
            with pytest.raises(Refused, match="no cap to reduce this to") as refusal:
                deciding.approve_what_is_left(owner_session, line, by)
            assert refusal.value.field == "amount"

    def test_that_are_used_up_leave_nothing_to_approve(self, owner_session, engaged, claimed, by):
        cap_in(owner_session, engaged, "AUD", 20)
        used = {"status": LineStatus.approved, "approved_amount": Decimal(20)}
        claim = claimed(("taxi", "20", used), ("taxi", "30", {}))

        with pytest.raises(Refused, match="all of it is used") as refusal:
            deciding.approve_what_is_left(owner_session, claim.lines[1], by)

        assert refusal.value.field == "choice"


class TestMeals:
    def test_are_covered_where_a_per_diem_is_paid_that_day(self, owner_session, engaged, claimed):
        claim = claimed(("meal", "30", {}))
        (line,) = claim.lines
        before = flags.flags_of(owner_session, engaged, line)
        owner_session.add(
            AllowanceLine(
                organisation_id=engaged.organisation_id, engagement_id=engaged.id, day=DAY,
                kind=AllowanceKind.per_diem, amount=Decimal(96), currency="AUD", explanation="Away",
            )
        )  # fmt: skip
        owner_session.commit()

        after = flags.flags_of(owner_session, engaged, line)
        noticed = [one.says for one in rules.findings_of(owner_session, line, None)]

        assert before == []
        assert "covers meals" in after[0]
        assert any("covers meals" in says for says in noticed)


class TestRules:
    def test_set_anew_they_hold_from_then_on(self, owner_session, organisation, engaged, claimed):
        claim = claimed(("other", "30", {"spent_on": DAY - timedelta(days=20)}))
        own = organisation.id
        for effect, days in ((RuleEffect.warn, 10), (RuleEffect.warn, 40)):
            rules.set_rule(owner_session, own, RuleAbout.late, effect, Decimal(days))
        rules.set_rule(owner_session, own, RuleAbout.no_receipt, RuleEffect.warn, Decimal(50))

        says = [one.says for one in rules.findings_of(owner_session, claim.lines[0], None)]

        assert says == []
        rules.set_rule(owner_session, own, RuleAbout.late, RuleEffect.warn, Decimal(10))
        rules.set_rule(owner_session, own, RuleAbout.no_receipt, RuleEffect.warn, Decimal(0))
        says = [one.says for one in rules.findings_of(owner_session, claim.lines[0], None)]
        assert says[0].endswith("days after it was spent; 10 are allowed.")
        assert says[1].startswith("No receipt.")


class TestPrices:
    def new(self, **typed):
        return pricing.NewLine(**{"kind": "taxi", "amount": Decimal("0.01"), "currency": "JPY", "spent_on": DAY, **typed})  # fmt: skip

    def test_of_a_journey_need_what_was_driven_and_how_far(self, owner_session, claimed):
        claim = claimed()

        with pytest.raises(Invalid) as refusal:
            pricing.price(owner_session, claim, self.new(kind="mileage"), has_statement=False)

        assert set(refusal.value.errors) == {"kilometres", "vehicle"}

    def test_that_nobody_knows_yet_are_left_to_finance(self, owner_session, claimed):
        line = self.new(amount=Decimal(3))

        priced = pricing.price(owner_session, claimed(), line, has_statement=False)

        assert (priced["base_amount"], priced["rate_source"]) == (None, RateSource.entered)


class TestDuplicates:
    def test_of_somebody_else_are_said_without_a_name(
        self, owner_session, engaged, mia, claimed, by
    ):
        theirs = claimed(("taxi", "30", {}))
        engagement = SimpleNamespace(
            id=engaged.id, organisation_id=engaged.organisation_id, person_id=mia.id
        )
        mine = claimed(("taxi", "30", {}), engagement=engagement)

        deciding.mark_duplicate(owner_session, mine.lines[0], by, of=theirs.lines[0])

        assert (
            mine.lines[0].decision_reason
            == "The same expense was claimed by somebody else already."
        )

    def test_are_no_duplicates_of_themselves(self, owner_session, claimed, by):
        (line,) = claimed(("taxi", "30", {})).lines

        with pytest.raises(Refused, match="not a duplicate of itself"):
            deciding.mark_duplicate(owner_session, line, by, of=line)


class TestPapers:
    def test_put_behind_a_line_twice_are_there_once(self, owner_session, claimed):
        (line,) = claimed(("taxi", "30", {})).lines
        paper = StoredFile(
            organisation_id=line.organisation_id, sha256="0" * 64, media_type="image/png", name="x.png",
            size=1, stored_by="artist:1", stored_at=now(),
        )  # fmt: skip
        owner_session.add(paper)
        owner_session.flush()

        for _ in range(2):
            receiving.attach(owner_session, line, paper)

        assert len(line.receipts) == 1


class TestStage:
    @pytest.mark.parametrize(
        ("status", "says"),
        [
            (ClaimStatus.received, "You have it. Check it, then send it."),
            (ClaimStatus.recalled, "You took it back."),
            (ClaimStatus.under_review, "has it now."),
            (ClaimStatus.posting, "pays it with its next pay run."),
            (ClaimStatus.paid, ""),
        ],
    )
    def test_says_who_has_a_claim_now(self, owner_session, claimed, status, says):
        claim = claimed(("taxi", "30", {}), status=status)

        assert says in stage.stage_of(owner_session, claim).holder


class TestDeputies:
    @pytest.fixture
    def named(self, staff, organisation, owner_session):
        """Return a maker of delegations by an approver."""
        approver = staff("Approver")

        def make(deputy, *, by_user=None, first=0, last=3):
            today = deputies.today_of(owner_session, organisation.id)
            return ApprovalDelegate(
                organisation_id=organisation.id, user_id=by_user or approver.user_id, delegate_user_id=deputy,
                starts_on=today + timedelta(days=first), ends_on=today + timedelta(days=last),
            )  # fmt: skip

        make.approver = approver
        return make

    def test_are_others_who_decide_nothing_and_may(self, named, staff, owner_session):
        own, clerk = named.approver.user_id, staff("Schedule").user_id
        sentences = {
            "self": named(own), "nobody": named(None), "passed on": named(clerk, by_user=staff("Manager").user_id),
            "decides": named(staff("Finance").user_id), "auditor": named(staff("Auditor").user_id),
            "over": named(clerk, first=-5, last=-2),
        }  # fmt: skip
        said = {}
        for name, delegation in sentences.items():
            with pytest.raises(Refused) as refusal:
                deputies.name_deputy(owner_session, delegation)
            said[name] = refusal.value.reason

        assert said["self"] == said["nobody"] == "Choose somebody else to decide in your place."
        assert said["passed on"].startswith("Only who decides claims names somebody")
        assert said["decides"].endswith("decides claims already. Choose somebody who does not.")
        assert "an auditor or administrator does not" in said["auditor"]
        assert said["over"].endswith("is over. Choose today or later.")

    def test_take_turns_and_are_ended_once(self, named, staff, owner_session):
        first, later = (
            named(staff("Schedule").user_id),
            named(staff("Schedule").user_id, first=9, last=12),
        )
        for delegation in (first, later):
            deputies.name_deputy(owner_session, delegation)
            owner_session.add(delegation)
            owner_session.commit()
        deputies.name_deputy(owner_session, first)

        deputies.end(owner_session, first)
        owner_session.commit()

        with pytest.raises(Refused, match="This is over already"):
            deputies.end(owner_session, first)

    def test_do_not_decide_where_the_approver_acts_for_the_claimant(
        self, named, staff, owner_session, claimed, person
    ):
        clerk = staff("Schedule").user_id
        delegation = named(clerk)
        owner_session.add(delegation)
        agent = Person(organisation_id=person.organisation_id, name="Élodie Martin", is_agent=True)
        owner_session.add(agent)
        owner_session.flush()
        profile = owner_session.query(StaffProfile).filter_by(user_id=named.approver.user_id).one()
        profile.person_id = agent.id
        owner_session.add(
            Representation(
                organisation_id=person.organisation_id, agent_id=agent.id, artist_id=person.id,
                scopes=[RepresentationScope.claim.value], starts_on=deputies.today_of(owner_session, person.organisation_id),
            )
        )  # fmt: skip
        owner_session.commit()
        claim = claimed(("taxi", "30", {}), claimed_by=f"agent:{agent.id}")

        assert "in whose place you decide" in deciders.why_not(owner_session, claim, clerk)
        assert agent.id in deciders.parties_of(owner_session, claim).delegate_ids
