"""Looks at every provider each minute and tells who must know; posts alerts into channels."""

from collections.abc import Callable
from datetime import datetime, timedelta

from redis import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.alerts import Breaker
from app.domain.outbox import EffectClass
from app.domain.provider_limits import limits_of
from app.domain.providers import PORTS
from app.integrations import alert_channel
from app.integrations.traffic import Asker, SharedTraffic
from app.models import Alert, Organisation
from app.models.outbox import OutboxMessage
from app.services.alerts import telling, watching
from config import Config
from tasks.crew import Crew
from tasks.handlers import Handler
from tasks.timetable import Entry

WORDS = {True: "Over: {}", False: "{}. {}"}


def join(crew: Crew) -> None:
    """Take the courier of alerts on, and look each minute."""
    config = crew.config

    def send(request: tuple[str, str], _key: str) -> str:
        url, text = request
        return alert_channel.post(url, text, config.alert_hosts) if url else "no channel any more"

    # Twice the same sentence in a channel does no harm; none would.
    crew.carry(
        Handler(telling.POST, EffectClass.U, _sentence, send, is_hurried=True, resend_unclear=True)
    )
    crew.repeat(Entry("alerts.watch", timedelta(minutes=1), _watcher(config)))


def _sentence(session: Session, message: OutboxMessage) -> tuple[str, str]:
    alert = session.get_one(Alert, message.payload["alert_id"])
    is_over = message.payload["fact"] == "over"
    text = WORDS[is_over].format(alert.title, alert.detail)
    return telling.channel_of(session, alert.organisation_id), text


def _watcher(config: Config) -> Callable[[Session, datetime], object]:
    choices = {port.name: getattr(config, port.name) for port in PORTS}
    traffic = SharedTraffic(config.redis_url)

    def watch(session: Session, _slot: datetime) -> int:
        company = session.scalars(select(Organisation)).one()
        breakers = {choice: _breaker(traffic, choice, company.id) for choice in choices.values()}
        away = {choice: breaker for choice, breaker in breakers.items() if breaker is not None}
        return watching.watch(session, choices, company=company, at=now(), away=away)

    return watch


def _breaker(traffic: SharedTraffic, choice: str, organisation_id: int) -> Breaker | None:
    """Tell whether a breaker is open, or was and closed since the last looks: else None.

    While Redis is away nobody knows.
    """
    limits = limits_of(choice)
    if limits is None:
        return None
    try:
        seen = traffic.look(Asker(choice, organisation_id, limits).place, limits)
    except (RedisError, OSError):
        return None
    if seen["opens"] is not None:
        return Breaker.open
    return Breaker.closed_again if seen["opened_lately"] else None
