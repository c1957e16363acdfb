"""What somebody asks of a report: from the parameters of the form to the filters of its queries."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from app.domain.errors import Invalid
from app.domain.periods import format_day
from reports.shape import Filters, Parameter, Report

DAYS: Final = frozenset({Parameter.since, Parameter.until, Parameter.on})
TITLES: Final = {
    Parameter.production: "Production",
    Parameter.artist: "Artist",
    Parameter.since: "From",
    Parameter.until: "To",
    Parameter.on: "Drawn up to",
    Parameter.entity: "Kind of record",
    Parameter.actor: "Who did it",
}
IN_ALL: Final = {
    Parameter.production: "All productions",
    Parameter.artist: "all artists",
}
PERIOD: Final = timedelta(days=30)
"""What a period is to begin with."""


def first_day(report: Report, today: date) -> date | None:
    """Return where the period of a report begins by itself: where it needs one, a month ago."""
    return today - PERIOD if Parameter.since in report.needed else None


def check(report: Report, chosen: Mapping[Parameter, Any]) -> None:
    """Refuse what cannot be asked: something needed is missing, or a period ends before it begins."""
    wrong: dict[str, str] = {
        parameter.value: f"{TITLES[parameter]} is empty. Fill it in."
        for parameter in report.needed
        if chosen.get(parameter) in (None, "")
    }
    since, until = chosen.get(Parameter.since), chosen.get(Parameter.until)
    if since and until and until < since:
        wrong[Parameter.until.value] = (
            f"{format_day(until)} {until.year} is before the first day. Choose {format_day(since)} "
            f"{since.year} or later."
        )
    if wrong:
        raise Invalid(wrong)


def as_asked(report: Report, chosen: Mapping[Parameter, Any]) -> dict[str, Any]:
    """Return the parameters as the run keeps them: numbers of records, days as text."""
    return {
        parameter.value: _kept(parameter, chosen.get(parameter)) for parameter in report.parameters
    }


def in_words(report: Report, chosen: Mapping[Parameter, Any]) -> str:
    """Write what was asked for, as the file and the list state it."""
    said = []
    for parameter in report.parameters:
        value = chosen.get(parameter)
        if value not in (None, ""):
            shown = value.isoformat() if parameter in DAYS else value
            said.append(f"{TITLES[parameter]}: {shown}")
        elif parameter in IN_ALL:
            said.append(IN_ALL[parameter])
    words = "; ".join(said) or "None"
    return words[:1].upper() + words[1:]


def filters_of(asked: Mapping[str, Any], *, zone: str, base_currency: str, today: date) -> Filters:
    """Return the filters of a run from what it keeps."""
    return Filters(
        zone=zone,
        base_currency=base_currency,
        today=today,
        production_id=asked.get(Parameter.production),
        person_id=asked.get(Parameter.artist),
        since=_day(asked.get(Parameter.since)),
        until=_day(asked.get(Parameter.until)),
        on=_day(asked.get(Parameter.on)),
        entity=asked.get(Parameter.entity) or "",
        actor=asked.get(Parameter.actor) or "",
    )


def _kept(parameter: Parameter, value: Any) -> Any:
    if value is None or value == "":
        return None
    if parameter in DAYS:
        return value.isoformat()
    return getattr(value, "id", value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
