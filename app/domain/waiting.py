"""What can wait for somebody at the desk: its topics, how urgent each thing is, and for how long it waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum, auto
from typing import Final

NAMED: Final = 3
"""How many are named before the rest is a number."""


class Topic(StrEnum):
    """What can wait; each goes with one right, so that nobody is shown what they cannot do."""

    contract_trouble = auto()
    contract_question = auto()
    contract_expiring = auto()
    contract_countersign = auto()
    contract_review = auto()
    contract_ready = auto()
    contract_paper = auto()
    contract_draft = auto()
    amendment_trouble = auto()
    amendment_countersign = auto()
    amendment_review = auto()
    amendment_ready = auto()
    claim = auto()
    deputy = auto()
    ledger = auto()
    withholding = auto()
    due = auto()
    run_draft = auto()
    run_approve = auto()
    run_export = auto()
    run_pay = auto()
    pay_alone = auto()
    bank_call = auto()
    bank_verify = auto()
    account = auto()
    call_unpublished = auto()
    call_clash = auto()
    call_unseen = auto()
    availability = auto()
    import_conflict = auto()
    attention = auto()
    outbox = auto()
    report = auto()
    invitation = auto()
    looked_at = auto()
    late = auto()


class Urgency(IntEnum):
    """When it should be done."""

    now = 0
    soon = 1
    later = 2


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. ``topic`` and ``key`` say on which page it is settled."""

    topic: Topic
    title: str
    hint: str
    deed: str
    key: str = ""
    status: StrEnum | None = None
    urgency: Urgency = Urgency.soon
    since: datetime | None = None

    @property
    def order(self) -> tuple[int, str, str]:
        """Sort by urgency, then what has waited longest."""
        return self.urgency, self.since.isoformat() if self.since else "9", self.title


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, with what its table says beside the number."""

    label: str
    number: int
    fill: str = "b"
    whole: int | None = None
    amounts: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with the words around it; ``amounts`` heads a column of money, where there is one."""

    name: str
    title: str
    hint: str
    labels: str
    numbers: str
    bars: tuple[Bar, ...]
    amounts: str = ""


def ago(since: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    days = max((now - since).days, 0)
    if days == 0:
        return "today"
    return "yesterday" if days == 1 else f"{days} days ago"


def named(names: Sequence[str], number: int) -> str:
    """Name the first few, and count the rest."""
    shown = ", ".join(names[:NAMED])
    more = number - len(names[:NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def counted(number: int, one: str, several: str) -> str:
    """Say how many: One contract, 3 contracts."""
    return f"One {one}" if number == 1 else f"{number} {several}"


def urgency_of(day: date, today: date, *, soon: int = 1) -> Urgency:
    """Return how urgent something is that has a day: at once until ``soon`` days before it."""
    return Urgency.now if (day - today).days <= soon else Urgency.soon
