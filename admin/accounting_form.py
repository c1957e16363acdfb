"""The form of how bills are coded in Xero: every choice is one that Xero offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import Invalid
from app.domain.ledger_settings import TAXED, WORDS, EnteredAs, LedgerSettings
from app.models.productions import Production

STATUS_WORDS = {
    EnteredAs.draft: "Draft: somebody finishes it in Xero",
    EnteredAs.submitted: "Awaiting approval: somebody approves it in Xero",
    EnteredAs.authorised: "Awaiting payment: it is approved here",
}
ACCOUNTS = {
    "expense_account": "Account for expenses",
    "fee_account": "Account for fees",
    "allowance_account": "Account for per diems",
}
LONGEST = 100


@dataclass(slots=True)
class AccountingForm:
    """What is typed, and what is wrong with it."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    accounts = ACCOUNTS
    statuses = STATUS_WORDS
    taxed = WORDS

    @classmethod
    def kept(cls, chosen: LedgerSettings) -> "AccountingForm":
        """Return the form of what is chosen."""
        return cls(
            {
                **{name: getattr(chosen, name) for name in ACCOUNTS},
                "bill_status": chosen.bill_status.value,
                "tracking_category": chosen.tracking_category,
                **{f"tax_{kind}": chosen.tax_types.get(kind, "") for kind in TAXED},
                **{f"option_{one}": code for one, code in chosen.tracking_options.items()},
            }
        )

    @classmethod
    def sent(cls, form: Mapping[str, str], productions: Sequence[Production]) -> "AccountingForm":
        """Return the form as it came back."""
        names = (
            *ACCOUNTS, "bill_status", "tracking_category", *(f"tax_{kind}" for kind in TAXED),
            *(f"option_{one.id}" for one in productions),
        )  # fmt: skip
        return cls({name: form.get(name, "").replace("\0", "")[:LONGEST] for name in names})

    def settings(self) -> LedgerSettings:
        """Return what the form says; whether Xero offers it is looked at by the service."""
        try:
            status = EnteredAs(self.typed["bill_status"])
        except ValueError:
            raise Invalid({"bill_status": "Choose how far bills are entered."}) from None
        category = self.typed["tracking_category"]
        options = {
            name.removeprefix("option_"): code
            for name, code in self.typed.items()
            if name.startswith("option_") and code and category
        }
        return LedgerSettings(
            **{name: self.typed[name] for name in ACCOUNTS},
            bill_status=status,
            tax_types={kind: self.typed[f"tax_{kind}"] for kind in TAXED},
            tracking_category=category,
            tracking_options=options,
        )
