"""Engagements: the list, the forms, and the page that shows the whole thread of one."""

from itertools import groupby
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask import request
from flask_appbuilder.actions import action
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from admin.access import sees_fees
from admin.archiving import Archiving
from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.parts import PartView
from admin.people import PERSON
from admin.productions import PRODUCTION
from admin.roles import ADMINISTRATOR, ALL, CONTRACTS, READ, WRITE, may
from admin.steps import steps_of
from app.db.clock import now
from app.db.session import session
from app.domain.people import EngagementBasis, EngagementEvent, EngagementStatus
from app.models import (
    Contract,
    Document,
    Engagement,
    Entitlement,
    FeeLine,
    PayeeProfile,
    Person,
    Production,
    RoleAssignment,
)
from app.presentation import desk_zone, period
from app.services import audit, engagements, threads
from app.services.engagement_waits import waits
from app.services.statements import statement_of

AGENT = Lookup(Person, Person.folded, "agent", "agents", where=lambda: Person.is_agent.is_(True))
PAYEE = Lookup(PayeeProfile, func.fold(PayeeProfile.name), "payee", "payees")
ENGAGEMENT = Lookup(Engagement, Engagement.number, "engagement", "engagements")
TOPICS = (("", "All"), ("contract", "Contract"), ("schedule", "Schedule"), ("money", "Money"), ("messages", "Messages"))  # fmt: skip


ABOUT_MONEY = frozenset({"claim", "payable"})


def roles_of(engagement: Engagement) -> str:
    """Write the roles in one line: Myrtha; cover Giselle."""
    return "; ".join(
        role.role
        if role.casting == "principal"
        else f"{role.casting.replace('_', ' ')} {role.role}"
        for role in engagement.roles
    )


class EngagementView(Archiving, RecordView):
    """Who is hired for what; each engagement's page is the thread of everything about it."""

    datamodel = RecordInterface(Engagement)
    noun, nouns = "engagement", "engagements"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=engagements.open_engagement, revising=engagements.revise)
    archive_service, restore_service = engagements.archive, engagements.restore
    columns = (
        Column("person", "Artist", order=Person.folded),
        Column("production", "Production", order=Production.folded),
        Column("roles", "Role", value=roles_of),
        Column(
            "period", "Period", value=lambda e: period(e.starts_on, e.ends_on),
            order=Engagement.starts_on,
        ),
        Column("fee", "Fee"),
        Column("status"),
        Column("number", "Engagement", phone_label=True),
    )  # fmt: skip
    order_by = (Engagement.starts_on.desc(), Person.folded)
    load = (
        contains_eager(Engagement.person),
        contains_eager(Engagement.production),
        selectinload(Engagement.roles),
    )
    saved_views = (
        SavedView("open", "Pencilled and offered", lambda: Engagement.status.in_(
            [EngagementStatus.pencilled, EngagementStatus.offered])),
        SavedView("confirmed", "Confirmed", lambda: Engagement.status == EngagementStatus.confirmed),
        SavedView("undecided", "No basis decided", lambda: Engagement.basis == EngagementBasis.undecided),
        SavedView("all", "All"),
    )  # fmt: skip
    filters = (
        Words("q", "Artist, production or number", lambda typed: has_words(
            Person.folded + " " + Production.folded + " " + func.lower(Engagement.number), typed)),
        Choice.of("status", "Status", Engagement.status),
        Choice.of("basis", "Basis", Engagement.basis),
        Day("from", "Starts from", lambda day: Engagement.starts_on >= day),
    )  # fmt: skip
    form_parts = (
        ("Who and what", ("person", "production", ("starts_on", "ends_on"), "dates_reason")),
        ("Terms", (("fee", "currency"), "payment_terms", "basis")),
        ("Who is paid, who acts", ("payee", "agent")),
        ("Hold", (("hold_rank", "hold_expires_on"), ("home_base", "home_zone"), "note")),
    )
    lookups: ClassVar[dict[str, Lookup]] = {
        "person": PERSON, "production": PRODUCTION, "agent": AGENT, "payee": PAYEE,
    }  # fmt: skip
    label_columns: ClassVar[dict[str, str]] = {
        "person": "Artist",
        "starts_on": "First day",
        "ends_on": "Last day",
        "dates_reason": "Why outside the production's dates",
        "hold_rank": "Pencil, in which place",
        "hold_expires_on": "Pencil holds until",
    }
    help = (
        (
            "What happens next",
            "Add roles, instalments and entitlements, then draw up the contract.",
        ),
        ("The fee", "Instalments are checked against it before a contract is sent."),
    )
    show_template = "desk/engagement.html"

    def statement(self) -> Any:
        """Join whom and what the list is sorted and searched by."""
        joined = select(Engagement).outerjoin(Engagement.person)
        return joined.outerjoin(Engagement.production)

    def name_of(self, record: Engagement) -> str:
        """Call it by artist and production."""
        return f"{record.person} in {record.production}"

    def shown_columns(self) -> tuple[Column, ...]:
        """Leave the fee out where it is not to be seen."""
        return tuple(c for c in self.columns if c.name != "fee" or sees_fees())

    def offers(self, record: Engagement) -> set[str] | None:
        """Offer what its status allows."""
        if record.archived_at is not None:
            return {"restore"}
        moves = {
            EngagementStatus.pencilled: {"offer", "confirm", "release"},
            EngagementStatus.offered: {"confirm", "release"},
            EngagementStatus.confirmed: {"complete", "cancel"},
        }
        return moves.get(record.status, set()) | {"archive"}

    def show_context(self, record: Engagement) -> dict[str, Any]:
        """Bring the thread, the money and the papers."""
        db = session()
        topic = request.args.get("topic", "")
        fees = sees_fees()
        everything = threads.entries(db, record, money=fees)
        shown = [entry for entry in everything if topic in ("", entry.topic)]
        contracts = db.scalars(
            select(Contract).where(Contract.engagement_id == record.id).order_by(Contract.id.desc())
        ).all()
        papers = db.scalars(
            select(Document).where(
                (Document.engagement_id == record.id) | (Document.person_id == record.person_id)
            )
        ).all()
        zone = ZoneInfo(desk_zone())
        days = groupby(shown[:60], key=lambda entry: entry.at.astimezone(zone).date())
        counts = {key: sum(e.topic == key or not key for e in everything) for key, _ in TOPICS}
        return {
            "days": [(day, list(entries)) for day, entries in days],
            "earlier": max(0, len(shown) - 60),
            "topics": [
                {"label": label, "href": f"?topic={key}", "count": counts[key], "current": key == topic}
                for key, label in TOPICS
                if fees or key != "money"
            ],
            "roles": roles_of(record),
            "contracts": contracts,
            "papers": papers,
            "money": statement_of(db, record),
            "waiting": [
                wait for wait in waits(db, record, now().astimezone(zone).date())
                if fees or wait.kind not in ABOUT_MONEY
            ],
            "fees": fees,
            "steps": steps_of(record, contracts),
            "history": audit.history(db, "engagement", record.id, limit=20) if fees else [],
        }  # fmt: skip

    def _move_all(self, chosen: list[Engagement], event: EngagementEvent) -> str:
        for engagement in chosen:
            engagements.move(session(), engagement, event)
        count = "1 engagement" if len(chosen) == 1 else f"{len(chosen)} engagements"
        return f"{count} {chosen[0].status.value}."

    @action("offer", "Mark as offered")
    def offer(self, chosen: list[Engagement]) -> str:
        """Record that an offer was made."""
        return self._move_all(chosen, EngagementEvent.offer)

    @action("confirm", "Confirm", "Confirm {n}? The pencil becomes firm.")
    def confirm(self, chosen: list[Engagement]) -> str:
        """Make the pencil firm."""
        return self._move_all(chosen, EngagementEvent.confirm)

    @action("release", "Release", "Release {n}? The artist is free for that period.")
    def release(self, chosen: list[Engagement]) -> str:
        """Let a pencil or an offer go."""
        return self._move_all(chosen, EngagementEvent.release)

    @action("complete", "Mark as completed", "Mark {n} as completed?", multiple=False)
    def complete(self, chosen: list[Engagement]) -> str:
        """Record that the work is done."""
        return self._move_all(chosen, EngagementEvent.complete)

    @action(
        "cancel",
        "Cancel",
        "Cancel {n}? What was confirmed may still have to be paid.",
        multiple=False,
    )
    def cancel(self, chosen: list[Engagement]) -> str:
        """Call a confirmed engagement off."""
        return self._move_all(chosen, EngagementEvent.cancel)


