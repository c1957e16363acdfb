"""How Service Bus is reached, from the configuration; loaded by workers that use it."""

from app.integrations.events.service_bus import ServiceBusEvents
from config import Config


def service_bus_events(config: Config) -> ServiceBusEvents:
    """Tell facts on a queue or a topic of Azure Service Bus."""
    told = config.vendor
    topic = told["AZURE_SERVICE_BUS_TOPIC"]
    return ServiceBusEvents(
        told["AZURE_SERVICE_BUS_CONNECTION_STRING"],
        topic or told["AZURE_SERVICE_BUS_QUEUE"],
        is_topic=bool(topic),
        timeout=config.http_timeout_seconds / 2,
    )
