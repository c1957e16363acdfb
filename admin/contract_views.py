"""Which contracts a saved view of the list shows, and how their columns are written."""

from datetime import timedelta
from typing import Any

from flask import g
from sqlalchemy import ColumnElement, and_, exists, or_

from app.db.clock import now
from app.domain.contracts import OUT_FOR_SIGNATURE, ContractStatus
from app.domain.messages import ThreadSide
from app.marks import state
from app.models import Contract, ContractQuestion
from app.presentation import moment

WEEK = timedelta(days=7)
SOON = timedelta(days=3)


def waits() -> ColumnElement[bool]:
    """Return what waits for whoever is signed in: to review, to send, to answer, to countersign."""
    asked = exists().where(
        ContractQuestion.contract_id == Contract.id,
        ContractQuestion.side == ThreadSide.artist,
        ContractQuestion.answered_at.is_(None),
    )
    mine = or_(Contract.company_signatory_id == g.user.id, Contract.company_signatory_id.is_(None))
    return or_(
        Contract.status.in_([ContractStatus.in_review, ContractStatus.ready]),
        and_(Contract.status == ContractStatus.signed_by_artist, mine),
        and_(Contract.status.in_(OUT_FOR_SIGNATURE), asked),
    )


def silent() -> ColumnElement[bool]:
    """Return what was sent a week ago and not opened."""
    return and_(
        Contract.status == ContractStatus.sent,
        Contract.viewed_at.is_(None),
        Contract.sent_at < now() - WEEK,
    )


def expiring() -> ColumnElement[bool]:
    """Return what nobody can sign any more in three days."""
    return and_(Contract.status.in_(OUT_FOR_SIGNATURE), Contract.expires_at < now() + SOON)


def status_of(contract: Contract) -> Any:
    """Write the status, and of a sent one whether it was opened."""
    if contract.status is ContractStatus.sent:
        return state(contract.status, "Sent, opened" if contract.viewed_at else "Sent, not opened")
    return state(contract.status)


def latest(contract: Contract) -> Any:
    """Write what happened last; of a draft, what is still empty."""
    version = contract.versions[-1] if contract.versions else None
    if contract.status is ContractStatus.draft and version is not None and version.missing:
        count = len(version.missing)
        return "1 field empty" if count == 1 else f"{count} fields empty"
    return moment(contract.last_event_at)


def numbered(contract: Contract) -> str:
    """Write the number with its version: C-2026-0147 v2."""
    return (
        f"{contract.number} v{contract.versions[-1].number}"
        if contract.versions
        else contract.number
    )
