"""The terms of a contract: when they are frozen, how a fee is divided, and which are in force."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.money import Money, share

TERMS: Final = {
    "fee": "Fee",
    "currency": "Currency",
    "instalments": "Instalments",
    "fee_lines": "Fees",
    "entitlements": "Entitlements",
    "per_diem": "Per diem",
    "starts_on": "From",
    "ends_on": "To",
    "roles": "Roles",
    "role": "Role",
    "basis": "Basis",
    "payee": "Paid to",
    "payment_terms": "Payment terms",
}
"""What a contract settles, and what people call it."""

OPEN_TO_CHANGE: Final = frozenset(
    {ContractStatus.draft, ContractStatus.in_review, ContractStatus.external}
)
"""Until somebody approved the paper; and where the paper is still to be uploaded."""


@dataclass(frozen=True, slots=True)
class SignedChange:
    """The changes of one executed amendment, and from which day they hold."""

    number: int
    effective_from: date
    changes: Mapping[str, Any]


def check_revision(status: ContractStatus, changed: Set[str]) -> None:
    """Refuse a change of terms once somebody may hold the paper in hand."""
    frozen = [label_of(field) for field in TERMS if field in changed]
    if not frozen or status in OPEN_TO_CHANGE:
        return
    names = ", ".join(frozen)
    raise Refused(f"{names} cannot change once a contract is {_state(status)}. {_way_out(status)}")


def split_instalments(total: Money, count: int) -> list[Money]:
    """Divide a fee into equal instalments that add up to it exactly; the first carry what is over."""
    if count < 1:
        raise Refused("A fee has at least one instalment.", field="instalments")
    return share(total, [Decimal(1)] * count)


def terms_in_force(
    base: Mapping[str, Any], amendments: Iterable[SignedChange], on: date
) -> dict[str, Any]:
    """Return the terms that hold on a day: the contract's, with each amendment laid over in turn."""
    terms = dict(base)
    for amendment in sorted(amendments, key=lambda one: (one.effective_from, one.number)):
        if amendment.effective_from <= on:
            terms.update(amendment.changes)
    return terms


def label_of(field: str) -> str:
    """Return what people call a term; ``dates_reason`` is Dates reason."""
    return TERMS.get(field) or field.replace("_", " ").capitalize()


def _state(status: ContractStatus) -> str:
    return status.value.replace("_", " ")


def _way_out(status: ContractStatus) -> str:
    if status is ContractStatus.ready:
        return "Return it for changes first."
    if status in {ContractStatus.executed, ContractStatus.completed}:
        return "Make an amendment."
    if status in {ContractStatus.declined, ContractStatus.expired, ContractStatus.voided}:
        return "Revise it first."
    if status is ContractStatus.terminated:
        return "Make a new contract."
    return "Void it first."
