"""What a dead courier left: its leases end as early as is safe, and all else stays as it was.

Nothing is claimed, sent or judged here. A lease that ends early is taken over exactly as one that ran out: with a
new fence, and the doubt about what was sent (docs/decisions/0022).
"""

import logging
from typing import Any, Final

from sqlalchemy import Select, Text, and_, column, exists, func, or_, select, table
from sqlalchemy.orm import Session, aliased

from app.domain.outbox import AttemptOutcome, MessageState
from app.domain.outbox_waits import Abandoned, abandoned_until
from app.domain.provider_limits import EMBEDDED
from app.models.outbox import OutboxAttempt, OutboxMessage
from tasks.claims import NOW, seconds
from tasks.handlers import Handler, Handlers
from tasks.lives import Lives
from tasks.standing import as_worker

log = logging.getLogger(__name__)

ACTIVITY: Final = table("pg_stat_activity", column("application_name", Text))


def take_over(lives: Lives, handlers: Handlers) -> None:
    """End the leases of everybody who died on this machine."""
    for name in lives.dead():
        with as_worker() as db:
            if _still_speaks(db, name):
                continue
            ended = end_leases(db, name, handlers)
        log.info("a courier is gone", extra={"owner": name, "leases": ended})
        lives.bury(name)


def end_leases(db: Session, owner: str, handlers: Handlers) -> int:
    """Let each lease of a dead owner end as early as is safe; return how many it had."""
    rows = db.execute(_held_by(owner)).all()
    for message, sent_at, was_unclear, now in rows:
        handler = handlers.get(message.kind)
        if handler is None or message.lease_until is None:
            continue
        timings = handlers.timings_of(handler)
        left = Abandoned(
            cls=message.cls,
            attempts=message.attempts,
            lease_until=message.lease_until,
            sent_at=sent_at,
            last_call_at=message.lease_until - seconds(timings.lease),
            is_key_in_doubt=was_unclear and handler.key_lifetime is not None,
        )
        quiet = 0.0 if _is_ours_alone(handler) else timings.http_timeout
        message.lease_until = abandoned_until(left, now=now, quiet=quiet, base=timings.backoff_base)
    return len(rows)


def _held_by(owner: str) -> Select[Any]:
    """Ask for the promises of a dead owner, locked, with what their last attempt had come to."""
    sent, earlier = aliased(OutboxAttempt), aliased(OutboxAttempt)
    unanswered = exists().where(
        earlier.message_id == OutboxMessage.id,
        earlier.fence < OutboxMessage.fence,
        earlier.sent_at.is_not(None),
        or_(earlier.outcome.is_(None), earlier.outcome == AttemptOutcome.unknown),
    )
    return (
        select(OutboxMessage, sent.sent_at, unanswered, NOW)
        .join(sent, and_(sent.message_id == OutboxMessage.id, sent.fence == OutboxMessage.fence))
        .where(OutboxMessage.lease_owner == owner, OutboxMessage.state == MessageState.leased)
        .with_for_update(of=OutboxMessage)
    )


def _is_ours_alone(handler: Handler) -> bool:
    """Tell whether its work is done in this product: it ended with the process and its connections."""
    return handler.provider in EMBEDDED and not handler.is_long


def _still_speaks(db: Session, owner: str) -> bool:
    """Tell whether the database still does what a dead process asked for: it may yet be kept."""
    named = ACTIVITY.c.application_name == owner
    return bool(db.scalar(select(func.count()).select_from(ACTIVITY).where(named)))
