"""Answer a repeated request as the first time (Idempotency-Key, draft-ietf-httpapi-idempotency-key)."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.counting import rows_touched
from app.domain.errors import Refused
from app.models.outbox import ClientRequest


class KeyReused(Refused):
    """The key was used for another request: 422, as the draft says."""

    def __init__(self) -> None:
        super().__init__(
            "This request was already sent with other contents. Send it again as a new one.",
            field="Idempotency-Key",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to the first request."""

    status: int
    body: dict[str, Any]


def fingerprint(asked: Any) -> bytes:
    """Return what tells one request from another: the SHA-256 of its canonical JSON."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


def begin(
    session: Session, *, organisation_id: int, actor: str, key: UUID, asked: bytes
) -> Answer | None:
    """Take the key, or return the answer that it already has.

    Call it first in the transaction that does the work: a second request with the key waits here
    until the first has committed, then reads its answer. None means: do the work, then ``answer``.
    """
    taken = rows_touched(
        session,
        insert(ClientRequest)
        .inline()
        .values(organisation_id=organisation_id, actor=actor, key=key, fingerprint=asked)
        .on_conflict_do_nothing(),
    )
    if taken == 1:
        return None
    first = session.scalars(
        select(ClientRequest)
        .where(*_is(organisation_id, actor, key))
        .execution_options(populate_existing=True)
    ).one()
    if first.fingerprint != asked:
        raise KeyReused
    return None if first.status is None else Answer(first.status, first.body or {})


def answer(
    session: Session,
    *,
    organisation_id: int,
    actor: str,
    key: UUID,
    status: int,
    body: dict[str, Any],
) -> Answer:
    """Keep what is answered, in the same transaction as the work itself."""
    first = session.scalars(select(ClientRequest).where(*_is(organisation_id, actor, key))).one()
    first.status, first.body = status, body
    return Answer(status, body)


def _is(organisation_id: int, actor: str, key: UUID) -> tuple[Any, ...]:
    return (
        ClientRequest.organisation_id == organisation_id,
        ClientRequest.actor == actor,
        ClientRequest.key == key,
    )
