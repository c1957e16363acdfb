"""What an amendment does to the engagement's own rows, and what its road refuses."""

# ruff: noqa: F811 -- fixtures of a neighbour, used by name

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.claim_caps import CapPeriod
from app.domain.contracts import AmendmentStatus, EntitlementKind, FeeTrigger
from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind
from app.models import (
    Amendment,
    ContactPoint,
    Contract,
    Engagement,
    Entitlement,
    ExpenseLine,
    Message,
    Payable,
    Person,
    SignatureRequest,
    TermSet,
)
from app.services import fees
from app.services.allowances.facts import Terms
from app.services.amendments import drafting, ending, sealing, sending, signing
from app.services.amendments.drafting import Wanted
from app.services.contracts import looking, reminding
from app.services.expenses import caps
from tests.factories.people import PersonFactory
from tests.integration.contracts.conftest import stored
from tests.integration.contracts.test_amendments import (  # noqa: F401 -- fixtures
    Hand,
    act_on,
    checker,
    hand,
    more_money,
)

TAXI = {"kind": "taxi", "amount": None, "cap": "45.00", "currency": "AUD", "rule": "a week", "period": "week"}  # fmt: skip


def recast(terms: Any) -> dict[str, Any]:
    """Return terms with another role, three instalments instead of two, and taxis instead of per diems."""
    first, last = (dict(line) for line in terms["fee_lines"])
    last["amount"] = str(Decimal(last["amount"]) - 800)
    third = {**last, "position": 3, "label": "The rest", "amount": "800.00"}
    return {
        **terms,
        "casting": [{"role": "Mercédès", "casting": "cover", "cast": "B"}],
        "roles": ["cover Mercédès, cast B"],
        "fee_lines": [first, last, third],
        "entitlements": [TAXI],
    }


def one_instalment(terms: Any) -> dict[str, Any]:
    """Return terms whose whole fee is paid at once."""
    first = {**terms["fee_lines"][0], "amount": terms["fee"]}
    return {**terms, "fee_lines": [first]}


def through(hand: Hand, checker: int, **what: Any) -> int:
    """Take an amendment all the way until it is executed."""
    made = hand.draft(**what)
    hand.send(made, checker)
    hand.sign(made)
    hand.countersign(made)
    return made


def cap_of(db: Session, engagement_id: int, on: date) -> Any:
    line = ExpenseLine(kind=ExpenseKind.taxi, spent_on=on)
    return caps.cap_for(db, db.get_one(Engagement, engagement_id), line)


class TestTheEngagement:
    def test_has_the_roles_instalments_and_entitlements_that_were_agreed(
        self, hand, checker, owner_session
    ):
        through(hand, checker, change=recast)

        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        (taxi,) = engagement.entitlements
        assert [(r.role, r.casting, r.cast) for r in engagement.roles] == [("Mercédès", "cover", "B")]  # fmt: skip
        assert [line.amount for line in engagement.fee_lines] == [10800, 10000, 800]
        assert (taxi.kind, taxi.cap, taxi.period) == ("taxi", 45, CapPeriod.week)

    def test_loses_the_instalment_that_was_put_into_another(self, hand, checker, owner_session):
        through(hand, checker, change=one_instalment)

        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        assert [line.amount for line in engagement.fee_lines] == [21600]

    @pytest.mark.parametrize("moved", [None, 90], ids=["away", "off"])
    def test_owes_no_instalment_that_was_agreed_away_or_put_off(
        self, hand, checker, owner_session, as_staff, moved
    ):
        today = now().date()
        last = stored(owner_session, Contract, hand.contract_id).engagement.fee_lines[-1]
        last.trigger, last.due_on = FeeTrigger.on_date, today + timedelta(days=9)
        signed = owner_session.query(TermSet).one()
        lines = [dict(line) for line in signed.terms["fee_lines"]]
        lines[-1] |= {"trigger": "on_date", "due_on": last.due_on.isoformat()}
        signed.terms = {**signed.terms, "fee_lines": lines}
        place = last.id
        owner_session.commit()

        def put_off(terms: Any) -> dict[str, Any]:
            first, second = terms["fee_lines"]
            later = (today + timedelta(days=moved)).isoformat()
            return {**terms, "fee_lines": [first, {**second, "due_on": later}]}

        through(hand, checker, change=put_off if moved else one_instalment, on=today + timedelta(days=5))  # fmt: skip
        with as_staff() as db:
            fees.make_due(db, now())

        owner_session.rollback()
        assert owner_session.query(Payable).filter_by(fee_line_id=place).all() == []


