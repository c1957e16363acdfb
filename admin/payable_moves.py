"""The moves of a payable that need words first: paid when, held why, entered again with which date."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from flask import g

from app.db.clock import now
from app.db.session import session
from app.domain.ledger_problems import LedgerProblem
from app.domain.money import Money, add_up
from app.domain.periods import parse_day
from app.models.payables import Payable
from app.presentation import desk_zone
from app.services import ledger_deeds, payables, withholding
from app.services.pay_runs import paying

LONGEST = 500


@dataclass(slots=True)
class Asked:
    """A question before a move that needs words: paid when and under which reference, held or voided why."""

    move: str
    title: str
    deed: str
    chosen: list[Payable]
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> str:
        """Write what the chosen come to."""
        sums = add_up(Money(one.amount, one.currency) for one in self.chosen)
        return ", ".join(str(each) for each in sums.values())


@dataclass(frozen=True, slots=True)
class Move:
    """A move that needs words: how it is called, and who makes it."""

    deed: str
    done: str
    make: Callable[[Payable, dict[str, str]], None]

    def called(self, about: str) -> str:
        """Say the deed about what it is done to."""
        return self.deed.format(about) if "{}" in self.deed else f"{self.deed} {about}"


def _pay(payable: Payable, typed: dict[str, str]) -> None:
    on = parse_day(typed["paid_on"], "paid_on", "Choose the day the bank paid.")
    paying.pay_one(session(), payable, on=on, reference=typed["reference"], by=g.user.id)


def _bounce(payable: Payable, typed: dict[str, str]) -> None:
    on = parse_day(typed["paid_on"], "paid_on", "Choose the day the payment came back.")
    paying.bounce(session(), payable, on=on, reason=typed["reason"])


def _withhold(payable: Payable, typed: dict[str, str]) -> None:
    withholding.decide(session(), payable, decision=typed["reason"], by=g.user.id)


def _hold(payable: Payable, typed: dict[str, str]) -> None:
    payables.hold(session(), payable, reason=typed["reason"])


def _void(payable: Payable, typed: dict[str, str]) -> None:
    payables.void(session(), payable, reason=typed["reason"])


def _enter_again(payable: Payable, typed: dict[str, str]) -> None:
    on = typed["paid_on"]
    day = parse_day(on, "paid_on", "Choose the date of the bill.") if on else None
    ledger_deeds.enter_again(session(), payable, dated_on=day)


def _by_hand(payable: Payable, typed: dict[str, str]) -> None:
    ledger_deeds.mark_by_hand(session(), payable, number=typed["reference"])


def day_to_begin_with(move: str, chosen: list[Payable]) -> str:
    """Return the day that stands in the form: today, or the first that the ledger still takes."""
    if move != "enter_again":
        return today().isoformat()
    locked = [
        one for one in chosen
        if one.ledger_document and one.ledger_document.problem is LedgerProblem.locked_period
    ]  # fmt: skip
    return ledger_deeds.first_free_day(session(), locked[0]).isoformat() if locked else ""


MOVES = {
    "enter_again": Move("Enter {} again", "on the way to the ledger", _enter_again),
    "by_hand": Move("Mark {} as posted", "marked as entered by hand", _by_hand),
    "pay": Move("Mark paid", "marked paid", _pay),
    "hold": Move("Hold", "held", _hold),
    "void": Move("Void", "voided", _void),
    "bounce": Move("Take back", "taken back and held", _bounce),
    "withhold": Move("Decide on withholding for", "decided", _withhold),
}


def today() -> date:
    """Return what day it is at the desk."""
    return now().astimezone(ZoneInfo(desk_zone())).date()
