"""Everything about providers that waits for a person: what was asked for, and what stopped by itself.

What stopped is read from the outbox and the inbox as it stands: it is never written down twice.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from app.domain.connections import AttentionStatus
from app.domain.outbox import MessageState, NoticeState
from app.models.connections import AttentionItem
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services.promise_subjects import Subject, subjects_of
from app.services.provider_tests import TEST

MOST: Final = 100
"""How many of a kind one page shows; the lists show all."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """What waits: items that were asked for, promises that stopped, notices nobody could read."""

    items: list[AttentionItem]
    stopped: list[tuple[OutboxMessage, Subject]]
    notices: list[InboxNotice]

    @property
    def count(self) -> int:
        """Return how many things wait."""
        return len(self.items) + len(self.stopped) + len(self.notices)


NOTHING: Final = Troubles([], [], [])
"""What waits on a good day."""


def is_stopped() -> ColumnElement[bool]:
    """Return which promises wait for a person. A test that failed tells so on its own page."""
    # Written into the statement: only then does the partial index match a prepared one.
    states: BindParameter[Any] = bindparam(
        "stopped", (MessageState.dead, MessageState.in_doubt), expanding=True, literal_execute=True
    )
    return OutboxMessage.state.in_(states) & (OutboxMessage.kind != TEST)


def troubles(session: Session) -> Troubles:
    """Return what waits, the oldest first."""
    items = session.scalars(
        select(AttentionItem)
        .where(AttentionItem.status == AttentionStatus.open)
        .order_by(AttentionItem.id)
        .limit(MOST)
    ).all()
    stopped = session.scalars(
        select(OutboxMessage).where(is_stopped()).order_by(OutboxMessage.id).limit(MOST)
    ).all()
    about = subjects_of(session, stopped)
    notices = session.scalars(
        select(InboxNotice)
        .where(InboxNotice.state == NoticeState.failed)
        .order_by(InboxNotice.id)
        .limit(MOST)
    ).all()
    return Troubles(
        list(items), [(each, about.get(each.id, Subject(""))) for each in stopped], list(notices)
    )


def count() -> Any:
    """Return a question for how many things wait, to be asked beside others."""
    items = select(func.count()).select_from(AttentionItem)
    stopped = select(func.count()).select_from(OutboxMessage)
    notices = select(func.count()).select_from(InboxNotice)
    return (
        items.where(AttentionItem.status == AttentionStatus.open).scalar_subquery()
        + stopped.where(is_stopped()).scalar_subquery()
        + notices.where(InboxNotice.state == NoticeState.failed).scalar_subquery()
    )
