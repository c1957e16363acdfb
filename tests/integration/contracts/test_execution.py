"""The end of a contract's road: countersigned, sealed once, filed, everybody told once."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto.cms import ContentInfo
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.contracts import ContractStatus
from app.domain.outbox import MessageState
from app.domain.people import EngagementStatus
from app.integrations import providers
from app.models import (
    Contract,
    Document,
    Engagement,
    Organisation,
    OutboxMessage,
    SignatureEvidence,
    StoredFile,
    TermSet,
)
from app.services.contracts import signing
from config import Config
from tests.factories.people import ContactPointFactory, RepresentationFactory
from tests.integration.contracts.conftest import ADDRESS, As, act_of, countersign, stored


def is_valid(content: bytes, config: Config) -> bool:
    """Ask pyHanko's validator, trusting our root alone."""
    root = load_cert_from_pemder(str(Path(config.var, "seal", "root.pem")))
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    try:
        signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
        return bool(validate_pdf_signature(signature, context).bottom_line)
    except (SignatureValidationError, PdfError, LookupError, ValueError, AttributeError, TypeError):
        # The last ones: the signature's own structure is so broken that pyHanko trips over it.
        return False


def container(content: bytes) -> range:
    """Return where the signature itself stands: the hexadecimal digits that no signature covers."""
    first, length, second, _ = PdfFileReader(BytesIO(content)).embedded_signatures[0].byte_range
    return range(first + length + 1, second - 1)


def places_all_over(content: bytes) -> list[int]:
    """Return places spread over the whole file, some of them within the signature itself."""
    within = container(content)
    return sorted({*range(0, len(content), 1999), *within[::397], within[-1]})


def proof_in(content: bytes) -> tuple[bytes, ...]:
    """Return what of a CMS container proves anything: signed attributes, signature, certificates.

    Names of algorithms and version numbers are signed by nobody (RFC 5652 5.4).
    """
    found = PdfFileReader(BytesIO(content), strict=False).embedded_signatures[0]
    data = ContentInfo.load(found.pkcs7_content, strict=False)["content"]
    signer = data["signer_infos"][0]
    certificates = sorted(one.chosen.dump() for one in data["certificates"])
    return signer["signed_attrs"].dump(), signer["signature"].native, *certificates


