"""Putting a pay run together: which payables wait, and which of them are paid together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.domain.company_accounts import CompanyAccountStatus, cannot_be_written
from app.domain.errors import Refused
from app.domain.names import fold
from app.domain.numbers import pay_run_number
from app.domain.pay_runs import (
    BankFile,
    PayRunEvent,
    PayRunLineEvent,
    PayRunLineStatus,
    PayRunStatus,
    check_file,
    usual_file,
)
from app.domain.payables import PayableStatus
from app.models.company_accounts import CompanyAccount
from app.models.engagements import Engagement
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import Payable
from app.models.people import Person
from app.models.productions import Production
from app.services import payables
from app.services.numbers import next_number

OPEN = (PayRunStatus.draft, PayRunStatus.checked)
MOST = 500
"""Lines of a run; more is another run, for somebody reads each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """By what payables are looked for."""

    currency: str = ""
    until: date | None = None
    production_id: int | None = None
    payee: str = ""


def waiting(session: Session, wanted: Wanted) -> Sequence[Payable]:
    """Return the open payables that stand in no run, those due first on top."""
    taken = exists().where(
        PayRunLine.payable_id == Payable.id,
        PayRunLine.status.in_((PayRunLineStatus.chosen, PayRunLineStatus.paid)),
    )
    return session.scalars(
        select(Payable)
        .join(Payable.engagement)
        .join(Engagement.person)
        .join(Engagement.production)
        .where(Payable.status == PayableStatus.open, ~taken, *_meets(wanted))
        .options(
            contains_eager(Payable.engagement).contains_eager(Engagement.person),
            contains_eager(Payable.engagement).contains_eager(Engagement.production),
        )
        .order_by(Payable.due_on, Payable.id)
        .limit(MOST)
    ).all()


def productions_waiting(session: Session) -> Sequence[Production]:
    """Return the productions for which something is open."""
    owed = (
        select(Engagement.production_id)
        .join(Payable, Payable.engagement_id == Engagement.id)
        .where(Payable.status == PayableStatus.open)
    )
    return session.scalars(
        select(Production).where(Production.id.in_(owed)).order_by(Production.title)
    ).all()


def begin(
    session: Session,
    account_id: int | None,
    *,
    file: BankFile | None,
    pay_on: date,
    chosen: Collection[int],
    by: int,
) -> PayRun:
    """Open a pay run from one account of the company with the payables that were chosen."""
    account = session.get(CompanyAccount, account_id) if account_id is not None else None
    if account is None or account.status is not CompanyAccountStatus.approved:
        raise Refused("Choose the account the company pays from.", field="account")
    format_ = file or usual_file(account.kind, account.currency)
    check_file(format_, account.kind, account.currency)
    if format_ is not BankFile.csv and cannot_be_written(account.kind, account.holder):
        raise Refused(
            f"No bank file can be made from {account.name}: it is held in the name {account.holder}, "
            "and files carry Latin letters only. Have it entered again in them, or pay by the CSV list.",
            field="account",
        )
    if not chosen:
        raise Refused("Choose what is paid.", field="chosen")
    run = PayRun(
        organisation_id=account.organisation_id,
        number=pay_run_number(next_number(session, account.organisation_id, "pay_run")),
        account_id=account.id,
        currency=account.currency,
        file=format_,
        pay_on=pay_on,
        made_by=by,
    )
    session.add(run)
    session.flush()
    add(session, run, chosen, by=by)
    return run


def add(session: Session, run: PayRun, chosen: Collection[int], *, by: int) -> None:
    """Put payables into a run that is not approved; one that stands in another is refused."""
    take(session, run)
    _open(run)
    found = session.scalars(
        select(Payable)
        .where(Payable.id.in_(chosen))
        .order_by(Payable.id)
        .with_for_update(of=Payable)
    ).all()
    if len(found) != len(set(chosen)):
        raise Refused("One of these payables is not there any more. Look at the list again.")
    last = session.scalar(
        select(func.max(PayRunLine.position)).where(PayRunLine.pay_run_id == run.id)
    )
    if (last or 0) + len(found) > MOST:
        raise Refused(f"A pay run has at most {MOST} payments. Make another one for the rest.")
    for place, payable in enumerate(found, start=(last or 0) + 1):
        _check_free(session, payable)
        session.add(_line(run, payable, place, by))
    session.flush()
    session.refresh(run, ["lines"])


def take_out(session: Session, run: PayRun, line_id: int) -> PayRunLine:
    """Take one payable out of a run that is not approved; it waits for another."""
    take(session, run)
    _open(run)
    found = next((line for line in run.lines if line.id == line_id), None)
    if found is None:
        raise Refused("This payable is not in the run any more.")
    session.delete(found)
    session.flush()
    session.refresh(run, ["lines"])
    return found


def cancel(session: Session, run: PayRun, *, reason: str) -> None:
    """Give a run up: nothing of it was paid, and its payables wait for another."""
    take(session, run)
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    if any(line.status is not PayRunLineStatus.chosen for line in run.lines):
        raise Refused(f"Part of {run.number} is paid or came back. It cannot be cancelled.")
    for line in run.lines:
        line.advance(PayRunLineEvent.drop)
        if line.payable.status is PayableStatus.exported:
            payables.withdraw(session, line.payable)
    session.flush()
    run.advance(PayRunEvent.cancel)
    run.cancelled_because = reason.strip()


def take(session: Session, run: PayRun) -> None:
    """Hold a run, so that two people do not move it at once, and read it as it is now."""
    session.flush()
    session.refresh(run, with_for_update={"of": PayRun})
    session.scalars(
        select(PayRunLine)
        .where(PayRunLine.pay_run_id == run.id)
        .options(selectinload(PayRunLine.payable))
        .execution_options(populate_existing=True)
    ).all()
    session.refresh(run, ["lines"])


def _open(run: PayRun) -> None:
    if run.status not in OPEN:
        raise Refused(f"{run.number} is {run.status.value}: nothing in it changes any more.")
    if run.status is PayRunStatus.checked:
        run.advance(PayRunEvent.change)
        run.checked_at = None


def _line(run: PayRun, payable: Payable, place: int, by: int) -> PayRunLine:
    return PayRunLine(
        organisation_id=run.organisation_id,
        pay_run_id=run.id,
        payable_id=payable.id,
        position=place,
        run_number=run.number,
        added_by=by,
        amount=payable.amount,
        currency=payable.currency,
        payee_name=payable.payee_name,
    )


def _check_free(session: Session, payable: Payable) -> None:
    taken = session.scalar(
        select(PayRunLine.run_number).where(
            PayRunLine.payable_id == payable.id,
            PayRunLine.status.in_((PayRunLineStatus.chosen, PayRunLineStatus.paid)),
        )
    )
    if taken is not None:
        raise Refused(f"{payable.number} stands in {taken} already. Take it out there first.")
    if payable.status is not PayableStatus.open:
        raise Refused(f"{payable.number} is {payable.status.value}. Choose what is open.")


def _meets(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.currency:
        found.append(Payable.currency == wanted.currency)
    if wanted.until is not None:
        found.append(Payable.due_on <= wanted.until)
    if wanted.production_id is not None:
        found.append(Engagement.production_id == wanted.production_id)
    if wanted.payee.strip():
        folded = fold(wanted.payee.strip())
        found.append(
            or_(
                Person.folded.contains(folded, autoescape=True),
                func.fold(Payable.payee_name).contains(folded, autoescape=True),
            )
        )
    return found
