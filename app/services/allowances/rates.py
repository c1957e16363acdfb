"""The rates of per diems: the company's own from a day on, over the examples of its country."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.domain.allowances import Meal
from app.domain.packs.australia import AUSTRALIA
from app.domain.per_diem_rates import (
    PACK,
    Layer,
    check_country,
    check_rate,
    check_shares,
)
from app.domain.periods import check_day
from app.domain.rules_packs import Rule, RuleKind
from app.domain.rules_packs import RulePack as Pack
from app.models.documents import PackRule, RulePack
from app.models.organisations import Organisation

EXAMPLES: Final = (AUSTRALIA,)


def layers(session: Session, organisation: Organisation) -> list[Layer]:
    """Return the packs that per diems are worked out by, the company's own first."""
    own = session.scalars(
        select(RulePack)
        .where(RulePack.organisation_id == organisation.id, RulePack.name == PACK)
        .options(selectinload(RulePack.rules))
        .order_by(RulePack.valid_from, RulePack.number)
    )
    examples = [pack for pack in EXAMPLES if pack.jurisdiction == organisation.jurisdiction]
    return [Layer([_pack(kept) for kept in own], is_own=True), Layer(examples, is_own=False)]


def set_rate(
    session: Session,
    organisation: Organisation,
    *,
    city: str,
    country: str,
    amount: Decimal,
    currency: str,
    valid_from: date,
    note: str = "",
) -> None:
    """Write down what a day in a place is paid from a day on; the same place and day is put in its place."""
    params = check_rate(city, check_country(country), amount, currency)
    pack = _pack_from(session, organisation, valid_from)
    place = {"city": params["city"].casefold(), "country": params["country"]}
    _put(pack, RuleKind.per_diem, params, note, same=lambda known: _place(known) == place)


def set_shares(
    session: Session,
    organisation: Organisation,
    *,
    meals: Mapping[Meal, Decimal],
    part_day: Decimal,
    valid_from: date,
    note: str = "",
) -> None:
    """Write down what provided meals take off and what a part day is, in percent, from a day on."""
    kept = check_shares(meals, part_day)
    pack = _pack_from(session, organisation, valid_from)
    for kind, params in kept.items():
        _put(pack, kind, params, note, same=lambda _known: True)


def take_away(session: Session, rule_id: int) -> bool:
    """Take one of the company's own rates away again; what was confirmed by it stays.

    Return whether there was such a rate of theirs.
    """
    rule = session.get(PackRule, rule_id)
    if rule is None or rule.pack.name != PACK:
        return False
    session.delete(rule)
    return True


def _pack_from(session: Session, organisation: Organisation, valid_from: date) -> RulePack:
    check_day(valid_from, "valid_from")
    # Two who set rates at once give their packs numbers one after the other.
    session.scalars(select(Organisation).where(Organisation.id == organisation.id).with_for_update(key_share=True)).one()  # fmt: skip
    own = (RulePack.organisation_id == organisation.id, RulePack.name == PACK)
    found = session.scalars(select(RulePack).where(*own, RulePack.valid_from == valid_from)).first()
    if found is not None:
        return found
    last = session.scalar(select(func.max(RulePack.number)).where(*own)) or 0
    made = RulePack(
        organisation_id=organisation.id,
        jurisdiction=organisation.jurisdiction,
        name=PACK,
        number=last + 1,
        valid_from=valid_from,
        is_example=False,
        source="Set by the company",
    )
    session.add(made)
    session.flush()
    return made


def _put(pack: RulePack, kind: RuleKind, params: dict[str, Any], note: str, *, same: Any) -> None:
    for rule in pack.rules:
        if rule.kind == kind.value and same(rule.params):
            rule.params, rule.note = params, note.strip()
            return
    pack.rules.append(
        PackRule(
            organisation_id=pack.organisation_id, kind=kind.value, params=params, note=note.strip()
        )
    )


def _place(params: Mapping[str, Any]) -> dict[str, str]:
    return {"city": str(params["city"]).casefold(), "country": str(params["country"])}


def _pack(kept: RulePack) -> Pack:
    known = {kind.value for kind in RuleKind}
    rules = tuple(Rule(RuleKind(rule.kind), rule.params, rule.note) for rule in kept.rules
                  if rule.kind in known)  # fmt: skip
    return Pack(kept.jurisdiction, kept.name, kept.number, kept.valid_from, rules, kept.source)
