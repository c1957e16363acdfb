"""What is due in the outbox, and putting it off before anybody claims it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Float, Select, Text, Uuid, cast, func, select, update
from sqlalchemy.orm import Session

from app.domain.outbox import MessageState
from app.models.outbox import OutboxMessage
from tasks.claims import NOW, is_due, literal, seconds

BEHIND = 0.5
"""By how much of a priority what the sweeper finds stands behind what rings when it is promised."""
OVERDUE = 600.0
"""Seconds after which it stands behind nothing new any more."""
WAITING = (MessageState.ready, MessageState.leased)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that waits to be claimed."""

    id: UUID
    priority: int
    organisation_id: int | None
    kind: str
    is_overdue: bool = False
    is_leased: bool = False
    """Its courier is gone: what happened must be found out."""

    @property
    def at_the_bell(self) -> float:
        """Return its priority at the bell.

        What is found by looking stands a little behind what rings by itself, for ten minutes: a backlog that
        comes again and again because its provider is away must not keep those waiting whose provider answers.
        """
        return self.priority - (0 if self.is_overdue else BEHIND)


def messages(db: Session, limit: int) -> list[Due]:
    """Return the messages that wait to be claimed, the most urgent first."""
    return [Due(*row) for row in db.execute(query(limit))]


def put_off(db: Session, waits: Sequence[tuple[UUID, float, str]]) -> None:
    """Let messages that nobody has claimed wait: id, seconds, and the reason where there is one."""
    told = (
        func.unnest(
            *(
                cast([one[place] for one in waits], ARRAY(kind))
                for place, kind in enumerate((Uuid, Float, Text))
            )
        )
        .table_valued("id", "wait", "reason", name="told")
        .render_derived()
    )
    free = (
        select(OutboxMessage.id, told.c.wait, func.nullif(told.c.reason, "").label("reason"))
        .join(told, told.c.id == OutboxMessage.id)
        .where(OutboxMessage.state == MessageState.ready, OutboxMessage.not_before <= NOW)
        .with_for_update(of=OutboxMessage, skip_locked=True)
        .cte("free")
    )
    db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == free.c.id)
        .values(
            not_before=NOW + func.make_interval(0, 0, 0, 0, 0, 0, free.c.wait),
            last_error=func.coalesce(free.c.reason, OutboxMessage.last_error),
        )
        .execution_options(synchronize_session=False)
    )


def query(limit: int) -> Select[Any]:
    """Return the question that every sweep asks; it must stay cheap beside a million done rows."""
    is_overdue = OutboxMessage.not_before < NOW - seconds(OVERDUE)
    is_leased = OutboxMessage.state == MessageState.leased
    return (
        select(
            OutboxMessage.id,
            OutboxMessage.priority,
            OutboxMessage.organisation_id,
            OutboxMessage.kind,
            is_overdue.label("is_overdue"),
            is_leased.label("is_leased"),
        )
        .where(is_due(), OutboxMessage.state.in_(literal("waiting", WAITING)))
        .order_by(OutboxMessage.priority.desc(), OutboxMessage.not_before, OutboxMessage.id)
        .limit(limit)
    )
