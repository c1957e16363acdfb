"""How much one person may approve alone, and who may be the second (reliability.md C7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import Refused
from app.domain.money import Money, format_amount


@dataclass(frozen=True, slots=True)
class Approver:
    """Who gave an approval, and in whose place, where it was not their own."""

    user_id: int
    name: str
    for_user_id: int | None = None
    for_name: str = ""

    @property
    def in_words(self) -> str:
        """Name them as a decision does: Callum Reid for Priya Raman."""
        return f"{self.name} for {self.for_name}" if self.for_name else self.name


def needs_second(
    approving: Money,
    claimed: Money,
    alone: Iterable[Money],
    limits: Mapping[str, Decimal],
) -> str:
    """Return why an approval waits for a second person, or nothing.

    ``alone`` is what one person's approval already released on the claim: a claim is not cut into
    pieces below the limit. ``claimed`` is the expense in its own currency, which may have a limit too.
    """
    limit = limits.get(approving.currency)
    if limit is not None:
        so_far = sum((one.amount for one in alone), Decimal(0))
        if so_far + approving.amount > limit:
            beside = f" with {_words(so_far, approving.currency)} before it" if so_far else ""
            return f"{_words(approving.amount, approving.currency)}{beside} is above {_limit(limit, approving.currency)}"
    own = limits.get(claimed.currency)
    if claimed.currency != approving.currency and own is not None and claimed.amount > own:
        return f"{claimed} is above {_limit(own, claimed.currency)}"
    return ""


def check_second(first: Approver, second: Approver, first_amount: Money, amount: Money) -> None:
    """Refuse a second approval by the same people, or of more than the first approved."""
    if {second.user_id, second.for_user_id} & {first.user_id, first.for_user_id} - {None}:
        raise Refused(
            f"{first.in_words} gave the first approval, so somebody else gives the second. "
            "Hand it to another approver."
        )
    if amount > first_amount:
        raise Refused(
            f"{first.in_words} approved {first_amount}. Approve that or less, or ask.",
            field="approved_amount",
        )


def _words(amount: Decimal, currency: str) -> str:
    return f"{format_amount(amount, currency)} {currency}"


def _limit(limit: Decimal, currency: str) -> str:
    return f"the {_words(limit, currency)} that one person may approve"