def changed(content: bytes, place: int) -> bytes:
    """Return the content with one bit of one byte turned over."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def sealed_bytes(session: Session, contract_id: int) -> bytes:
    version = stored(session, Contract, contract_id).versions[-1]
    return providers.files().read(session.get_one(StoredFile, version.sealed_file_id).sha256)


class TestCountersign:
    def test_executes_the_contract_and_brings_its_terms_into_force(
        self, executed: int, engagement: Engagement, owner_session: Session
    ) -> None:
        contract = stored(owner_session, Contract, executed)

        terms = owner_session.scalars(select(TermSet)).one()
        assert contract.status is ContractStatus.executed
        assert contract.engagement.status is EngagementStatus.confirmed
        assert (terms.source_id, terms.terms) == (
            contract.versions[0].id,
            contract.versions[0].terms,
        )

    def test_twice_is_once(
        self, as_staff: As, executed: int, organisation: Organisation, owner_session: Session
    ) -> None:
        countersign(as_staff, executed, organisation)

        assert len(owner_session.scalars(select(SignatureEvidence)).all()) == 2
        assert len(owner_session.scalars(select(TermSet)).all()) == 1

    def test_two_tabs_at_the_same_moment_sign_once(
        self, as_staff: As, signed: int, organisation: Organisation, owner_session: Session
    ) -> None:
        with ThreadPoolExecutor(4) as tabs:
            answers = [tabs.submit(countersign, as_staff, signed, organisation) for _ in range(4)]

        assert [answer.exception() for answer in answers] == [None] * 4
        assert len(owner_session.scalars(select(SignatureEvidence)).all()) == 2
        assert len(owner_session.scalars(select(TermSet)).all()) == 1

    def test_only_who_signs_for_the_company_may(
        self, as_staff: As, signed: int, organisation: Organisation
    ) -> None:
        with pytest.raises(Exception, match="Joel Okafor signs this contract for the company"):
            organisation.signatory_user_id = (organisation.signatory_user_id or 0) + 1000
            countersign(as_staff, signed, organisation)

    def test_each_evidence_row_seals_its_own_facts(
        self, executed: int, owner_session: Session
    ) -> None:
        proofs = owner_session.scalars(select(SignatureEvidence)).all()

        assert [proof.seal for proof in proofs] == [signing.fingerprint(p) for p in proofs]
        assert [proof.zone for proof in proofs] == ["Europe/Paris", "Australia/Brisbane"]


class TestSeal:
    def test_is_valid_and_any_changed_byte_breaks_it(
        self, executed: int, owner_session: Session, config: Config, work: Callable[[], list[str]]
    ) -> None:
        work()
        content = sealed_bytes(owner_session, executed)
        proof = proof_in(content)
        still_valid = [
            place
            for place in places_all_over(content)
            if is_valid(changed(content, place), config)
            and (place not in container(content) or proof_in(changed(content, place)) != proof)
        ]

        assert is_valid(content, config)
        assert still_valid == []

    def test_carries_the_evidence_and_the_paper_that_was_signed(
        self, executed: int, owner_session: Session, work: Callable[[], list[str]]
    ) -> None:
        work()

        with pikepdf.open(BytesIO(sealed_bytes(owner_session, executed))) as pdf:
            riding = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
            is_tagged = bool(pdf.Root.MarkInfo.Marked)

        version = stored(owner_session, Contract, executed).versions[-1]
        assert sorted(riding) == ["evidence.json", "signed.pdf"]
        assert hashlib.sha256(riding["signed.pdf"]).hexdigest() == version.document_sha256
        assert ADDRESS in riding["evidence.json"].decode()
        assert "Paris +0" in riding["evidence.json"].decode()
        assert is_tagged

    def test_is_made_once_even_if_the_worker_runs_twice(
        self, executed: int, owner_session: Session, work: Callable[[], list[str]],
        told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        first = work()
        content = sealed_bytes(owner_session, executed)
        letters = told()
        owner_session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.kind == "contract.seal")
            .values(state=MessageState.ready, external_id=None, done_at=None)
        )
        owner_session.commit()

        again = work()

        assert first == ["contract.tell", "contract.seal", "archive.file", "archive.file"]
        assert again == ["contract.seal"]
        assert sealed_bytes(owner_session, executed) == content
        assert told() == letters

    def test_is_filed_with_its_evidence_and_everybody_has_the_copy(
        self, as_staff: As, sent: int, organisation: Organisation, engagement: Engagement,
        owner_session: Session, config: Config, work: Callable[[], list[str]],
        told: Callable[[], list[str]],
    ) -> None:  # fmt: skip
        agent = RepresentationFactory(artist=engagement.person, scopes=["view", "sign"]).agent
        ContactPointFactory(person=agent)
        owner_session.execute(update(Engagement).values(agent_id=agent.id))
        owner_session.commit()
        with as_staff() as db:
            contract = db.get_one(Contract, sent)
            signing.sign(db, contract, contract.engagement.person, act_of(contract, "I sign"))
        countersign(as_staff, sent, organisation)

        work()

        papers = owner_session.scalars(select(Document).order_by(Document.id)).all()
        filed = [Path(config.var, "archive", str(paper.archive_item_id)) for paper in papers]
        assert [paper.kind.value for paper in papers] == ["contract", "evidence"]
        assert filed[0].read_bytes() == sealed_bytes(owner_session, sent)
        assert "Carmen" in filed[0].parts
        assert told().count("contract_executed") == 2
        assert told().count("contract_executed_staff") == 1
