"""When and how the company pays: due days, pay runs with their moves, and who may do what in one."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.bank_accounts import AccountKind
from app.domain.contracts import FeeTrigger
from app.domain.errors import Refused
from app.domain.moves import follow

_WEEK = 7
_NAMED = 5


class PayRunStatus(StrEnum):
    """Where a pay run stands. From approval on nothing in it changes."""

    draft = auto()
    checked = auto()
    approved = auto()
    exported = auto()
    paid = auto()
    closed = auto()
    cancelled = auto()


class PayRunEvent(StrEnum):
    """What moves a pay run."""

    change = auto()
    check = auto()
    approve = auto()
    export = auto()
    pay = auto()
    close = auto()
    cancel = auto()


class PayRunLineStatus(StrEnum):
    """What became of one payable in a pay run."""

    chosen = auto()
    paid = auto()
    returned = auto()
    dropped = auto()


class PayRunLineEvent(StrEnum):
    """What moves a line of a pay run."""

    pay = auto()
    bounce = auto()
    drop = auto()


class BankFile(StrEnum):
    """What the bank reads: a direct-entry file, an ISO 20022 credit transfer, or a plain list."""

    aba = auto()
    pain_001 = auto()
    csv = auto()


MOVES: Final = {
    (PayRunStatus.draft, PayRunEvent.check): PayRunStatus.checked,
    (PayRunStatus.draft, PayRunEvent.cancel): PayRunStatus.cancelled,
    (PayRunStatus.checked, PayRunEvent.change): PayRunStatus.draft,
    (PayRunStatus.checked, PayRunEvent.approve): PayRunStatus.approved,
    (PayRunStatus.checked, PayRunEvent.cancel): PayRunStatus.cancelled,
    (PayRunStatus.approved, PayRunEvent.export): PayRunStatus.exported,
    (PayRunStatus.approved, PayRunEvent.cancel): PayRunStatus.cancelled,
    (PayRunStatus.exported, PayRunEvent.pay): PayRunStatus.paid,
    (PayRunStatus.exported, PayRunEvent.close): PayRunStatus.closed,
    (PayRunStatus.exported, PayRunEvent.cancel): PayRunStatus.cancelled,
    (PayRunStatus.paid, PayRunEvent.close): PayRunStatus.closed,
}
"""A run is closed where the bank returned part of it: what came back goes on in another run."""

LINE_MOVES: Final = {
    (PayRunLineStatus.chosen, PayRunLineEvent.pay): PayRunLineStatus.paid,
    (PayRunLineStatus.chosen, PayRunLineEvent.bounce): PayRunLineStatus.returned,
    (PayRunLineStatus.chosen, PayRunLineEvent.drop): PayRunLineStatus.dropped,
    (PayRunLineStatus.paid, PayRunLineEvent.bounce): PayRunLineStatus.returned,
}

FILES: Final = {
    AccountKind.bsb: (BankFile.aba, BankFile.csv),
    AccountKind.iban: (BankFile.pain_001, BankFile.csv),
    AccountKind.other: (BankFile.csv,),
}
"""Which files an account of the company can be paid from, the usual one first."""
_FILE_WORDS: Final = {
    BankFile.aba: "An ABA file is for an Australian account in AUD",
    BankFile.pain_001: "A pain.001 file is for an IBAN account in EUR",
}


def next_pay_run_status(status: PayRunStatus, event: PayRunEvent) -> PayRunStatus:
    """Return the status of a pay run that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "pay run")


def next_pay_run_line_status(status: PayRunLineStatus, event: PayRunLineEvent) -> PayRunLineStatus:
    """Return the status of a pay run's line that follows ``event``, or refuse."""
    return follow(LINE_MOVES, status, event, "payment")


def usual_file(kind: AccountKind, currency: str) -> BankFile:
    """Return the file an account of the company usually pays by."""
    first = FILES[kind][0]
    is_plain = first is BankFile.pain_001 and currency != "EUR"
    return BankFile.csv if is_plain else first


