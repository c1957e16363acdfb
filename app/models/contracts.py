"""Contracts: templates, versions, amendments, requests to sign, and the evidence of signing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.contracts import (
    AmendmentEvent,
    AmendmentStatus,
    ContractEvent,
    ContractStatus,
    SignatureRequestEvent,
    SignatureRequestStatus,
    SignerRole,
    next_amendment_status,
    next_signature_request_status,
    next_status,
)
from app.domain.envelopes import BUILTIN, EnvelopeStatus
from app.domain.messages import ThreadSide
from app.models.base import (
    Archivable,
    Base,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
)
from app.models.contract_texts import ContractTemplate
from app.models.engagements import Engagement
from app.models.people import Person


class Contract(Base, Keyed, Public, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """The agreement for one engagement, from draft to executed."""

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        Index("ix_contract_organisation_id_status", "organisation_id", "status"),
        Index(
            "ix_contract_organisation_id_last_event_at",
            "organisation_id",
            text("last_event_at DESC NULLS LAST"),
            text("id DESC"),
        ),
        CheckConstraint("approved_by_id <> submitted_by_id", name="maker_not_checker"),
    )

    number: Mapped[str]
    """C-2026-0147."""
    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("contract_template.id"))
    title: Mapped[str]
    status: Mapped[ContractStatus] = mapped_column(default=ContractStatus.draft)
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who signs for the artist: the artist, or an agent with the right to sign."""
    company_signatory_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """Who made it or sent it last: they are told what the artist asks, signs or declines."""
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    expires_at: Mapped[datetime | None]
    """Until when it can be signed."""
    sent_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    executed_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    """Why it was declined, voided or terminated."""
    source_note: Mapped[str] = mapped_column(default="")
    """Where an external contract was signed, and what is still to be uploaded; who signed a paper."""
    signed_on: Mapped[date | None]
    """The day a paper was signed by hand."""
    signed_where: Mapped[str] = mapped_column(default="", server_default="")
    attested_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """Who answers for a paper signed by hand."""
    clause_choices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Clause -> the option that the drafter chose for this contract."""
    looked_at: Mapped[datetime | None]
    """When the artist's side opened it last, and at which version."""
    looked_version: Mapped[int | None]

    engagement: Mapped[Engagement] = relationship()
    template: Mapped[ContractTemplate | None] = relationship()
    signer: Mapped[Person | None] = relationship()
    versions: Mapped[list["ContractVersion"]] = relationship(
        back_populates="contract", order_by="ContractVersion.number"
    )
    questions: Mapped[list["ContractQuestion"]] = relationship(
        back_populates="contract", order_by="ContractQuestion.id"
    )
    amendments: Mapped[list["Amendment"]] = relationship(
        back_populates="contract", order_by="Amendment.number"
    )

    @property
    def current(self) -> "ContractVersion":
        """Return the newest version: the one being written, out, or signed."""
        return self.versions[-1]

    def advance(self, event: ContractEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_status(self.status, event)

    def __str__(self) -> str:
        return self.number


class ContractVersion(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """The text and terms of a contract as they stood; frozen once sent."""

    __tablename__ = "contract_version"
    __table_args__ = (UniqueConstraint("contract_id", "number"),)

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    number: Mapped[int]
    source: Mapped[str] = mapped_column(default="")
    """The text with its merge fields, taken from the template and open to change until sent."""
    markdown: Mapped[str]
    """Rendered once from the template: what was read is what is signed."""
    html: Mapped[str] = mapped_column(default="")
    terms: Mapped[dict[str, Any]]
    missing: Mapped[list[str]]
    """Merge fields that were empty when it was rendered; must be none to send."""
    frozen_at: Mapped[datetime | None]
    document_sha256: Mapped[str | None]
    """SHA-256 of the PDF that is signed, in hex."""
    document_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    sealed_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    note: Mapped[str] = mapped_column(default="")
    clauses: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Which clauses it took in: key, option, and the version of each."""

    contract: Mapped[Contract] = relationship(back_populates="versions")


class Amendment(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """A signed change of terms; it lies over the contract and never edits it."""

    __tablename__ = "amendment"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("approved_by_id <> submitted_by_id", name="maker_not_checker"),
    )

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    number: Mapped[int]
    title: Mapped[str]
    changes: Mapped[dict[str, Any]]
    """Field -> new value."""
    effective_from: Mapped[date]
    status: Mapped[AmendmentStatus] = mapped_column(default=AmendmentStatus.draft)
    words: Mapped[str] = mapped_column(default="", server_default="")
    """What else is agreed, in the drafter's words."""
    before: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Field -> the value in force before it, as the paper shows it."""
    markdown: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    """Why it was returned, declined or voided."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    company_signatory_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    document_sha256: Mapped[str | None]
    """SHA-256 of the PDF that is signed, in hex."""
    document_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    sealed_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    frozen_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    executed_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    """When its terms came into force at the engagement itself."""

    contract: Mapped[Contract] = relationship(back_populates="amendments")

    def advance(self, event: AmendmentEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_amendment_status(self.status, event)

    @property
    def name(self) -> str:
        """Return what people call it: ``Amendment 1 to C-2026-0147``."""
        return f"Amendment {self.number} to {self.contract.number}"

    def __str__(self) -> str:
        return self.name


class SignatureRequest(Base, Keyed, Public, OwnedByOrganisation, Stamped):
    """One asking for signatures on one version, at one provider."""

    __tablename__ = "signature_request"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        CheckConstraint(
            "(contract_version_id IS NULL) <> (amendment_id IS NULL)", name="one_paper"
        ),
        CheckConstraint(
            "provider <> 'builtin' OR (external_id IS NULL AND NOT is_in_doubt)", name="elsewhere"
        ),
    )

    contract_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("contract_version.id"), index=True
    )
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("amendment.id"), index=True)
    provider: Mapped[str] = mapped_column(default=BUILTIN)
    external_id: Mapped[str | None]
    """The provider's own name for it: a DocuSign envelope, an Adobe agreement."""
    envelope_status: Mapped[EnvelopeStatus | None]
    """Where it stands at the provider, as far as we were told: it only ever rises."""
    sent_to: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Names and addresses as the provider has them: a signing link must repeat them."""
    compared_at: Mapped[datetime | None]
    """When the provider was last asked about it."""
    leaving_at: Mapped[datetime | None]
    """Since when it is being taken back, so that the paper is signed here instead."""
    is_in_doubt: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Signing went on here although the provider has not confirmed that it let go."""
    status: Mapped[SignatureRequestStatus] = mapped_column(default=SignatureRequestStatus.waiting)
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    reminder_days: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """How many days after sending the signer is reminded."""
    reminded: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of these steps are past: none comes twice."""

    contract_version: Mapped[ContractVersion | None] = relationship()
    amendment: Mapped[Amendment | None] = relationship()
    evidence: Mapped[list["SignatureEvidence"]] = relationship(
        back_populates="request", order_by="SignatureEvidence.id"
    )

    def advance(self, event: SignatureRequestEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_signature_request_status(self.status, event)


class SignatureEvidence(Base, Keyed, OwnedByOrganisation):
    """What is known of one act of signing; append-only."""

    __tablename__ = "signature_evidence"
    __table_args__ = (UniqueConstraint("request_id", "signer_role"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("signature_request.id"), index=True)
    signer_role: Mapped[SignerRole]
    signer_name: Mapped[str]
    signer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signer_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    on_behalf_of: Mapped[str] = mapped_column(default="")
    document_sha256: Mapped[str]
    signed_at: Mapped[datetime]
    zone: Mapped[str]
    """IANA zone of the signer's device, so that the evidence names a local time."""
    address: Mapped[str]
    """Network address."""
    device: Mapped[str]
    """User agent as the browser sent it."""
    step_up: Mapped[str]
    """How the signer proved themselves just before: channel, masked address, instant."""
    intent: Mapped[str]
    """The words on the button that was pressed."""
    seal: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over the row's own facts, printed on the evidence page."""

    request: Mapped[SignatureRequest] = relationship(back_populates="evidence")


class ContractQuestion(Base, Keyed, OwnedByOrganisation, Stamped):
    """An entry of the conversation about a contract."""

    __tablename__ = "contract_question"

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    side: Mapped[ThreadSide]
    author: Mapped[str]
    body: Mapped[str]
    answered_at: Mapped[datetime | None]

    contract: Mapped[Contract] = relationship(back_populates="questions")
