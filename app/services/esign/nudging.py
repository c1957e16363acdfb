"""Remind whoever signs for the company, by the mail of the provider that waits for them."""

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import SignatureRequestStatus
from app.domain.errors import Refused
from app.models.contracts import Contract
from app.services.contracts.locks import locked
from app.services.esign.promises import promise_reminder
from app.services.esign.requests import elsewhere


def remind_company(session: Session, contract: Contract) -> str:
    """Promise the reminder and return who gets it."""
    locked(session, contract)
    request = elsewhere(session, contract)
    if request.status is not SignatureRequestStatus.signed_by_artist:
        raise Refused("The artist signs first. Remind the artist instead.")
    promise_reminder(session, request, now())
    return str(request.sent_to["company"]["name"])