def check_file(file: BankFile, kind: AccountKind, currency: str) -> None:
    """Refuse a file that the bank of this account does not read, and say which one it does."""
    if file is BankFile.csv or (file is usual_file(kind, currency) and file in FILES[kind]):
        return
    instead = usual_file(kind, currency)
    name = {
        BankFile.aba: "the ABA file",
        BankFile.pain_001: "pain.001",
        BankFile.csv: "the CSV list",
    }
    raise Refused(f"{_FILE_WORDS[file]}. Use {name[instead]} for this account.", field="file")


def named(numbers: Sequence[str]) -> str:
    """Name payables in a sentence: the first few, and how many more."""
    more = len(numbers) - _NAMED
    return ", ".join(numbers[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def check_run_approver(user_id: int, makers: Set[int]) -> None:
    """Refuse that whoever put a run together approves it."""
    if user_id in makers:
        raise Refused("You put this pay run together. Somebody else approves it.")


def check_run_payer(user_id: int, approved_by: int | None) -> None:
    """Refuse that whoever approved a run says that it is paid."""
    if approved_by is not None and user_id == approved_by:
        raise Refused("You approved this pay run. Somebody else marks it paid.")


@dataclass(frozen=True, slots=True)
class PayDays:
    """How the company pays: every so many weeks on a weekday, closing some days before."""

    weekday: int = 3
    """0 is Monday."""
    every_weeks: int = 1
    closes_days_before: int = 2
    anchor: date = date(2026, 1, 1)
    """Any day of a week in which there is a pay run."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days a fee may wait for, as far as they are known."""

    signed_on: date | None = None
    first_call_on: date | None = None
    performed_on: date | None = None
    completed_on: date | None = None


def due_day(trigger: FeeTrigger, due_on: date | None, milestones: Milestones) -> date | None:
    """Return when a fee line is due, None while what makes it due has no day yet."""
    days = {
        FeeTrigger.on_date: due_on,
        FeeTrigger.on_signature: milestones.signed_on,
        FeeTrigger.on_first_call: milestones.first_call_on,
        FeeTrigger.on_performance: milestones.performed_on,
        FeeTrigger.on_completion: milestones.completed_on,
    }
    return days[trigger]


def expected_payment_day(approved_on: date, due_on: date | None, run: PayDays) -> date:
    """Return the first pay run on or after the due day that was still open when it was approved."""
    ready = approved_on + timedelta(days=run.closes_days_before)
    earliest = ready if due_on is None else max(ready, due_on)
    first = run.anchor - timedelta(days=run.anchor.weekday()) + timedelta(days=run.weekday)
    step = _WEEK * run.every_weeks
    return first + timedelta(days=-(-(earliest - first).days // step) * step)


@dataclass(frozen=True, slots=True)
class Payers:
    """Who can mark a payable paid: of Finance, and the Administrators where nobody of Finance may."""

    finance: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """Say who can, and where nobody can, how somebody comes to."""
        if self.finance:
            return f"{_either(self.finance)} can."
        if self.administrators:
            return (
                "Everybody of Finance approved a part of it or its pay run, or is paid by it, "
                f"so an Administrator does: {_either(self.administrators)} can."
            )
        return (
            "Everybody who could has approved a part of it or its pay run, or is paid by it. "
            "Have an Administrator give somebody else the role Finance."
        )


def _either(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def check_payer_is_not_approver(
    payer_id: int, approver_id: int | None, payers: Payers | None = None
) -> None:
    """Refuse that one person approves and pays, and name who can pay."""
    if approver_id is not None and payer_id == approver_id:
        others = f" {payers.in_words}" if payers is not None else ""
        raise Refused(f"You approved this. Somebody else marks it paid.{others}")


def check_stand_in(payers: Payers) -> None:
    """Refuse that an Administrator pays where somebody of Finance may: they only stand in."""
    if payers.finance:
        raise Refused(
            f"{_either(payers.finance)} of Finance can mark this paid. "
            "An Administrator does only where nobody of Finance may."
        )


def check_payer_is_not_paid(payer_person_id: int | None, paid_ids: Set[int | None]) -> None:
    """Refuse that somebody hired here marks their own money paid."""
    if payer_person_id is not None and payer_person_id in paid_ids:
        raise Refused("This is paid to you. Somebody else marks it paid.")
