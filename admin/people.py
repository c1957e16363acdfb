"""Artists, ensembles and agents: found under any spelling, with how they are reached and paid."""

from typing import Any, ClassVar

from flask import g
from flask_appbuilder.actions import action
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload, selectinload

from admin.access import remembered, sees_fees
from admin.archiving import Archiving
from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.feeds import feeds_of
from admin.fields import Lookup, RightsField
from admin.filters import Choice, SavedView, Words, has_words
from admin.parts import PartView
from admin.roles import ADMINISTRATOR, ALL, CONTRACTS, FINANCE, READ, WRITE, may
from app.db.session import session
from app.domain.names import name_keys
from app.domain.people import AvailabilityKind, ContactKind, RepresentationScope
from app.models import (
    Availability,
    ContactPoint,
    Engagement,
    PayeeProfile,
    Person,
    PersonVariant,
    Representation,
)
from app.services import contact_points, correspondence, invitations, people


def known_as(typed: str) -> ColumnElement[bool]:
    """Find a person by parts of the name, or by another spelling they were met under."""
    variants = select(PersonVariant.person_id).where(PersonVariant.name_key.in_(name_keys(typed)))
    return or_(has_words(Person.folded, typed), Person.id.in_(variants))


PERSON = Lookup(
    Person,
    Person.folded,
    "person",
    "people",
    hint=lambda person: "agent" if person.is_agent else "",
    where=lambda: Person.archived_at.is_(None),
)


def discipline(person: Person) -> str:
    """Return what an artist does, or that somebody is an agent."""
    if person.is_agent:
        return "Agent"
    return person.artist.discipline if person.artist else ""


class PersonView(Archiving, RecordView):
    """List, find, show and change people; archive and restore them."""

    datamodel = RecordInterface(Person)
    noun, nouns = "person", "people"
    list_title = "Artists and agents"
    route_base = "/admin/people"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=people.add, revising=people.revise)
    archive_service, restore_service = people.archive, people.restore
    columns = (
        Column("name", "Name", order=Person.folded),
        Column("discipline", "Discipline", value=discipline),
        Column("kind", "Kind"),
        Column(
            "contacts",
            "Reached at",
            value=lambda person: ", ".join(c.value for c in person.contact_points[:2]),
        ),
        Column("updated_at", "Changed"),
    )
    order_by = (Person.folded,)
    load = (joinedload(Person.artist), selectinload(Person.contact_points))
    saved_views = (
        SavedView("artists", "Artists", lambda: Person.is_agent.is_(False)),
        SavedView("agents", "Agents", lambda: Person.is_agent.is_(True)),
        SavedView(
            "conflicts",
            "Address in conflict",
            lambda: Person.id.in_(
                select(ContactPoint.person_id).where(ContactPoint.conflict_note != "")
            ),
        ),
        SavedView("all", "All"),
    )
    filters = (Words("q", "Name", known_as), Choice.of("kind", "Kind", Person.kind))
    form_parts = (("Who", ("name", ("legal_name", "preferred_name"), "kind", "is_agent", "note")),)
    label_columns: ClassVar[dict[str, str]] = {"is_agent": "Acts as an agent for artists"}
    description_columns: ClassVar[dict[str, str]] = {
        "name": "As a programme prints it.",
        "legal_name": "As a contract prints it, if it differs.",
        "preferred_name": "What we call them in letters.",
    }
    help = (
        ("Known already?", "We look for the name under every spelling before a person is added."),
        ("What happens next", "On the person's page you add how they are reached and paid."),
    )
    show_template = "desk/person.html"

    def show_context(self, record: Person) -> dict[str, Any]:
        """Bring what hangs on a person."""
        db = session()
        engagements = db.scalars(
            select(Engagement)
            .where(Engagement.person_id == record.id)
            .options(joinedload(Engagement.production), selectinload(Engagement.roles))
            .order_by(Engagement.starts_on.desc())
            .limit(25)
        ).all()
        links = db.scalars(
            select(Representation)
            .where(or_(Representation.artist_id == record.id, Representation.agent_id == record.id))
            .options(joinedload(Representation.agent), joinedload(Representation.artist))
        ).all()
        payees = db.scalars(
            select(PayeeProfile)
            .where(PayeeProfile.person_id == record.id)
            .options(selectinload(PayeeProfile.bank_details))
        ).all()
        absences = db.scalars(
            select(Availability)
            .where(
                Availability.person_id == record.id,
                Availability.kind == AvailabilityKind.unavailable,
            )
            .order_by(Availability.starts_on.desc())
            .limit(25)
        ).all()
        return {
            "engagements": engagements,
            "links": links,
            "payees": payees,
            "absences": absences,
            **feeds_of(record),
            "may_feed": ("can_show", "FeedView") in remembered(g.user),
            "letters": correspondence.of_person(db, record.id, money=sees_fees()),
            "may_absence": ("can_add", "AvailabilityView") in remembered(g.user),
        }


