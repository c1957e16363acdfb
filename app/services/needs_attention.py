"""Everything about providers that waits for a person: what was asked for, and what stopped by itself.

What stopped is read from the outbox and the inbox as it stands: it is never written down twice. Who
sees to money alone is asked about money alone: items and promises of the providers that serve it. A
notice nobody could read is nobody's in Finance.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import Session

from app.domain.connections import AttentionStatus
from app.domain.outbox import MessageState, NoticeState
from app.domain.providers import BY_NAME, FINANCIAL, OF_MONEY
from app.models.connections import AttentionItem
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services.promise_subjects import Subject, subjects_of
from app.services.provider_tests import TEST

ANSWERED: Final = (TEST, "archive.look")
"""Kinds that somebody asked for at a page, which then says why it did not work."""
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
    """Return which promises wait for a person. Tests and questions tell on their own page that they failed."""
    # Written into the statement: only then does the partial index match a prepared one.
    states: BindParameter[Any] = bindparam(
        "stopped", (MessageState.dead, MessageState.in_doubt), expanding=True, literal_execute=True
    )
    return OutboxMessage.state.in_(states) & OutboxMessage.kind.not_in(ANSWERED)


def is_unasked() -> ColumnElement[bool]:
    """Return which promises no item asks about already: one problem is one line."""
    payload, kind = OutboxMessage.payload, OutboxMessage.kind
    about = [
        AttentionItem.subject == func.concat(f"{what}:", payload[f"{what}_id"].astext)
        for what in ("payable", "document", "request")
    ]
    bills = kind.startswith("ledger.") & (AttentionItem.provider == "xero")
    papers = (kind == "archive.file") & AttentionItem.problem.in_(("no_library", "by_hand"))
    whole = [bills & AttentionItem.subject.in_(("connection", "by_hand")), papers]
    return ~exists().where(AttentionItem.status == AttentionStatus.open, or_(*about, *whole))


def is_open(*, of_money: bool = False) -> ColumnElement[bool]:
    """Return which items wait for a person: all, or those of the providers that serve money."""
    waits = AttentionItem.status == AttentionStatus.open
    return waits & AttentionItem.provider.in_(OF_MONEY) if of_money else waits


def _is_stopped(*, of_money: bool) -> ColumnElement[bool]:
    stopped = is_stopped() & is_unasked()
    return stopped & _concerns_money() if of_money else stopped


def _concerns_money() -> ColumnElement[bool]:
    heads = sorted(head for name in FINANCIAL for head in BY_NAME[name].kinds)
    return func.split_part(OutboxMessage.kind, ".", 1).in_(heads)


def _is_unread(*, of_money: bool) -> ColumnElement[bool]:
    return false() if of_money else InboxNotice.state == NoticeState.failed


def troubles(session: Session, *, of_money: bool = False) -> Troubles:
    """Return what waits, the oldest first: all of it, or what concerns money."""
    items = session.scalars(
        select(AttentionItem)
        .where(is_open(of_money=of_money))
        .order_by(AttentionItem.id)
        .limit(MOST)
    ).all()
    stopped = session.scalars(
        select(OutboxMessage)
        .where(_is_stopped(of_money=of_money))
        .order_by(OutboxMessage.id)
        .limit(MOST)
    ).all()
    about = subjects_of(session, stopped)
    notices = session.scalars(
        select(InboxNotice)
        .where(_is_unread(of_money=of_money))
        .order_by(InboxNotice.id)
        .limit(MOST)
    ).all()
    return Troubles(
        list(items), [(each, about.get(each.id, Subject(""))) for each in stopped], list(notices)
    )


def by_provider(session: Session) -> dict[str, int]:
    """Return how many open items there are about each provider."""
    asked = (
        select(AttentionItem.provider, func.count())
        .where(is_open())
        .group_by(AttentionItem.provider)
    )
    return dict(session.execute(asked).all())


def count(*, of_money: bool = False) -> Any:
    """Return a question for how many things wait, to be asked beside others."""
    items = select(func.count()).select_from(AttentionItem)
    stopped = select(func.count()).select_from(OutboxMessage)
    notices = select(func.count()).select_from(InboxNotice)
    return (
        items.where(is_open(of_money=of_money)).scalar_subquery()
        + stopped.where(_is_stopped(of_money=of_money)).scalar_subquery()
        + notices.where(_is_unread(of_money=of_money)).scalar_subquery()
    )
