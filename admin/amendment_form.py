"""The form of an amendment: the terms in force as they are typed over, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.claim_caps import CapPeriod
from app.domain.contracts import EntitlementKind, FeeKind, FeeTrigger
from app.domain.errors import Invalid, Refused
from app.domain.money import parse_amount
from app.domain.people import Casting
from app.services.amendments.drafting import Wanted
from app.services.contracts.terms import ENTITLED, cast_words

SPARE: Final = 2
"""Empty rows for what is added."""
MOST_ROWS: Final = 40

Typed = Mapping[str, str]


def typed_of(
    terms: Mapping[str, Any], *, title: str, effective_from: str, words: str
) -> dict[str, str]:
    """Return the terms as the fields of the form show them."""
    typed = {
        "title": title,
        "effective_from": effective_from,
        "words": words,
        "starts_on": terms["starts_on"],
        "ends_on": terms["ends_on"],
        "fee": _plain(terms["fee"]),
        "payment_terms": terms["payment_terms"],
    }
    for row, part in enumerate(terms.get("casting", [])):
        typed |= {
            f"role-{row}": part["role"],
            f"casting-{row}": part["casting"],
            f"cast-{row}": part["cast"],
        }
    for row, line in enumerate(terms["fee_lines"]):
        typed |= {
            f"line-position-{row}": str(line["position"]), f"line-label-{row}": line["label"],
            f"line-kind-{row}": line["kind"], f"line-amount-{row}": _plain(line["amount"]),
            f"line-trigger-{row}": line["trigger"], f"line-due-{row}": line["due_on"] or "",
        }  # fmt: skip
    for row, given in enumerate(terms["entitlements"]):
        typed |= {
            f"given-kind-{row}": given["kind"], f"given-amount-{row}": _plain(given["amount"]),
            f"given-cap-{row}": _plain(given["cap"]), f"given-rule-{row}": given["rule"],
            f"given-currency-{row}": given["currency"],
        }  # fmt: skip
    return typed


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows each part of the form shows: what is there, and room for more."""

    roles: int
    lines: int
    given: int


def rows_of(typed: Typed) -> Rows:
    """Return how many rows the form needs for what is typed."""
    return Rows(
        roles=_count(typed, "role") + SPARE,
        lines=_count(typed, "line-amount") + SPARE,
        given=_count(typed, "given-kind") + SPARE,
    )


def wanted_of(typed: Typed, held: Mapping[str, Any]) -> Wanted:
    """Read the form, or refuse it naming every field that is wrong."""
    errors: dict[str, str] = {}
    terms = {
        **held,
        "starts_on": _day(typed, "starts_on", errors, held["starts_on"]),
        "ends_on": _day(typed, "ends_on", errors, held["ends_on"]),
        "fee": _amount(typed, "fee", held["currency"], errors) or held["fee"],
        "payment_terms": typed.get("payment_terms", "").strip(),
        "fee_lines": _lines(typed, held["currency"], errors),
        "entitlements": _given(typed, held["currency"], errors),
    }
    if "casting" in held:
        terms["casting"] = _casting(typed, errors)
        terms["roles"] = [cast_words(part) for part in terms["casting"]]
    day = _day(typed, "effective_from", errors, "")
    if not day and "effective_from" not in errors:
        errors["effective_from"] = "Say from which day on it holds."
    if errors:
        raise Invalid(errors)
    return Wanted(
        typed.get("title", ""), date.fromisoformat(day), _same(terms, held), typed.get("words", "")
    )


