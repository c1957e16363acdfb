"""Calls: entered, changed, cancelled with a reason and brought back. The week is in admin/schedule.py."""

from typing import Any, ClassVar

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.wrappers import Response
from wtforms import StringField

from admin import forms
from admin.base import RecordInterface, RecordView, Rules
from admin.call_fields import AfterMidnightField, CalledField, FoldField, TimeKindField
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Choice, Day, SavedView, Words, has_words
from admin.forms import FormPage, Present
from admin.productions import PRODUCTION, VENUE
from admin.roles import ADMINISTRATOR, ALL, READ, SCHEDULE, WRITE, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.schedule_words import say_hours, week_of
from app.domain.schedules import CallStatus, TimeKind
from app.models import Call, CallAssignment, Engagement, Production, Space
from app.services.schedules import entering
from app.services.schedules.facts import called_to, engaged_for, facts_of, shown_facts
from app.services.schedules.reach import tally_of_call
from app.services.schedules.week import unpublished

SPACE = Lookup(
    Space,
    func.fold(Space.name),
    "space",
    "spaces",
    hint=lambda space: str(space.venue),
    where=lambda: Space.archived_at.is_(None),
    load=(joinedload(Space.venue),),
)


class ReasonForm(FlaskForm):
    """Why a call is cancelled."""

    reason = StringField(
        "Why",
        [Present()],
        description="People read this on their phone, under the call that is struck through.",
    )


def name_of(call: Call) -> str:
    """Return what a call is called, as a heading."""
    return str(call)[:1].upper() + str(call)[1:]


def hours_of(call: Call) -> str:
    """Write the hours of a call with its zone."""
    try:
        return say_hours(facts_of(call, ()))
    except Refused as refusal:
        return str(refusal)


def place_of(call: Call) -> str:
    """Write where a call is."""
    return ", ".join(str(one) for one in (call.space, call.venue) if one is not None)


