"""Productions, seasons, venues and their spaces."""

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from admin.archiving import Archiving
from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Choice, SavedView, Words, has_words
from admin.parts import PartView
from admin.roles import ADMINISTRATOR, ALL, CONTRACTS, READ, SCHEDULE, WRITE, may
from app.db.session import session
from app.models import Engagement, Person, Production, Season, Space, Venue
from app.services import productions

PRODUCTION = Lookup(
    Production,
    Production.folded,
    "production",
    "productions",
    hint=lambda production: production.code,
    where=lambda: Production.archived_at.is_(None),
)
VENUE = Lookup(
    Venue,
    Venue.folded,
    "venue",
    "venues",
    hint=lambda venue: venue.city,
    where=lambda: Venue.archived_at.is_(None),
)
SEASON = Lookup(Season, Season.name, "season", "seasons", few=True)


def _seasons() -> list[tuple[str, str]]:
    rows = session.execute(select(Season.id, Season.name).order_by(Season.name.desc()))
    return [(str(key), name) for key, name in rows]


class ProductionView(Archiving, RecordView):
    """Productions with who is engaged for them."""

    datamodel = RecordInterface(Production)
    noun, nouns = "production", "productions"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=productions.settle_production, revising=productions.settle_production)
    archive_service, restore_service = productions.archive, productions.restore
    columns = (
        Column("title", "Title", order=Production.folded),
        Column("code", "Code", phone_label=True),
        Column("season", "Season", order=Season.name),
        Column("starts_on", "First day"),
        Column("ends_on", "Last day"),
        Column("genre", "Kind"),
    )
    order_by = (Production.starts_on.desc().nulls_last(), Production.folded)
    load = (contains_eager(Production.season),)
    saved_views = (SavedView("all", "All"),)
    filters = (
        Words("q", "Title or code", lambda typed: has_words(Production.folded, typed)),
        Choice("season", "Season", _seasons, lambda typed: Production.season_id == int(typed)),
    )
    form_parts = (
        ("What", ("title", ("code", "genre"), "company", "season")),
        ("When, and in which money", (("starts_on", "ends_on"), ("currency", "cost_code"))),
    )
    lookups: ClassVar[dict[str, Lookup]] = {"season": SEASON}
    label_columns: ClassVar[dict[str, str]] = {
        "genre": "Kind",
        "starts_on": "First day",
        "ends_on": "Last day",
    }
    show_template = "desk/production.html"

    def statement(self) -> Any:
        """Join the season, which the list is sorted by."""
        return select(Production).outerjoin(Production.season)

    def show_context(self, record: Production) -> dict[str, Any]:
        """Bring who is engaged for the production."""
        engagements = session.scalars(
            select(Engagement)
            .join(Engagement.person)
            .where(Engagement.production_id == record.id, Engagement.archived_at.is_(None))
            .options(contains_eager(Engagement.person), selectinload(Engagement.roles))
            .order_by(Person.folded)
            .limit(200)
        ).all()
        return {"engagements": engagements}


class SeasonView(RecordView):
    """Seasons."""

    datamodel = RecordInterface(Season)
    noun, nouns = "season", "seasons"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=productions.settle_season, revising=productions.settle_season)
    columns = (Column("name", "Season"), Column("starts_on"), Column("ends_on"))
    order_by = (Season.name.desc(),)
    form_parts = (("Season", ("name", ("starts_on", "ends_on"))),)
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_season": ("name", "There is a season of this name already."),
    }


def _without_zone() -> ColumnElement[bool]:
    return func.coalesce(Venue.zone, "") == ""


class VenueView(Archiving, RecordView):
    """Venues, their time zones and spaces."""

    datamodel = RecordInterface(Venue)
    noun, nouns = "venue", "venues"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=productions.settle_venue, revising=productions.settle_venue)
    archive_service, restore_service = productions.archive, productions.restore
    columns = (
        Column("name", "Venue", order=Venue.folded),
        Column("city", "City"),
        Column("zone", "Time zone", value=lambda venue: venue.zone or "Not known yet"),
    )
    order_by = (Venue.folded,)
    saved_views = (
        SavedView("all", "All"),
        SavedView("zoneless", "No time zone", _without_zone),
    )
    filters = (Words("q", "Venue or city", lambda typed: has_words(Venue.folded, typed)),)
    load = (selectinload(Venue.spaces),)
    form_parts = (("Where", ("name", "city", "address", "zone", "map_text")),)
    label_columns: ClassVar[dict[str, str]] = {
        "zone": "Time zone",
        "map_text": "How to get in",
    }
    description_columns: ClassVar[dict[str, str]] = {
        "zone": "As the IANA names it, for example Australia/Adelaide. Calls here are published only with one.",
        "map_text": "In words that work without a map: stage door, lift, whom to ring.",
    }
    long_columns = ("address", "map_text", "note")
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_venue_name_city": ("name", "There is a venue of this name in this city already."),
    }
    show_template = "desk/venue.html"


class SpaceView(PartView):
    """Stages, studios and rooms of a venue."""

    datamodel = RecordInterface(Space)
    noun, nouns = "space", "spaces"
    owner, owner_endpoint = "venue", "VenueView"
    rules = Rules(adding=productions.settle_space, revising=productions.settle_space)
    columns = (Column("name"),)
    load = (joinedload(Space.venue),)
    form_parts = (("Space", ("venue", "name")),)
    lookups: ClassVar[dict[str, Lookup]] = {"venue": VENUE}
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_space": ("name", "This venue has a space of this name already."),
    }


for _view in ("ProductionView", "VenueView", "SeasonView"):
    may(_view, {(ADMINISTRATOR, CONTRACTS, SCHEDULE): (*WRITE, "archive", "restore"), ALL: READ})
may("SpaceView", {(ADMINISTRATOR, CONTRACTS, SCHEDULE): (*WRITE, "can_delete")})
