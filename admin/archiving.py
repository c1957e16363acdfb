"""Archiving and restoring as moves, for every view whose records are put away instead of deleted."""

from collections.abc import Callable
from typing import Any

from flask_appbuilder.actions import action

from app.db.session import session


class Archiving:
    """Offers Archive on a live record and Restore on an archived one."""

    archive_service: Callable[..., None]
    restore_service: Callable[..., None]

    def offers(self, record: Any) -> set[str] | None:
        """Offer to archive, or to restore."""
        return {"archive"} if record.archived_at is None else {"restore"}

    @action("archive", "Archive", "Archive {n}? Everything that hangs on it stays.")
    def archive(self, chosen: list[Any]) -> str:
        """Put records away."""
        for record in chosen:
            type(self).archive_service(session(), record)
        return f"{len(chosen)} archived."

    @action("restore", "Restore", multiple=False)
    def restore(self, chosen: list[Any]) -> str:
        """Bring records back."""
        for record in chosen:
            type(self).restore_service(session(), record)
        return f"{len(chosen)} restored."
