"""A contract goes out to DocuSign, is signed there, comes back executed with its paper and certificate."""

from sqlalchemy import select

from app.domain.contracts import ContractStatus, SignatureRequestStatus
from app.domain.envelopes import EnvelopeStatus
from app.models import Document, Message, SignatureEvidence
from tests.integration.esign.conftest import paper_of
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


def test_a_contract_that_is_sent_stays_ready_until_its_envelope_is_there(
    pressed, contract_now, request_now, account, work
):
    before = contract_now().status
    waiting = request_now().status
    work()

    (envelope,) = account.envelopes.values()
    request = request_now()
    assert (before, waiting) == (ContractStatus.ready, SignatureRequestStatus.waiting)
    assert contract_now().status is ContractStatus.sent
    assert (request.provider, request.external_id) == ("docusign", envelope.envelope_id)
    assert request.envelope_status is EnvelopeStatus.sent
    assert [(r.role, r.order) for r in envelope.signers] == [("Artist", 1), ("Company", 2)]
    assert envelope.signers[0].client_user_id
    assert not envelope.signers[1].client_user_id


def test_signed_there_it_is_executed_with_paper_and_certificate_filed(
    out, account, told_of, read, work, contract_now, request_now, owner_session
):
    envelope = request_now().external_id
    account.sign(envelope)
    told_of()
    read()
    half = contract_now().status
    account.sign(envelope)
    told_of()
    read()
    work()

    contract = contract_now()
    document = owner_session.scalars(
        select(Document).where(Document.title == f"{contract.number}, contract")
    ).one()
    kept = owner_session.scalars(select(Document)).all()
    titles = {one.title for one in kept}
    roles = owner_session.scalars(select(SignatureEvidence.signer_role)).all()
    proof = owner_session.scalars(
        select(Document).where(Document.title == f"{contract.number}, evidence of signing")
    ).one()
    assert contract.number.encode() in paper_of(proof.file.sha256)
    assert proof.archive_item_id
    assert half is ContractStatus.signed_by_artist
    assert contract.status is ContractStatus.executed
    assert request_now().status is SignatureRequestStatus.completed
    assert paper_of(document.file.sha256) == account.document_of(envelope)
    assert contract.current.sealed_file_id == document.file_id
    assert document.archive_item_id
    assert f"{contract.number}, certificate of DocuSign" in titles
    assert f"{contract.number}, evidence of signing" in titles
    assert [one.title for one in kept if not one.archive_item_id] == []
    assert sorted(roles) == ["artist", "company"]
    events = set(owner_session.scalars(select(Message.event)))
    assert {"contract_sent", "contract_signed", "contract_executed"} <= events
