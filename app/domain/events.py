"""The facts we tell other systems: what happened, to which record, and what may be said about it.

A fact names records by their ids and says nothing about a person. What may be said is written here,
so that nothing else can be: a name that is not in its fact is refused where it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any, Final

TYPE: Final = "live.big.portal.{fact}.v1"
SCHEMA: Final = "urn:live.big.portal:event:{fact}:v1"
SPECVERSION: Final = "1.0"
AT_ONCE: Final = 100
"""Facts in one promise, where one deed writes many."""


class Topic(StrEnum):
    """What a fact is about, for whoever subscribes."""

    user = auto()
    document = auto()
    planning = auto()
    financial = auto()
    system = auto()


TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "count": {"type": "integer", "minimum": 0},
    "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "day": {"type": "string", "format": "date"},
    "id": {"type": "string", "pattern": r"^[0-9a-f-]{1,36}$"},
    "word": {"type": "string", "pattern": "^[a-z_]{1,40}$"},
    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "number": {"type": "string", "maxLength": 40},
}
"""Kind of a value -> its JSON schema. None of them holds a sentence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: who cares, what it says, and what comes with it (name -> kind)."""

    topic: Topic
    subject: str
    """What kind of record it happened to."""
    says: str
    data: Mapping[str, str] = field(default_factory=dict)


_CONTRACT: Final = {"number": "number", "version": "count", "engagement": "id"}
_AMENDMENT: Final = {"contract": "id", "number": "count"}
_PAYABLE: Final = {"number": "number", "amount": "amount", "currency": "currency"}
_RUN: Final = {"number": "number", "currency": "currency", "payments": "count", "total": "amount"}

FACTS: Final[Mapping[str, Fact]] = {
    "person.created": Fact(Topic.user, "person", "An artist or agent was taken in."),
    "person.archived": Fact(Topic.user, "person", "An artist or agent was put away."),
    "staff.joined": Fact(Topic.user, "staff", "A member of staff took up the work."),
    "sign_in.failed": Fact(
        Topic.user, "door", "Somebody tried to sign in and could not.", {"door": "word"}
    ),
    "bank_detail.verified": Fact(
        Topic.user, "bank_detail", "A payee's account was verified by two people."
    ),
    "engagement.moved": Fact(
        Topic.document, "engagement", "An engagement changed its status.", {"status": "word"}
    ),
    "contract.sent": Fact(
        Topic.document, "contract", "A contract was put before its signers.", _CONTRACT
    ),
    "contract.signed": Fact(Topic.document, "contract", "The artist's side signed.", _CONTRACT),
    "contract.executed": Fact(
        Topic.document, "contract", "Both sides signed: the terms are in force.", _CONTRACT
    ),
    "contract.declined": Fact(Topic.document, "contract", "The artist's side said no.", _CONTRACT),
    "contract.voided": Fact(
        Topic.document, "contract", "The company took a contract back.", _CONTRACT
    ),
    "contract.expired": Fact(Topic.document, "contract", "The time to sign ran out.", _CONTRACT),
    "amendment.sent": Fact(
        Topic.document, "amendment", "An amendment was put before its signers.", _AMENDMENT
    ),
    "amendment.executed": Fact(
        Topic.document, "amendment", "Both sides signed an amendment.", _AMENDMENT
    ),
    "paper.filed": Fact(
        Topic.document, "document", "A paper is in the archive.", {"kind": "word", "sha256": "hash"}
    ),
    "schedule.published": Fact(
        Topic.planning,
        "schedule_version",
        "Calls of a production were published.",
        {"production": "id", "number": "count", "first": "day", "last": "day", "calls": "count"},
    ),
    "call.cancelled": Fact(Topic.planning, "call", "A call was cancelled.", {"production": "id"}),
    "claim.submitted": Fact(
        Topic.financial,
        "claim",
        "An expense claim was sent in.",
        {"number": "number", "lines": "count", "engagement": "id"},
    ),
    "claim.decided": Fact(
        Topic.financial, "claim", "The last line of a claim was decided.", {"number": "number"}
    ),
    "payable.created": Fact(Topic.financial, "payable", "Something is owed.", _PAYABLE),
    "payable.held": Fact(Topic.financial, "payable", "A payable is kept back.", _PAYABLE),
    "payable.paid": Fact(
        Topic.financial, "payable", "The bank paid.", {**_PAYABLE, "paid_on": "day"}
    ),
    "payable.voided": Fact(Topic.financial, "payable", "A payable was taken back.", _PAYABLE),
    "payable.returned": Fact(Topic.financial, "payable", "The bank sent a payment back.", _PAYABLE),
    "pay_run.approved": Fact(Topic.financial, "pay_run", "A pay run was approved.", _RUN),
    "pay_run.exported": Fact(
        Topic.financial, "pay_run", "The file of a pay run was made for the bank.", _RUN
    ),
    "import.finished": Fact(Topic.system, "import", "A workbook was brought in."),
    "import.failed": Fact(Topic.system, "import", "A workbook could not be brought in."),
    "report.made": Fact(
        Topic.system, "report", "A report was made.", {"report": "word", "rows": "count"}
    ),
}
"""Every fact we tell, by its name."""


def check(fact: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a fact says in plain JSON; whatever is not in the catalogue is a mistake of ours."""
    known = FACTS[fact].data
    if set(data) != set(known):
        raise ValueError(f"{fact} says {sorted(known)}, and was told {sorted(data)}.")
    return {name: _plain(value) for name, value in data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | str) and not isinstance(value, StrEnum):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def schema_of(fact: str) -> dict[str, Any]:
    """Return the JSON schema of what a fact says (``dataschema``)."""
    known = FACTS[fact]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA.format(fact=fact),
        "title": TYPE.format(fact=fact),
        "description": known.says,
        "type": "object",
        "properties": {name: dict(TYPES[kind]) for name, kind in known.data.items()},
        "required": sorted(known.data),
        "additionalProperties": False,
    }


