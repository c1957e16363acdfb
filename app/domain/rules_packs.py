"""A pack of rules is dated data: rest, per diems and tax flags, never an ``if`` on a country."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import Any

from app.domain.errors import Refused


class RuleKind(StrEnum):
    """What a rule is about."""

    rest = auto()
    span = auto()
    quiet_hours = auto()
    per_diem = auto()
    meal_share = auto()
    part_day = auto()
    mileage = auto()
    tax_invoice = auto()
    tax_flag = auto()
    retention = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its kind, its numbers, and where they come from."""

    kind: RuleKind
    params: Mapping[str, Any]
    source: str = ""


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of a jurisdiction under one name, in one version, from a day on."""

    jurisdiction: str
    name: str
    version: int
    valid_from: date
    rules: tuple[Rule, ...]
    note: str = ""

    def of(self, kind: RuleKind) -> list[Rule]:
        """Return the rules of one kind."""
        return [rule for rule in self.rules if rule.kind is kind]


@dataclass(frozen=True, slots=True)
class TaxFacts:
    """What tax flags look at; all of it decided by people, none of it derived here."""

    basis: str
    source: str
    tax_residence: str = ""
    kind: str = ""
    is_performer: bool = False


@dataclass(frozen=True, slots=True)
class TaxFlag:
    """Something finance must look at, and why."""

    flag: str
    reason: str


def pack_in_force(packs: Iterable[RulePack], jurisdiction: str, name: str, on: date) -> RulePack:
    """Return the pack that holds on a day: the latest to begin by then, of two the higher version."""
    known = [
        pack
        for pack in packs
        if (pack.jurisdiction, pack.name) == (jurisdiction, name) and pack.valid_from <= on
    ]
    if not known:
        raise Refused(
            f"There are no {name} rules for {jurisdiction} on {on.isoformat()}. Add a pack."
        )
    return max(known, key=lambda pack: (pack.valid_from, pack.version))


def tax_flags(pack: RulePack, facts: TaxFacts) -> list[TaxFlag]:
    """Return what the tax rules of a pack say of a payment, each with its reason."""
    return [
        TaxFlag(str(rule.params["flag"]), str(rule.params["reason"]))
        for rule in pack.of(RuleKind.tax_flag)
        if all(_meets(facts, field, wanted) for field, wanted in rule.params["when"].items())
    ]


def number_in(pack: RulePack, kind: RuleKind, param: str) -> Decimal | None:
    """Return the number that the first rule of a kind gives, None where the pack has none."""
    for rule in pack.of(kind):
        if param in rule.params:
            return Decimal(str(rule.params[param]))
    return None


def needs_tax_invoice(pack: RulePack, amount: Decimal, currency: str) -> bool:
    """Tell whether a line is above the sum from which tax is only credited with a tax invoice."""
    return any(
        rule.params["currency"] == currency and amount > Decimal(str(rule.params["above"]))
        for rule in pack.of(RuleKind.tax_invoice)
    )


def _meets(facts: TaxFacts, field: str, wanted: Any) -> bool:
    """Tell whether a fact is among those wanted; ``not_in`` turns it round, an unknown fact meets nothing."""
    value = getattr(facts, field)
    if isinstance(wanted, Mapping):
        return value != "" and value not in wanted["not_in"]
    return value in wanted if isinstance(wanted, list | tuple) else bool(value == wanted)
