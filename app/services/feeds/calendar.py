"""A person's calendar as iCalendar (RFC 5545, with RFC 7986's refresh), by the ``icalendar`` library.

Hours are written in UTC, which every calendar reads alike, also in the hour that comes twice; what
the venue's clock shows stands in the text. What is not sure stands on its day, never at an hour.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event

from app.domain.feeds import LATENESS
from app.domain.local_time import format_instant, today_in
from app.services.feeds.entries import Contents, Entry

MEDIA_TYPE: Final = "text/calendar"
PRODUCT: Final = "-//BIG Live Portal//Calls//EN"
REFRESH: Final = timedelta(hours=1)


def fingerprint(contents: Contents, company: str, at: datetime, zone: str) -> str:
    """Name what a calendar says; it changes with the day too, so that "made at" is never older."""
    said = repr((company, contents, today_in(zone, at)))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def write(contents: Contents, company: str, at: datetime, zone: str, portal: str) -> bytes:
    """Return the calendar as text; ``portal`` is the address of the person's own pages."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.calendar_name = _name(contents, company)
    made.description = f"{_stamp(contents, at, zone)} {LATENESS}"
    made.refresh_interval = REFRESH
    made.add("x-published-ttl", "PT1H")
    for entry in contents.entries:
        made.add_component(_event(entry, _stamp(contents, at, entry.zone), portal))
    written: bytes = made.to_ical()
    return written


def _name(contents: Contents, company: str) -> str:
    numbers = ", ".join(f"{title} version {number}" for title, number, _ in contents.versions)
    return f"Calls, {company}{numbers and f': {numbers}'}"


def _stamp(contents: Contents, at: datetime, zone: str) -> str:
    """Say when the calendar was made, and from which versions."""
    made = f"Made {format_instant(at, zone)}"
    if not contents.versions:
        return f"{made}. Nothing is published yet."
    published = "; ".join(
        f"{title} version {number}, published {format_instant(when, zone)}"
        for title, number, when in contents.versions
    )
    return f"{made}, from {published}."


def _event(entry: Entry, stamp: str, portal: str) -> Event:
    day = f"{portal}/days/{entry.day_of.isoformat()}"
    made = Event()
    made.add("uid", entry.uid)
    made.add("sequence", entry.sequence)
    # Without a request of its own an entry's stamp is when it was last revised (RFC 5545, 3.8.7.2).
    made.add("dtstamp", entry.changed_at.astimezone(UTC))
    made.add("last-modified", entry.changed_at.astimezone(UTC))
    made.add("dtstart", entry.starts)
    if entry.ends is not None:
        made.add("dtend", entry.ends)
    made.add("summary", entry.title)
    made.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    is_whole_day = not isinstance(entry.starts, datetime)
    made.add("transp", "TRANSPARENT" if entry.is_cancelled or is_whole_day else "OPAQUE")
    if entry.place:
        made.add("location", entry.place)
    made.add("description", _text([*entry.lines, "", stamp, LATENESS, day]))
    made.add("url", day)
    return made


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines)
