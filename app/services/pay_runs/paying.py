"""Settling a run: what the bank paid is marked, what came back is held, and each payee is told once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.money import Money
from app.domain.pay_runs import (
    PayRunEvent,
    PayRunLineEvent,
    PayRunLineStatus,
    PayRunStatus,
    check_run_payer,
    named,
)
from app.models.organisations import Organisation
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import Payable
from app.models.people import Person
from app.services import messages, payables
from app.services.pay_runs.making import take
from app.services.payers import approvers, payers_of

CHOSEN = PayRunLineStatus.chosen


@dataclass(frozen=True, slots=True)
class Marked:
    """What somebody marked paid of a run, and what another person has to."""

    count: int
    left: tuple[str, ...] = ()
    payers: str = ""
    """Who can mark the first of those paid, in words."""

    @property
    def in_words(self) -> str:
        """Say what is paid, and what waits for whom."""
        done = f"{self.count} marked paid. Each payee is told once."
        if not self.left:
            return done
        own = f"{done} You approved {named(self.left)}: somebody else marks that paid."
        return f"{own} {self.payers}".strip()


def pay_run(session: Session, run: PayRun, *, on: date, reference: str, by: int) -> Marked:
    """Mark as paid all of a run that is still with the bank, except what the payer approved."""
    take(session, run)
    if run.status is not PayRunStatus.exported:
        raise Refused(f"{run.number} is {run.status.value}. Hand it to the bank first.")
    check_run_payer(by, run.approved_by)
    waiting = [line for line in run.lines if line.status is CHOSEN]
    own = [line for line in waiting if by in approvers(session, line.payable)]
    left = tuple(line.payable.number for line in own)
    if own and len(own) == len(waiting):
        raise Refused(
            f"You approved {named(left)}. Somebody else marks that paid, on the page of each payable. "
            f"{payers_of(session, own[0].payable).in_words}"
        )
    others = [line for line in waiting if line not in own]
    for line in others:
        _pay_line(session, run, line, on=on, reference=reference, by=by)
    settle(run)
    session.flush()
    _tell_paid(session, run, others)
    who = payers_of(session, own[0].payable).in_words if own else ""
    return Marked(len(others), left, who)


def pay_one(session: Session, payable: Payable, *, on: date, reference: str, by: int) -> None:
    """Mark one payable as paid, out of the run that handed it to the bank."""
    line = _line_of(session, payable)
    if line is None:
        payables.pay(session, payable, on=on, reference=reference, by_user_id=by)
        return
    take(session, line.run)
    _pay_line(session, line.run, line, on=on, reference=reference, by=by)
    settle(line.run)
    session.flush()
    _tell_paid(session, line.run, [line])


def bounce(session: Session, payable: Payable, *, on: date, reason: str) -> None:
    """Take in that the bank sent a payment back: it is held until somebody looked, and the artist told."""
    if not reason.strip():
        raise Refused("Say why the bank returned it. The artist reads this.", field="reason")
    line = _line_of(session, payable, PayRunLineStatus.paid, CHOSEN)
    if line is not None:
        take(session, line.run)
        line.advance(PayRunLineEvent.bounce)
        line.returned_on, line.returned_because = on, reason.strip()
        settle(line.run)
    payables.bounce(session, payable, reason=reason.strip())
    _tell_returned(session, payable, on, reason.strip())


def _pay_line(
    session: Session, run: PayRun, line: PayRunLine, *, on: date, reference: str, by: int
) -> None:
    check_run_payer(by, run.approved_by)
    payables.pay(session, line.payable, on=on, reference=reference, by_user_id=by, is_told=False)
    line.advance(PayRunLineEvent.pay)


def settle(run: PayRun) -> None:
    """Say of a run that all is paid, or that it is closed because part of it came back."""
    stands = {line.status for line in run.lines}
    if CHOSEN in stands:
        return
    if PayRunLineStatus.returned not in stands:
        run.advance(PayRunEvent.pay)
    elif run.status is not PayRunStatus.closed:
        run.advance(PayRunEvent.close)


def _line_of(session: Session, payable: Payable, *statuses: PayRunLineStatus) -> PayRunLine | None:
    return session.scalars(
        select(PayRunLine).where(
            PayRunLine.payable_id == payable.id, PayRunLine.status.in_(statuses or (CHOSEN,))
        )
    ).one_or_none()


def _tell_paid(session: Session, run: PayRun, lines: Iterable[PayRunLine]) -> None:
    """Write one remittance advice to each person for all that this run paid into one account."""
    by_account: dict[tuple[int, int | None], list[PayRunLine]] = {}
    for line in lines:
        whose = (line.payable.engagement.person_id, line.bank_detail_id)
        by_account.setdefault(whose, []).append(line)
    for (person_id, _), paid in by_account.items():
        person = session.get_one(Person, person_id)
        first = paid[0].payable
        facts = "-".join(str(line.id) for line in paid)
        messages.tell(
            session,
            organisation_id=run.organisation_id,
            event="remittance",
            key=f"pay-run-{run.id}-{first.paid_on}-{facts}",
            to=messages.addressee(session, person),
            engagement_id=first.engagement_id,
            run_number=run.number,
            lines=[f"{one.payable.number}: {Money(one.amount, one.currency)}" for one in paid],
            paid_on=first.paid_on,
            paid_to=paid[0].paid_to,
            reference=first.paid_reference,
            total=str(Money(sum((line.amount for line in paid), Decimal(0)), run.currency)),
        )


def _tell_returned(session: Session, payable: Payable, on: date, reason: str) -> None:
    house = session.get_one(Organisation, payable.organisation_id)
    payables.tell(
        session, payable, "payable_returned", f"returned-{on}",
        returned_on=on, reason=reason, phone=house.contact_phone,
    )  # fmt: skip
