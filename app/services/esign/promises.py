"""What is promised to a signing provider, each named by its fact so that it is promised once."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.envelopes import BUILTIN
from app.models.contracts import SignatureRequest
from app.services import outbox

SEND: Final = "esign.send"
VOID: Final = "esign.void"
REFRESH: Final = "esign.refresh"
FETCH: Final = "esign.fetch"
COMPARE: Final = "esign.compare"
REMIND: Final = "esign.remind"

SOON: Final = 150
"""A signature goes before a bulk mail."""


def promise_sending(session: Session, request: SignatureRequest) -> UUID:
    """Promise that a paper goes out to the provider; the promise's id is our key there."""
    return _promise(session, request, SEND, f"request-{request.id}", priority=SOON)


def take_back(session: Session, request: SignatureRequest, *, reason: str) -> None:
    """Promise that the provider lets go of a paper. What is signed here needs none of it."""
    if request.provider != BUILTIN:
        _promise(session, request, VOID, f"request-{request.id}", reason=reason[:200])


def promise_look(
    session: Session, request: SignatureRequest, why: str, *, is_second: bool = False
) -> None:
    """Promise to read an envelope; ``why`` names the occasion, such as a notice."""
    key = f"request-{request.id}-{why}"
    _promise(session, request, REFRESH, key, priority=SOON, why=why, is_second=is_second)


def promise_papers(session: Session, request: SignatureRequest) -> None:
    """Promise to fetch what everybody has signed, with its certificate."""
    _promise(session, request, FETCH, f"request-{request.id}", priority=SOON)


def promise_reminder(session: Session, request: SignatureRequest, at: datetime) -> None:
    """Promise that the provider writes once more to whoever it waits for, at most once a day."""
    _promise(session, request, REMIND, f"request-{request.id}-{at:%Y%m%d}")


def promise_comparison(
    session: Session, organisation_id: int, provider: str, request_ids: list[int], slot: datetime
) -> None:
    """Promise to compare some open envelopes with what their provider says."""
    outbox.promise(
        session,
        organisation_id=organisation_id,
        kind=COMPARE,
        key=f"{slot:%Y%m%dT%H%M}-from-{request_ids[0]}",
        payload={"provider": provider, "request_ids": request_ids},
        priority=50,
    )


def _promise(
    session: Session,
    request: SignatureRequest,
    kind: str,
    key: str,
    *,
    priority: int = 100,
    **more: Any,
) -> UUID:
    return outbox.promise(
        session,
        organisation_id=request.organisation_id,
        kind=kind,
        key=key,
        payload={"request_id": request.id, "contract_id": _contract_of(request), **more},
        priority=priority,
    )


def _contract_of(request: SignatureRequest) -> int | None:
    """Name the contract, so that people read what a promise is about."""
    return request.contract_version.contract_id if request.contract_version else None
