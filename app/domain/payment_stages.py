"""Where a payment is, who holds it now and which day is expected, in the words an artist reads."""

from dataclasses import dataclass
from datetime import date

from app.domain.expenses import REIMBURSED, LineStatus, PaidBy
from app.domain.payables import PayableStatus
from app.domain.periods import format_day


@dataclass(frozen=True, slots=True)
class Stage:
    """What is said of a payment: the words, who has it in hand, and the day if there is one."""

    words: str
    holder: str = ""
    expected: date | None = None
    is_late: bool = False

    @property
    def said(self) -> str:
        """Return the stage as one sentence."""
        if not self.holder:
            return self.words
        return f"{self.words} {self.holder} {'have' if self.holder == 'You' else 'has'} it now."


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What is known of a payment."""

    status: PayableStatus
    due_on: date
    promised_on: date | None = None
    """The day that was promised first."""
    paid_on: date | None = None
    reference: str = ""
    held_reason: str = ""


def payment_stage(facts: PaymentFacts, today: date) -> Stage:
    """Return where a payment stands."""
    if facts.status is PayableStatus.paid and facts.paid_on is not None:
        reference = f", ref. {facts.reference}" if facts.reference else ""
        return Stage(f"Paid {format_day(facts.paid_on)}{reference}.", expected=facts.paid_on)
    if facts.status is PayableStatus.voided:
        return Stage("Taken back.")
    if facts.status is PayableStatus.held:
        return Stage(
            f"Held: {_sentence(facts.held_reason or 'we tell you why by mail')}", "Finance"
        )
    is_late = facts.due_on < today
    said = f"{expected_words(facts.due_on, today)}."
    if not is_late and facts.promised_on is not None and facts.promised_on < facts.due_on:
        said += f" First promised for {format_day(facts.promised_on)}."
    holder = "The bank" if facts.status is PayableStatus.exported else "Finance"
    return Stage(said, holder, facts.due_on, is_late)


def expected_words(day: date, today: date) -> str:
    """Say when a payment is expected, and that it is late where that day has passed."""
    return f"Late, was expected {format_day(day)}" if day < today else f"Expected {format_day(day)}"


def line_stage(status: LineStatus, paid_by: PaidBy, next_run: date) -> Stage:
    """Return where a line of a claim stands that is in no payment yet."""
    if status is LineStatus.queried:
        return Stage("Waiting for your answer.", "You")
    if status in (LineStatus.entered, LineStatus.answered):
        return Stage("Not decided yet.", "Finance")
    if status is LineStatus.first_approved:
        return Stage("Approved once. Somebody else decides as well.", "Finance")
    if status is LineStatus.refused:
        return Stage("Refused.")
    if status is LineStatus.duplicate:
        return Stage("Claimed twice, paid once.")
    if paid_by not in REIMBURSED:
        return Stage("Approved. The company paid it, so nothing is paid out.")
    return Stage(f"Expected {format_day(next_run)}.", "Finance", next_run)


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
