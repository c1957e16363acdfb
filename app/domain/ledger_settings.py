"""How bills are coded for the ledger outside: accounts, tax, tracking; checked against what it offers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from app.domain.errors import Invalid, Refused
from app.domain.expenses import ExpenseKind

FEE: Final = "fee"
ALLOWANCE: Final = "allowance"
TAXED: Final = (FEE, ALLOWANCE, *(kind.value for kind in ExpenseKind))
"""What a line of a bill may be for: each has its tax type."""
WORDS: Final = {
    FEE: "Fees",
    ALLOWANCE: "Per diems",
    **{kind.value: kind.value.replace("_", " ").capitalize() for kind in ExpenseKind},
}


class EnteredAs(StrEnum):
    """How far along a bill is entered; who approves it there is the bookkeeper's rule."""

    draft = "DRAFT"
    submitted = "SUBMITTED"
    authorised = "AUTHORISED"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the ledger offers to choose: its code, and its name for people."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TrackingOffer:
    """A tracking category, with its options."""

    code: str
    name: str
    options: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Offers:
    """What the ledger offers, as it was last read."""

    accounts: tuple[Offer, ...] = ()
    tax_types: tuple[Offer, ...] = ()
    tracking: tuple[TrackingOffer, ...] = ()
    currency: str = ""
    locked_until: date | None = None
    """Bills of this day and before are not taken."""
    short_code: str = ""
    """How the ledger calls the organisation in the address of a page."""

    def as_kept(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        kept = asdict(self)
        kept["locked_until"] = self.locked_until.isoformat() if self.locked_until else None
        return kept

    @classmethod
    def kept(cls, kept: Mapping[str, Any]) -> "Offers":
        """Return what JSON kept."""
        locked = kept.get("locked_until")
        return cls(
            accounts=tuple(Offer(**one) for one in kept.get("accounts", ())),
            tax_types=tuple(Offer(**one) for one in kept.get("tax_types", ())),
            tracking=tuple(
                TrackingOffer(
                    one["code"], one["name"], tuple(Offer(**each) for each in one["options"])
                )
                for one in kept.get("tracking", ())
            ),
            currency=kept.get("currency", ""),
            locked_until=date.fromisoformat(locked) if locked else None,
            short_code=kept.get("short_code", ""),
        )

    def category(self, code: str) -> TrackingOffer | None:
        """Return a tracking category by its code."""
        return next((one for one in self.tracking if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Tracked:
    """Where a line counts: a tracking category and its option, with their names."""

    category: str
    option: str
    category_name: str = ""
    option_name: str = ""


@dataclass(frozen=True, slots=True)
class Coding:
    """How one line of a bill is booked."""

    account: str
    tax_type: str
    tracking: Tracked | None = None


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """What the organisation chose."""

    expense_account: str = ""
    fee_account: str = ""
    allowance_account: str = ""
    bill_status: EnteredAs = EnteredAs.submitted
    tax_types: Mapping[str, str] = field(default_factory=dict)
    tracking_category: str = ""
    tracking_options: Mapping[str, str] = field(default_factory=dict)
    """By the number of the production."""

    def as_kept(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return {
            **asdict(self),
            "bill_status": self.bill_status.value,
            "tax_types": dict(self.tax_types),
            "tracking_options": dict(self.tracking_options),
        }

    @classmethod
    def kept(cls, kept: Mapping[str, Any]) -> "LedgerSettings":
        """Return what JSON kept."""
        known = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        if "bill_status" in known:
            known["bill_status"] = EnteredAs(known["bill_status"])
        return cls(**known)

    def check(self, offers: Offers) -> None:
        """Refuse what the ledger does not offer, with a sentence for each field."""
        errors: dict[str, str] = {}
        accounts = {one.code for one in offers.accounts}
        for name in ("expense_account", "fee_account", "allowance_account"):
            if getattr(self, name) not in accounts:
                errors[name] = "Choose an account. Only accounts that the ledger has are shown."
        rates = {one.code for one in offers.tax_types}
        for kind in TAXED:
            if self.tax_types.get(kind, "") not in rates:
                errors[f"tax_{kind}"] = "Choose a tax rate that the ledger has."
        errors.update(self._wrong_tracking(offers))
        if errors:
            raise Invalid(errors)

    def coding(self, kind: str, production: str, offers: Offers) -> Coding:
        """Return how a line for ``kind`` in a production is booked, or refuse while nothing is chosen."""
        account = {FEE: self.fee_account, ALLOWANCE: self.allowance_account}.get(
            kind, self.expense_account
        )
        if not account:
            raise Refused(f"No account is chosen for {WORDS.get(kind, kind).lower()}.")
        tax_type = self.tax_types.get(kind, "")
        if not tax_type:
            raise Refused(f"No tax rate is chosen for {WORDS.get(kind, kind).lower()}.")
        return Coding(account, tax_type, self._tracked(production, offers))

    def _wrong_tracking(self, offers: Offers) -> dict[str, str]:
        if not self.tracking_category:
            return {}
        category = offers.category(self.tracking_category)
        if category is None:
            return {"tracking_category": "The ledger has no such tracking category any more."}
        options = {one.code for one in category.options}
        return {
            f"option_{production}": "Choose an option of the category, or none."
            for production, option in self.tracking_options.items()
            if option and option not in options
        }

    def _tracked(self, production: str, offers: Offers) -> Tracked | None:
        option = self.tracking_options.get(production, "")
        category = offers.category(self.tracking_category)
        if not option or category is None:
            return None
        name = next((one.name for one in category.options if one.code == option), "")
        return Tracked(category.code, option, category.name, name)
