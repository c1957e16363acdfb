"""Two lines that look like one expense, side by side: what differs, keep both, or mark the duplicate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.claim_page import TO_DECIDE, sees_people
from app.db.session import session
from app.models import Organisation
from app.models.expenses import ExpenseLine
from app.presentation import amount, day
from app.services.expenses import duplicates

LONGEST = 1000


@dataclass(slots=True)
class PairForm:
    """Why both are kept, as it was typed."""

    reason: str = ""
    error: str = ""

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "PairForm":
        """Return the form as it came back."""
        return cls(form.get("reason", "").replace("\0", "").strip()[:LONGEST])


def pair_of(view: Any, line: ExpenseLine, other_id: int) -> dict[str, Any] | None:
    """Return what the page of two lines shows; None where they do not look alike."""
    db = session()
    found = [one for one in duplicates.resembling(db, line) if one.line.id == other_id]
    if not found:
        return None
    twin = found[0]
    names = sees_people(view)
    return {
        "line": line,
        "twin": twin,
        "rows": _rows(line, twin.line, sees_people=names),
        "sides": ((line, "This line"), (twin.line, "The other line")),
        "sees_people": names,
        "may_keep": view.may("keep"),
        "may_decide": view.may("decide") and line.status in TO_DECIDE,
        "house_zone": db.get_one(Organisation, line.organisation_id).zone,
    }


def _rows(
    line: ExpenseLine, other: ExpenseLine, *, sees_people: bool
) -> list[tuple[str, Any, Any, bool]]:
    """Return name, both values and whether they differ; a person only for who may know people."""
    fields: list[tuple[str, Any, Any]] = [
        ("Claim", f"{line.claim.number}, line {line.position}", f"{other.claim.number}, line {other.position}"),
        ("Day", day(line.spent_on), day(other.spent_on)),
        ("Amount", f"{amount(line.amount, line.currency)} {line.currency}", f"{amount(other.amount, other.currency)} {other.currency}"),
        ("Kind", line.kind.value.replace("_", " "), other.kind.value.replace("_", " ")),
        ("Supplier", line.supplier or "–", other.supplier or "–"),
        ("What for", line.description or "–", other.description or "–"),
        ("File", _file(line), _file(other)),
    ]  # fmt: skip
    if sees_people:
        people = (line.claim.engagement.person, other.claim.engagement.person)
        fields.insert(0, ("Artist", str(people[0]), str(people[1])))
    return [(name, mine, theirs, mine != theirs) for name, mine, theirs in fields]


def _file(line: ExpenseLine) -> str:
    if not line.receipts:
        return "–"
    sha256 = line.receipts[-1].file.sha256
    return f"{sha256[:8]}…{sha256[-4:]}"
