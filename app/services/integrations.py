"""How each provider is doing for a company: connected, waiting, called, heard of, turned away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    BindParameter,
    bindparam,
    cast,
    func,
    join,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.domain.providers import COMPARED_BY, CONNECTED, PORTS, Port, name_of, port_of
from app.models.connections import ProviderConnection, ProviderSwitch
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxAttempt, OutboxMessage
from app.models.outbox_decisions import HookRefusal
from app.services import comparisons, needs_attention, provider_tests
from app.services.comparisons import Compared

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Provider:
    """Everything the desk says of one need and who serves it."""

    port: Port
    choice: str
    connection: ProviderConnection | None = None
    switch: ProviderSwitch | None = None
    waiting: int = 0
    oldest: datetime | None = None
    """Since when the oldest of them could have gone."""
    calls_today: int = 0
    last_call: datetime | None = None
    last_outcome: AttemptOutcome | None = None
    last_error: str = ""
    last_notice: datetime | None = None
    refused_notices: int = 0
    forged: int = 0
    forged_at: datetime | None = None
    test: OutboxMessage | None = None
    compared: Compared | None = None
    """When what lies there was compared with our records; None where that is never done."""
    asked: int = 0
    """How many things about it need a person."""
    health: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the provider is called."""
        return name_of(self.choice)

    @property
    def needs_leave(self) -> bool:
        """Tell whether a company connects it itself."""
        return self.choice in CONNECTED

    @property
    def is_paused(self) -> bool:
        """Tell whether somebody paused it."""
        return self.switch is not None and self.switch.is_paused

    @property
    def is_manual(self) -> bool:
        """Tell whether people do its work by hand."""
        return self.switch is not None and self.switch.is_manual


def board(
    session: Session, choices: Mapping[str, str], *, at: datetime, zone: str
) -> list[Provider]:
    """Return how every provider is doing, in the order of the desk."""
    found = [Provider(port, choices[port.name]) for port in PORTS if port.name in choices]
    _who_gave_leave(session, found)
    what_waits(session, found, at)
    _what_was_called(session, found, at, zone)
    _what_was_heard(session, found, at)
    tests = provider_tests.latest(session)
    for one in found:
        one.test = tests.get(f"{one.port.name}:{one.choice}")
    return found


def tell_compared(session: Session, found: list[Provider]) -> None:
    """Put beside each provider when what lies there was compared with our records, and what is open."""
    comparable = [one for one in found if one.choice in COMPARED_BY]
    if not comparable:
        return
    known, asked = comparisons.latest(session), needs_attention.by_provider(session)
    for one in comparable:
        one.compared = known.get(COMPARED_BY[one.choice], comparisons.NEVER)
        one.asked = asked.get(one.choice, 0)


def _who_gave_leave(session: Session, found: list[Provider]) -> None:
    one_provider = ProviderConnection.provider == ProviderSwitch.provider
    rows = session.execute(
        select(ProviderConnection, ProviderSwitch).select_from(
            join(ProviderConnection, ProviderSwitch, one_provider, full=True)
        )
    )
    for connection, switch in rows:
        for one in found:
            if one.choice == (connection or switch).provider:
                one.connection, one.switch = connection, switch


def what_waits(session: Session, found: list[Provider], at: datetime) -> None:
    """Count what waits for each, and since when the oldest of it could have gone."""
    waiting: BindParameter[Any] = bindparam(
        "waiting", (MessageState.ready, MessageState.leased), expanding=True, literal_execute=True
    )
    first = (
        select(func.min(OutboxAttempt.started_at))
        .where(OutboxAttempt.message_id == OutboxMessage.id)
        .scalar_subquery()
    )
    since = func.coalesce(first, OutboxMessage.not_before)
    rows = session.execute(
        select(OutboxMessage.kind, func.count(), func.min(since).filter(since <= at))
        .where(OutboxMessage.state.in_(waiting))
        .group_by(OutboxMessage.kind)
    )
    for kind, number, oldest in rows:
        for one in found:
            if one.port is port_of(kind):
                one.waiting += number
                one.oldest = min(filter(None, (one.oldest, oldest)), default=None)


def _what_was_called(session: Session, found: list[Provider], at: datetime, zone: str) -> None:
    midnight = at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = OutboxAttempt.sent_at.desc()
    rows = session.execute(
        select(
            OutboxMessage.kind,
            func.count().filter(OutboxAttempt.sent_at >= midnight),
            func.max(OutboxAttempt.sent_at),
            func.array_agg(aggregate_order_by(OutboxAttempt.outcome, newest))[1],
            func.array_agg(aggregate_order_by(OutboxMessage.last_error, newest))[1],
        )
        .join(OutboxAttempt, OutboxAttempt.message_id == OutboxMessage.id)
        .where(OutboxAttempt.sent_at >= at - WEEK)
        .group_by(OutboxMessage.kind)
    )
    for kind, number, sent_at, outcome, error in rows:
        for one in found:
            if one.port is not port_of(kind):
                continue
            one.calls_today += number
            if one.last_call is None or sent_at > one.last_call:
                one.last_call = sent_at
                one.last_outcome = AttemptOutcome(outcome) if outcome else None
                one.last_error = "" if outcome == AttemptOutcome.done else error or ""


def _what_was_heard(session: Session, found: list[Provider], at: datetime) -> None:
    aside = func.count().filter(
        InboxNotice.state.in_([NoticeState.refused, NoticeState.failed]),
        InboxNotice.received_at >= at - DAY,
    )
    heard = (
        select(
            InboxNotice.provider,
            func.max(InboxNotice.received_at),
            aside,
            literal(value=False),
        )
        .where(InboxNotice.received_at >= at - WEEK)
        .group_by(InboxNotice.provider)
    )
    turned = (
        select(
            HookRefusal.provider,
            func.max(HookRefusal.last_at),
            cast(func.sum(HookRefusal.count), BigInteger),
            literal(value=True),
        )
        .where(HookRefusal.hour >= at - DAY)
        .group_by(HookRefusal.provider)
    )
    for provider, last, number, forged in session.execute(union_all(heard, turned)):
        for one in found:
            if one.choice != provider:
                continue
            if forged:
                one.forged, one.forged_at = number, last
            else:
                one.refused_notices, one.last_notice = number, last