def cloud_events(
    message_id: str, source: str, told: list[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return what a promise tells as CloudEvents 1.0: the first is named as the promise is."""
    return [
        {
            "specversion": SPECVERSION,
            "id": message_id if number == 0 else f"{message_id}-{number}",
            "source": source,
            "type": TYPE.format(fact=one["fact"]),
            "subject": one["subject"],
            "time": one["time"],
            "datacontenttype": "application/json",
            "dataschema": SCHEMA.format(fact=one["fact"]),
            "data": one["data"],
        }
        for number, one in enumerate(told)
    ]


def told(fact: str, subject: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fact as a promise keeps it."""
    return {
        "fact": fact,
        "subject": f"{FACTS[fact].subject}/{subject}",
        "time": at.isoformat(),
        "data": check(fact, data),
    }


def page() -> str:
    """Return the catalogue as people read it (``docs/events.md``)."""
    lines = [
        "# Facts we tell",
        "",
        "CloudEvents 1.0, told once each: to a Redis stream by default, to Azure Service Bus where",
        "`EVENTS` says so. `id` is the promise's id, so whoever has seen it has seen the fact; order is",
        "not promised, `time` says when it happened. Facts name records by id and nobody by name.",
        "This page and the schemas in `docs/events/` are written by `flask events write`.",
        "",
        "| Type | Topic | Subject | Says | Data |",
        "|---|---|---|---|---|",
    ]
    for name, fact in sorted(FACTS.items(), key=lambda one: (one[1].topic, one[0])):
        data = ", ".join(f"`{key}` ({kind})" for key, kind in fact.data.items()) or "nothing more"
        kind = f"[`{TYPE.format(fact=name)}`](events/{name}.v1.json)"
        lines.append(f"| {kind} | {fact.topic} | `{fact.subject}/…` | {fact.says} | {data} |")
    return "\n".join(lines) + "\n"
