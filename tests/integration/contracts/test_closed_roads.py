"""What cannot be done with a contract as it stands is refused in words, and changes nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.people import EngagementEvent, EngagementStatus
from app.models import (
    Contract,
    ContractQuestion,
    Engagement,
    Message,
    Person,
    StoredFile,
)
from app.services import engagements
from app.services.contracts import (
    delivering,
    differences,
    drafting,
    ending,
    looking,
    pack,
    questions,
    sealing,
    sending,
    signing,
    telling,
)
from tests.factories.people import ContactPointFactory, PersonFactory, RepresentationFactory
from tests.integration.contracts.conftest import act_of, checker_of, stored


@pytest.fixture
def refused(as_staff):
    """Return a hand that tries a deed on a contract and gives back the field and the sentence."""

    def try_it(contract_id: int, deed: Any) -> tuple[str | None, str]:
        with pytest.raises(Refused) as refusal, as_staff() as db:
            deed(db, db.get_one(Contract, contract_id))
        return refusal.value.field, refusal.value.reason

    return try_it


@pytest.fixture
def do(as_staff):
    def carry_out(contract_id: int, deed: Any) -> Any:
        with as_staff() as db:
            return deed(db, db.get_one(Contract, contract_id))

    return carry_out


def agent_of(artist: Person) -> Person:
    """Return somebody who may sign for the artist and has an address."""
    agent = PersonFactory(organisation_id=artist.organisation_id, is_agent=True)
    ContactPointFactory(person=agent)
    RepresentationFactory(agent=agent, artist=artist, scopes=["view", "sign"])
    return agent


class TestADraft:
    def test_is_asked_of_nobody(self, drafted, refused, artist):
        nobody = "Nobody is asked to sign a contract that is draft."
        deeds = {
            "delivery": lambda db, one: delivering.change_delivery(db, one, sending.Delivery()),
            "reassign": lambda db, one: delivering.reassign(db, one, db.get_one(Person, artist.id)),
            "link": delivering.send_link,
            "remind": sending.remind,
        }

        assert {refused(drafted, deed)[1] for deed in deeds.values()} == {nobody}

    def test_is_not_signed_sealed_or_packed(self, drafted, refused, artist):
        def sign(db, one):
            signing.sign(db, one, db.get_one(Person, artist.id), act_of(one, "I sign"))

        assert refused(drafted, sign)[1] == "This contract has not been sent."
        assert (
            "is not executed"
            in refused(drafted, lambda db, one: pack.pack(db, one, lambda _sha: b""))[1]
        )
        assert "no paper to seal" in refused(drafted, lambda db, one: sealing.job_of(db, one.id))[1]
        assert "no sealed paper" in refused(drafted, lambda db, one: sealing.record_seal(db, one.id, None))[1]  # fmt: skip

    def test_starts_from_a_text(self, as_staff, engagement, organisation):
        contract = Contract(organisation_id=organisation.id)
        with (
            pytest.raises(Refused, match="Choose the text to start from"),
            as_staff() as db,
            db.no_autoflush,
        ):
            contract.engagement = db.get_one(Engagement, engagement.id)
            drafting.draft(db, contract, by_user_id=1)

    def test_edited_in_review_makes_the_editor_its_maker(self, drafted, do, refused, as_staff):
        with as_staff() as db:
            checker = checker_of(db)
        do(drafted, lambda db, one: drafting.submit(db, one, by_user_id=one.owner_id))
        do(drafted, lambda db, one: drafting.edit_text(db, one, "# {{ fee }}", by_user_id=checker))

        said = refused(drafted, lambda db, one: drafting.approve(db, one, by_user_id=checker))[1]
        assert "Somebody else approves it" in said

    def test_with_an_empty_field_is_not_approved(self, drafted, do, refused, as_staff):
        with as_staff() as db:
            checker = checker_of(db)
        do(drafted, lambda db, one: drafting.edit_text(db, one, "{{ unheard_of }}", by_user_id=1))
        do(drafted, lambda db, one: drafting.submit(db, one, by_user_id=one.owner_id))

        _, said = refused(drafted, lambda db, one: drafting.approve(db, one, by_user_id=checker))

        assert said.startswith("Still empty in the text: unheard_of")


class TestSending:
    def test_needs_the_text_that_was_read_and_a_day_to_come(self, drafted, do, refused, as_staff):
        with as_staff() as db:
            checker = checker_of(db)
        do(drafted, lambda db, one: drafting.submit(db, one, by_user_id=one.owner_id))
        do(drafted, lambda db, one: drafting.approve(db, one, by_user_id=checker))

        def send(text: str = "", **terms: Any) -> Any:
            def deed(db, one):
                made = sending.make_paper(one)[1]
                made = replace(made, text_sha256=text or made.text_sha256)
                sending.send_for_signature(
                    db, one, made, by_user_id=1, terms=sending.Delivery(**terms)
                )

            return deed

        assert "Somebody changed the text just now" in refused(drafted, send("0" * 64))[1]
        assert refused(drafted, send(expires_at=now() - timedelta(days=1))) == (
            "expires_on", "That day is over. Choose a later one.",
        )  # fmt: skip

    def test_needs_somebody_who_signs_for_the_company(self, drafted, refused, artist):
        def choose(db, one):
            sending.change_signers(db, one, db.get_one(Person, artist.id), 0)

        assert refused(drafted, choose)[0] == "company_signatory_id"

    def test_chose_its_signers_before(self, sent, refused, artist):
        def choose(db, one):
            sending.change_signers(db, one, db.get_one(Person, artist.id), one.company_signatory_id)

        assert "The contract is out with its signers" in refused(sent, choose)[1]


class TestOut:
    def test_it_is_asked_of_another_with_an_address_and_of_the_artist_again(
        self, sent, do, refused, artist, owner_session
    ):
        agent = agent_of(artist)
        silent = PersonFactory(organisation_id=artist.organisation_id, is_agent=True)
        RepresentationFactory(agent=silent, artist=artist, scopes=["view", "sign"])

        def to(person: Person) -> Any:
            return lambda db, one: delivering.reassign(db, one, db.get_one(Person, person.id))

        assert refused(sent, to(silent))[0] == "signer_id"
        for person in (artist, agent, agent, artist):
            do(sent, to(person))

        letters = owner_session.scalars(
            select(Message.event).where(Message.event == "contract_reassigned")
        )
        assert len(letters.all()) == 1
        assert stored(owner_session, Contract, sent).signer_id == artist.id

    def test_reminders_alone_leave_the_last_day(self, sent, do, owner_session):
        before = stored(owner_session, Contract, sent).expires_at

        do(
            sent,
            lambda db, one: delivering.change_delivery(
                db, one, sending.Delivery(reminder_days=[2])
            ),
        )

        assert stored(owner_session, Contract, sent).expires_at == before

    def test_it_is_not_signed_unproved_or_after_it_was_taken_back(
        self, sent, do, refused, artist, owner_session
    ):
        def sign(**changed: Any) -> Any:
            return lambda db, one: signing.sign(
                db, one, db.get_one(Person, artist.id), replace(act_of(one, "I sign"), **changed)
            )

        unproved = refused(sent, sign(step_up=""))
        assert unproved[0] == "code"
        do(sent, lambda db, one: ending.void(db, one, reason="The fee changes."))
        assert "The company took this contract back" in refused(sent, sign())[1]

    def test_it_is_looked_at_once_as_new(self, sent, do, owner_session):
        for _ in range(2):
            do(sent, questions.mark_viewed)
        seen = stored(owner_session, Contract, sent).viewed_at
        do(sent, questions.mark_viewed)

        assert seen is not None
        assert stored(owner_session, Contract, sent).viewed_at == seen

    def test_a_question_is_answered_and_kept_short(self, sent, do, refused, owner_session):
        do(sent, lambda db, one: questions.ask(db, one, author="Łucja", body="Which day?"))
        do(sent, lambda db, one: questions.answer(db, one, author="Joel", body="Monday."))

        assert "Keep it under" in refused(sent, lambda db, one: questions.ask(db, one, author="Ł", body="x" * 4001))[1]  # fmt: skip
        asked = owner_session.scalars(select(ContractQuestion).order_by(ContractQuestion.id)).all()
        assert [one.answered_at is not None for one in asked] == [True, False]
        assert not questions.is_waiting(stored(owner_session, Contract, sent))

    def test_the_agent_hears_unless_the_agent_signs(
        self, sent, do, artist, as_staff, owner_session
    ):
        agent = agent_of(artist)
        stored(owner_session, Contract, sent).engagement.agent_id = agent.id
        owner_session.commit()

        do(sent, lambda db, one: telling.tell_agent(db, one, "contract_sent_copy", "1"))
        do(sent, lambda db, one: setattr(one, "signer_id", agent.id))
        do(sent, lambda db, one: telling.tell_agent(db, one, "contract_sent_copy", "2"))

        asked = select(Message.person_id).where(Message.event == "contract_sent_copy")
        assert owner_session.scalars(asked).all() == [agent.id]


class TestPaper:
    def test_signed_by_hand_is_a_pdf(self, sent, refused, owner_session):
        photo = StoredFile(sha256="0" * 64, media_type="image/png", name="x.png", size=1)
        said = ending.Attestation(
            "Both; I hold the original.", today_in("Australia/Brisbane", now()), "Paris"
        )

        def deed(db, one):
            return ending.upload_signed(db, one, photo, by_user_id=1, attestation=said)

        assert refused(sent, deed) == ("file", "Upload the signed contract as a PDF, or as photos.")


class TestWhatIsNew:
    def test_names_a_version_the_artist_has_not_seen(self, sent, do, as_staff):
        do(sent, looking.note_look)
        do(sent, lambda db, one: ending.void(db, one, reason="Wrong day."))
        do(sent, lambda db, one: drafting.revise(db, one, by_user_id=1))

        news = do(sent, lambda _db, one: looking.news_of(one))

        assert news == ["Version 2 was sent; you last saw version 1."]

    def test_of_a_long_text_shows_what_changed_and_a_little_around_it(self):
        long = " ".join(f"w{place}" for place in range(90))

        (passage,) = differences.text_changes(
            long, long.replace("w30 ", "x ").replace("w60 ", "y ")
        )

        head, gone, came, middle, *_, tail = [piece.words for piece in passage.pieces]
        assert head == "… " + " ".join(f"w{place}" for place in range(18, 30))
        assert (gone, came) == ("w30", "x")
        assert middle.split()[12] == "…"
        assert tail == " ".join(f"w{place}" for place in range(61, 73)) + " …"


def test_an_engagement_confirmed_before_is_confirmed_by_its_contract_once(
    signed, engagement, organisation, as_staff, owner_session
):
    with as_staff() as db:
        kept = db.get_one(Engagement, engagement.id)
        engagements.move(db, kept, EngagementEvent.offer)
        engagements.move(db, kept, EngagementEvent.confirm)
    with as_staff() as db:
        contract = db.get_one(Contract, signed)
        signing.countersign(
            db, contract, user_id=organisation.signatory_user_id or 0, name="Joel Okafor",
            act=act_of(contract, "Countersign"),
        )  # fmt: skip

    kept = stored(owner_session, Engagement, engagement.id)
    assert kept.status is EngagementStatus.confirmed
    assert stored(owner_session, Contract, signed).status is ContractStatus.executed