class ContactView(PartView):
    """Addresses and numbers of a person."""

    datamodel = RecordInterface(ContactPoint)
    noun, nouns = "address", "addresses"
    owner, owner_endpoint = "person", "PersonView"
    rules = Rules(adding=people.settle_contact, revising=people.settle_contact)
    columns = (Column("value"),)
    load = (joinedload(ContactPoint.person),)
    form_parts = (("Address", ("person", "kind", "value", "is_preferred")),)
    lookups: ClassVar[dict[str, Lookup]] = {"person": PERSON}
    label_columns: ClassVar[dict[str, str]] = {
        "value": "E-mail address or mobile number",
        "is_preferred": "Use this one first",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_contact_point": ("value", "This person has this address already."),
    }
    help = (
        (
            "Two people, one address",
            "An address that somebody else uses too signs nobody in until you have asked them.",
        ),
    )

    def name_of(self, record: ContactPoint) -> str:
        """Call it by the address."""
        return record.value or "Address"

    def offers(self, record: ContactPoint) -> set[str]:
        """Offer what can be done about an address: trust it, use it again, invite whoever reads there."""
        if record.conflict_note:
            return {"trust"}
        if not record.is_open:
            return {"use_again"}
        is_open = record.kind is ContactKind.email and record.verified_at is None
        return {"invite"} if is_open else set()

    @action("invite", "Invite to the portal", multiple=False)
    def invite(self, chosen: list[ContactPoint]) -> str:
        """Write to an address that nobody has proved yet."""
        for contact in chosen:
            invitations.invite(session(), contact)
        return "The invitation is on its way."

    @action("trust", "Trust this address", "Have you asked both people? Trust {n}?", multiple=False)
    def trust(self, chosen: list[ContactPoint]) -> str:
        """Let a shared address sign people in."""
        for contact in chosen:
            people.clear_conflict(session(), contact)
        return "The address is trusted."

    @action("use_again", "It works again", "Does it work again? Send to {n}?", multiple=False)
    def use_again(self, chosen: list[ContactPoint]) -> str:
        """Send to an address again that a carrier gave up."""
        for contact in chosen:
            contact_points.use_again(session(), contact)
        return "Letters go there again."


class RepresentationView(PartView):
    """What an agent may do for an artist."""

    datamodel = RecordInterface(Representation)
    noun, nouns = "representation", "representations"
    owner, owner_endpoint = "artist", "PersonView"
    rules = Rules(adding=people.settle_representation, revising=people.settle_representation)
    columns = (Column("agent"),)
    load = (joinedload(Representation.agent), joinedload(Representation.artist))
    form_parts = (
        ("Who for whom", ("artist", "agent")),
        ("What they may do", ("scopes", "territory", ("starts_on", "ends_on"))),
    )
    lookups: ClassVar[dict[str, Lookup]] = {"artist": PERSON, "agent": PERSON}
    form_fields: ClassVar[dict[str, Any]] = {
        "scopes": RightsField("The agent may", members=RepresentationScope)
    }

    def name_of(self, record: Representation) -> str:
        """Call it by the agent."""
        return f"Representation by {record.agent}" if record.agent else "Representation"


class PayeeView(PartView):
    """Who is paid for an artist, and on which basis."""

    datamodel = RecordInterface(PayeeProfile)
    noun, nouns = "payee", "payees"
    owner, owner_endpoint = "person", "PersonView"
    columns = (Column("name"),)
    load = (joinedload(PayeeProfile.person),)
    base_permissions: ClassVar[list[str]] = ["can_add", "can_edit", "can_list"]
    form_parts = (("Who is paid", ("person", "kind", "name", "basis", "is_gst_registered")),)
    lookups: ClassVar[dict[str, Lookup]] = {"person": PERSON}
    label_columns: ClassVar[dict[str, str]] = {"is_gst_registered": "Registered for GST"}


WRITERS = (ADMINISTRATOR, CONTRACTS)
may("PersonView", {WRITERS: (*WRITE, "archive", "restore"), ALL: READ})
may("ContactView", {WRITERS: (*WRITE, "can_delete", "trust", "invite", "use_again")})
may("RepresentationView", {WRITERS: (*WRITE, "can_delete")})
may("PayeeView", {(ADMINISTRATOR, CONTRACTS, FINANCE): WRITE})