class TestCaps:
    """A cap of the contract holds on, whatever else an amendment changes."""

    @pytest.fixture
    def engagement(self, engagement: Engagement, owner_session: Session) -> Engagement:
        engagement.entitlements.append(
            Entitlement(
                organisation_id=engagement.organisation_id, kind=EntitlementKind.taxi, cap=Decimal(45),
                currency="AUD", rule="a week", period=CapPeriod.week,
            )
        )  # fmt: skip
        owner_session.commit()
        return engagement

    def test_stays_when_the_fee_alone_is_amended(self, hand, checker, engagement, as_staff):
        def fee_alone(terms: Any) -> dict[str, Any]:
            return {**more_money(terms), "entitlements": terms["entitlements"]}

        through(hand, checker, change=fee_alone)

        with as_staff() as db:
            cap = cap_of(db, engagement.id, now().date())
        assert cap is not None
        assert (cap.limit.amount, cap.period) == (45, CapPeriod.week)
        assert cap.source.startswith("Contract C-")

    def test_is_the_amendments_from_its_day_on(self, hand, checker, engagement, as_staff):
        tomorrow = now().date() + timedelta(days=2)

        def dearer(terms: Any) -> dict[str, Any]:
            return {**terms, "entitlements": [{**TAXI, "cap": "60.00"}]}

        through(hand, checker, change=dearer, on=tomorrow)

        with as_staff() as db:
            before = cap_of(db, engagement.id, tomorrow - timedelta(days=1))
            after = cap_of(db, engagement.id, tomorrow)
            on_tour = cap_of(db, engagement.id, max(engagement.starts_on, tomorrow))
        assert (before.limit.amount, after.limit.amount, on_tour.limit.amount) == (45, 60, 60)
        assert after.source.startswith("Amendment 1 to C-")


class TestPerDiems:
    def test_agreed_before_the_first_day_are_paid_from_the_first_day_on(
        self, hand, checker, engagement, as_staff
    ):
        day = now().date() + timedelta(days=2)
        through(hand, checker, on=day)

        with as_staff() as db:
            kept = db.get_one(Engagement, engagement.id)
            terms = Terms(db, [kept])
            found = [
                terms.per_diem(kept, one)
                for one in (day - timedelta(days=1), day, max(day, kept.starts_on))
            ]

        assert [(one.rate.amount, one.source.split()[0]) for one in found] == [
            (96, "contract"), (100, "amendment"), (100, "amendment"),
        ]  # fmt: skip


