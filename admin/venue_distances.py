"""How long it takes from one venue to another: what the checks of the schedule go by."""

from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, contains_eager

from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Words, has_words
from admin.productions import VENUE
from admin.roles import ADMINISTRATOR, ALL, CONTRACTS, READ, SCHEDULE, WRITE, may
from app.models import Venue, VenueDistance
from app.services.schedules import distances

_START, _END = aliased(Venue), aliased(Venue)


class VenueDistanceView(RecordView):
    """Minutes between two venues, both ways."""

    datamodel = RecordInterface(VenueDistance)
    noun, nouns = "distance", "distances"
    list_title = "Distances between venues"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_delete",
    ]  # fmt: skip
    rules = Rules(adding=distances.settle, revising=distances.settle)
    columns = (
        Column("way", "From and to", value=lambda one: f"{one.from_venue} to {one.to_venue}"),
        Column("minutes", "Minutes"),
    )
    order_by = (_START.folded, _END.folded)
    load = (
        contains_eager(VenueDistance.from_venue.of_type(_START)),
        contains_eager(VenueDistance.to_venue.of_type(_END)),
    )
    filters = (
        Words("q", "Venue", lambda typed: has_words(
            func.concat(_START.folded, " ", _END.folded), typed)),
    )  # fmt: skip
    form_parts = (("How far", ("from_venue", "to_venue", "minutes")),)
    lookups: ClassVar[dict[str, Lookup]] = {"from_venue": VENUE, "to_venue": VENUE}
    label_columns: ClassVar[dict[str, str]] = {
        "from_venue": "From",
        "to_venue": "To",
        "minutes": "Minutes from door to door",
    }
    description_columns: ClassVar[dict[str, str]] = {
        "minutes": "As people really travel there, with time to change.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_venue_distance": ("to_venue", "This distance is known already. Change that one."),
        "minutes_positive": ("minutes", "At least one minute."),
    }
    help = (
        ("Both ways", "One entry holds for both directions."),
        ("What it is for", "Before a schedule is published, it warns of calls too far apart."),
    )

    def statement(self) -> Any:
        """Join both venues, which the list is sorted and searched by."""
        return (
            select(VenueDistance)
            .outerjoin(VenueDistance.from_venue.of_type(_START))
            .outerjoin(VenueDistance.to_venue.of_type(_END))
        )

    def name_of(self, record: VenueDistance) -> str:
        """Call it by its two ends."""
        return f"{record.from_venue} to {record.to_venue}"


may(
    "VenueDistanceView",
    {(ADMINISTRATOR, CONTRACTS, SCHEDULE): (*WRITE, "can_delete"), ALL: READ},
)
