"""What is wrong with providers now, and what follows from it: told once, passed on, told that it is over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.alerts import (
    FORGED,
    OLD_QUEUE,
    Act,
    AlertEvent,
    AlertStatus,
    Breaker,
    Standing,
    Trouble,
    TroubleKind,
    decide,
    leave_is_ending,
)
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.providers import OWN
from app.models.alerts import Alert
from app.models.organisations import Organisation
from app.models.outbox_decisions import HookRefusal
from app.services import integrations
from app.services.alerts import telling
from app.services.integrations import Provider

HOUR: Final = timedelta(hours=1)
NOBODY: Final[Mapping[str, Breaker]] = {}


def watch(
    session: Session,
    choices: Mapping[str, str],
    *,
    company: Organisation,
    at: datetime,
    away: Mapping[str, Breaker] = NOBODY,
) -> int:
    """Look at every provider and do what follows; say how many alerts were moved.

    ``away`` are the providers whose breaker is open, or opened since somebody last looked.
    """
    organisation_id = company.id
    now_wrong = troubles(session, choices, zone=company.zone, at=at, away=away)
    found = {each.key: each for each in now_wrong}
    alerts = {
        (alert.kind, alert.provider): alert
        for alert in session.scalars(
            select(Alert).where(Alert.status != AlertStatus.over).with_for_update()
        )
    }
    standing = {key: _standing(alert) for key, alert in alerts.items()}
    chain = telling.chain(session, organisation_id)
    acts = decide(standing, set(found), people=len(chain), at=at)
    for key, act in acts.items():
        if act is Act.raise_it:
            _raise(session, found[key], organisation_id, chain, at)
        else:
            _follow(session, alerts[key], act, chain, at)
    return len(acts)


def acknowledge(session: Session, alert: Alert, *, user_id: int, at: datetime) -> None:
    """Say that one sees to it: nobody else is told any more."""
    session.refresh(alert, with_for_update=True)
    if alert.status is AlertStatus.acknowledged:
        raise Refused("Somebody sees to it already.")
    alert.advance(AlertEvent.acknowledge)
    alert.acknowledged_by_id, alert.acknowledged_at = user_id, at


def troubles(
    session: Session,
    choices: Mapping[str, str],
    *,
    zone: str,
    at: datetime,
    away: Mapping[str, Breaker] = NOBODY,
) -> list[Trouble]:
    """Return what is wrong with the providers of a company at this moment."""
    board = integrations.board(session, choices, at=at, zone=zone)
    own = Provider(OWN, OWN.name)
    integrations.what_waits(session, [own], at)
    forged = _forged(session, at)
    found: list[Trouble | None] = []
    for one in [*board, own]:
        found += [_old_queue(one, at), _ending(one, at)]
        if one.choice in away:
            found.append(_breaker(one, away[one.choice]))
        if one.choice in forged and one.choice in choices.values():
            found.append(_forging(one, forged.pop(one.choice)))
    return [each for each in found if each is not None]


def _old_queue(one: Provider, at: datetime) -> Trouble | None:
    if one.is_paused or one.oldest is None or at - one.oldest <= OLD_QUEUE:
        return None
    minutes = int((at - one.oldest).total_seconds() // 60)
    return Trouble(
        TroubleKind.queue_old,
        one.choice if one.port is OWN else f"{one.choice}/{one.port.name}",
        f"{one.name}: the oldest of {one.waiting} waiting has waited {minutes} minutes",
        "Nothing is lost. Look whether the provider answers, and whether the worker runs.",
    )


def _ending(one: Provider, at: datetime) -> Trouble | None:
    leave = one.connection
    if leave is None or leave.status is ConnectionStatus.disconnected:
        return None
    renewed_at = leave.renewed_at or leave.connected_at or leave.created_at
    is_ending = leave_is_ending(one.choice, leave.access_until, renewed_at, at)
    if leave.status is ConnectionStatus.connected and not is_ending:
        return None
    has_ended = leave.status is ConnectionStatus.expired
    return Trouble(
        TroubleKind.access_ends,
        one.choice,
        f"{one.name}: the leave to act for you {'has ended' if has_ended else 'is about to end'}",
        "Connect it again on its page. Until then what is promised waits here."
        if has_ended
        else "Connect it again on its page before it ends: what is promised then would wait here.",
    )


def _breaker(one: Provider, breaker: Breaker) -> Trouble:
    if breaker is Breaker.closed_again:
        return Trouble(
            TroubleKind.breaker_open,
            one.choice,
            f"{one.name} did not answer for a while",
            "Its calls failed, so it was left alone. It answers again; what waited goes out now.",
        )
    return Trouble(
        TroubleKind.breaker_open,
        one.choice,
        f"{one.name} does not answer",
        one.last_error or "Every call of the last minutes failed. It is tried again by itself.",
    )


def _forging(one: Provider, number: int) -> Trouble:
    return Trouble(
        TroubleKind.forged_notices,
        one.choice,
        f"{one.name}: {number} notices with a wrong signature within an hour",
        "They were turned away. Has somebody changed the key, or does somebody try?",
    )


def _forged(session: Session, at: datetime) -> dict[str, int]:
    rows = session.execute(
        select(HookRefusal.provider, func.sum(HookRefusal.count))
        .where(HookRefusal.last_at >= at - HOUR)
        .group_by(HookRefusal.provider)
    )
    return {provider: int(number) for provider, number in rows if number >= FORGED}


def _standing(alert: Alert) -> Standing:
    return Standing(alert.status, alert.step, alert.told_at, alert.calm_since)


def _raise(
    session: Session, trouble: Trouble, organisation_id: int, chain: list[int], at: datetime
) -> None:
    alert = Alert(
        organisation_id=organisation_id,
        kind=trouble.kind,
        provider=trouble.provider,
        title=trouble.title,
        detail=trouble.detail,
        told_at=at,
    )
    session.add(alert)
    session.flush()
    telling.tell(session, alert, "alert", chain[:1], fact="raised", to_channel=True)


def _follow(session: Session, alert: Alert, act: Act, chain: list[int], at: datetime) -> None:
    if act is Act.calm:
        alert.calm_since = at
    elif act is Act.stir:
        alert.calm_since = None
    elif act is Act.tell_next:
        alert.step, alert.told_at, alert.calm_since = alert.step + 1, at, None
        person = chain[alert.step : alert.step + 1]
        telling.tell(session, alert, "alert", person, fact=f"step-{alert.step}")
    else:
        alert.advance(AlertEvent.end)
        alert.ended_at = at
        told = chain[: alert.step + 1]
        telling.tell(session, alert, "alert_over", told, fact="over", to_channel=True)