class EngagementPart(PartView):
    """What belongs to an engagement and is shown on its page."""

    owner, owner_endpoint = "engagement", "EngagementView"
    lookups: ClassVar[dict[str, Lookup]] = {"engagement": ENGAGEMENT}


class RoleView(EngagementPart):
    """Roles of an engagement."""

    datamodel = RecordInterface(RoleAssignment)
    noun, nouns = "role", "roles"
    rules = Rules(
        adding=engagements.settle_role,
        revising=engagements.settle_role,
        removing=engagements.take_away,
    )
    columns = (Column("role"),)
    load = (joinedload(RoleAssignment.engagement),)
    form_parts = (("Role", ("engagement", "role", ("casting", "cast"), ("starts_on", "ends_on"))),)


class FeeLineView(EngagementPart):
    """Parts of the fee and what makes each due."""

    datamodel = RecordInterface(FeeLine)
    noun, nouns = "fee line", "fee lines"
    rules = Rules(
        adding=engagements.settle_fee_line,
        revising=engagements.settle_fee_line,
        removing=engagements.take_away,
    )
    columns = (Column("label"),)
    load = (joinedload(FeeLine.engagement),)
    form_parts = (("Part of the fee", ("engagement", "label", "amount", ("kind", "trigger"), "due_on")),)  # fmt: skip

    def name_of(self, record: FeeLine) -> str:
        """Call it by its label."""
        return record.label or f"Fee line {record.position}"


class EntitlementView(EngagementPart):
    """What an engagement gives beside the fee."""

    datamodel = RecordInterface(Entitlement)
    noun, nouns = "entitlement", "entitlements"
    rules = Rules(
        adding=engagements.settle_entitlement,
        revising=engagements.settle_entitlement,
        removing=engagements.take_away,
    )
    columns = (Column("kind"),)
    load = (joinedload(Entitlement.engagement),)
    form_parts = (
        ("Entitlement", ("engagement", "kind", ("amount", "cap"), ("currency", "period"), "rule")),
    )
    label_columns: ClassVar[dict[str, str]] = {
        "cap": "At most",
        "period": "Counted",
        "rule": "The rule in words",
    }

    def name_of(self, record: Entitlement) -> str:
        """Call it by its kind."""
        return record.kind.replace("_", " ").capitalize() if record.kind else "Entitlement"


MOVES = ("offer", "confirm", "release", "complete", "cancel", "archive", "restore")
WRITERS = (ADMINISTRATOR, CONTRACTS)
may("EngagementView", {WRITERS: (*WRITE, *MOVES), ALL: READ})
for _view in ("RoleView", "FeeLineView", "EntitlementView"):
    may(_view, {WRITERS: (*WRITE, "can_delete")})