class TestWriting:
    def test_goes_on_in_review_and_whoever_edits_is_its_maker(self, hand, checker, owner_session):
        made = hand.draft()
        hand.do(made, lambda db, one: drafting.submit(db, one, by_user_id=hand.user_id))
        day = now().date()

        def edit(db: Session, one: Amendment) -> None:
            terms = {**one.before, **one.changes}
            drafting.edit(
                db, one, Wanted("Better", day, terms, "One more show."), by_user_id=checker
            )

        hand.do(made, edit)

        kept = stored(owner_session, Amendment, made)
        assert (kept.title, kept.words, kept.submitted_by_id) == (
            "Better",
            "One more show.",
            checker,
        )
        with pytest.raises(Refused, match="Somebody else approves it"):
            hand.do(made, lambda db, one: drafting.approve(db, one, by_user_id=checker))
        hand.do(made, lambda db, one: drafting.approve(db, one, by_user_id=hand.user_id))
        with pytest.raises(Refused, match="that is ready cannot change"):
            hand.do(made, edit)

    def test_comes_back_with_what_is_to_change(self, hand, owner_session):
        made = hand.draft()
        hand.do(made, lambda db, one: drafting.submit(db, one, by_user_id=hand.user_id))
        with pytest.raises(Refused, match="Say what is to change"):
            hand.do(made, lambda db, one: drafting.return_for_changes(db, one, reason=" "))

        hand.do(made, lambda db, one: drafting.return_for_changes(db, one, reason="The day."))
        day = now().date()
        hand.do(made, lambda db, one: drafting.edit(
            db, one, Wanted("Later", day, {**one.before, **one.changes}), by_user_id=hand.user_id))  # fmt: skip

        kept = stored(owner_session, Amendment, made)
        assert (kept.status, kept.reason, kept.title) == (
            AmendmentStatus.draft,
            "The day.",
            "Later",
        )

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda t: {**t, "ends_on": "2020-01-01"}, "The last day is before the first."),
            (
                lambda t: {
                    **t,
                    "fee_lines": [{**t["fee_lines"][0], "amount": t["fee"], "due_on": None}],
                },
                "Say on which day payment 1 is due.",
            ),
        ],
        ids=["days", "due"],
    )
    def test_of_terms_that_cannot_be_is_refused(self, hand, change, sentence):
        with pytest.raises(Invalid, match=sentence):
            hand.draft(change=change)

    def test_takes_effect_within_the_engagement(self, hand, owner_session):
        last = stored(owner_session, Contract, hand.contract_id).engagement.ends_on

        with pytest.raises(Invalid, match="The engagement ends on"):
            hand.draft(on=max(last, now().date()) + timedelta(days=30))

    def test_of_too_many_words_is_refused(self, hand, as_staff):
        with (
            pytest.raises(Refused, match="Keep it under 4,000 characters") as refusal,
            as_staff() as db,
        ):
            contract = db.get_one(Contract, hand.contract_id)
            wanted = Wanted("x", now().date(), {}, "word " * 1000)
            drafting.draft(db, contract, wanted, by_user_id=hand.user_id)

        assert refusal.value.field == "words"

    def test_over_other_terms_than_hold_now_is_read_again(self, hand, owner_session):
        made = hand.draft()
        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        kept = stored(owner_session, Amendment, made)
        kept.before = {**kept.before, "payment_terms": "never"}
        owner_session.commit()

        with pytest.raises(Refused, match="Changed since this was written: Payment terms"):
            hand.do(made, lambda db, one: drafting.submit(db, one, by_user_id=hand.user_id))
        assert engagement.payment_terms != "never"


class TestSending:
    def approved(self, hand: Hand, checker: int) -> int:
        made = hand.draft()
        hand.do(made, lambda db, one: drafting.submit(db, one, by_user_id=hand.user_id))
        hand.do(made, lambda db, one: drafting.approve(db, one, by_user_id=checker))
        return made

    def test_twice_is_one_request(self, hand, checker, owner_session):
        made = hand.draft()
        hand.send(made, checker)

        def again(db: Session, one: Amendment) -> None:
            sending.send(db, one, sending.make_paper(one)[1], by_user_id=hand.user_id)

        hand.do(made, again)

        asked = select(SignatureRequest).where(SignatureRequest.amendment_id == made)
        owner_session.rollback()
        assert len(owner_session.scalars(asked).all()) == 1

    def test_is_refused_without_an_address_a_signatory_or_the_text_that_was_read(
        self, hand, checker, owner_session, artist
    ):
        made = self.approved(hand, checker)

        def send(db: Session, one: Amendment) -> None:
            paper = sending.make_paper(one)[1]
            one.markdown += " More."
            sending.send(db, one, paper, by_user_id=hand.user_id)

        with pytest.raises(Refused, match="Somebody changed the text just now"):
            hand.do(made, send)
        kept = stored(owner_session, Amendment, made)
        signatory, kept.company_signatory_id = kept.company_signatory_id, None
        owner_session.commit()
        with pytest.raises(Refused, match="Nobody who works here is named to sign"):
            hand.do(made, send)
        stored(owner_session, Amendment, made).company_signatory_id = signatory
        for point in owner_session.scalars(select(ContactPoint)):
            point.verified_at = None
        owner_session.commit()
        with pytest.raises(Refused, match="has no verified e-mail address"):
            hand.do(made, send)

    def test_gives_the_agent_a_copy_and_reminds_the_signer(
        self, hand, checker, owner_session, as_staff, told
    ):
        engagement = stored(owner_session, Contract, hand.contract_id).engagement
        agent = PersonFactory(organisation_id=engagement.organisation_id, is_agent=True)
        owner_session.add(
            ContactPoint(
                organisation_id=agent.organisation_id, person_id=agent.id, kind="email",
                value="agent@example.org", normalised="agent@example.org", verified_at=now(),
            )
        )  # fmt: skip
        engagement.agent_id = agent.id
        owner_session.commit()
        made = hand.draft(change=lambda t: {**more_money(t), "agent": t["agent"]})
        hand.send(made, checker)

        with as_staff() as db:
            reminded = reminding.remind_due(db, now() + timedelta(days=4))

        copy = owner_session.scalars(select(Message).where(Message.event == "amendment_sent_copy"))
        assert [letter.person_id for letter in copy] == [agent.id]
        assert reminded == 1
        assert told().count("amendment_reminder") == 1


