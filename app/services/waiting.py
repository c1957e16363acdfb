"""What waits for the artist who is looking: papers to sign, questions to answer."""

from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, contains_eager

from app.domain.contracts import AmendmentStatus, ContractStatus, SignerRole
from app.domain.expenses import LineStatus
from app.models.contracts import (
    Amendment,
    Contract,
    ContractVersion,
    SignatureEvidence,
    SignatureRequest,
)
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.productions import Production

UNSIGNED = (ContractStatus.sent, ContractStatus.part_signed)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits for one artist."""

    contracts: list[Contract]
    amendments: list[Amendment]
    questions: list[ExpenseLine]


def waiting_for_artist(session: Session) -> Waiting:
    """Return the papers to sign, the first to expire on top, and the receipts asked about."""
    return Waiting(
        contracts=list(session.scalars(_TO_SIGN)),
        amendments=changes_to_sign(session),
        questions=list(session.scalars(_ASKED_ABOUT)),
    )


def _to_sign() -> Select[Contract]:
    newest = (
        select(ContractVersion.id)
        .where(ContractVersion.contract_id == Contract.id)
        .order_by(ContractVersion.number.desc())
        .limit(1)
        .correlate(Contract)
        .scalar_subquery()
    )
    signed = (
        exists()
        .where(
            SignatureRequest.contract_version_id == newest,
            SignatureEvidence.request_id == SignatureRequest.id,
            SignatureEvidence.signer_role.in_((SignerRole.artist, SignerRole.agent)),
        )
        .correlate(Contract)
    )
    return (
        select(Contract)
        .join(Contract.engagement)
        .join(Engagement.production)
        .options(contains_eager(Contract.engagement).contains_eager(Engagement.production))
        .where(Contract.status.in_(UNSIGNED), Contract.archived_at.is_(None), ~signed)
        .order_by(Contract.expires_at.nulls_last(), Contract.id)
    )


def changes_to_sign(session: Session) -> list[Amendment]:
    """Return the amendments that wait for the artist who looks, the first to expire on top."""
    return list(session.scalars(_CHANGES_TO_SIGN))


# Built once: nothing in them depends on who looks, or when.
_TO_SIGN = _to_sign()
_CHANGES_TO_SIGN = (
    select(Amendment)
    .join(Amendment.contract)
    .join(Contract.engagement)
    .join(Engagement.production)
    .options(
        contains_eager(Amendment.contract)
        .contains_eager(Contract.engagement)
        .contains_eager(Engagement.production)
    )
    .where(Amendment.status == AmendmentStatus.sent)
    .order_by(Amendment.expires_at.nulls_last(), Amendment.id)
)
_ASKED_ABOUT = (
    select(ExpenseLine)
    .join(ExpenseLine.claim)
    .join(ExpenseClaim.engagement)
    .join(Production, Production.id == Engagement.production_id)
    .options(contains_eager(ExpenseLine.claim))
    .where(ExpenseLine.status == LineStatus.queried)
    .order_by(ExpenseLine.updated_at, ExpenseLine.id)
)
