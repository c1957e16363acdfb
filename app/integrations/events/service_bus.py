"""Facts on an Azure Service Bus queue or topic: duplicates are dropped there by message id."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
    ServiceBusQuotaExceededError,
    ServiceBusServerBusyError,
)

from app.integrations import exchanges
from app.integrations.calls import before_call
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.refusals import line_broke

CONTENT: Final = "application/cloudevents+json; charset=utf-8"


class ServiceBusEvents:
    """A queue or topic whose duplicate detection is on; `docs/events.md` says so to its owner."""

    def __init__(self, connection: str, entity: str, *, is_topic: bool, timeout: float) -> None:
        self.connection, self.entity = connection, entity
        self.is_topic, self.timeout = is_topic, timeout

    def publish(self, events: Sequence[dict[str, Any]]) -> str:
        """Send the events, each under its own id."""
        self._understood(lambda: self._send(events))
        return f"{self.entity} {events[0]['id']}"

    def try_out(self) -> None:
        """Open the line and send nothing."""
        self._understood(self._open)

    def _understood(self, do: Callable[[], None]) -> None:
        """Do something there, with its failures in our words."""
        try:
            do()
        except (ServiceBusAuthenticationError, ServiceBusAuthorizationError) as error:
            raise Permanent(
                "Service Bus does not let us in. Check AZURE_SERVICE_BUS_CONNECTION_STRING."
            ) from error
        except MessagingEntityNotFoundError as error:
            name = "AZURE_SERVICE_BUS_TOPIC" if self.is_topic else "AZURE_SERVICE_BUS_QUEUE"
            raise Permanent(
                f"Service Bus has no {self.entity}. Make it there, or correct {name}."
            ) from error
        except MessageSizeExceededError as error:
            raise Permanent(
                "A fact is larger than Service Bus takes here. Let its owner allow larger messages."
            ) from error
        except ServiceBusServerBusyError as error:
            raise Retryable("Service Bus asks us to wait.", retry_after=10) from error
        except ServiceBusQuotaExceededError as error:
            raise Retryable(
                f"{self.entity} is full at Service Bus: nobody fetches the facts.", retry_after=10
            ) from error
        except (ServiceBusError, OSError, ValueError) as error:
            raise Unclear(f"Service Bus did not answer: {line_broke(error)}.") from error

    def _send(self, events: Sequence[dict[str, Any]]) -> None:
        heard = {"events": [event["id"] for event in events]}
        address = f"amqps://{self.entity}"
        with self._client() as client, self._sender(client) as sender:
            try:
                for event in events:
                    before_call()
                    sender.send_messages(_message(event), timeout=self.timeout)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                exchanges.note("SEND", address, request=heard, answer=said)
                raise
            exchanges.note("SEND", address, request=heard, status=202)

    def _open(self) -> None:
        with self._client() as client, self._sender(client) as sender:
            sender.create_message_batch()

    def _client(self) -> ServiceBusClient:
        return ServiceBusClient.from_connection_string(
            self.connection, retry_total=0, socket_timeout=self.timeout
        )

    def _sender(self, client: ServiceBusClient) -> Any:
        if self.is_topic:
            return client.get_topic_sender(self.entity)
        return client.get_queue_sender(self.entity)


def _message(event: dict[str, Any]) -> ServiceBusMessage:
    return ServiceBusMessage(
        json.dumps(event, ensure_ascii=False),
        message_id=event["id"],
        content_type=CONTENT,
        subject=event["type"],
    )
