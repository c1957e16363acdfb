"""Which column of a workbook holds what: a guess from the headings, which a person may change."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, Final

from app.domain.errors import Refused
from app.domain.import_book import Book, Sheet
from app.domain.names import fold


class Topic(StrEnum):
    """What a sheet is about, in the order in which sheets are brought in."""

    artists = auto()
    venues = auto()
    productions = auto()
    engagements = auto()
    calls = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """Something we can read from a column: its name here, and headings under which others keep it."""

    key: str
    label: str
    synonyms: str
    """Headings, folded, apart by ``|``."""
    required: bool = False


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """What a sheet is about and which heading holds which field."""

    topic: Topic
    columns: dict[str, str]


Mapping = dict[str, SheetMapping]
"""Sheet name -> what it is about and its columns. A sheet that is not named is left aside."""

FIELDS: Final[dict[Topic, tuple[Field, ...]]] = {
    Topic.artists: (
        Field("name", "Name (Last, First)", "name|name (last, first)|artist|artist name|full name|performer|ensemble", True),
        Field("discipline", "Discipline", "discipline|instrument|voice|role|speciality|position"),
        Field("email", "E-mail", "e-mail|email|mail|e-mail address|email address|address (e-mail)"),
        Field("mobile", "Mobile", "mobile|phone|mobile phone|telephone|cell|tel|phone number"),
        Field("basis", "Basis", "basis|engagement basis|employment|employment type|contract type|engaged as"),
        Field("agent", "Agent", "agent|manager|management|representative|agency|represented by"),
        Field("tax_residence", "Tax residence", "tax residence|tax country|country|country of tax residence|resident of|nationality"),
    ),
    Topic.venues: (
        Field("name", "Venue", "venue|venue name|name|hall|theatre|theater|place|location", True),
        Field("city", "City", "city|town|place|city, state"),
        Field("zone", "Time zone", "time zone|timezone|zone|tz"),
    ),
    Topic.productions: (
        Field("code", "Code", "code|production code|production|id|number|programme code|program id", True),
        Field("title", "Title", "title|name|production title|programme|program|work|show", True),
        Field("season", "Season", "season|year"),
        Field("company", "Company", "company|ensemble|orchestra|presenter|producer"),
        Field("genre", "Type", "type|genre|kind|event type|series"),
    ),
    Topic.engagements: (
        Field("artist", "Artist", "artist|name|performer|artist name|name (last, first)", True),
        Field("production", "Production code", "production code|production|code|programme code|show code", True),
        Field("role", "Role", "role|part|character|instrument|engaged as"),
        Field("starts_on", "From", "from|start|start date|starts|first day|begins", True),
        Field("ends_on", "To", "to|end|end date|until|ends|last day", True),
        Field("fee", "Fee", "fee|amount|gage|total fee|contract fee"),
        Field("currency", "Currency", "currency|cur|ccy"),
        Field("per_diem", "Per diem", "per diem|perdiem|daily allowance|allowance|pd"),
        Field("contract", "Contract status", "contract status|contract|status|paperwork|agreement"),
        Field("terms", "Payment terms", "payment terms|terms|instalments|installments|payment|schedule of payments"),
    ),
    Topic.calls: (
        Field("production", "Production code", "production code|production|code|programme code|show code", True),
        Field("type", "Type", "type|call type|event|event type|what|activity", True),
        Field("day", "Date", "date|day|on", True),
        Field("starts", "Time", "time|start|start time|call time|from|starts"),
        Field("ends", "End", "end|end time|to|until|ends|finish"),
        Field("venue", "Venue", "venue|place|location|where|hall"),
        Field("city", "City", "city|town"),
        Field("zone", "Time zone", "time zone|timezone|zone|tz"),
        Field("note", "Note", "note|notes|remark|remarks|comment|comments|details"),
    ),
}  # fmt: skip

_TITLES: Final = {
    Topic.artists: "artists artist people performers cast company members personnel",
    Topic.venues: "venues venue halls theatres theaters places locations",
    Topic.productions: "productions production programmes programs program shows works repertoire",
    Topic.engagements: "engagements engagement contracts bookings hires casting deals",
    Topic.calls: "calls call schedule calendar events rehearsals performances daily",
}


def guess(book: Book) -> Mapping:
    """Guess what each sheet is about and which column holds what, from names and headings."""
    found: Mapping = {}
    taken: set[Topic] = set()
    for sheet in book.sheets:
        topic = guess_topic(sheet)
        if topic is not None and topic not in taken:
            taken.add(topic)
            found[sheet.name] = SheetMapping(topic, guess_columns(sheet, topic))
    return found


def guess_topic(sheet: Sheet) -> Topic | None:
    """Guess what a sheet is about: by its name, else by the headings it has."""
    words = set(fold(sheet.name).replace("-", " ").split())
    for topic in Topic:
        if words & set(_TITLES[topic].split()):
            return topic
    fitting = {
        topic: len(guess_columns(sheet, topic)) for topic in Topic if _is_usable(sheet, topic)
    }
    best = max(fitting, key=lambda topic: fitting[topic], default=None)
    return best if best is not None and fitting[best] >= 3 else None


def guess_columns(sheet: Sheet, topic: Topic) -> dict[str, str]:
    """Guess which heading holds which field; the closest synonym wins, and no heading serves twice."""
    columns: dict[str, str] = {}
    for rank in range(max(len(field.synonyms.split("|")) for field in FIELDS[topic])):
        for field in FIELDS[topic]:
            names = field.synonyms.split("|")
            if field.key in columns or rank >= len(names):
                continue
            for heading in sheet.headings:
                if fold(heading) == names[rank] and heading not in columns.values():
                    columns[field.key] = heading
                    break
    return columns


def check(book: Book, mapping: Mapping) -> None:
    """Refuse a mapping that leaves out what a sheet cannot be read without."""
    if not mapping:
        raise Refused("No sheet is chosen. Say what at least one of them is about.")
    sheets = {sheet.name: sheet for sheet in book.sheets}
    topics = [chosen.topic for chosen in mapping.values()]
    for name, chosen in mapping.items():
        if name not in sheets:
            raise Refused(f"The workbook has no sheet {name}.", field=name)
        if topics.count(chosen.topic) > 1:
            raise Refused(f"Two sheets are about {chosen.topic}. Choose one of them.", field=name)
        _check_columns(sheets[name], chosen)


def _check_columns(sheet: Sheet, chosen: SheetMapping) -> None:
    for field in FIELDS[chosen.topic]:
        heading = chosen.columns.get(field.key)
        if field.required and heading is None:
            raise Refused(f"{sheet.name}: choose the column for {field.label}.", field=field.key)
        if heading is not None and heading not in sheet.headings:
            raise Refused(f"{sheet.name} has no column {heading}.", field=field.key)
    twice = [
        name for name in chosen.columns.values() if list(chosen.columns.values()).count(name) > 1
    ]
    if twice:
        raise Refused(f"{sheet.name}: the column {twice[0]} is chosen twice.", field=twice[0])


def _is_usable(sheet: Sheet, topic: Topic) -> bool:
    found = guess_columns(sheet, topic)
    return all(field.key in found for field in FIELDS[topic] if field.required)


def choose(sheet: Sheet, topic: Topic, holds: dict[str, str]) -> SheetMapping:
    """Return the mapping of a sheet from what a person says each heading holds; empty is left out."""
    columns: dict[str, str] = {}
    labels = {field.key: field.label for field in FIELDS[topic]}
    for heading, key in holds.items():
        if key not in labels:
            continue
        if key in columns:
            raise Refused(
                f"{sheet.name}: {columns[key]} and {heading} both hold {labels[key]}. Choose one.",
                field=heading,
            )
        columns[key] = heading
    return SheetMapping(topic, columns)


def to_data(mapping: Mapping) -> dict[str, Any]:
    """Return a mapping as it is kept with the import."""
    return {
        name: {"topic": chosen.topic.value, "columns": dict(chosen.columns)}
        for name, chosen in mapping.items()
    }


def from_data(kept: dict[str, Any]) -> Mapping:
    """Return a mapping from what was kept with the import."""
    return {
        name: SheetMapping(Topic(chosen["topic"]), dict(chosen["columns"]))
        for name, chosen in kept.items()
    }
