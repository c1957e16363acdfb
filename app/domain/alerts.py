"""When somebody is told that a provider is in trouble: once, then the next person, and once that it is over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import Refused
from app.domain.moves import follow

OLD_QUEUE: Final = timedelta(minutes=15)
"""How long the oldest waiting promise may wait."""
PATIENCE: Final = timedelta(minutes=30)
"""How long one person has to say that they see to it, before the next is told."""
QUIET: Final = timedelta(minutes=5)
"""How long a trouble must be gone before it counts as over: what flickers is one trouble."""
ENDING: Final = timedelta(days=3)
"""How long before its end leave to act is called about to end, if nobody renews it."""
SHORT: Final = timedelta(days=1)
"""Leave given for less is renewed with the next call: that it ends says nothing."""
UNUSED: Final = {"xero": timedelta(days=60)}
"""Provider -> how long its leave lives when nobody uses it (integrations.md 4.2)."""
FORGED: Final = 10
"""Notices turned away within an hour that are many."""
MOST_PEOPLE: Final = 4


class TroubleKind(StrEnum):
    """What can be wrong with a provider."""

    breaker_open = auto()
    queue_old = auto()
    access_ends = auto()
    forged_notices = auto()


class Breaker(StrEnum):
    """How the breaker of a provider in trouble stands."""

    open = auto()
    closed_again = auto()
    """It opened within the last minutes and is closed already."""


class AlertStatus(StrEnum):
    """Whether somebody sees to it."""

    open = auto()
    acknowledged = auto()
    over = auto()


class AlertEvent(StrEnum):
    """What moves an alert."""

    acknowledge = auto()
    end = auto()


MOVES: Final = {
    (AlertStatus.open, AlertEvent.acknowledge): AlertStatus.acknowledged,
    (AlertStatus.open, AlertEvent.end): AlertStatus.over,
    (AlertStatus.acknowledged, AlertEvent.end): AlertStatus.over,
}


class Act(StrEnum):
    """What is done about an alert when the clock is looked at."""

    raise_it = auto()
    tell_next = auto()
    calm = auto()
    stir = auto()
    end = auto()


Key = tuple[TroubleKind, str]
"""What a trouble is, and at which provider: one alert for each while it lasts."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a provider now."""

    kind: TroubleKind
    provider: str
    title: str
    detail: str

    @property
    def key(self) -> Key:
        """Return what makes it one."""
        return self.kind, self.provider


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert that is not over stands."""

    status: AlertStatus
    step: int
    """Which person of the list was told last, from 0."""
    told_at: datetime
    calm_since: datetime | None = None
    """Since when the trouble is gone."""


def next_alert_status(status: AlertStatus, event: AlertEvent) -> AlertStatus:
    """Return the status of an alert that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "alert")


def decide(
    standing: Mapping[Key, Standing], troubles: Collection[Key], *, people: int, at: datetime
) -> dict[Key, Act]:
    """Say what is to be done about each alert at this moment; what is not named stays as it is."""
    acts = {key: Act.raise_it for key in troubles if key not in standing}
    for key, alert in standing.items():
        act = _about(alert, is_on=key in troubles, people=people, at=at)
        if act is not None:
            acts[key] = act
    return acts


def _about(alert: Standing, *, is_on: bool, people: int, at: datetime) -> Act | None:
    if not is_on:
        if alert.calm_since is None:
            return Act.calm
        return Act.end if at - alert.calm_since >= QUIET else None
    has_next = alert.step + 1 < people
    if alert.status is AlertStatus.open and has_next and at - alert.told_at >= PATIENCE:
        return Act.tell_next
    return Act.stir if alert.calm_since is not None else None


def leave_is_ending(
    provider: str, access_until: datetime | None, renewed_at: datetime, at: datetime
) -> bool:
    """Tell whether leave to act for a company ends soon, if nobody renews it."""
    life = UNUSED.get(provider)
    if life is not None and renewed_at + life - at <= ENDING:
        return True
    if access_until is None or access_until - renewed_at < SHORT:
        return False
    return access_until - at <= ENDING


def check_channel(url: str, hosts: Collection[str]) -> str:
    """Return a channel's address, or refuse one that this house does not post to.

    ``hosts`` are those the platform's operator allows. One that names a port is the operator's own
    machine: only there may an address begin with http.
    """
    typed = url.strip()
    if not typed:
        return ""
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise Refused(
            "This is not an address. Copy it from the channel.", field="channel"
        ) from None
    named = f"{parts.hostname}:{port}" if port else parts.hostname or ""
    is_plain = all(sign.isprintable() and not sign.isspace() for sign in typed)
    is_right = parts.scheme == "https" or (parts.scheme == "http" and port and named in hosts)
    if not is_plain or not is_right or parts.username or named not in hosts:
        allowed = ", ".join(sorted(hosts)) or "none"
        raise Refused(
            f"Alerts are posted to these addresses alone: {allowed}. Ask the platform's operator to "
            "allow another.",
            field="channel",
        )
    return typed


def check_people(user_ids: Collection[int]) -> list[int]:
    """Return who is told, in their order, each once; refuse too many."""
    people = list(dict.fromkeys(user_ids))
    if len(people) > MOST_PEOPLE:
        raise Refused(f"{MOST_PEOPLE} people are the most.", field="people")
    return people
