"""Taking a message from the outbox, and giving it back: every write checks that it is still ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Sequence,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.db.counting import rows_touched
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.models.outbox import OutboxAttempt, OutboxMessage

FENCE = Sequence("outbox_fence")
NOW = func.clock_timestamp()
ENDED = (MessageState.done, MessageState.cancelled)
"""All else stands in the way of later messages with the same order key: strict means strict."""
WAITING = (MessageState.ready, MessageState.leased)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Earlier attempts of a message that were sent and never answered."""

    first_sent_at: datetime
    last_sent_at: datetime
    looked: int
    """How often the provider was asked since, and knew nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours until the lease ends."""

    message: OutboxMessage
    fence: int
    started: float
    """Monotonic time from before the claim, so that the lease is never thought longer than it is."""
    doubt: Doubt | None
    taken_at: datetime
    heard: list[dict[str, Any]] = field(default_factory=list)
    """What was said to the provider and by it, for people to read."""

    @property
    def is_last(self) -> bool:
        """Tell whether no attempt is left after this one."""
        return self.message.attempts >= self.message.max_attempts


def seconds(count: float) -> Any:
    """Return an interval for the database's clock."""
    return timedelta(seconds=count)


def _literal(name: str, states: tuple[MessageState, ...]) -> BindParameter[Any]:
    """Write states into the statement itself: only then does a partial index match a prepared one."""
    return bindparam(name, states, expanding=True, literal_execute=True)


def is_due() -> ColumnElement[bool]:
    """Say which messages may be claimed: ready ones that are due, leased ones whose owner is gone."""
    earlier = aliased(OutboxMessage)
    blocked = (
        select(earlier.id)
        .where(
            earlier.organisation_id.is_not_distinct_from(OutboxMessage.organisation_id),
            earlier.order_key == OutboxMessage.order_key,
            earlier.id < OutboxMessage.id,
            earlier.state.not_in(_literal("ended", ENDED)),
        )
        .exists()
    )
    return and_(
        or_(
            and_(OutboxMessage.state == MessageState.ready, OutboxMessage.not_before <= NOW),
            and_(OutboxMessage.state == MessageState.leased, OutboxMessage.lease_until < NOW),
        ),
        or_(OutboxMessage.order_key.is_(None), ~blocked),
    )


def due_ids(db: Session, limit: int) -> list[tuple[UUID, int]]:
    """Return the messages that wait to be claimed, the most urgent first, with their priority."""
    rows = db.execute(due_query(limit))
    return [(row.id, row.priority) for row in rows]


def due_query(limit: int) -> Select[UUID, int]:
    """Return the question that every sweep asks; it must stay cheap beside a million done rows."""
    return (
        select(OutboxMessage.id, OutboxMessage.priority)
        .where(is_due(), OutboxMessage.state.in_(_literal("waiting", WAITING)))
        .order_by(OutboxMessage.priority.desc(), OutboxMessage.not_before, OutboxMessage.id)
        .limit(limit)
    )