class CallView(RecordView):
    """Calls one by one; what is entered here is the working copy until it is published."""

    datamodel = RecordInterface(Call)
    noun, nouns = "call", "calls"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_cancel",
    ]  # fmt: skip
    rules = Rules(adding=entering.enter, revising=entering.revise)
    columns = (
        Column("title", "Call", value=name_of),
        Column("production", "Production", order=Production.folded),
        Column("day_of", "Show day"),
        Column("hours", "Hours", value=hours_of),
        Column("place", "Place", value=place_of),
        Column("status"),
    )
    order_by = (Call.day_of, Call.starts_at.nulls_first(), Call.id)
    load = (
        contains_eager(Call.production),
        joinedload(Call.venue),
        joinedload(Call.space).joinedload(Space.venue),
        selectinload(Call.assignments)
        .joinedload(CallAssignment.engagement)
        .joinedload(Engagement.person),
    )
    saved_views = (
        SavedView("ahead", "Ahead", lambda: Call.day_of >= func.date(now())),
        SavedView("unpublished", "Not published yet", unpublished),
        SavedView("cancelled", "Cancelled", lambda: Call.status == CallStatus.cancelled),
        SavedView("all", "All"),
    )
    filters = (
        Words("q", "Call or production", lambda typed: has_words(
            func.fold(Call.title), typed) | has_words(Production.folded, typed)),
        Choice.of("type", "Kind", Call.type),
        Day("from", "From", lambda day: Call.day_of >= day),
    )  # fmt: skip
    form_parts = (
        ("What", ("production", ("type", "title"))),
        (
            "When",
            (
                "day_of",
                "time_kind",
                ("local_start", "start_day_offset"),
                "starts_fold",
                ("local_end", "end_day_offset"),
                "ends_fold",
            ),
        ),
        ("Where", ("venue", "space", "zone")),
        ("Who", ("is_for_everyone", "called")),
        ("Beside it", ("note",)),
    )
    show_parts = (("Call", ("production", "type", "day_of", "note", "cancelled_reason")),)
    lookups: ClassVar[dict[str, Lookup]] = {
        "production": PRODUCTION, "venue": VENUE, "space": SPACE,
    }  # fmt: skip
    form_fields: ClassVar[dict[str, Any]] = {
        "time_kind": TimeKindField("The time is", default=TimeKind.exact),
        "start_day_offset": AfterMidnightField("Starts after midnight of its show day"),
        "end_day_offset": AfterMidnightField("Ends after midnight"),
        "starts_fold": FoldField("Which of the two hours it starts"),
        "ends_fold": FoldField("Which of the two hours it ends", about="local_end"),
        "called": CalledField(
            "People called by name",
            description="Those engaged for the production. Find the production to see them.",
        ),
    }
    label_columns: ClassVar[dict[str, str]] = {
        "type": "Kind",
        "title": "Called",
        "day_of": "Show day",
        "local_start": "Starts",
        "local_end": "Ends",
        "zone": "Time zone",
        "is_for_everyone": "Everybody engaged on that day",
        "cancelled_reason": "Cancelled because",
    }
    description_columns: ClassVar[dict[str, str]] = {
        "title": "As people read it. Left empty, the kind stands there.",
        "day_of": "What comes after midnight belongs to the day before.",
        "local_start": "At the clock of the place.",
        "local_end": "At the clock of the place.",
        "zone": "Only where there is no venue, for example Australia/Adelaide. A venue brings its own.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "end_after_start": ("local_end", "The end does not come after the start."),
    }
    promise = "Saved calls are a working copy. Nobody is told until you publish."
    help = (
        ("Times", "Write what the clock at the venue shows. The zone is the venue’s."),
        ("Nobody is told yet", "People see and hear of it when the next version is published."),
    )
    show_template = "desk/call.html"

    def statement(self) -> Any:
        """Join the production, which the list is sorted and searched by."""
        return select(Call).outerjoin(Call.production)

    def name_of(self, record: Call) -> str:
        """Return what the call is called."""
        return name_of(record)

    def offers(self, record: Call) -> set[str]:
        """Offer to bring back what is cancelled."""
        return {"reinstate"} if record.status is CallStatus.cancelled else set()

    def show_context(self, record: Call) -> dict[str, Any]:
        """Bring hours, place, who is called, and what people were told last."""
        engaged = engaged_for(session(), [record.production_id])[record.production_id]
        called = set(called_to(record, engaged))
        return {
            "hours": hours_of(record),
            "place": place_of(record),
            "called": [one.person for one in engaged if one.id in called],
            "shown": shown_facts(session(), [record.production_id]).get(record.id),
            "week": week_of(record.day_of),
            "reached": tally_of_call(session(), record.id),
            "may_cancel": self.may("cancel") and record.status is not CallStatus.cancelled,
        }

    @expose("/cancel/<pk>", methods=["GET", "POST"])
    @has_access
    def cancel(self, pk: str) -> str | Response:
        """Ask why, then cancel the call; it is never deleted."""
        call = self.record(pk)
        form = ReasonForm()
        if form.validate_on_submit():
            try:
                with transaction() as db:
                    entering.cancel(db, call, form.reason.data or "")
            except Refused as refusal:
                form.reason.errors = [str(refusal)]
            else:
                flash(f"{name_of(call)} is cancelled. Publish to tell people.", "success")
                return redirect(self.href_of(call), 303)
        return self._ask_why(call, form)

    @action("reinstate", "Bring back")
    def reinstate(self, chosen: list[Call]) -> str:
        """Bring cancelled calls back into the working copy."""
        for call in chosen:
            entering.reinstate(session(), call)
        return "Back in the working copy. Publish to tell people."

    def _ask_why(self, call: Call, form: FlaskForm) -> str:
        page = FormPage(
            title=f"Cancel {name_of(call)}?",
            noun=self.noun,
            nouns=self.nouns,
            form=form,
            parts=forms.laid_out(form, (("", ("reason",)),)),
            deed="Cancel this call",
            promise="It stays on record. People are told when you publish.",
            help=((f"{call.production}", f"{call.day_of:%A} {call.day_of.day} {call.day_of:%B}, {hours_of(call)}"),),
            list_href=url_for("ScheduleView.week", week=week_of(call.day_of).isoformat()),
            record_href=self.href_of(call),
            record_name=name_of(call),
        )  # fmt: skip
        return str(self.render_template(self.add_template, page=page, record=call))


may(
    "CallView",
    {
        (ADMINISTRATOR, SCHEDULE): (*WRITE, "can_cancel", "reinstate"),
        ALL: READ,
    },
)
