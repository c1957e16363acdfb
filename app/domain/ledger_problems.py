"""Why a ledger did not take a bill, told from its own words, and what a person does about it."""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final


class LedgerProblem(StrEnum):
    """What stands in the way of a bill."""

    none = auto()
    disconnected = auto()
    by_hand = auto()
    locked_period = auto()
    contact_archived = auto()
    tax_type = auto()
    account = auto()
    tracking = auto()
    currency = auto()
    paid_there = auto()
    unclear = auto()
    other = auto()


@dataclass(frozen=True, slots=True)
class Advice:
    """What a problem is called, and what to do."""

    title: str
    advice: str
    deed: str


NOT_CONNECTED: Final = "Xero is not connected. Connect it; what waits is then entered by itself."
EXPIRED: Final = "Xero wants to be connected again. What waits is then entered by itself."
NOT_CHOSEN: Final = "How bills are entered in Xero is not chosen yet. Choose it; what waits is then entered by itself."
BY_HAND: Final = "Bills are entered by hand for now."

SIGNS: Final[tuple[tuple[LedgerProblem, tuple[str, ...]], ...]] = (
    (LedgerProblem.disconnected, ("is not connected", "wants to be connected again", "is not chosen yet")),
    (LedgerProblem.by_hand, (BY_HAND.lower(),)),
    (LedgerProblem.locked_period, ("lock date",)),
    (LedgerProblem.contact_archived, ("un-archived", "contact is archived", "contact with the specified contact details has been archived")),
    (LedgerProblem.tax_type, ("taxtype", "tax type", "no tax rate is chosen")),
    (LedgerProblem.tracking, ("tracking",)),
    (LedgerProblem.account, ("account code", "no account is chosen")),
    (LedgerProblem.currency, ("currency",)),
    (LedgerProblem.paid_there, ("payments allocated", "payment or credit note allocated")),
)  # fmt: skip
"""Words by which each is recognised; the first that fits counts."""

ADVICE: Final[dict[LedgerProblem, Advice]] = {
    LedgerProblem.disconnected: Advice(
        "Connect Xero again", "Connect Xero. What waits is then entered by itself.", "Connect Xero"
    ),
    LedgerProblem.by_hand: Advice(
        "Bills wait to be entered by hand",
        "Enter them in Xero under their numbers, and mark each as posted.",
        "See the bills",
    ),
    LedgerProblem.locked_period: Advice(
        "{number} falls into a locked period of Xero",
        "Choose another date for the bill, or have the period unlocked in Xero, then enter it again.",
        "Choose another date",
    ),
    LedgerProblem.contact_archived: Advice(
        "{payee} is archived in Xero",
        "Restore the contact in Xero (Contacts, Archived), then enter the bill again.",
        "Enter it again",
    ),
    LedgerProblem.tax_type: Advice(
        "{number} has a tax rate that Xero does not take",
        "Choose another tax rate in the settings of Xero, or add the rate there, then enter the bill again.",
        "Enter it again",
    ),
    LedgerProblem.account: Advice(
        "{number} is coded to an account that Xero does not take",
        "Choose another account in the settings of Xero, then enter the bill again.",
        "Enter it again",
    ),
    LedgerProblem.tracking: Advice(
        "{number} is coded to a tracking option that Xero does not take",
        "Choose another option for the production in the settings of Xero, then enter the bill again.",
        "Enter it again",
    ),
    LedgerProblem.currency: Advice(
        "{number} is in a currency that Xero does not have",
        "Add the currency in Xero (Settings, Currencies), then enter the bill again.",
        "Enter it again",
    ),
    LedgerProblem.paid_there: Advice(
        "{number} is paid in Xero and cannot be voided",
        "Raise a credit note in Xero for what was too much, or remove the payment there and void it again.",
        "See {number}",
    ),
    LedgerProblem.unclear: Advice(
        "Nobody knows whether {number} is in Xero",
        "Look for it in Xero. If it is there, it is taken over; if not, it can be entered again.",
        "Look for it",
    ),
    LedgerProblem.other: Advice(
        "Xero did not take {number}",
        "Read what Xero says, mend it there, and enter the bill again.",
        "Enter it again",
    ),
}


def diagnose(said: str) -> LedgerProblem:
    """Return what stands in the way, from what was said."""
    words = said.lower()
    for problem, signs in SIGNS:
        if any(sign in words for sign in signs):
            return problem
    return LedgerProblem.other


def advise(problem: LedgerProblem, *, number: str, payee: str) -> Advice:
    """Return what to tell a person about a bill."""
    known = ADVICE[problem]
    return Advice(
        known.title.format(number=number, payee=payee),
        known.advice.format(number=number, payee=payee),
        known.deed.format(number=number, payee=payee),
    )
