"""How each provider is doing for a company: connected, waiting, called, heard of, turned away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.domain.providers import CONNECTED, PORTS, Port, name_of, port_of
from app.models.connections import ProviderConnection, ProviderSwitch
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxAttempt, OutboxMessage
from app.models.outbox_decisions import HookRefusal
from app.services import provider_tests

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
    _what_waits(session, found, at)
    _what_was_called(session, found, at, zone)
    _what_was_heard(session, found, at)
    tests = provider_tests.latest(session)
    for one in found:
        one.test = tests.get(f"{one.port.name}:{one.choice}")
    return found


def _who_gave_leave(session: Session, found: list[Provider]) -> None:
    choices = [one.choice for one in found]
    leave = {
        row.provider: row
        for row in session.scalars(
            select(ProviderConnection).where(ProviderConnection.provider.in_(choices))
        )
    }
    switches = {
        row.provider: row
        for row in session.scalars(
            select(ProviderSwitch).where(ProviderSwitch.provider.in_(choices))
        )
    }
    for one in found:
        one.connection, one.switch = leave.get(one.choice), switches.get(one.choice)


def _what_waits(session: Session, found: list[Provider], at: datetime) -> None:
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
    today = session.execute(
        select(OutboxMessage.kind, func.count())
        .join(OutboxAttempt, OutboxAttempt.message_id == OutboxMessage.id)
        .where(OutboxAttempt.sent_at >= midnight)
        .group_by(OutboxMessage.kind)
    )
    for kind, number in today:
        for one in found:
            one.calls_today += number if one.port is port_of(kind) else 0
    last = session.execute(
        select(
            OutboxMessage.kind,
            OutboxAttempt.sent_at,
            OutboxAttempt.outcome,
            OutboxMessage.last_error,
        )
        .join(OutboxAttempt, OutboxAttempt.message_id == OutboxMessage.id)
        .where(OutboxAttempt.sent_at >= at - WEEK)
        .ext(distinct_on(OutboxMessage.kind))
        .order_by(OutboxMessage.kind, OutboxAttempt.sent_at.desc())
    )
    for kind, sent_at, outcome, error in last:
        assert sent_at is not None  # noqa: S101 -- asked for above
        for one in found:
            if one.port is port_of(kind) and sent_at > (one.last_call or at - WEEK):
                one.last_call, one.last_outcome = sent_at, outcome
                one.last_error = "" if outcome is AttemptOutcome.done else error or ""


def _what_was_heard(session: Session, found: list[Provider], at: datetime) -> None:
    refused = func.count().filter(
        InboxNotice.state.in_([NoticeState.refused, NoticeState.failed]),
        InboxNotice.received_at >= at - DAY,
    )
    notices = {
        row[0]: row
        for row in session.execute(
            select(InboxNotice.provider, func.max(InboxNotice.received_at), refused)
            .where(InboxNotice.received_at >= at - WEEK)
            .group_by(InboxNotice.provider)
        )
    }
    turned = {
        row[0]: row
        for row in session.execute(
            select(HookRefusal.provider, func.sum(HookRefusal.count), func.max(HookRefusal.last_at))
            .where(HookRefusal.hour >= at - DAY)
            .group_by(HookRefusal.provider)
        )
    }
    for one in found:
        if one.choice in notices:
            _, one.last_notice, one.refused_notices = notices[one.choice]
        if one.choice in turned:
            _, forged, one.forged_at = turned[one.choice]
            one.forged = int(forged)
