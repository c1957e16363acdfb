"""Remind signers, step by step, until they sign, decline, or the request ends; no step comes twice."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.contracts import SignatureRequestStatus
from app.domain.errors import Refused
from app.domain.reminders import steps_due
from app.models.contracts import Contract, SignatureRequest
from app.models.organisations import Organisation
from app.services.amendments import telling as amendment_telling
from app.services.contracts import telling
from app.services.contracts.locks import locked

log = logging.getLogger(__name__)

ASKED = (SignatureRequestStatus.sent, SignatureRequestStatus.part_signed)
"""Where the artist's side has still to sign."""


def remind_due(session: Session, at: datetime) -> int:
    """Remind whoever has not signed and whose step has come; say how many letters that is."""
    waiting = session.scalars(
        select(SignatureRequest)
        .where(SignatureRequest.status.in_(ASKED), SignatureRequest.expires_at > at)
        .order_by(SignatureRequest.id)
    ).all()
    return sum(_tried(session, request, at) for request in waiting)


def zone_of(session: Session, contract: Contract) -> str:
    """Return the zone in which the artist lives, else the company's."""
    engagement = contract.engagement
    artist = engagement.person.artist
    own = engagement.home_zone or (artist.home_zone if artist else "")
    return own or session.get_one(Organisation, contract.organisation_id).zone


def _tried(session: Session, request: SignatureRequest, at: datetime) -> bool:
    """Remind one; what is odd about it must not keep the others waiting."""
    number = request.id
    try:
        with session.begin_nested():
            return _remind(session, request, at)
    except (Refused, SQLAlchemyError):
        log.exception("reminding failed", extra={"signature_request_id": number})
        return False


def _remind(session: Session, request: SignatureRequest, at: datetime) -> bool:
    contract = _contract_of(request)
    steps = steps_due(request.sent_at or at, request.reminder_days, zone_of(session, contract), at)
    if steps <= request.reminded:
        return False
    locked(session, contract)
    session.refresh(request, with_for_update=True)
    if request.status not in ASKED or steps <= request.reminded:
        return False
    request.reminded = steps
    fact = f"{request.id}-step-{steps}"
    if request.amendment is not None:
        amendment_telling.tell_signer(session, request.amendment, "amendment_reminder", fact)
    else:
        telling.tell_signer(session, contract, "contract_reminder", fact)
    return True


def _contract_of(request: SignatureRequest) -> Contract:
    if request.amendment is not None:
        return request.amendment.contract
    if request.contract_version is None:
        raise Refused("This request is about no paper.")
    return request.contract_version.contract
