"""Everything a worker or sweeper can do: couriers, readers of notices, and the timetable."""

from dataclasses import dataclass, field
from uuid import UUID

from tasks.handlers import Handler, Handlers
from tasks.inbox import Inbox, Reader
from tasks.outbox import Courier
from tasks.timetable import Entry, Timetable, standing_entries


@dataclass(slots=True)
class Crew:
    """What the topics joined, and the three who use it."""

    handlers: Handlers
    inbox: Inbox = field(default_factory=Inbox)
    timetable: Timetable = field(default_factory=lambda: Timetable(standing_entries()))
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        self.courier = Courier(self.handlers)

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
