"""The form that publishes: the note, a reason for each warning, and whether those asleep are woken."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import StopValidation

from admin.inputs import ChoiceField
from app.domain.conflict_words import say_conflict
from app.domain.conflicts import SharedConflict
from app.domain.quiet_hours import Urgency
from app.services.schedules.plan import Plan
from app.services.schedules.publishing import reason_field

URGENCIES = (
    (Urgency.now.name, "It is urgent: tell everybody now"),
    (Urgency.morning.name, "Tell those who sleep in the morning, the others now"),
)


class UrgencyField(ChoiceField):
    """Whether people are told in their night."""

    def __init__(self, label: str, validators: Any = (), **rest: Any) -> None:
        super().__init__(label, validators, members=Urgency, **rest)
        self.offered = list(URGENCIES)


class Reasoned:
    """Asks for a reason, and says what else to do."""

    field_flags = {"required": True}

    def __call__(self, form: Any, checked: Any) -> None:
        """Refuse to go on without one."""
        if not (checked.data or "").strip():
            raise StopValidation("Say why it goes out all the same, or solve it.")


class PublishForm(FlaskForm):
    """What goes with a version."""

    note = TextAreaField(
        "Note to everybody who is told", description="In a sentence: what changed and why."
    )
    is_silent = BooleanField(
        "Publish without telling anybody",
        description="Only the first time. People see it on their phone; the next version tells them.",
    )
    urgency = UrgencyField("Is it urgent?")
    digest = HiddenField()  # fmt: skip

    def reasons(self) -> dict[str, str]:
        """Return the reasons that were given, by the key of their warning."""
        start = reason_field("")
        return {
            name.removeprefix(start): (field.data or "").strip()
            for name, field in self._fields.items()
            if name.startswith(start)
        }


def form_for(made: Plan | None) -> PublishForm:
    """Return the form for a plan, with a field for each warning that needs a reason."""
    fields = {reason_field(one.key): _asked(one) for one in (made.open_warnings if made else ())}
    shape: type[PublishForm] = type("PublishForm", (PublishForm,), fields)
    return shape()


def _asked(one: SharedConflict) -> StringField:
    conflict = one.conflict
    return StringField(
        say_conflict(conflict, one.names),
        [Reasoned()],
        description=" ".join(filter(None, (conflict.fact, conflict.way_out))),
    )
