"""What an amendment may change, and what makes a change whole (domain.md 3.3, matrix row 19)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.domain.contracts import FeeKind, FeeTrigger
from app.domain.errors import Invalid
from app.domain.money import format_amount
from app.domain.periods import format_date

AMENDABLE: Final = (
    "casting",
    "roles",
    "starts_on",
    "ends_on",
    "fee",
    "fee_lines",
    "entitlements",
    "payment_terms",
)
"""The terms that an amendment can change. Who is engaged, and in what, needs a new contract."""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the new terms say otherwise: field and new value, and nothing that stays."""
    return {
        field: after[field]
        for field in AMENDABLE
        if field in after and after[field] != before.get(field)
    }


def check_amendment(
    after: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    words: str,
    effective_from: date,
    settled: Collection[int] = (),
) -> None:
    """Refuse an amendment that changes nothing or does not add up, naming all that is wrong.

    ``settled`` names the instalments it touches that are among the payables already.
    """
    complaints = {
        "words": _about_nothing(changes, words),
        "ends_on": _about_days(after),
        "effective_from": _about_effect(after, effective_from),
        "fee_lines": _about_settled(settled) or _about_instalments(after),
    }
    errors = {field: sentence for field, sentence in complaints.items() if sentence}
    if errors:
        raise Invalid(errors)


def touched_positions(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> frozenset[int]:
    """Return the positions of the instalments that an amendment changes, adds or takes away."""
    old = {line["position"]: line for line in before}
    new = {line["position"]: line for line in after}
    return frozenset(place for place in old.keys() | new.keys() if old.get(place) != new.get(place))


def _about_nothing(changes: Mapping[str, Any], words: str) -> str:
    if changes or words.strip():
        return ""
    return "Nothing is different yet. Change a term, or write what else is agreed."


def _about_days(after: Mapping[str, Any]) -> str:
    if after["ends_on"] >= after["starts_on"]:
        return ""
    return "The last day is before the first. Swap them or choose a later day."


def _about_effect(after: Mapping[str, Any], effective_from: date) -> str:
    last = date.fromisoformat(after["ends_on"])
    if effective_from <= last:
        return ""
    return (
        f"The engagement ends on {format_date(last)}. Choose a day before that, "
        "or move the last day too."
    )


def _about_settled(settled: Collection[int]) -> str:
    if not settled:
        return ""
    names = ", ".join(f"Payment {place}" for place in sorted(settled))
    verb = "is" if len(settled) == 1 else "are"
    return (
        f"{names} {verb} among the payables already and cannot change. "
        "Put the difference into a later payment."
    )


def _about_instalments(after: Mapping[str, Any]) -> str:
    for line in after["fee_lines"]:
        if line["trigger"] == FeeTrigger.on_date and not line["due_on"]:
            return f"Say on which day payment {line['position']} is due."
    parts = [
        Decimal(line["amount"]) for line in after["fee_lines"] if line["kind"] == FeeKind.instalment
    ]
    total, fee, currency = sum(parts, Decimal(0)), Decimal(after["fee"]), after["currency"]
    if total == fee:
        return ""
    difference = format_amount(abs(fee - total), currency)
    deed = "Add" if total < fee else "Take away"
    return (
        f"Instalments add up to {format_amount(total, currency)}. "
        f"{deed} {difference}, or change the fee."
    )
