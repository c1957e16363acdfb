"""Everything a worker or sweeper can do: couriers, readers of notices, and the timetable."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.db import secrets
from app.db.session import bind
from app.services import letters
from app.services.esign import choice
from config import Config
from tasks.handlers import Handler, Handlers, Timings
from tasks.inbox import Inbox, Reader
from tasks.left_behind import take_over
from tasks.lives import Lives
from tasks.outbox import Courier
from tasks.permits import permits_of
from tasks.timetable import Entry, Timetable, standing_entries


@dataclass(slots=True)
class Crew:
    """What the topics joined, and the three who use it."""

    config: Config
    handlers: Handlers
    courier: Courier
    lives: Lives
    inbox: Inbox = field(default_factory=Inbox)
    timetable: Timetable = field(default_factory=lambda: Timetable(standing_entries()))

    def carry(self, handler: Handler) -> None:
        """Take a courier on."""
        self.handlers.add(handler)

    def read(self, reader: Reader) -> None:
        """Take a reader of a provider's notices on."""
        self.inbox.add(reader)

    def repeat(self, entry: Entry) -> None:
        """Put something on the timetable."""
        self.timetable.add(entry)

    def run_message(self, message_id: str) -> None:
        """Keep one promise, as the bell names it."""
        self.courier.run(UUID(message_id))

    def run_notice(self, notice_id: str) -> None:
        """Read one notice, as the bell names it."""
        self.inbox.run(int(notice_id))

    def open_database(self, url: str) -> None:
        """Connect this process under the name of its life."""
        options: dict[str, Any] = {"application_name": self.lives.mine()}
        bind(url, pool_size=2, max_overflow=2, connect_args=options)

    def see_to_the_dead(self) -> None:
        """End the leases of those who died on this machine, so that somebody takes them over."""
        take_over(self.lives, self.handlers)


def engage(config: Config) -> Crew:
    """Return a crew with the timings of the configuration and nobody in it yet."""
    letters.configure(config.base_url)
    choice.configure(config.esign)
    secrets.configure(config.field_keys)
    usual = Timings(
        lease=config.lease_seconds,
        http_timeout=config.http_timeout_seconds,
        settle=config.settle_seconds,
    )
    hurried = Timings(
        lease=config.sign_in_lease_seconds,
        http_timeout=config.sign_in_timeout_seconds,
        settle=min(config.settle_seconds, config.sign_in_lease_seconds),
    )
    handlers = Handlers(usual, hurried)
    lives = Lives(config.var / "lives")
    courier = Courier(handlers, permits_of(config), owner=lives.mine)
    return Crew(config, handlers, courier, lives)
