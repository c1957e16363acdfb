"""People, places, engagements and texts are put in order as they are entered, or refused beside a field."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.contracts import ContractStatus, EntitlementKind
from app.domain.errors import Invalid, Refused
from app.domain.payables import PayableSource, PayableStatus
from app.domain.people import ContactKind, EngagementBasis, EngagementEvent, EngagementStatus
from app.models import (
    Clause,
    ClauseOption,
    ContactPoint,
    Contract,
    Engagement,
    Entitlement,
    FeeLine,
    Message,
    Payable,
    Person,
    Production,
    Representation,
    RoleAssignment,
    Season,
    Space,
    Venue,
)
from app.services import engagements, invitations, people, productions, withholding
from app.services.contracts import templates
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.factories.people import PersonFactory

DAY, BEFORE = date(2027, 2, 2), date(2027, 2, 1)
OUT_OF_ORDER = ("ends_on", "The last day is before the first")


@pytest.fixture
def db(owner_session, organisation):
    at_home_in(owner_session)
    return owner_session


@pytest.fixture
def engagement(db, organisation):
    return EngagementFactory(person=PersonFactory(organisation_id=organisation.id))


def said(deed: Any, *given: Any) -> tuple[str | None, str]:
    """Return beside which field a deed is refused, and the sentence."""
    with pytest.raises(Refused) as refusal:
        deed(*given)
    return refusal.value.field, refusal.value.reason


class TestPeople:
    def test_an_artist_has_a_profile_and_an_agent_has_none(self, db, organisation):
        own = {"organisation_id": organisation.id}
        artist, agent = Person(**own, name="  Ana   Ruiz "), Person(**own, name="Élodie", is_agent=True)  # fmt: skip
        for one in (artist, agent):
            people.add(db, one)
            db.add(one)
        db.commit()

        assert artist.name == "Ana Ruiz"
        assert (artist.artist is None, agent.artist is None) == (False, True)

    def test_a_name_has_letters_and_is_nobody_elses(self, db, person):
        other = PersonFactory(organisation_id=person.organisation_id, name="Ana")
        people.revise(db, person)
        db.commit()

        other.name = " … "
        assert said(people.revise, db, other) == ("name", "Write the name with letters.")
        other.name = "Noemie LEFEVRE"
        assert said(people.revise, db, other)[0] == "name"
        other.name = "Ana Ruiz"
        people.revise(db, other)
        other.preferred_name = "Anita"
        db.commit()
        people.revise(db, other)
        assert other.name_key == "ana ruiz"

    def test_put_away_and_brought_back_once(self, db, person):
        people.archive(db, person)
        assert said(people.archive, db, person)[1].endswith("is archived already.")
        people.restore(db, person)
        assert person.archived_at is None
        assert said(people.restore, db, person)[1].endswith("is not archived.")

    def test_a_changed_number_has_to_be_proved_anew_and_a_kept_one_has_not(self, db, person):
        phone = ContactPoint(
            organisation_id=person.organisation_id, person=person, kind=ContactKind.mobile, value="+61 400 000 147",
        )  # fmt: skip
        people.settle_contact(db, phone)
        db.add(phone)
        phone.verified_at = now()
        people.settle_contact(db, phone)
        kept = phone.verified_at
        phone.value = "+61 400 000 148"
        people.settle_contact(db, phone)

        assert kept is not None
        assert (phone.normalised, phone.verified_at) == ("+61400000148", None)

    def test_an_address_that_two_share_is_trusted_once_somebody_asked(self, db, person):
        shared = ContactPoint(
            organisation_id=person.organisation_id, person=person, kind=ContactKind.email,
            value="duo@example.org", normalised="duo@example.org", conflict_note="Ana uses this address too.",
        )  # fmt: skip
        db.add(shared)
        db.commit()

        assert said(invitations.invite, db, shared)[1].startswith("Ana uses this address too. Ask")
        people.clear_conflict(db, shared)
        assert said(people.clear_conflict, db, shared)[1] == "Nothing speaks against this address."

    def test_only_an_address_that_nobody_proved_is_invited_once_a_day(self, db, person):
        own = {"organisation_id": person.organisation_id, "person": person}
        phone = ContactPoint(**own, kind=ContactKind.mobile, value="+61400000147", normalised="+61400000147")  # fmt: skip
        mail = ContactPoint(**own, kind=ContactKind.email, value="n@example.org", normalised="n@example.org")  # fmt: skip
        db.add_all([phone, mail])
        db.commit()

        assert said(invitations.invite, db, phone)[1] == "Only an e-mail address can be invited."
        for _ in range(2):
            invitations.invite(db, mail)
        assert len(db.scalars(select(Message).where(Message.event == "invitation")).all()) == 1
        mail.verified_at = now()
        assert said(invitations.invite, db, mail)[1] == "n@example.org is proved already."

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["view", "fly"]}, "scopes"),
            ({"agent": Person(name="Mia")}, "agent"),
            ({"ends_on": BEFORE}, "ends_on"),
        ],
        ids=["nothing", "unknown", "no agent", "days"],
    )
    def test_an_agent_may_do_something_that_exists_for_some_days(self, db, changed, field):
        agent = Person(name="Élodie", is_agent=True)
        link = Representation(scopes=["view", "sign"], starts_on=DAY, agent=agent)
        people.settle_representation(db, link)
        for name, value in changed.items():
            setattr(link, name, value)

        assert said(people.settle_representation, db, link)[0] == field


class TestPlaces:
    def test_a_production_has_a_code_and_days_in_order(self, db):
        made = Production(code=" gis ", title="Giselle", starts_on=DAY, ends_on=DAY)
        productions.settle_production(db, made)
        made.ends_on = BEFORE

        assert made.code == "GIS"
        assert said(productions.settle_production, db, made) == (*OUT_OF_ORDER[:1], "The last day is before the first.")  # fmt: skip
        made.code = " "
        assert said(productions.settle_production, db, made)[0] == "code"
        season = Season(name="2027", starts_on=DAY, ends_on=BEFORE)
        assert said(productions.settle_season, db, season)[0] == "ends_on"

    def test_a_venue_has_a_real_zone_or_none_and_its_stages_have_names(self, db):
        venue = Venue(name="Her Majesty’s", zone=" ")
        productions.settle_venue(db, venue)
        assert venue.zone is None
        venue.zone = "Australia/Adelaide"
        productions.settle_venue(db, venue)
        venue.zone = "Adelaide"
        assert said(productions.settle_venue, db, venue)[0] == "zone"
        assert said(productions.settle_space, db, Space(name=" ")) == ("name", "Name the stage or studio.")  # fmt: skip
        productions.settle_space(db, Space(name="Studio 2"))


class TestEngagements:
    def test_have_days_in_order_and_a_fee_of_their_currency(self, db, engagement):
        engagement.ends_on = engagement.starts_on - timedelta(days=1)
        engagement.fee = Decimal("1.001")

        with pytest.raises(Invalid) as refusal:
            engagements.revise(db, engagement)

        assert set(refusal.value.errors) == {"ends_on", "fee"}

    def test_keep_the_terms_that_are_signed(self, db, engagement):
        db.add(
            Contract(
                organisation_id=engagement.organisation_id, number="C-2027-0001", title="Carmen",
                engagement_id=engagement.id, status=ContractStatus.executed,
            )
        )  # fmt: skip
        db.commit()
        engagement.home_base = "Lyon"
        engagements.revise(db, engagement)
        engagement.fee = Decimal(1)

        field, sentence = said(engagements.revise, db, engagement)

        assert field == "fee"
        assert sentence.startswith("Contract C-2027-0001 is executed. Void it and send")

    def test_move_while_they_are_not_put_away(self, db, engagement):
        engagements.move(db, engagement, EngagementEvent.offer)
        engagements.archive(db, engagement)
        refused = said(engagements.move, db, engagement, EngagementEvent.confirm)[1]
        engagements.restore(db, engagement)
        engagements.move(db, engagement, EngagementEvent.confirm)

        assert refused == f"{engagement.number} is archived. Restore it first."
        assert engagement.status is EngagementStatus.confirmed
        assert said(engagements.restore, db, engagement)[1].endswith("is not archived.")
        engagements.archive(db, engagement)
        assert said(engagements.archive, db, engagement)[1].endswith("is archived already.")

    def test_released_they_owe_what_they_owed(self, db, engagement):
        engagements.move(db, engagement, EngagementEvent.release)

        assert engagement.status is EngagementStatus.released

    def test_a_role_has_a_name_and_days_in_order(self, db, engagement):
        role = RoleAssignment(organisation_id=engagement.organisation_id, engagement=engagement, role="Myrtha")  # fmt: skip
        engagements.settle_role(db, role)
        role.starts_on, role.ends_on = DAY, BEFORE
        assert said(engagements.settle_role, db, role)[0] == "ends_on"
        role.role = " "
        assert said(engagements.settle_role, db, role)[0] == "role"

    def test_a_part_of_the_fee_comes_after_the_others_and_stays_there(self, db, engagement):
        part = FeeLine(organisation_id=engagement.organisation_id, engagement=engagement, amount=Decimal(5))  # fmt: skip
        with db.no_autoflush:
            engagements.settle_fee_line(db, part)
        placed = part.position
        engagements.settle_fee_line(db, part)

        assert (placed, part.position, part.currency) == (3, 3, "AUD")

    def test_what_is_given_beside_it_is_a_sum_a_cap_or_a_rule(self, db, engagement):
        given = Entitlement(
            organisation_id=engagement.organisation_id, engagement=engagement, kind=EntitlementKind.taxi,
            rule="",
        )  # fmt: skip
        with db.no_autoflush:
            assert said(engagements.settle_entitlement, db, given)[0] == "amount"
            given.cap = Decimal("45.001")
            assert said(engagements.settle_entitlement, db, given)[0] == "cap"
            given.cap = Decimal(45)
            engagements.settle_entitlement(db, given)
        assert given.currency == "AUD"


class TestWithholding:
    def owed(self, engagement: Engagement, **facts: Any) -> Payable:
        return Payable(
            **{
                "organisation_id": engagement.organisation_id, "engagement_id": engagement.id, "number": "FEE-1",
                "payee_name": "N", "due_on": DAY, "source": PayableSource.fee, "source_key": "fee-1",
                "amount": Decimal(5), "currency": "AUD", **facts,
            }
        )  # fmt: skip

    def test_is_decided_for_foreign_residents_before_they_are_paid(self, db, engagement):
        assert engagement.basis is EngagementBasis.contractor
        payable = self.owed(engagement)
        db.add(payable)
        db.commit()

        def decide(words: str = "None: treaty.") -> None:
            withholding.decide(db, payable, decision=words, by=1)

        with pytest.raises(Refused, match="FEE-1 is not paid to a foreign resident"):
            decide()
        payable.withholding_note = "Decide"
        with pytest.raises(Refused, match="Write what is decided"):
            decide(" ")
        payable.status = PayableStatus.paid
        with pytest.raises(Refused, match="It is too late to decide"):
            decide()


class TestTexts:
    def test_a_clause_has_a_key_of_its_own(self, db, organisation):
        own = {"organisation_id": organisation.id, "title": "Travel", "body": "We pay."}
        first = Clause(**own, key="travel")
        templates.settle_clause(db, first)
        db.add(first)
        db.commit()
        templates.settle_clause(db, first)

        assert said(templates.settle_clause, db, Clause(**own, key="Travel!"))[0] == "key"
        assert said(templates.settle_clause, db, Clause(**own, key="travel"))[1].startswith("Another clause")  # fmt: skip

    def test_another_wording_has_a_key_words_and_a_condition_that_can_be_asked(
        self, db, organisation
    ):
        clause = Clause(
            organisation_id=organisation.id, key="travel", title="Travel", body="We pay."
        )
        db.add(clause)
        db.commit()

        def option(**typed: str) -> ClauseOption:
            with db.no_autoflush:
                made = ClauseOption(
                    **{"organisation_id": organisation.id, "key": "dancers", "title": "Dancers",
                       "body": "We fly.", "condition": "", **typed}
                )  # fmt: skip
                db.expunge_all()
                made.clause_id, made.clause = clause.id, clause
            return made

        kept = option(condition="basis == 'employee'")
        templates.settle_option(db, kept)
        db.add(kept)
        db.commit()
        said_of = {
            name: said(templates.settle_option, db, option(**typed))[0]
            for name, typed in {
                "reserved": {"key": "standard"}, "empty": {"key": "other", "body": " "},
                "braces": {"key": "other", "condition": "{% if x %}"}, "taken": {},
                "broken": {"key": "other", "condition": "basis =="},
            }.items()
        }  # fmt: skip

        assert said_of == {
            "reserved": "key", "empty": "body", "braces": "condition", "taken": "key", "broken": "condition",
        }  # fmt: skip
