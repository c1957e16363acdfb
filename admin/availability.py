"""Days on which somebody is not available: the checks of the schedule go by them."""

from typing import ClassVar

from flask_appbuilder.actions import action
from sqlalchemy.orm import joinedload

from admin.base import RecordInterface, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.parts import PartView
from admin.people import PERSON
from admin.roles import ADMINISTRATOR, CONTRACTS, SCHEDULE, WRITE, may
from app.db.session import session
from app.domain.people import AvailabilityEvent, AvailabilityStatus
from app.models import Availability
from app.services.schedules import availability


class AvailabilityView(PartView):
    """Days off that were accepted, and those that wait for an answer."""

    datamodel = RecordInterface(Availability)
    noun, nouns = "absence", "absences"
    owner, owner_endpoint = "person", "PersonView"
    rules = Rules(adding=availability.enter, revising=availability.revise)
    columns = (Column("starts_on"),)
    load = (joinedload(Availability.person),)
    form_parts = (("Not available", ("person", ("starts_on", "ends_on"), "note")),)
    lookups: ClassVar[dict[str, Lookup]] = {"person": PERSON}
    label_columns: ClassVar[dict[str, str]] = {"starts_on": "First day", "ends_on": "Last day"}
    description_columns: ClassVar[dict[str, str]] = {
        "note": "For the office. It is not shown in the schedule.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "dates_in_order": ("ends_on", "The last day is before the first."),
    }

    def name_of(self, record: Availability) -> str:
        """Call it by its days."""
        return f"{record.starts_on} to {record.ends_on}"

    def offers(self, record: Availability) -> set[str]:
        """Offer to decide what waits."""
        waits = record.status is AvailabilityStatus.proposed
        return {"accept", "refuse"} if waits else set()

    @action("accept", "Accept", multiple=False)
    def accept(self, chosen: list[Availability]) -> str:
        """Let somebody off on these days."""
        for one in chosen:
            availability.decide(session(), one, AvailabilityEvent.accept)
        return "Accepted. The schedule warns of calls on these days."

    @action("refuse", "Refuse", multiple=False)
    def refuse(self, chosen: list[Availability]) -> str:
        """Keep somebody to their calls on these days."""
        for one in chosen:
            availability.decide(session(), one, AvailabilityEvent.refuse)
        return "Refused. Calls on these days stand."


may(
    "AvailabilityView",
    {(ADMINISTRATOR, CONTRACTS, SCHEDULE): (*WRITE, "can_delete", "accept", "refuse")},
)
