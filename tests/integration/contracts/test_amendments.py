"""Amendments: written, reviewed, sent, signed by both sides, sealed; and the terms in force on any day."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import (
    AmendmentStatus,
    ContractStatus,
    FeeTrigger,
)
from app.domain.errors import Invalid, Refused
from app.domain.money import Money
from app.domain.payables import PayableSource
from app.integrations import providers
from app.models import (
    Amendment,
    Contract,
    Engagement,
    FeeLine,
    Organisation,
    Payable,
    StoredFile,
    TermSet,
)
from app.services import fees
from app.services.amendments import drafting, effects, ending, sending, signing
from app.services.amendments.drafting import Wanted
from app.services.contracts import in_force
from app.services.contracts.signing import Act
from tests.integration.contracts.conftest import As, checker_of, stored


def act_on(amendment: Amendment, intent: str) -> Act:
    return Act(
        intent=intent,
        document_sha256=str(amendment.document_sha256),
        address="203.0.113.7",
        device="Mozilla/5.0 (iPhone)",
        zone="Europe/Paris",
        step_up="code by text to ••412",
    )


def more_money(terms: Any) -> dict[str, Any]:
    """Return terms with 400 more in the last instalment and a per diem of 100."""
    lines = [dict(line) for line in terms["fee_lines"]]
    lines[-1]["amount"] = str(Decimal(lines[-1]["amount"]) + 400)
    given = [
        {**one, "amount": "100.00"} if one["kind"] == "per_diem" else one
        for one in terms["entitlements"]
    ]
    return {
        **terms,
        "fee": str(Decimal(terms["fee"]) + 400),
        "fee_lines": lines,
        "entitlements": given,
    }


class Hand:
    """Moves one contract's amendments along as staff."""

    def __init__(self, as_staff: As, contract_id: int, user_id: int) -> None:
        self.as_staff, self.contract_id, self.user_id = as_staff, contract_id, user_id

    def draft(self, *, on: date | None = None, change: Any = more_money) -> int:
        with self.as_staff() as db:
            contract = db.get_one(Contract, self.contract_id)
            day = on or now().date()
            held = in_force.terms_on(db, contract.engagement, day).terms
            made = drafting.draft(
                db, contract, Wanted("More money", day, change(held)), by_user_id=self.user_id
            )
            return made.id

    def do(self, amendment_id: int, deed: Callable[[Session, Amendment], Any]) -> None:
        with self.as_staff() as db:
            deed(db, db.get_one(Amendment, amendment_id))

    def send(self, amendment_id: int, checker: int) -> None:
        self.do(amendment_id, lambda db, one: drafting.submit(db, one, by_user_id=self.user_id))
        self.do(amendment_id, lambda db, one: drafting.approve(db, one, by_user_id=checker))

        def out(db: Session, one: Amendment) -> None:
            content, made = sending.make_paper(one)
            providers.files().put(content)
            sending.send(db, one, made, by_user_id=self.user_id)

        self.do(amendment_id, out)

    def sign(self, amendment_id: int) -> None:
        self.do(
            amendment_id,
            lambda db, one: signing.sign(
                db, one, one.contract.engagement.person, act_on(one, "I sign")
            ),
        )

    def countersign(self, amendment_id: int) -> None:
        self.do(
            amendment_id,
            lambda db, one: signing.countersign(
                db, one, user_id=self.user_id, name="Joel Okafor", act=act_on(one, "Countersign")
            ),
        )

    def terms(self, day: date) -> in_force.InForce:
        with self.as_staff() as db:
            contract = db.get_one(Contract, self.contract_id)
            found = in_force.terms_on(db, contract.engagement, day)
            found.written()
            return found


@pytest.fixture
def hand(as_staff: As, executed: int, organisation: Organisation) -> Hand:
    """Return a hand on an executed contract."""
    return Hand(as_staff, executed, organisation.signatory_user_id or 0)


@pytest.fixture
def checker(as_staff: As, organisation: Organisation) -> int:
    """Return somebody else of the staff."""
    with as_staff() as db:
        return checker_of(db)


