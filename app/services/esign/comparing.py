"""Compare open envelopes with what their provider says: a step forward is followed, all else asked about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.envelopes import BUILTIN, FINAL, QUIET, EnvelopeStatus, Standing, may_ask
from app.domain.errors import Refused
from app.domain.providers import name_of
from app.models.contracts import Contract, SignatureRequest
from app.services import attention
from app.services.esign.following import DIFFERS, Followed, follow
from app.services.esign.promises import promise_comparison, promise_look
from app.services.esign.requests import OPEN, elsewhere, page_of, taken

AT_ONCE: Final = 40
"""Envelopes of one comparison: its whole answer fits into one promise."""
SAYS_LITTLE: Final = frozenset({"adobe_sign"})
"""Providers whose list says only that something is out."""
UNKNOWN: Final = "envelope_unknown"


def compare_open(session: Session, organisation_id: int, slot: datetime) -> int:
    """Promise to compare every envelope that may be asked about; say how many there are."""
    at = now()
    found = open_elsewhere(session)
    due = [one for one in found if may_ask(one.provider, one.compared_at, at)]
    for provider in dict.fromkeys(one.provider for one in due):
        theirs = [one for one in due if one.provider == provider]
        for start in range(0, len(theirs), AT_ONCE):
            some = theirs[start : start + AT_ONCE]
            for one in some:
                one.compared_at = at
            ids = [one.id for one in some]
            promise_comparison(session, organisation_id, provider, ids, slot)
    return len(due)


def open_elsewhere(session: Session) -> Sequence[SignatureRequest]:
    """Return the requests whose envelope may still change, or that nobody knows the end of."""
    return session.scalars(
        select(SignatureRequest)
        .where(
            SignatureRequest.provider != BUILTIN,
            SignatureRequest.external_id.is_not(None),
            or_(SignatureRequest.status.in_(OPEN), SignatureRequest.is_in_doubt.is_(True)),
        )
        .order_by(SignatureRequest.provider, SignatureRequest.id)
    ).all()


def compare_one(session: Session, contract: Contract) -> None:
    """Look at one envelope because a person asks to, as often as its provider allows."""
    request = elsewhere(session, contract)
    at = now()
    if not may_ask(request.provider, request.compared_at, at):
        minutes = int(QUIET[request.provider].total_seconds() // 60)
        raise Refused(
            f"{name_of(request.provider)} was asked less than {minutes} minutes ago and allows no more. "
            "What it says comes by itself, too."
        )
    look_once(session, request, at)


def look_once(session: Session, request: SignatureRequest, at: datetime) -> bool:
    """Promise one look at an envelope if its provider may be asked; tell whether it was promised."""
    if not request.external_id or not may_ask(request.provider, request.compared_at, at):
        return False
    request.compared_at = at
    promise_look(session, request, f"asked-{at:%Y%m%dT%H%M%S}")
    return True


def envelopes_of(session: Session, request_ids: list[int]) -> dict[int, str]:
    """Return the provider's names of some requests."""
    rows = session.execute(
        select(SignatureRequest.id, SignatureRequest.external_id).where(
            SignatureRequest.id.in_(request_ids), SignatureRequest.external_id.is_not(None)
        )
    )
    return {request_id: str(envelope) for request_id, envelope in rows}


def record_comparison(
    session: Session, request_ids: list[int], told: Mapping[int, EnvelopeStatus], slot: str
) -> None:
    """Follow what went forward, and ask a person about everything else that differs."""
    for request_id in request_ids:
        contract, request = taken(session, request_id)
        status = told.get(request_id)
        if status is None:
            _ask(session, contract, request, UNKNOWN, "does not know", "nothing")
        elif _needs_look(request, status):
            promise_look(session, request, f"compared-{slot}")
        else:
            _settle(session, request)


def record_look(
    session: Session, request_id: int, standing: Standing, *, why: str, is_second: bool
) -> None:
    """Follow one envelope as it was read; what lies behind our records twice is asked about."""
    outcome = follow(session, request_id, standing)
    contract, request = taken(session, request_id)
    if outcome is Followed.behind and not is_second:
        # A notice may have overtaken what was read a moment before it.
        promise_look(session, request, f"{why}-again", is_second=True)
    elif outcome is Followed.behind:
        _ask(session, contract, request, DIFFERS, "says otherwise about", standing.status.value)
    elif outcome is not Followed.asks:
        _settle(session, request)


def record_no_look(session: Session, request_id: int, error: str) -> None:
    """Ask a person about an envelope that could not be read."""
    contract, request = taken(session, request_id)
    _ask(session, contract, request, UNKNOWN, "could not tell about", error)


def _needs_look(request: SignatureRequest, listed: EnvelopeStatus) -> bool:
    """Tell whether an envelope is read by itself: a list may not say who of its signers has signed."""
    if listed != request.envelope_status or request.provider in SAYS_LITTLE:
        return True
    return listed in FINAL and request.status in OPEN


def _settle(session: Session, request: SignatureRequest) -> None:
    for problem in (DIFFERS, UNKNOWN):
        attention.settle(
            session, provider=request.provider, subject=f"request:{request.id}", problem=problem,
            how="It agrees with our records.",
        )  # fmt: skip


def _ask(
    session: Session,
    contract: Contract,
    request: SignatureRequest,
    problem: str,
    verb: str,
    said: str,
) -> None:
    provider = name_of(request.provider)
    ours = request.envelope_status.value if request.envelope_status else "sent"
    attention.ask(
        session,
        provider=request.provider,
        problem=problem,
        subject=f"request:{request.id}",
        title=f"{provider} {verb} {contract.number}",
        advice=f"We know: {ours}. {provider}: {said}. Nothing was changed. Look at the envelope in "
        f"{provider}, then put right whichever is wrong.",
        href=page_of(contract),
        deed="Open the contract",
        facts={"ours": ours, "theirs": said, "envelope": request.external_id or ""},
    )
