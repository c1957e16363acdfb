"""The artist's side of a contract: read, ask, decline, sign."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignerRole
from app.models import Contract, ContractQuestion, Person, SignatureEvidence
from app.services.contracts import ending
from tests.factories.people import PersonFactory, RepresentationFactory
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import As, stored

Phone = Callable[..., Browser]


def address(session: Session, contract_id: int, deed: str = "") -> str:
    contract = stored(session, Contract, contract_id)
    return f"/portal/contracts/{contract.public_id}{deed}"


def document(session: Session, contract_id: int) -> str:
    return str(stored(session, Contract, contract_id).versions[-1].document_sha256)


def sign(phone: Browser, session: Session, contract_id: int, **changes: Any) -> Any:
    data = {"document": document(session, contract_id), "zone": "Europe/Paris", **changes}
    return phone.send(address(session, contract_id, "/sign"), data)


class TestRead:
    def test_an_artist_reads_her_own_contract_and_it_counts_as_opened(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = phone_of(artist).get(address(owner_session, sent))

        assert page.status_code == 200
        assert "21,600.00 AUD" in page.text
        assert "Frasquita" in page.text
        assert stored(owner_session, Contract, sent).viewed_at is not None

    def test_the_whole_text_and_the_pdf_are_hers_to_read(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        phone = phone_of(artist)

        text = phone.get(address(owner_session, sent, "/text"))
        pdf = phone.get(address(owner_session, sent, "/paper"))

        assert "We engage you for <strong>Carmen</strong>" in text.text
        assert pdf.data[:5] == b"%PDF-"

    def test_what_ran_out_a_moment_ago_is_not_offered_for_signature(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        owner_session.execute(update(Contract).values(expires_at=now()))
        owner_session.commit()
        phone = phone_of(artist, stepped_up=True)

        page = phone.get(address(owner_session, sent)).text
        last = phone.get(address(owner_session, sent, "/sign"))

        assert "The time to sign has run out" in page
        assert "Send the code and sign" not in page
        assert "Ask a question" in page
        assert "You sign" not in page
        assert last.location == address(owner_session, sent)

    def test_a_contract_taken_back_tells_no_future(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session, as_staff: As
    ) -> None:
        with as_staff() as db:
            ending.void(db, db.get_one(Contract, sent), reason="Wrong day.")

        page = phone_of(artist).get(address(owner_session, sent)).text

        assert "took this contract back" in page
        assert "Usually within two working days" not in page

    def test_a_colleagues_contract_does_not_exist(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        colleague = PersonFactory(organisation_id=artist.organisation_id)
        phone = phone_of(colleague)

        answers = [
            phone.get(address(owner_session, sent, deed)) for deed in ("", "/text", "/paper")
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]

    def test_a_draft_does_not_exist_for_the_artist(
        self, phone_of: Phone, artist: Person, drafted: int, owner_session: Session
    ) -> None:
        page = phone_of(artist).get(address(owner_session, drafted))

        assert page.status_code == 404

    def test_a_stranger_is_asked_to_sign_in(
        self, client: FlaskClient, sent: int, owner_session: Session
    ) -> None:
        assert client.get(address(owner_session, sent)).status_code == 401


class TestAsk:
    def test_a_question_is_kept_and_the_company_is_told_once(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session,
        work: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        phone = phone_of(artist)

        for _ in range(2):
            phone.send(address(owner_session, sent, "/questions"), {"body": "Which hotel?"})

        assert work() == ["contract.tell"]
        assert [q.body for q in owner_session.scalars(select(ContractQuestion))] == ["Which hotel?"]

    def test_an_empty_question_is_refused_beside_its_field(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = phone_of(artist).send(address(owner_session, sent, "/questions"), {"body": " "})

        assert page.status_code == 422
        assert "Write your question." in page.text


class TestDecline:
    def test_needs_a_reason(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = phone_of(artist).send(address(owner_session, sent, "/decline"), {"reason": ""})

        assert page.status_code == 422
        assert stored(owner_session, Contract, sent).status is ContractStatus.sent

    def test_ends_the_contract_and_tells_everybody(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session,
        work: Callable[[], list[str]], told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        phone = phone_of(artist)

        for _ in range(2):
            phone.send(address(owner_session, sent, "/decline"), {"reason": "The dates clash."})
        work()

        contract = stored(owner_session, Contract, sent)
        assert (contract.status, contract.reason) == (ContractStatus.declined, "The dates clash.")
        assert told() == ["contract_declined", "contract_declined_staff", "contract_sent"]


class TestSign:
    def test_without_a_fresh_code_nothing_is_signed(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = sign(phone_of(artist), owner_session, sent)

        assert page.status_code == 403
        assert "Prove it is you" in page.text
        assert stored(owner_session, Contract, sent).status is ContractStatus.sent

    def test_with_a_code_it_is_signed_once_however_often_it_is_pressed(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        phones = [phone_of(artist, stepped_up=True) for _ in range(2)]

        answers = [sign(phone, owner_session, sent) for phone in (phones[0], phones[0], phones[1])]

        proofs = owner_session.scalars(select(SignatureEvidence)).all()
        assert [answer.status_code for answer in answers] == [303, 303, 303]
        assert stored(owner_session, Contract, sent).status is ContractStatus.signed_by_artist
        assert [(p.signer_role, p.zone, p.document_sha256) for p in proofs] == [
            (SignerRole.artist, "Europe/Paris", document(owner_session, sent))
        ]

    def test_what_was_not_shown_is_not_signed(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = sign(phone_of(artist, stepped_up=True), owner_session, sent, document="0" * 64)

        assert page.status_code == 409
        assert "you were shown another" in page.text
        assert owner_session.scalars(select(SignatureEvidence)).all() == []

    def test_the_last_page_shows_the_terms_and_the_button(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        page = phone_of(artist, stepped_up=True).get(address(owner_session, sent, "/sign"))

        assert "I have read this contract and sign it" in page.text
        assert document(owner_session, sent) in page.text

    def test_an_agent_without_the_right_to_sign_reads_but_does_not_sign(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        agent = RepresentationFactory(artist=artist, scopes=["view"]).agent
        phone = phone_of(artist, agent=agent, stepped_up=True)

        page = phone.get(address(owner_session, sent))
        answer = sign(phone, owner_session, sent)

        assert "your seat lets you read it" in page.text
        assert answer.status_code == 403
        assert stored(owner_session, Contract, sent).status is ContractStatus.sent

    def test_an_agent_with_the_right_signs_in_the_artists_name(
        self, phone_of: Phone, artist: Person, sent: int, owner_session: Session
    ) -> None:
        agent = RepresentationFactory(artist=artist, scopes=["view", "sign"]).agent

        sign(phone_of(artist, agent=agent, stepped_up=True), owner_session, sent)

        proof = owner_session.scalars(select(SignatureEvidence)).one()
        assert (proof.signer_role, proof.signer_person_id, proof.on_behalf_of) == (
            SignerRole.agent,
            agent.id,
            artist.name,
        )
