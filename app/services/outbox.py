"""Promise things to the outside world, and decide by hand about those that stopped."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import telemetry
from app.db.clock import now
from app.db.counting import rows_touched
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.outbox_kinds import USUAL, class_of, lowered
from app.domain.outbox_moves import MessageEvent
from app.models.base import uuid7
from app.models.outbox import OutboxAttempt, OutboxMessage

PROMISED: Final = "promised"
"""Where a session keeps the promises of its open transaction, for the bell to ring after commit."""


BELOW: Final = "promised_below"
"""Where a session keeps the highest priority of what it promises, while many are served at once."""


@contextmanager
def below(session: Session, priority: int) -> Iterator[None]:
    """Let what is promised inside stand behind single deeds where ``priority`` is below theirs."""
    before = session.info.get(BELOW)
    session.info[BELOW] = priority
    try:
        yield
    finally:
        session.info[BELOW] = before


def promise(
    session: Session,
    *,
    organisation_id: int | None,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    cls: EffectClass | None = None,
    order_key: str | None = None,
    priority: int = USUAL,
    not_before: datetime | None = None,
) -> UUID:
    """Promise an effect in the transaction of the fact it follows from, and return its id.

    ``key`` names the fact, not the attempt: promising it again returns the first promise's id.
    ``organisation_id`` is None only for sign-in mail, which belongs to an address.
    """
    message_id = uuid7()
    priority = lowered(priority, session.info.get(BELOW))
    row = {
        "id": message_id,
        "organisation_id": organisation_id,
        "kind": kind,
        "dedup_key": key,
        "cls": cls or class_of(kind),
        "payload": dict(payload),
        "payload_sha256": _fingerprint(payload),
        "order_key": order_key,
        "priority": priority,
        "not_before": not_before or now(),
        **_promised_by(session),
        "trace_parent": telemetry.parent(),
    }
    # A conflict target or RETURNING would need the right to read, which artists lack here.
    once = insert(OutboxMessage).inline().values(row).on_conflict_do_nothing()
    if rows_touched(session, once) == 0:
        return promised(session, organisation_id=organisation_id, kind=kind, key=key)
    session.info.setdefault(PROMISED, []).append((message_id, priority))
    return message_id


def _promised_by(session: Session) -> dict[str, str]:
    viewer: Viewer | None = session.info.get("viewer")
    if viewer is None:
        return {"request_id": "", "promised_by": ""}
    return {"request_id": viewer.request_id, "promised_by": viewer.actor}


def _fingerprint(payload: Mapping[str, Any]) -> bytes:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def promised(session: Session, *, organisation_id: int | None, kind: str, key: str) -> UUID:
    """Return the id of the promise that was made about a fact."""
    found: UUID | None = session.scalar(select(func.outbox_promised(organisation_id, kind, key)))
    if found is None:
        raise Refused(f"Nothing of kind {kind} was promised for {key}.")
    return found


def was_sent(session: Session, *, organisation_id: int, kind: str, keys: Sequence[str]) -> bool:
    """Tell whether any attempt at one of these promises reached its provider, or may have."""
    sent = (
        select(OutboxAttempt.fence)
        .join(OutboxMessage, OutboxMessage.id == OutboxAttempt.message_id)
        .where(
            OutboxMessage.organisation_id == organisation_id,
            OutboxMessage.kind == kind,
            OutboxMessage.dedup_key.in_(keys),
            OutboxAttempt.sent_at.is_not(None),
        )
    )
    return session.scalar(select(sent.exists())) or False


def leads_to(reference: str) -> ColumnElement[bool]:
    """Return which promise a provider's reference is about: our number for it, or the provider's."""
    try:
        return (OutboxMessage.external_id == reference) | (OutboxMessage.id == UUID(reference))
    except ValueError:
        return OutboxMessage.external_id == reference


def redrive(session: Session, message_id: UUID, *, reason: str) -> OutboxMessage:
    """Try a stopped message again under the same id, because a person says so.

    For an effect nobody can look up, the person vouches that it has not happened. One that can be
    looked up is looked up first all the same.
    """
    message = _decide(session, message_id, reason, MessageEvent.redrive)
    if message.cls is EffectClass.U:
        resolve_doubt(session, message_id, AttemptOutcome.not_found)
    message.attempts = 0
    message.not_before = now()
    session.info.setdefault(PROMISED, []).append((message.id, message.priority))
    return message


def mark_done(
    session: Session, message_id: UUID, *, external_id: str, reason: str
) -> OutboxMessage:
    """Record that the effect did happen, with the provider's name for it."""
    if not external_id.strip():
        raise Refused("Give the provider's own number for it.", field="external_id")
    message = _decide(session, message_id, reason, MessageEvent.finish)
    resolve_doubt(session, message_id, AttemptOutcome.found)
    message.external_id = external_id.strip()
    message.done_at = now()
    return message


def done_by_hand(
    session: Session, message_id: UUID, *, external_id: str, reason: str
) -> OutboxMessage:
    """Take an effect as done under the provider's name for it, and let our records learn of it.

    A courier writes the ending down as if the provider had answered: nothing is sent any more.
    """
    if not external_id.strip():
        raise Refused("Give the provider's own number for it.", field="external_id")
    message = _decide(session, message_id, reason, MessageEvent.redrive)
    resolve_doubt(session, message_id, AttemptOutcome.found)
    message.external_id = external_id.strip()
    message.attempts = 0
    message.not_before = now()
    session.info.setdefault(PROMISED, []).append((message.id, message.priority))
    return message


def cancel(session: Session, message_id: UUID, *, reason: str) -> OutboxMessage:
    """Give a promise up for good. Nothing is sent any more."""
    message = _decide(session, message_id, reason, MessageEvent.cancel)
    message.done_at = now()
    return message


def supersede(session: Session, *, kind: str, name: str, record_id: int) -> None:
    """Give up what stopped about a record, because the same is promised anew under another name."""
    stopped = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.kind == kind,
            OutboxMessage.state == MessageState.dead,
            OutboxMessage.payload[name].as_integer() == record_id,
        )
        .order_by(OutboxMessage.id)
        .with_for_update()
    )
    for message in stopped:
        message.advance(MessageEvent.cancel)
        message.done_at = now()


def _decide(session: Session, message_id: UUID, reason: str, event: MessageEvent) -> OutboxMessage:
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    message = session.scalars(
        select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()
    ).one_or_none()
    if message is None:
        raise Refused("There is no such message.")
    if message.state is MessageState.leased:
        raise Refused("It is being sent at this moment. Look again in a minute.")
    session.execute(select(func.set_config("app.reason", reason.strip(), True)))
    message.advance(event)
    return message


def resolve_doubt(session: Session, message_id: UUID, outcome: AttemptOutcome) -> None:
    """Write down what became of the attempts that were sent and never answered."""
    resolve = (
        update(OutboxAttempt)
        .where(
            OutboxAttempt.message_id == message_id,
            OutboxAttempt.sent_at.is_not(None),
            OutboxAttempt.outcome.is_(None) | (OutboxAttempt.outcome == AttemptOutcome.unknown),
        )
        .values(outcome=outcome, finished_at=func.clock_timestamp())
    )
    # The message's own change stays one change, for the audit.
    with session.no_autoflush:
        session.execute(resolve)
