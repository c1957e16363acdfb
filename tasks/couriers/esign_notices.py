"""What signing providers tell us, read as the organisation it concerns."""

import json

from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.providers import name_of
from app.integrations.esign.docusign_words import standing_told
from app.models.contracts import SignatureRequest
from app.models.inbox import InboxNotice
from app.services.esign.following import Followed, follow
from app.services.esign.promises import promise_look
from app.services.esign.requests import by_envelope
from tasks.crew import Crew
from tasks.inbox import Reader


def join(crew: Crew) -> None:
    """Take the readers of both providers on: what was kept may be older than the choice."""
    crew.read(Reader("docusign", read_docusign))
    crew.read(Reader("adobe_sign", read_adobe))


def read_docusign(session: Session, notice: InboxNotice) -> str:
    """Follow a Connect notice; its signature was checked at the door."""
    request = _request_of(session, notice)
    outcome = follow(session, request.id, standing_told(json.loads(notice.raw)))
    if outcome is Followed.behind:
        raise Refused("It came late: the envelope is further than that already.")
    if outcome is Followed.nothing_new:
        raise Refused("It says nothing that was not known.")
    if outcome is Followed.asks:
        return "It does not fit our records: a person is asked."
    return "Our records followed."


def read_adobe(session: Session, notice: InboxNotice) -> str:
    """Believe nothing of it, for Adobe signs no notices: only look at the agreement ourselves."""
    promise_look(session, _request_of(session, notice), f"notice-{notice.id}")
    return f"{name_of(notice.provider)} is asked where the agreement stands."


def _request_of(session: Session, notice: InboxNotice) -> SignatureRequest:
    request = by_envelope(session, notice.provider, notice.reference or "")
    if request is None:
        raise LookupError(
            f"No request of ours is known to {name_of(notice.provider)} by that name."
        )
    return request