class TestRoad:
    def test_signed_by_both_sides_its_terms_are_in_force_and_the_contract_stays_executed(
        self, hand: Hand, checker: int, owner_session: Session, work: Callable[[], list[str]],
        told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        today = now().date()
        amendment = hand.draft()
        hand.send(amendment, checker)
        hand.sign(amendment)
        before = hand.terms(today).terms["fee"]
        hand.countersign(amendment)
        kept = work()

        after = hand.terms(today)
        found = stored(owner_session, Amendment, amendment)
        contract = found.contract
        assert before == "21600.000"
        assert Decimal(after.terms["fee"]) == 22000
        assert found.status is AmendmentStatus.executed
        assert contract.status is ContractStatus.executed
        assert contract.engagement.fee == 22000
        assert contract.engagement.fee_lines[-1].amount == Decimal(11200)
        assert "amendment.seal" in kept
        pdf = providers.files().read(_sha(owner_session, found.sealed_file_id))
        assert pdf[:5] == b"%PDF-"
        assert told().count("amendment_executed") == 1
        assert told().count("amendment_signed_staff") == 1

    def test_says_of_each_term_what_it_was_and_which_paper_changed_it(
        self, hand: Hand, checker: int
    ) -> None:
        amendment = hand.draft()
        hand.send(amendment, checker)
        hand.sign(amendment)
        hand.countersign(amendment)

        written = {term.label: term for term in hand.terms(now().date()).written()}

        assert written["Fee"].words == "22,000.00 AUD"
        assert written["Fee"].old == "21,600.00 AUD"
        assert written["Fee"].amendment is not None
        assert written["Fee"].amendment.id == amendment
        assert written["Role"].amendment is None

    def test_a_later_day_keeps_todays_terms_until_then(
        self, hand: Hand, checker: int, owner_session: Session, as_staff: As
    ) -> None:
        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        later = max(engagement.starts_on, now().date()) + timedelta(days=3)
        amendment = hand.draft(on=later)
        hand.send(amendment, checker)
        hand.sign(amendment)
        hand.countersign(amendment)

        day_before, day = hand.terms(later - timedelta(days=1)), hand.terms(later)
        unchanged = stored(owner_session, Engagement, engagement.id).fee
        with as_staff() as db:
            line = db.query(FeeLine).filter_by(engagement_id=engagement.id).all()[-1]
            agreed = in_force.fee_line_on(db, line, later)
            none = effects.apply_due(db, now())
            done = effects.apply_due(db, now() + timedelta(days=(later - now().date()).days + 2))

        assert Decimal(day_before.terms["fee"]) == 21600
        assert [step.amendment.id for step in day_before.coming] == [amendment]
        assert Decimal(day.terms["fee"]) == 22000
        assert unchanged == 21600
        assert agreed is not None
        assert agreed.amount == Money(Decimal(11200), "AUD")
        assert [one["amount"] for one in day.terms["entitlements"]] == ["100.00"]
        assert (none, done) == (0, 1)

    def test_an_instalment_falls_due_by_the_terms_in_force_on_its_day(
        self, hand: Hand, checker: int, owner_session: Session, as_staff: As
    ) -> None:
        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        last = engagement.fee_lines[-1]
        last.trigger, last.due_on = FeeTrigger.on_date, now().date() + timedelta(days=9)
        term_set = owner_session.query(TermSet).one()
        lines = [dict(line) for line in term_set.terms["fee_lines"]]
        lines[-1] |= {"trigger": "on_date", "due_on": last.due_on.isoformat()}
        place = last.id
        terms = {**term_set.terms, "fee_lines": lines}
        term_set.terms = terms
        owner_session.commit()
        amendment = hand.draft(on=now().date() + timedelta(days=5))
        hand.send(amendment, checker)
        hand.sign(amendment)
        hand.countersign(amendment)

        with as_staff() as db:
            fees.make_due(db, now())
        owner_session.rollback()
        made = owner_session.query(Payable).filter_by(fee_line_id=place).one()

        assert made.amount == 11200

    @pytest.mark.parametrize("end", ["decline", "void", "expire"])
    def test_one_that_ends_leaves_the_terms_as_they_were(
        self, hand: Hand, checker: int, owner_session: Session, end: str
    ) -> None:
        amendment = hand.draft()
        hand.send(amendment, checker)
        deeds: dict[str, Callable[[Session, Amendment], Any]] = {
            "decline": lambda db, one: ending.decline(db, one, reason="Not enough."),
            "void": lambda db, one: ending.void(db, one, reason="Wrong fee."),
            "expire": lambda db, one: ending.expire(db, one),
        }
        hand.do(amendment, deeds[end])

        found = stored(owner_session, Amendment, amendment)
        assert found.status in {
            AmendmentStatus.declined, AmendmentStatus.voided, AmendmentStatus.expired,
        }  # fmt: skip
        assert Decimal(hand.terms(now().date()).terms["fee"]) == 21600
        assert found.contract.engagement.fee == 21600

    def test_the_paper_shows_old_beside_new(
        self, hand: Hand, checker: int, owner_session: Session
    ) -> None:
        amendment = hand.draft()
        hand.send(amendment, checker)

        found = stored(owner_session, Amendment, amendment)
        assert "21,600.00 AUD" in found.markdown
        assert "22,000.00 AUD" in found.markdown
        with pikepdf.open(_file(owner_session, found.document_file_id)) as pdf:
            assert "amendment 1" in str(pdf.docinfo["/Title"]).lower()


class TestRefusals:
    def test_whoever_submits_does_not_approve(self, hand: Hand) -> None:
        amendment = hand.draft()
        hand.do(amendment, lambda db, one: drafting.submit(db, one, by_user_id=hand.user_id))

        with pytest.raises(Refused, match="Somebody else approves it"):
            hand.do(amendment, lambda db, one: drafting.approve(db, one, by_user_id=hand.user_id))

    def test_one_at_a_time(self, hand: Hand) -> None:
        hand.draft()

        with pytest.raises(Refused, match="Amendment 1 is draft"):
            hand.draft()

    def test_instalments_must_add_up_to_the_new_fee(self, hand: Hand) -> None:
        with pytest.raises(Invalid, match=r"Instalments add up to 21,600\.00\. Add 400\.00"):
            hand.draft(change=lambda terms: {**terms, "fee": "22000.000"})

    def test_nothing_different_is_no_amendment(self, hand: Hand) -> None:
        with pytest.raises(Invalid, match="Nothing is different yet"):
            hand.draft(change=dict)

    def test_an_instalment_among_the_payables_is_past_changing(
        self, hand: Hand, owner_session: Session
    ) -> None:
        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        line = engagement.fee_lines[-1]
        owner_session.add(
            Payable(
                organisation_id=engagement.organisation_id, engagement_id=engagement.id,
                number="FEE-1", payee_name="Łucja Wiśniewska",
                due_on=now().date(), source=PayableSource.fee, source_key=f"fee-{line.id}",
                amount=line.amount, currency=line.currency, fee_line_id=line.id,
            )
        )  # fmt: skip
        owner_session.commit()

        with pytest.raises(Invalid, match="among the payables already"):
            hand.draft()

    def test_a_contract_that_is_not_executed_is_not_amended(
        self, as_staff: As, sent: int, organisation: Organisation
    ) -> None:
        hand = Hand(as_staff, sent, organisation.signatory_user_id or 0)

        with pytest.raises(Refused, match="Only an executed contract is amended"):
            hand.draft()

    def test_another_text_than_was_shown_is_not_signed(self, hand: Hand, checker: int) -> None:
        amendment = hand.draft()
        hand.send(amendment, checker)

        with pytest.raises(Refused, match="you were shown another text"):
            hand.do(
                amendment,
                lambda db, one: signing.sign(
                    db, one, one.contract.engagement.person,
                    Act("I sign", "0" * 64, "203.0.113.7", "phone", "UTC", "code"),
                ),
            )  # fmt: skip


def _sha(session: Session, file_id: int | None) -> str:
    return str(session.get_one(StoredFile, file_id).sha256)


def _file(session: Session, file_id: int | None) -> Any:
    return BytesIO(providers.files().read(_sha(session, file_id)))