class TestSigning:
    def test_for_the_company_is_for_one_person_and_once(self, hand, checker, owner_session):
        made = hand.draft()
        hand.send(made, checker)
        hand.sign(made)

        def by(user_id: int) -> Any:
            return lambda db, one: signing.countersign(
                db, one, user_id=user_id, name="X", act=act_on(one, "Countersign")
            )

        with pytest.raises(Refused, match="Joel Okafor signs this amendment for the company"):
            hand.do(made, by(checker))
        hand.do(made, by(hand.user_id))
        hand.do(made, by(hand.user_id))

        owner_session.rollback()
        kept = owner_session.scalars(select(SignatureRequest).where(SignatureRequest.amendment_id == made)).one()  # fmt: skip
        assert [proof.signer_role for proof in kept.evidence] == ["artist", "company"]

    def test_is_over_with_the_time_to_sign(self, hand, checker, owner_session):
        made = hand.draft()
        hand.send(made, checker)
        request = owner_session.scalars(select(SignatureRequest).where(SignatureRequest.amendment_id == made)).one()  # fmt: skip
        request.expires_at = now() - timedelta(minutes=1)
        owner_session.commit()

        with pytest.raises(Refused, match="The time to sign has run out"):
            hand.sign(made)

    def test_is_for_what_was_sent(self, hand):
        made = hand.draft()

        with pytest.raises(Refused, match="This amendment has not been sent"):
            hand.sign(made)


class TestEnding:
    def test_said_twice_ends_it_once_and_a_draft_ends_silently(self, hand, checker, told):
        draft = hand.draft()
        hand.do(draft, lambda db, one: ending.void(db, one, reason="Not now."))
        made = hand.draft()
        hand.send(made, checker)
        for _ in range(2):
            hand.do(made, lambda db, one: ending.decline(db, one, reason="Not enough."))

        assert "amendment_voided" not in told()

    def test_leaves_nothing_to_seal(self, hand, as_staff):
        made = hand.draft()

        with pytest.raises(Refused, match="has no paper to seal"), as_staff() as db:
            sealing.job_of(db, made)
        with pytest.raises(Refused, match="There is no sealed paper"), as_staff() as db:
            sealing.record_seal(db, made, None)

    def test_sealed_it_is_not_sealed_again(self, hand, checker, as_staff, work):
        made = through(hand, checker)
        work()

        with as_staff() as db:
            assert sealing.job_of(db, made).is_done


class TestWhatTheArtistHasNotSeen:
    def test_is_told_of_each_amendment_by_how_it_stands(
        self, hand, checker, as_staff, artist, owner_session
    ):
        def look() -> list[str]:
            with as_staff() as db:
                contract = db.get_one(Contract, hand.contract_id)
                news = looking.news_of(contract)
                looking.note_look(db, contract)
            return news

        look()
        made = hand.draft()
        drafted = look()
        hand.send(made, checker)
        sent = look()
        seen = look()
        hand.sign(made)
        hand.countersign(made)
        done = look()
        over = look()
        hand.do(
            hand.draft(change=one_instalment), lambda db, one: ending.void(db, one, reason="No.")
        )
        ended = look()

        assert (drafted, seen, over) == ([], [], [])
        assert sent == ["Amendment 1 was sent to you. It waits for your signature."]
        assert done[0].startswith("Amendment 1 is complete; it holds from")
        assert ended == ["Amendment 2 was taken back; the terms stay as they were."]
        assert isinstance(artist, Person)
