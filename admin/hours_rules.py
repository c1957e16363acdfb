"""The company's own rules of rest, span and quiet hours, each set from a day on."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy.orm import selectinload

from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.filters import Condition
from admin.inputs import AmountField, HourField
from admin.roles import ADMINISTRATOR, ALL, READ, SCHEDULE, WRITE, may
from app.models import RulePack
from app.services.schedules.hours_rules import NAME, settle


def _quiet(pack: RulePack) -> str:
    begins, ends = pack.night_begins, pack.night_ends
    return f"{begins:%H:%M} to {ends:%H:%M}" if begins and ends else "21:00 to 07:00"


class HoursRulesView(RecordView):
    """Rules of hours and rest by the day from which they hold; the checks of a schedule go by them."""

    datamodel = RecordInterface(RulePack)
    noun, nouns = "rule", "hours rules"
    list_title = "Hours and rest"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=settle, revising=settle)
    columns = (
        Column("valid_from", "In force from"),
        Column("rest_hours", "Rest between days, hours", value=lambda one: one.rest_hours or "-"),
        Column("span_hours", "Longest day, hours", value=lambda one: one.span_hours or "-"),
        Column("quiet", "Nobody is woken", value=_quiet),
        Column("source", "Where it stands"),
    )
    order_by = (RulePack.valid_from.desc(), RulePack.number.desc())
    load = (selectinload(RulePack.rules),)
    empty = (
        "No rules of your own yet: the examples that came with the portal hold, 12 hours of rest "
        "and days of 13 hours. Have them checked."
    )
    form_parts = (
        ("From when, and where it stands", ("valid_from", "source")),
        ("Hours that really pass", (("rest_hours", "span_hours"),)),
        ("Nobody is woken", (("night_begins", "night_ends"),)),
    )
    form_fields: ClassVar[dict[str, Any]] = {
        "rest_hours": AmountField("Rest between two days, in hours", description="Such as 11."),
        "span_hours": AmountField("Longest day, in hours", description="First call to last."),
        "night_begins": HourField("From"),
        "night_ends": HourField("Until"),
    }
    label_columns: ClassVar[dict[str, str]] = {
        "valid_from": "In force from",
        "source": "Where it stands",
        "rest_hours": "Rest between two days, hours",
        "span_hours": "Longest day, hours",
        "night_begins": "Nobody is woken from",
        "night_ends": "until",
    }
    description_columns: ClassVar[dict[str, str]] = {
        "source": "As a warning names it, such as house rules 2026, part 4.",
    }
    help = (
        ("Dated", "A new rule holds from its day on. The days before keep the rule they had."),
        ("Real hours", "On a night clocks change, the hours that pass are counted."),
    )

    def base_where(self) -> Sequence[Condition]:
        """Show the rules of hours alone: other packs are others' concern."""
        return [RulePack.name == NAME]

    def name_of(self, record: RulePack) -> str:
        """Call it by its source and day."""
        return f"{record.source or 'House rules'}, from {record.valid_from}"


may("HoursRulesView", {(ADMINISTRATOR, SCHEDULE): WRITE, ALL: READ})
