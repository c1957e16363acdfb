"""Where a claim is, in the words of whoever waits for the money: who has it now, and when it is paid."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.local_time import today_in
from app.domain.payables import PayableStatus
from app.domain.periods import format_day
from app.models.expenses import ExpenseClaim
from app.models.organisations import Organisation
from app.services import payables
from app.services.expenses import letters

WITH_US = (ClaimStatus.submitted, ClaimStatus.under_review)
COMING = (
    ClaimStatus.decided,
    ClaimStatus.posting,
    ClaimStatus.post_failed,
    ClaimStatus.posted,
    ClaimStatus.corrected,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Who holds a claim now, and when money is expected; empty where nothing is to say."""

    holder: str
    expected: str = ""


def stage_of(session: Session, claim: ExpenseClaim) -> Stage:
    """Return who has a claim now, and the pay run it is expected in."""
    house = session.get_one(Organisation, claim.organisation_id)
    today = today_in(house.zone, now())
    asked = sum(line.status is LineStatus.queried for line in claim.lines)
    if claim.status is ClaimStatus.received:
        return Stage("You have it. Check it, then send it.")
    if claim.status is ClaimStatus.recalled:
        return Stage("You took it back. Nobody works on it.")
    if claim.status in WITH_US:
        return Stage(_holder(house.name, asked), _next_run(session, claim, today))
    if claim.status in COMING:
        paid = letters.expected_payment(session, claim, today)
        if not paid and any(
            p.status is PayableStatus.held for p in letters.payables_of(session, claim)
        ):
            return Stage(f"{house.name} has decided it, and holds the payment.")
        return Stage(
            f"{house.name} has decided it and pays it with its next pay run.", paid and f"{paid}."
        )
    return Stage("")


def _holder(company: str, asked: int) -> str:
    if not asked:
        return f"Finance at {company} has it now."
    questions = "a question" if asked == 1 else f"{asked} questions"
    return f"You have {questions} to answer; finance at {company} goes on with the rest."


def _next_run(session: Session, claim: ExpenseClaim, today: date) -> str:
    day = letters.expected_day(session, claim)
    if day is not None and day < today:
        return f"What is approved so far is late. It was expected {format_day(day)}."
    if day is not None:
        return f"What is approved so far is expected {format_day(day)}."
    run = payables.expected_on(session, claim.organisation_id)
    return f"If it is decided in time, it is paid with the next pay run, {format_day(run)}."
