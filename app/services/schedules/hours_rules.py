"""The rules of hours and rest in force: the company's own by date, else the examples that came with us."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from app.domain.conflicts import HoursRules
from app.domain.errors import Invalid, Refused
from app.domain.packs.australia import AUSTRALIA
from app.domain.periods import format_date
from app.domain.quiet_hours import Night
from app.domain.rules_packs import Rule, RuleKind, RulePack, number_in, pack_in_force
from app.models import documents
from app.models.organisations import Organisation

NAME: Final = "hours and rest"
"""What the company's own packs of these rules are called."""

DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The packs that an organisation goes by, asked for by day."""

    jurisdiction: str
    zone: str
    packs: tuple[RulePack, ...]

    def pack(self, day: date) -> RulePack | None:
        """Return the pack in force on a day: the company's own before an example."""
        for name in (NAME, AUSTRALIA.name):
            try:
                return pack_in_force(self.packs, self.jurisdiction, name, day)
            except Refused:
                continue
        return None

    def on(self, day: date) -> HoursRules | None:
        """Return the hours that hold on a day; None where no rules are in force."""
        pack = self.pack(day)
        if pack is None:
            return None
        rest = number_in(pack, RuleKind.rest, "hours")
        span = number_in(pack, RuleKind.span, "hours")
        return HoursRules(_hours(rest), _hours(span), _label(pack))

    def night(self, day: date) -> Night:
        """Return from when to when people are left alone on a day."""
        pack = self.pack(day)
        found = pack.of(RuleKind.quiet_hours) if pack else []
        if not found:
            return Night()
        said = found[0].params
        return Night(time.fromisoformat(said["from"]), time.fromisoformat(said["until"]))


def settle(session: Session, pack: documents.RulePack) -> None:
    """Take the company's own hours rules from a day on; older ones stay for the days before."""
    _check_hours(pack)
    with session.no_autoflush:
        organisation = session.get_one(Organisation, pack.organisation_id)
        pack.name, pack.is_example = NAME, False
        pack.jurisdiction = pack.jurisdiction or organisation.jurisdiction
        if pack.number is None:
            pack.number = 1 + (session.scalar(_highest(pack.organisation_id)) or 0)
        for rule in pack.rules:
            rule.organisation_id = pack.organisation_id


def _highest(organisation_id: int) -> Select[Any]:
    packs = documents.RulePack
    return select(func.max(packs.number)).where(
        packs.organisation_id == organisation_id, packs.name == NAME
    )


def _check_hours(pack: documents.RulePack) -> None:
    errors = {
        name: "Between 0 and 24 hours, such as 11 or 10.5."
        for name, hours in (("rest_hours", pack.rest_hours), ("span_hours", pack.span_hours))
        if hours is not None and not 0 < hours <= DAY
    }
    if (pack.night_begins is None) != (pack.night_ends is None):
        errors["night_ends"] = "A night has a beginning and an end. Write both, or neither."
    elif pack.night_begins is not None and pack.night_begins == pack.night_ends:
        errors["night_ends"] = "The night ends when it begins. Change one of them."
    if errors:
        raise Invalid(errors)


def rulebook(session: Session, organisation_id: int) -> Rulebook:
    """Return the rules that an organisation goes by."""
    organisation = session.get_one(Organisation, organisation_id)
    own = session.scalars(
        select(documents.RulePack)
        .where(
            documents.RulePack.organisation_id == organisation_id, documents.RulePack.name == NAME
        )
        .options(selectinload(documents.RulePack.rules))
    )
    packs = tuple(_pack(each) for each in own)
    return Rulebook(organisation.jurisdiction, organisation.zone, (*packs, AUSTRALIA))


def _pack(kept: documents.RulePack) -> RulePack:
    rules = tuple(Rule(RuleKind(each.kind), each.params, each.note) for each in kept.rules)
    return RulePack(
        kept.jurisdiction, kept.name, kept.number, kept.valid_from, rules, note=kept.source
    )


def _label(pack: RulePack) -> str:
    """Name the rules as a warning does: whose they are, and since when."""
    if pack.name == NAME:
        return f"{pack.note or 'house rules'}, from {format_date(pack.valid_from)}"
    return f"an example to have checked, from {format_date(pack.valid_from)}"


def _hours(number: Decimal | None) -> timedelta | None:
    return None if number is None else timedelta(minutes=int(number * 60))
