"""Rates of per diems by place and day, meals and part days: dated data, the company's own over examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.domain.allowances import Meal
from app.domain.countries import country_code, country_name
from app.domain.errors import Invalid, Refused
from app.domain.money import Money, check_amount
from app.domain.names import fold
from app.domain.rules_packs import RuleKind, RulePack

PACK: Final = "per diems"
"""Name of the packs a company's own rates are kept in, one for each day from which some hold."""

WHOLE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a day in a place is paid, from a day on."""

    amount: Money
    city: str
    country: str
    valid_from: date
    source: str
    is_own: bool

    @property
    def where(self) -> str:
        """Return where it holds, in words."""
        country = country_name(self.country)
        return ", ".join(part for part in (self.city, country) if part) or "Everywhere else"


@dataclass(frozen=True, slots=True)
class Shares:
    """What a provided meal takes off a day, and what a part day is of a whole one."""

    meals: Mapping[Meal, Decimal]
    part_day: Decimal = WHOLE


@dataclass(frozen=True, slots=True)
class Layer:
    """Packs of one origin: the company's own, or the examples of a country."""

    packs: Sequence[RulePack]
    is_own: bool


def rates_of(layer: Layer) -> list[Rate]:
    """Return the rates of a layer, by place and then by day."""
    found = [_rate(pack, rule.params, rule.source, layer) for pack in layer.packs
             for rule in pack.of(RuleKind.per_diem)]  # fmt: skip
    return sorted(found, key=lambda rate: (fold(rate.city), rate.country, rate.valid_from))


def rate_in_force(layers: Iterable[Layer], city: str, country: str, on: date) -> Rate | None:
    """Return the rate of a place on a day: of a layer the most exact place, of that the latest."""
    for layer in layers:
        fitting = [r for r in rates_of(layer) if r.valid_from <= on and _fits(r, city, country)]
        if fitting:
            return max(fitting, key=lambda r: (bool(r.city), bool(r.country), r.valid_from))
    return None


def shares_in_force(layers: Iterable[Layer], on: date) -> Shares:
    """Return the parts of a day that hold on a day; what no pack says takes nothing off."""
    meals: dict[Meal, Decimal] = {}
    part = WHOLE
    for layer in reversed(list(layers)):
        for pack in sorted(layer.packs, key=lambda one: (one.valid_from, one.version)):
            if pack.valid_from > on:
                continue
            for rule in pack.of(RuleKind.meal_share):
                meals.update({Meal(name): Decimal(str(v)) for name, v in rule.params.items()})
            for rule in pack.of(RuleKind.part_day):
                part = Decimal(str(rule.params["share"]))
    return Shares(meals, part)


def check_rate(city: str, country: str, amount: Decimal, currency: str) -> dict[str, Any]:
    """Return a rate as a rule keeps it, or refuse."""
    money = check_amount(amount, currency, "amount", zero=True)
    return {"city": city.strip(), "country": country, "amount": str(money), "currency": currency}


def check_shares(percents: Mapping[Meal, Decimal], part_day: Decimal) -> dict[RuleKind, Any]:
    """Return shares typed in percent as rules keep them, or refuse each that cannot be."""
    errors = {
        name: "Between 0 and 100 percent."
        for name, percent in [*percents.items(), ("part_day", part_day)]
        if not 0 <= percent <= HUNDRED
    }
    if not errors and sum(percents.values(), Decimal(0)) > HUNDRED:
        errors = {"dinner": "The meals of a day cannot take more than 100 percent together."}
    if errors:
        raise Invalid({str(name): reason for name, reason in errors.items()})
    return {
        RuleKind.meal_share: {m.value: str(p / HUNDRED) for m, p in percents.items()},
        RuleKind.part_day: {"share": str(part_day / HUNDRED)},
    }


def check_country(written: str) -> str:
    """Return the code of a country as somebody wrote it, empty for any, or refuse what is no country."""
    code = country_code(written.strip()) if written.strip() else ""
    if code is None:
        raise Refused(
            f"“{written}” is no country we know. Write it like Australia or AU.", field="country"
        )
    return code


def _rate(pack: RulePack, params: Mapping[str, Any], source: str, layer: Layer) -> Rate:
    money = Money(Decimal(str(params["amount"])), str(params["currency"]))
    city, country = str(params.get("city", "")), str(params.get("country", ""))
    return Rate(money, city, country, pack.valid_from, source or pack.note, layer.is_own)


def _fits(rate: Rate, city: str, country: str) -> bool:
    is_there = (
        not rate.city or fold(rate.city).strip() == fold(city.split(",", maxsplit=1)[0]).strip()
    )
    return is_there and (not rate.country or rate.country == country)