def take(
    db: Session,
    message_id: UUID,
    *,
    lease: float,
    leases: Mapping[str, float],
    owner: str,
    started: float,
) -> Claim | None:
    """Claim a message for ``lease`` seconds, or return None when it is not to be had.

    ``leases`` names the kinds whose lease is another one.
    """
    mine = (
        select(OutboxMessage.id)
        .where(OutboxMessage.id == message_id, is_due())
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    message = db.scalars(
        update(OutboxMessage)
        .where(OutboxMessage.id == mine)
        .values(
            state=MessageState.leased,
            fence=FENCE.next_value(),
            leased_at=NOW,
            lease_until=_lease_end(lease, leases),
            lease_owner=owner,
            attempts=OutboxMessage.attempts + 1,
        )
        .returning(OutboxMessage),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if message is None or message.fence is None:
        return None
    db.execute(insert(OutboxAttempt).values(message_id=message.id, fence=message.fence).inline())
    taken_at = message.leased_at
    assert taken_at is not None  # noqa: S101 -- set two statements above
    return Claim(message, message.fence, started, _doubt(db, message), taken_at)


def _lease_end(lease: float, leases: Mapping[str, float]) -> ColumnElement[Any]:
    usual = NOW + seconds(lease)
    others = {kind: NOW + seconds(span) for kind, span in leases.items()}
    return case(others, value=OutboxMessage.kind, else_=usual) if others else usual


def _doubt(db: Session, message: OutboxMessage) -> Doubt | None:
    unclear = and_(
        OutboxAttempt.message_id == message.id,
        OutboxAttempt.fence < message.fence,
        OutboxAttempt.sent_at.is_not(None),
        or_(OutboxAttempt.outcome.is_(None), OutboxAttempt.outcome == AttemptOutcome.unknown),
    )
    first, last, fence = db.execute(
        select(
            func.min(OutboxAttempt.sent_at),
            func.max(OutboxAttempt.sent_at),
            func.max(OutboxAttempt.fence),
        ).where(unclear)
    ).one()
    if fence is None or first is None or last is None:
        return None
    looked = db.scalar(
        select(func.count()).where(
            OutboxAttempt.message_id == message.id,
            OutboxAttempt.fence > fence,
            OutboxAttempt.outcome == AttemptOutcome.not_found,
        )
    )
    return Doubt(first, last, looked or 0)


def _still_mine(claim: Claim) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.id == claim.message.id,
        OutboxMessage.fence == claim.fence,
        OutboxMessage.state == MessageState.leased,
    )


def mark_sent(db: Session, claim: Claim, *, cls: EffectClass, needed: float) -> bool:
    """Write down that the call is about to be made, if the lease leaves ``needed`` seconds for it."""
    kept = rows_touched(
        db,
        update(OutboxMessage)
        .where(_still_mine(claim), OutboxMessage.lease_until > NOW + seconds(needed))
        .values(cls=cls)
        .execution_options(synchronize_session=False),
    )
    if kept == 0:
        return False
    note_attempt(db, claim, sent_at=NOW)
    return True


def renew(db: Session, claim: Claim, lease: float) -> bool:
    """Keep a message for another ``lease`` seconds from now, if it is still ours."""
    kept = rows_touched(
        db,
        update(OutboxMessage)
        .where(_still_mine(claim))
        .values(lease_until=NOW + seconds(lease))
        .execution_options(synchronize_session=False),
    )
    return kept > 0


def note_attempt(db: Session, claim: Claim, **values: Any) -> None:
    """Write something about our own attempt, which nobody else writes."""
    db.execute(
        update(OutboxAttempt)
        .where(OutboxAttempt.message_id == claim.message.id, OutboxAttempt.fence == claim.fence)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def was_answered(db: Session, claim: Claim, status: int) -> bool:
    """Tell whether an earlier attempt at the message was answered with this status."""
    found = select(OutboxAttempt.fence).where(
        OutboxAttempt.message_id == claim.message.id,
        OutboxAttempt.fence < claim.fence,
        OutboxAttempt.http_status == status,
    )
    return db.scalar(select(found.exists())) or False


def finish(
    db: Session,
    claim: Claim,
    *,
    state: MessageState,
    outcome: AttemptOutcome,
    http_status: int | None = None,
    wait: float = 0.0,
    **values: Any,
) -> bool:
    """Give the message back in a new state, if it is still ours."""
    ended = state in (MessageState.done, MessageState.dead)
    kept = rows_touched(
        db,
        update(OutboxMessage)
        .where(_still_mine(claim))
        .values(
            state=state,
            not_before=NOW + seconds(wait),
            done_at=NOW if ended else None,
            lease_until=None,
            **values,
        )
        .execution_options(synchronize_session=False),
    )
    if kept:
        note_attempt(
            db,
            claim,
            outcome=outcome,
            http_status=http_status,
            exchanges=claim.heard or None,
            finished_at=NOW,
        )
    return bool(kept)


def note_unsettled(db: Session, claim: Claim, *, wait: float | None, error: str) -> None:
    """Keep a message that is done outside but not written down here, for another settling.

    ``wait`` is None when there is none: then the message stays done, with the reason to read.
    """
    again = (
        {}
        if wait is None
        else {"state": MessageState.ready, "done_at": None, "not_before": NOW + seconds(wait)}
    )
    db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == claim.message.id, OutboxMessage.fence == claim.fence)
        .values(last_error=error, **again)
        .execution_options(synchronize_session=False)
    )