def _same(terms: dict[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the written form of what is the same: 900 and 900.00 are no change."""
    for name in ("fee",):
        terms[name] = held[name] if _plain(terms[name]) == _plain(held[name]) else terms[name]
    for name, sums in (("fee_lines", ("amount",)), ("entitlements", ("amount", "cap"))):
        old = {_key(row): row for row in held[name]}
        terms[name] = [_unchanged(row, old.get(_key(row)), sums) for row in terms[name]]
    periods = {row["kind"]: row.get("period") for row in held["entitlements"]}
    for given in terms["entitlements"]:
        # For how long a cap is counted is not typed here: it stays what was signed.
        if period := periods.get(given["kind"], CapPeriod.each.value):
            given["period"] = period
    return terms


def _unchanged(
    row: dict[str, Any], old: Mapping[str, Any] | None, sums: tuple[str, ...]
) -> dict[str, Any]:
    if old is None:
        return row
    for name in sums:
        if _plain(row[name]) == _plain(old[name]):
            row[name] = old[name]
    return row


def _key(row: Mapping[str, Any]) -> Any:
    return row.get("position", row["kind"])


def _casting(typed: Typed, errors: dict[str, str]) -> list[dict[str, str]]:
    found = []
    for row in range(_count(typed, "role") + 1):
        name = typed.get(f"role-{row}", "").strip()
        if name:
            casting = _choice(typed, f"casting-{row}", Casting, Casting.principal)
            found.append(
                {"role": name, "casting": casting, "cast": typed.get(f"cast-{row}", "").strip()}
            )
    if not found:
        errors["role-0"] = "Name at least one role."
    return found


def _lines(typed: Typed, currency: str, errors: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    next_place = 1 + max(
        (_place(typed, row) for row in range(_count(typed, "line-amount") + 1)), default=0
    )
    for row in range(_count(typed, "line-amount") + 1):
        if not typed.get(f"line-amount-{row}", "").strip():
            if typed.get(f"line-label-{row}", "").strip() and not _place(typed, row):
                errors[f"line-amount-{row}"] = "Give the amount of this payment."
            continue
        place = _place(typed, row)
        if not place:
            place, next_place = next_place, next_place + 1
        found.append(
            {
                "position": place,
                "kind": _choice(typed, f"line-kind-{row}", FeeKind, FeeKind.instalment),
                "label": typed.get(f"line-label-{row}", "").strip(),
                "amount": _amount(typed, f"line-amount-{row}", currency, errors),
                "currency": currency,
                "trigger": _choice(typed, f"line-trigger-{row}", FeeTrigger, FeeTrigger.on_date),
                "due_on": _day(typed, f"line-due-{row}", errors, "") or None,
            }
        )
    return found


def _given(typed: Typed, currency: str, errors: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for row in range(_count(typed, "given-kind") + 1):
        kind = _choice(typed, f"given-kind-{row}", EntitlementKind, None)
        cells = [typed.get(f"given-{name}-{row}", "").strip() for name in ("amount", "cap", "rule")]
        if kind is None:
            if any(cells):
                errors[f"given-kind-{row}"] = "Choose what is given."
            continue
        if not any(cells):
            continue
        paid_in = typed.get(f"given-currency-{row}", "") or currency
        found.append(
            {
                "kind": kind,
                "amount": _amount(typed, f"given-amount-{row}", paid_in, errors),
                "cap": _amount(typed, f"given-cap-{row}", paid_in, errors),
                "currency": paid_in,
                "rule": cells[2],
            }
        )
    return found


def _amount(typed: Typed, name: str, currency: str, errors: dict[str, str]) -> str | None:
    words = typed.get(name, "").strip()
    if not words:
        return None
    try:
        return str(parse_amount(words, currency, field=name, zero=True))
    except Refused as refusal:
        errors[name] = refusal.reason
        return None


def _day(typed: Typed, name: str, errors: dict[str, str], otherwise: str) -> str:
    words = typed.get(name, "").strip()
    try:
        return date.fromisoformat(words).isoformat() if words else otherwise
    except ValueError:
        errors[name] = "Write the day as year-month-day, such as 2026-11-25."
        return otherwise


def _choice(typed: Typed, name: str, among: Any, otherwise: Any) -> Any:
    word = typed.get(name, "")
    return word if word in {one.value for one in among} else otherwise and otherwise.value


def _place(typed: Typed, row: int) -> int:
    word = typed.get(f"line-position-{row}", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 5 else 0


def _count(typed: Typed, part: str) -> int:
    """Return how many rows of a part hold something; never more than a form could."""
    filled = [row for row in range(MOST_ROWS) if typed.get(f"{part}-{row}", "").strip()]
    return filled[-1] + 1 if filled else 0


def _plain(amount: str | None) -> str:
    """Write an amount kept as text without zeros that say nothing: 5400.000 is 5400.00."""
    if not amount:
        return ""
    whole, _, rest = amount.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest.ljust(2, '0')}" if rest else whole


CHOICES: Final = {
    "castings": [(one.value, one.value.capitalize()) for one in Casting],
    "triggers": [(one.value, one.value.replace("_", " ").capitalize()) for one in FeeTrigger],
    "kinds": [(one.value, one.value.replace("_", " ").capitalize()) for one in FeeKind],
    "given": [(kind.value, label) for kind, label in ENTITLED.items()],
}
"""What the selects of the form offer."""
