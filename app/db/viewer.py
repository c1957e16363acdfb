"""Who is looking: what a door tells the database before it reads anything."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose rows may be seen, and who answers for the changes.

    ``actor`` is ``staff:<user id>``, ``artist:<person id>``, ``agent:<person id>`` or
    ``task:<name>``; ``on_behalf_of`` names the artist an agent acts for. ``artist_id`` is the
    person whose rows alone may be seen; None means all rows of the organisation.
    """

    organisation_id: int | None
    actor: str = ""
    artist_id: int | None = None
    on_behalf_of: str = ""
    reason: str = ""
    request_id: str = ""

    def because(self, reason: str) -> "Viewer":
        """Return the same viewer with a reason for what is done next."""
        return replace(self, reason=reason)

    def settings(self) -> dict[str, str]:
        """Return the database settings that announce this viewer (architecture.md section 2)."""
        return {
            "app.organisation_id": _text(self.organisation_id),
            "app.artist_id": _text(self.artist_id),
            "app.actor": self.actor,
            "app.on_behalf_of": self.on_behalf_of,
            "app.reason": self.reason,
            "app.request_id": self.request_id,
        }


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
