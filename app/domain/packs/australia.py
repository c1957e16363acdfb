"""Australia, as an example: every number here is to be checked by somebody of the company."""

from datetime import date
from typing import Any, Final

from app.domain.rules_packs import Rule, RuleKind, RulePack

EXAMPLE: Final = "Example: have it checked."

_PER_DIEMS: Final = {
    "Sydney": "110.00",
    "Melbourne": "105.00",
    "Brisbane": "100.00",
    "Adelaide": "95.00",
    "Perth": "105.00",
    "Darwin": "115.00",
    "Hobart": "95.00",
    "Canberra": "100.00",
    "": "90.00",
}

_FLAGS: Final[tuple[dict[str, Any], ...]] = (
    {
        "flag": "superannuation",
        "reason": "Paid to perform: super may be due although it is no employment.",
        "when": {"is_performer": True, "basis": ["contractor"], "source": ["fee"]},
    },
    {
        "flag": "superannuation",
        "reason": "An employee: super is due on ordinary earnings.",
        "when": {"basis": ["employee"], "source": ["fee"]},
    },
    {
        "flag": "foreign_resident_withholding",
        "reason": "A foreign resident: fees, allowances and reimbursed expenses may be withheld from.",
        "when": {"basis": ["foreign_resident"], "source": ["fee", "allowance", "claim"]},
    },
    {
        "flag": "check_residence",
        "reason": "Tax residence is not Australia, but the basis is not foreign resident: decide which holds.",
        "when": {
            "tax_residence": {"not_in": ["AU"]},
            "basis": ["employee", "contractor", "undecided"],
        },
    },
    {
        "flag": "basis_undecided",
        "reason": "Nobody has decided the basis of this engagement yet.",
        "when": {"basis": ["undecided"]},
    },
)

AUSTRALIA: Final = RulePack(
    jurisdiction="AU",
    name="live performance",
    version=1,
    valid_from=date(2026, 1, 1),
    note=EXAMPLE,
    rules=(
        Rule(RuleKind.rest, {"hours": 12}, EXAMPLE),
        Rule(RuleKind.span, {"hours": 13}, EXAMPLE),
        Rule(RuleKind.quiet_hours, {"from": "21:00", "until": "07:00"}, EXAMPLE),
        *(
            Rule(
                RuleKind.per_diem,
                {"city": city, "country": "AU", "amount": amount, "currency": "AUD"},
                EXAMPLE,
            )
            for city, amount in _PER_DIEMS.items()
        ),
        Rule(
            RuleKind.meal_share, {"breakfast": "0.20", "lunch": "0.30", "dinner": "0.50"}, EXAMPLE
        ),
        Rule(RuleKind.part_day, {"share": "0.50"}, EXAMPLE),
        Rule(RuleKind.mileage, {"per_km": "0.88", "currency": "AUD"}, EXAMPLE),
        Rule(
            RuleKind.tax_invoice,
            {"above": "82.50", "currency": "AUD"},
            "ATO: a tax invoice is needed for a GST credit above $82.50.",
        ),
        *(Rule(RuleKind.tax_flag, flag, EXAMPLE) for flag in _FLAGS),
    ),
)
