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
from app.domain.payables import LedgerStatus
from app.domain.periods import parse_day
from app.integrations import providers
from app.models.payables import Payable
from app.presentation import desk_zone
from app.services import ledger_deeds, payable_corrections, payables, withholding
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


def _correct_number(payable: Payable, typed: dict[str, str]) -> None:
    payable_corrections.correct_number(
        session(), payable, number=typed["reference"], reason=typed["reason"]
    )


def _correct_payment(payable: Payable, typed: dict[str, str]) -> None:
    on = parse_day(typed["paid_on"], "paid_on", "Choose the day the bank paid.")
    payable_corrections.correct_payment(
        session(), payable,
        on=on, reference=typed["reference"], by_user_id=g.user.id, reason=typed["reason"],
    )  # fmt: skip


def ledger_offers(record: Payable) -> set[str]:
    """Offer what can be done about the bill of a payable."""
    document = record.ledger_document
    if document is None:
        return set()
    offered = {"look"} if document.provider != "ledger" else set()
    if payable_corrections.may_correct_number(document):
        offered |= {"correct_number"}
    if document.status is LedgerStatus.failed:
        offered |= {"enter_again", "by_hand"}
    elif document.status is LedgerStatus.posting and providers.choice("accounting") != "ledger":
        offered |= {"by_hand"}
    return offered


def words_to_begin_with(move: str, chosen: list[Payable]) -> dict[str, str]:
    """Return what stands in the form at first; a correction begins with what is to be corrected."""
    one = chosen[0]
    if move == "correct_payment" and one.paid_on is not None:
        return {"paid_on": one.paid_on.isoformat(), "reference": one.paid_reference}
    if move == "correct_number" and one.ledger_document is not None:
        return {"reference": one.ledger_document.by_hand}
    return {"paid_on": day_to_begin_with(move, chosen)}


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
    "correct_number": Move("Correct the number of", "under its right number now", _correct_number),
    "correct_payment": Move("Correct the payment of", "corrected", _correct_payment),
    "pay": Move("Mark paid", "marked paid", _pay),
    "hold": Move("Hold", "held", _hold),
    "void": Move("Void", "voided", _void),
    "bounce": Move("Take back", "taken back and held", _bounce),
    "withhold": Move("Decide on withholding for", "decided", _withhold),
}


def today() -> date:
    """Return what day it is at the desk."""
    return now().astimezone(ZoneInfo(desk_zone())).date()
