"""The company's own rules for expenses, as data: what is noticed, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from typing import Final

from app.domain.errors import Refused


class RuleAbout(StrEnum):
    """What a rule notices on a line."""

    late = auto()
    no_receipt = auto()
    over_cap = auto()
    per_diem_meal = auto()
    duplicate = auto()
    tax_invoice = auto()


class RuleEffect(StrEnum):
    """What follows when a rule notices something."""

    off = auto()
    warn = auto()
    needs_reason = auto()
    block = auto()


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """How a company has set one rule. ``threshold`` is days for late, an amount for no receipt."""

    effect: RuleEffect
    threshold: Decimal | None = None


DEFAULTS: Final[Mapping[RuleAbout, RuleSetting]] = {
    RuleAbout.late: RuleSetting(RuleEffect.warn, Decimal(60)),
    RuleAbout.no_receipt: RuleSetting(RuleEffect.warn, Decimal(0)),
    RuleAbout.over_cap: RuleSetting(RuleEffect.warn),
    RuleAbout.per_diem_meal: RuleSetting(RuleEffect.warn),
    RuleAbout.duplicate: RuleSetting(RuleEffect.warn),
    RuleAbout.tax_invoice: RuleSetting(RuleEffect.warn),
}
"""Until a company sets its own: everything is said, nothing is stopped."""

WHAT: Final[Mapping[RuleAbout, str]] = {
    RuleAbout.late: "Sent late",
    RuleAbout.no_receipt: "No receipt",
    RuleAbout.over_cap: "Above what the contract pays",
    RuleAbout.per_diem_meal: "Meal on a per diem day",
    RuleAbout.duplicate: "Looks like another expense",
    RuleAbout.tax_invoice: "Tax invoice needed",
}

WITH_THRESHOLD: Final = frozenset({RuleAbout.late, RuleAbout.no_receipt})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule noticed on a line, in words, and what follows."""

    about: RuleAbout
    effect: RuleEffect
    says: str

    @property
    def follows(self) -> str:
        """Say what it means for whoever decides; nothing where it only warns."""
        if self.effect is RuleEffect.needs_reason:
            return "To approve it, say why."
        if self.effect is RuleEffect.block:
            return "By the company’s rules this cannot be approved."
        return ""


def setting_of(settings: Mapping[RuleAbout, RuleSetting], about: RuleAbout) -> RuleSetting:
    """Return how a rule is set: as the company has it, else as every company begins."""
    return settings.get(about, DEFAULTS[about])


def check_setting(about: RuleAbout, effect: RuleEffect, threshold: Decimal | None) -> None:
    """Refuse a threshold that the rule cannot use, or the lack of one."""
    if about not in WITH_THRESHOLD or effect is RuleEffect.off:
        return
    if threshold is None or threshold < 0:
        raise Refused("Write a number, 0 or more.", field=f"threshold_{about}")
    if about is RuleAbout.late and threshold != threshold.to_integral_value():
        raise Refused("Write whole days.", field=f"threshold_{about}")


def check_against_rules(
    findings: Sequence[Finding], reason: str, *, keeps_to_cap: bool = False
) -> None:
    """Refuse an approval that a rule blocks, or that lacks the reason a rule asks for.

    ``keeps_to_cap``: no more is approved than the contract has left, so its cap stands in no way.
    """
    for finding in findings:
        if finding.about is RuleAbout.over_cap and keeps_to_cap:
            continue
        if finding.effect is RuleEffect.block:
            way_out = (
                "Reduce it to what is left, or refuse it."
                if finding.about is RuleAbout.over_cap
                else "Refuse it, or ask."
            )
            raise Refused(f"{finding.says} {finding.follows} {way_out}", field="choice")
    for finding in findings:
        if finding.about is RuleAbout.over_cap and keeps_to_cap:
            continue
        if finding.effect is RuleEffect.needs_reason and not reason.strip():
            raise Refused(
                f"{finding.says} Say why you approve it. The artist reads this.", field="reason"
            )
