"""The form of the company's rules for expenses: one effect and at most one number for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.errors import Invalid, Refused
from app.domain.expense_rules import (
    DEFAULTS,
    WHAT,
    WITH_THRESHOLD,
    RuleAbout,
    RuleEffect,
    RuleSetting,
    check_setting,
)
from app.domain.money import LARGEST_DIGITS, parse_number

EFFECTS = {
    RuleEffect.off: "Say nothing",
    RuleEffect.warn: "Warn",
    RuleEffect.needs_reason: "Ask for a reason",
    RuleEffect.block: "Block approval",
}
HINTS = {
    RuleAbout.late: "More than so many days between the expense and the claim.",
    RuleAbout.no_receipt: "A declaration stands in place of the paper, above this amount.",
    RuleAbout.over_cap: "More than the terms in force have left for the kind of expense.",
    RuleAbout.per_diem_meal: "A meal on a day whose per diem covers meals.",
    RuleAbout.duplicate: "The same file, a picture much like it, or the same supplier, amount and day.",
    RuleAbout.tax_invoice: "Above the sum from which tax is credited only with a tax invoice.",
}


@dataclass(slots=True)
class RulesForm:
    """How the rules are set, as typed."""

    effects: dict[RuleAbout, str] = field(default_factory=dict)
    thresholds: dict[RuleAbout, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    words = EFFECTS
    what = WHAT
    hints = HINTS
    with_threshold = WITH_THRESHOLD

    @classmethod
    def kept(cls, settings: Mapping[RuleAbout, RuleSetting]) -> "RulesForm":
        """Return the form of what is set."""
        now = {about: settings.get(about, DEFAULTS[about]) for about in RuleAbout}
        return cls(
            {about: one.effect.value for about, one in now.items()},
            {
                about: "" if one.threshold is None else f"{one.threshold.normalize():f}"
                for about, one in now.items()
            },
        )

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "RulesForm":
        """Return the form as it came back."""
        return cls(
            {about: form.get(f"effect_{about}", "") for about in RuleAbout},
            {
                about: form.get(f"threshold_{about}", "").replace("\0", "").strip()[:40]
                for about in RuleAbout
            },
        )

    def settings(self) -> dict[RuleAbout, RuleSetting]:
        """Return what the form says, or refuse with a sentence for each field."""
        found, errors = {}, {}
        for about in RuleAbout:
            try:
                found[about] = self._setting(about)
            except Refused as refusal:
                errors[refusal.field or f"effect_{about}"] = refusal.reason
        if errors:
            raise Invalid(errors)
        return found

    def _setting(self, about: RuleAbout) -> RuleSetting:
        chosen = self.effects.get(about, "")
        if chosen not in RuleEffect.__members__:
            raise Refused("Choose what follows.", field=f"effect_{about}")
        effect = RuleEffect[chosen]
        typed = self.thresholds.get(about, "")
        needs = about in WITH_THRESHOLD and typed
        threshold = parse_number(typed, f"threshold_{about}") if needs else None
        if threshold is not None and threshold.adjusted() >= LARGEST_DIGITS:
            raise Refused("This is more than can be written down.", field=f"threshold_{about}")
        check_setting(about, effect, threshold)
        return RuleSetting(effect, _plain(threshold))


def _plain(threshold: Decimal | None) -> Decimal | None:
    return None if threshold is None else threshold.quantize(Decimal("0.001"))
