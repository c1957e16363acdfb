"""Tells facts to other systems, each under the id of its promise: told twice is told once."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain.events import cloud_events
from app.domain.outbox import EffectClass
from app.integrations import providers
from app.models.organisations import Organisation
from app.models.outbox import OutboxMessage
from app.services import events
from tasks.crew import Crew
from tasks.handlers import Handler


def join(crew: Crew) -> None:
    """Take the courier on: Redis remembers each id, Service Bus drops what it has seen."""
    to_azure = crew.config.events == "azure_service_bus"
    crew.carry(
        Handler(
            events.PUBLISH,
            EffectClass.K if to_azure else EffectClass.N,
            Teller(crew.config.base_url).gather,
            _publish,
            provider="azure_service_bus" if to_azure else "local",
        )
    )


@dataclass(frozen=True, slots=True)
class Teller:
    """Knows under which name this house tells."""

    base_url: str

    def gather(self, session: Session, message: OutboxMessage) -> list[dict[str, Any]]:
        """Return what is told, as CloudEvents of the company it concerns."""
        source = self.base_url
        if message.organisation_id is not None:
            company = session.get_one(Organisation, message.organisation_id)
            source = f"{self.base_url}/companies/{company.public_id}"
        return cloud_events(str(message.id), source, message.payload["events"])


def _publish(told: list[dict[str, Any]], _key: str) -> str:
    return providers.events().publish(told)
