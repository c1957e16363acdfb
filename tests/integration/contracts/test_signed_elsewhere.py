"""A contract that is out at a provider: whatever is told of it, in whatever order, our records end right."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignatureRequestStatus, SignerRole
from app.domain.envelopes import EnvelopeStatus, Standing
from app.domain.errors import Refused
from app.models import Contract, Message, OutboxMessage, Person, SignatureRequest
from app.models.connections import AttentionItem
from app.services.esign import comparing, following, letting_go, papers, sending, tapping
from app.services.esign.following import Followed
from tests.factories.people import PersonFactory
from tests.integration.contracts.conftest import stored


@pytest.fixture
def request_id(sent, owner_session):
    """Return the request of a contract that is out at DocuSign."""
    (request,) = owner_session.scalars(select(SignatureRequest)).all()
    request.provider, request.external_id = "docusign", "env-1"
    request.envelope_status = EnvelopeStatus.sent
    request.sent_to = {"artist": {"role": "artist", "name": "Łucja", "email": "l@example.org", "client_id": "1"}, "company": {}, "copies": [], "again": False, "tell_agent": True}  # fmt: skip
    owner_session.commit()
    return request.id


@pytest.fixture
def change(owner_session):
    """Write facts of a request."""

    def write(request_id, **facts):
        request = stored(owner_session, SignatureRequest, request_id)
        for name, value in facts.items():
            setattr(request, name, value)
        owner_session.commit()

    return write


@pytest.fixture
def do(as_staff):
    def carry_out(deed, *given, **named):
        with as_staff() as db:
            return deed(db, *given, **named)

    return carry_out


def open_items(session):
    session.rollback()
    asked = select(AttentionItem.problem).where(AttentionItem.status == "open")
    return session.scalars(asked.order_by(AttentionItem.id)).all()


def kinds(session):
    session.rollback()
    return session.scalars(
        select(OutboxMessage.kind).where(OutboxMessage.kind.like("esign.%"))
    ).all()


class TestFollowing:
    def test_news_that_comes_before_the_answer_opens_the_paper_to_the_artist(
        self, request_id, sent, change, do, owner_session
    ):
        change(request_id, status=SignatureRequestStatus.waiting, envelope_status=None)
        stored(owner_session, Contract, sent).status = ContractStatus.ready
        owner_session.commit()

        outcome = do(following.follow, request_id, Standing(EnvelopeStatus.sent))
        do(sending.record_sent, request_id, "env-1")

        assert outcome is Followed.applied
        assert stored(owner_session, Contract, sent).status is ContractStatus.sent
        letters = owner_session.scalars(select(Message.id).where(Message.event == "contract_sent"))
        assert len(letters.all()) == 1

    def test_one_that_the_company_declines_there_is_taken_back_here(
        self, request_id, sent, do, owner_session
    ):
        signed = Standing(EnvelopeStatus.signed, {SignerRole.artist: now()})
        do(following.follow, request_id, signed)

        do(
            following.follow,
            request_id,
            Standing(EnvelopeStatus.declined, reason="Not at this fee"),
        )

        contract = stored(owner_session, Contract, sent)
        assert (contract.status, contract.reason) == (ContractStatus.voided, "Not at this fee")
        assert open_items(owner_session) == ["envelope_ended_there"]

    def test_what_ended_here_and_is_complete_there_is_asked_about_and_read_no_more(
        self, request_id, change, do, owner_session
    ):
        change(request_id, status=SignatureRequestStatus.voided)
        done = Standing(EnvelopeStatus.completed)

        do(comparing.record_look, request_id, done, why="asked", is_second=False)
        again = do(following.follow, request_id, Standing(EnvelopeStatus.sent))

        assert again is Followed.behind
        assert open_items(owner_session) == ["envelope_signed_too"]


class TestComparing:
    def test_what_agrees_closes_the_question_and_what_differs_is_read(
        self, request_id, change, do, owner_session
    ):
        do(comparing.record_comparison, [request_id], {}, "night-1")
        asked = open_items(owner_session)
        do(comparing.record_comparison, [request_id], {request_id: EnvelopeStatus.sent}, "night-2")
        agreed = open_items(owner_session)
        do(
            comparing.record_comparison,
            [request_id],
            {request_id: EnvelopeStatus.completed},
            "night-3",
        )

        assert (asked, agreed) == (["envelope_unknown"], [])
        assert "esign.refresh" in kinds(owner_session)

    def test_it_is_asked_as_often_as_it_allows(self, request_id, change, do):
        def look(db):
            return comparing.look_once(db, db.get_one(SignatureRequest, request_id), now())

        assert [do(look), do(look)] == [True, False]
        change(request_id, external_id=None, compared_at=None)
        assert do(look) is False


class TestTheArtistsTap:
    def tap(self, sent, person):
        return lambda db: tapping.tap_of(
            db, db.get_one(Contract, sent), db.get_one(Person, person.id)
        )

    def test_leads_her_there_and_nobody_else(self, request_id, sent, do, artist, owner_session):
        colleague = PersonFactory(organisation_id=artist.organisation_id)

        assert do(self.tap(sent, artist)).envelope == "env-1"
        with pytest.raises(
            Refused, match="Łucja is asked to sign this at DocuSign, nobody else can"
        ):
            do(self.tap(sent, colleague))

    def test_is_over_with_the_time_to_sign_and_while_it_is_taken_back(
        self, request_id, sent, change, do, artist
    ):
        change(request_id, expires_at=now() - timedelta(minutes=1))
        with pytest.raises(Refused, match="The time to sign has run out"):
            do(self.tap(sent, artist))
        change(request_id, leaving_at=now())
        with pytest.raises(Refused, match="cannot be signed at the moment"):
            do(self.tap(sent, artist))


class TestLettingGo:
    def test_an_envelope_nobody_can_name_is_asked_about_and_not_read(
        self, request_id, change, do, owner_session
    ):
        change(request_id, external_id=None)

        do(letting_go.record_not_voided, request_id, "It said no.")

        assert open_items(owner_session) == ["envelope_not_voided"]
        assert kinds(owner_session) == []
        with pytest.raises(Refused, match="DocuSign has no envelope of it yet"):
            do(papers.job_of, request_id)


class TestSending:
    def test_is_addressed_to_the_agent_too_and_needs_somebody_for_the_company(
        self, request_id, sent, do, artist, owner_session
    ):
        agent = PersonFactory(organisation_id=artist.organisation_id, is_agent=True)
        stored(owner_session, Contract, sent).engagement.agent_id = agent.id
        owner_session.commit()

        def ask(db, *, signatory=True):
            contract = db.get_one(Contract, sent)
            if not signatory:
                contract.company_signatory_id = None
            request = db.get_one(SignatureRequest, request_id)
            sending.ask(db, contract, request, again=False, copy_to_agent=True)
            return request.sent_to["copies"]

        # Nothing is sent to an agent whose address nobody knows.
        assert do(ask) == []
        with pytest.raises(Refused) as refusal:
            do(ask, signatory=False)
        assert refusal.value.field == "company_signatory_id"

    def test_without_a_paper_nothing_goes_out(self, request_id, change, do, sent, owner_session):
        change(request_id, status=SignatureRequestStatus.waiting)
        contract = stored(owner_session, Contract, sent)
        contract.versions[-1].document_file_id = None
        owner_session.commit()

        with pytest.raises(Refused, match="has no paper to send"):
            do(sending.job_of, request_id)
