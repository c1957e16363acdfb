"""What waits in the outbox, and giving a message back: every write checks that it is still ours."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Interval,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.db.counting import rows_touched
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.models.outbox import OutboxAttempt, OutboxMessage

NOW = func.clock_timestamp()
ENDED = (MessageState.done, MessageState.cancelled)
"""All else stands in the way of later messages with the same order key: strict means strict."""


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


def literal(name: str, states: tuple[MessageState, ...]) -> BindParameter[Any]:
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
            earlier.state.not_in(literal("ended", ENDED)),
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


def _still_mine() -> ColumnElement[bool]:
    return and_(
        OutboxMessage.id == bindparam("mine"),
        OutboxMessage.fence == bindparam("my_fence"),
        OutboxMessage.state == MessageState.leased,
    )


def _with_attempt(change: Update, **noted: Any) -> Update:
    """Note something at our attempt if the message was still ours to change, in one statement."""
    changed = change.returning(OutboxMessage.id).cte("changed")
    return (
        update(OutboxAttempt)
        .where(
            OutboxAttempt.message_id == changed.c.id, OutboxAttempt.fence == bindparam("my_fence")
        )
        .values(**noted)
    )


@cache
def _sending(is_look: bool) -> Update:
    """Return the statement of ``mark_sent``: like the others it is built once in a process."""
    is_long_enough = OutboxMessage.lease_until > NOW + bindparam("needed", type_=Interval)
    sent = update(OutboxMessage).where(_still_mine(), is_long_enough)
    sent = sent.values(cls=bindparam("new_cls"))
    return sent if is_look else _with_attempt(sent, sent_at=NOW)


def mark_sent(
    db: Session, claim: Claim, *, cls: EffectClass, needed: float, is_look: bool = False
) -> bool:
    """Write down that the call is about to be made, if the lease leaves ``needed`` seconds for it.

    A call that only looks leaves no doubt behind: whoever takes it over simply begins anew.
    """
    return _was_mine(db, claim, _sending(is_look), new_cls=cls, needed=seconds(needed))


@cache
def _renewing(is_sending: bool) -> Update:
    longer = (
        update(OutboxMessage)
        .where(_still_mine())
        .values(lease_until=NOW + bindparam("more", type_=Interval))
    )
    return _with_attempt(longer, sent_at=NOW) if is_sending else longer


def renew(db: Session, claim: Claim, lease: float, *, is_sending: bool = False) -> bool:
    """Keep a message for another ``lease`` seconds from now, if it is still ours.

    ``is_sending`` says that something may happen from now on, where there was only a look so far.
    """
    return _was_mine(db, claim, _renewing(is_sending), more=seconds(lease))


def _was_mine(db: Session, claim: Claim, change: Update, **values: Any) -> bool:
    """Run a fenced statement; tell whether the message was still ours."""
    mine = {"mine": claim.message.id, "my_fence": claim.fence}
    return rows_touched(db, change, {**mine, **values}) > 0


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


@cache
def _finishing(*more: str) -> Update:
    """Return the statement of ``finish`` for a message that changes in these columns as well."""
    ended = case((bindparam("is_ended", type_=Boolean), NOW), else_=None)
    given_back = (
        update(OutboxMessage)
        .where(_still_mine())
        .values(
            state=bindparam("new_state"),
            not_before=NOW + bindparam("wait", type_=Interval),
            done_at=ended,
            lease_until=None,
            **{name: bindparam(f"new_{name}") for name in more},
        )
    )
    answers = ("outcome", "http_status", "exchanges")
    return _with_attempt(
        given_back, finished_at=NOW, **{name: bindparam(f"my_{name}") for name in answers}
    )


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
    return _was_mine(
        db,
        claim,
        _finishing(*sorted(values)),
        new_state=state,
        is_ended=state in (MessageState.done, MessageState.dead),
        wait=seconds(wait),
        my_outcome=outcome,
        my_http_status=http_status,
        my_exchanges=claim.heard or None,
        **{f"new_{name}": value for name, value in values.items()},
    )


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
