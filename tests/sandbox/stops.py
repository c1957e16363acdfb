"""The ten cities of the tour: what the vendors do wrong in each, and how their notices reach us there."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

ENVELOPES = {"method": "POST", "path": ".*/envelopes"}
BILLS = {"method": "PUT", "path": ".*/Invoices"}
FILES = {"method": "PUT"}
LETTERS = {"method": "POST", "path": "/v3/mail/send"}


class News(StrEnum):
    """How notices come."""

    as_usual = auto()
    thrice = auto()
    late = auto()
    backwards = auto()
    never = auto()
    forged = auto()


@dataclass(frozen=True)
class Stop:
    """A city: what goes wrong there, in words, at which calls, and how its notices come."""

    city: str
    wrong: str
    faults: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    """Vendor, kind of fault, which call."""
    news: News = News.as_usual
    tokens_end: bool = False


def _everywhere(kind: str, letters: bool = False, **more: Any) -> tuple[Any, ...]:
    calls = {"docusign": ENVELOPES, "xero": BILLS, "sharepoint": FILES}
    if letters:
        calls["sendgrid"] = LETTERS
    return tuple((vendor, kind, {**call, **more}) for vendor, call in calls.items())


STOPS = (
    Stop("Brisbane", "every vendor is slow", _everywhere("slow", letters=True, seconds=3)),
    Stop(
        "Sydney", "429, with Retry-After: 3 seconds", _everywhere("refuse", letters=True, seconds=3)
    ),
    Stop("Newcastle", "500, and nothing was done", _everywhere("fail_before")),
    Stop("Canberra", "500, although it was done", _everywhere("fail_after")),
    Stop("Melbourne", "done, and the answer lost", _everywhere("drop_after", letters=True)),
    Stop("Hobart", "every notice comes three times", news=News.thrice),
    Stop("Adelaide", "notices come days late", news=News.late),
    Stop("Perth", "notices come in reverse order", news=News.backwards),
    Stop("Darwin", "no notice ever comes", news=News.never),
    Stop("Cairns", "tokens run out; forged notices", news=News.forged, tokens_end=True),
)
