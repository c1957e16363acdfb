"""The post room: letters and texts kept in a folder and shown on a page instead of leaving the house.

The embedded default for e-mail and SMS. A letter's file carries the effect's id, so keeping it twice
is keeping it once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.integrations.email.port import Letter
from app.integrations.sms.port import Text


@dataclass(frozen=True, slots=True)
class KeptItem:
    """A letter or text as the post room keeps it."""

    key: str
    channel: str
    recipient: str
    subject: str
    text: str
    html: str
    organisation_id: int | None
    received_at: str
    """UTC, ISO 8601."""


class PostRoom:
    """Keeps what would have been sent. Newest first, as keys sort by their birth (UUIDv7)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, item: KeptItem) -> str:
        """Keep ``item`` once, whole or not at all."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self.folder / f"{item.key}.json"
        if not place.exists():
            draft = place.with_suffix(".part")
            draft.write_text(json.dumps(asdict(item), ensure_ascii=False), "utf-8")
            draft.rename(place)
        return f"postroom-{item.key}"

    def items(self, limit: int = 200) -> Iterator[KeptItem]:
        """Yield the newest items."""
        for place in sorted(self.folder.glob("*.json"), reverse=True)[:limit]:
            yield KeptItem(**json.loads(place.read_text("utf-8")))

    def item(self, key: str) -> KeptItem | None:
        """Return one item, or None where there is none of that key."""
        place = self.folder / f"{key}.json"
        if not place.is_file() or place.parent != self.folder:
            return None
        return KeptItem(**json.loads(place.read_text("utf-8")))


class PostRoomEmail(PostRoom):
    """Keeps letters."""

    def send(self, letter: Letter, *, key: str) -> str:
        """Keep the letter and return its number in the post room."""
        return self.keep(
            KeptItem(
                key=key,
                channel="email",
                recipient=letter.recipient,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                organisation_id=letter.organisation_id,
                received_at=_now(),
            )
        )


class PostRoomSms(PostRoom):
    """Keeps texts."""

    def send(self, text: Text, *, key: str) -> str:
        """Keep the text and return its number in the post room."""
        return self.keep(
            KeptItem(
                key=key,
                channel="sms",
                recipient=text.recipient,
                subject="",
                text=text.body,
                html="",
                organisation_id=text.organisation_id,
                received_at=_now(),
            )
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
