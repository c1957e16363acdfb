"""PartView: records that belong to another one and are shown on its page, never in a list of their own."""

from typing import Any, ClassVar

from flask import url_for
from sqlalchemy import inspect

from admin.base import RecordView
from app.domain.errors import Refused


class PartView(RecordView):
    """A staff view of parts: added, changed and removed from their owner's page, and back to it."""

    base_permissions: ClassVar[list[str]] = ["can_add", "can_edit", "can_delete", "can_list"]
    owner = ""
    """Name of the relation to the record it belongs to."""
    owner_endpoint = ""

    def pre_update(self, item: Any) -> None:
        """Keep a part with its owner: what was agreed with one is never made another's."""
        if inspect(item).attrs[self.owner].history.has_changes():
            raise Refused(
                f"This {self.noun} stays with its {self.owner}. Remove it here and add it there.",
                field=self.owner,
            )
        super().pre_update(item)

    def href_of(self, record: Any) -> str:
        """Return the address of the owner's page, where the part is shown."""
        key = getattr(record, f"{self.owner}_id", None)
        if key is None:
            # A part that was just removed or never kept still knows whom it belonged to.
            key = getattr(getattr(record, self.owner), "id", None)
        return url_for(f"{self.owner_endpoint}.show", pk=key)

    def list_href(self) -> str:
        """Return the list of owners: parts have no list of their own."""
        return url_for(f"{self.owner_endpoint}.list")
