"""The form of a report: a field for each thing it can be narrowed to, and as which file it comes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import g
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, Field
from wtforms.validators import StopValidation

from admin.fields import RelatedField
from admin.forms import Present
from admin.inputs import DayField
from admin.people import PERSON
from admin.productions import PRODUCTION
from app.db.clock import now
from app.db.session import session
from app.domain.histories import words_of as called
from app.domain.local_time import today_in
from app.domain.reports import PAPER_ROWS, ReportFormat
from app.models.audit import AuditEntry
from app.models.organisations import StaffProfile
from reports.asking import TITLES, first_day
from reports.making import RENDERERS
from reports.shape import Parameter, Report

FORMATS: Final = {
    ReportFormat.csv: "CSV, for another program: UTF-8 with its mark",
    ReportFormat.xlsx: "XLSX, for a spreadsheet: numbers and days as such",
    ReportFormat.pdf: f"PDF, for reading and filing: up to {PAPER_ROWS:,} rows",
}
Offered = Callable[[], Mapping[str, str]]


class OfferedField(Field):
    """One of what is offered, standing open or in a select; what is not offered is refused."""

    def __init__(
        self, label: str, offered: Offered, *, kind: str = "radios", any_word: str = "", **rest: Any
    ) -> None:
        super().__init__(label, [] if any_word else [Present()], **rest)
        self.kind, self.offered = kind, dict(offered())
        if any_word:
            self.offered = {"": any_word, **self.offered}

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the choice."""
        self.data = str(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        if (self.data or "") not in self.offered:
            self.data = None
            raise StopValidation("Choose one of these.")

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield value, word and whether it is chosen."""
        for value, word in self.offered.items():
            yield value, word, value == (self.data or ""), {}


class ReportForm(FlaskForm):
    """As which file, and whether its link comes by mail; what it is narrowed to is added to it."""

    format = OfferedField(
        "As",
        lambda: {each.value: FORMATS[each] for each in RENDERERS},
        default=ReportFormat.xlsx.value,
    )
    mail = BooleanField(
        "Send me the link when it is ready",
        description="A large one is sent in any case. The link opens after you sign in.",
    )
    names: ClassVar[tuple[str, ...]] = ()


def form_for(report: Report) -> ReportForm:
    """Return the form of one report."""
    fields = {parameter.value: _field(parameter, report) for parameter in report.parameters}
    made: type[ReportForm] = type("ReportForm", (ReportForm,), {**fields, "names": tuple(fields)})
    return made()


def chosen_in(form: ReportForm) -> dict[Parameter, Any]:
    """Return what was chosen, by parameter."""
    return {Parameter(name): form[name].data for name in form.names}


def words_of(form: ReportForm) -> dict[Parameter, Any]:
    """Return the same as a reader says it: a name instead of a key."""
    chosen = chosen_in(form)
    for parameter in (Parameter.entity, Parameter.actor):
        if chosen.get(parameter):
            chosen[parameter] = form[parameter.value].offered[chosen[parameter]]
    return chosen


def _field(parameter: Parameter, report: Report) -> Any:
    title = TITLES[parameter]
    needed: list[Any] = [Present()] if parameter in report.needed else []
    today = today_in(g.zone, now())
    if parameter is Parameter.production:
        hint = "" if needed else "Left empty: all of them."
        return RelatedField(title, needed, lookup=PRODUCTION, description=hint)
    if parameter is Parameter.artist:
        hint = "" if needed else "Left empty: all of them."
        return RelatedField(title, needed, lookup=PERSON, description=hint)
    if parameter is Parameter.entity:
        return OfferedField(title, _entities, kind="few", any_word="All")
    if parameter is Parameter.actor:
        return OfferedField(title, _actors, kind="few", any_word="Anybody")
    days: dict[Parameter, Any] = {Parameter.since: first_day(report, today), Parameter.on: today}
    if Parameter.until in report.needed:
        days[Parameter.until] = today
    return DayField(title, needed, default=days.get(parameter))


def _entities() -> dict[str, str]:
    """Return what the log tells of, in the words of the trade."""
    names = session.scalars(select(AuditEntry.entity).distinct())
    return dict(
        sorted(((name, called(name).capitalize()) for name in names), key=lambda each: each[1])
    )


def _actors() -> dict[str, str]:
    """Return the staff of the company, whoever they are by now."""
    rows = session.execute(
        select(StaffProfile.user_id, StaffProfile.display_name)
        .order_by(StaffProfile.display_name)
        .limit(200)
    )
    return {f"staff:{row.user_id}": row.display_name for row in rows}
