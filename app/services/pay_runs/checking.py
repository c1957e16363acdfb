"""Looking at a pay run before it is approved: every payable against what is known of its payee."""

from collections import defaultdict
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.company_accounts import CompanyAccountStatus
from app.domain.errors import Refused
from app.domain.pay_run_checks import (
    Finding,
    PaidAccount,
    PaidLine,
    PayingAccount,
    findings,
    stopping,
)
from app.domain.pay_runs import PayRunEvent, PayRunStatus
from app.domain.payables import LedgerStatus
from app.domain.people import PENDING, BankDetailStatus, PayeeKind
from app.models.engagements import Engagement
from app.models.expenses import ExpenseLine
from app.models.organisations import Organisation, StaffProfile
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import Payable
from app.models.people import BankDetail, PayeeProfile
from app.services.field_encryption import read_silently
from app.services.pay_runs.making import take

IN_LEDGER = (LedgerStatus.posted, LedgerStatus.paid)


def look(session: Session, run: PayRun) -> list[Finding]:
    """Return what is found in a run as it is now."""
    house = session.get_one(Organisation, run.organisation_id)
    return findings(
        lines_of(session, run),
        currency=run.currency,
        file=run.file,
        pay_on=run.pay_on,
        today=now().astimezone(ZoneInfo(house.zone)).date(),
        sharers=_sharers(session),
        payer=_payer(run),
    )


def _payer(run: PayRun) -> PayingAccount:
    own = run.account
    is_in_use = own.status is CompanyAccountStatus.approved
    return PayingAccount(own.id, own.name, own.holder, is_in_use)


def check(session: Session, run: PayRun) -> list[Finding]:
    """Check a run; where nothing stops it, it waits for somebody else's approval."""
    take(session, run)
    if not run.lines:
        raise Refused("There is nothing in this run. Add a payable, or cancel it.")
    found = look(session, run)
    if not stopping(found) and run.status is PayRunStatus.draft:
        run.advance(PayRunEvent.check)
        run.checked_at = now()
    return found


def lines_of(session: Session, run: PayRun) -> list[PaidLine]:
    """Return the lines of a run with all that the checks look at."""
    lines = session.scalars(
        select(PayRunLine)
        .where(PayRunLine.pay_run_id == run.id)
        .options(
            joinedload(PayRunLine.payable).joinedload(Payable.ledger_document),
            joinedload(PayRunLine.payable)
            .joinedload(Payable.engagement)
            .joinedload(Engagement.person),
        )
        .order_by(PayRunLine.position)
    ).all()
    payees = payees_of(session, [line.payable for line in lines])
    accounts = _accounts(session, {one.id for one in payees.values()})
    approvers = _approvers(session, [line.payable for line in lines])
    return [
        _paid_line(line.payable, payees.get(line.payable_id), accounts, approvers[line.payable_id])
        for line in lines
    ]


def payees_of(session: Session, payables: list[Payable]) -> dict[int, PayeeProfile]:
    """Return who is paid for each payable: its payee, else the artist's own."""
    people = {one.engagement.person_id for one in payables if one.payee_id is None}
    named = {one.payee_id for one in payables if one.payee_id is not None}
    known = session.scalars(
        select(PayeeProfile)
        .where(PayeeProfile.id.in_(named) | PayeeProfile.person_id.in_(people))
        .order_by(PayeeProfile.id.desc())
    ).all()
    by_id = {one.id: one for one in known}
    own = {one.person_id: one for one in known if one.kind is PayeeKind.person}
    found = {
        one.id: by_id.get(one.payee_id) if one.payee_id else own.get(one.engagement.person_id)
        for one in payables
    }
    return {key: payee for key, payee in found.items() if payee is not None}


def verified_accounts(session: Session, payee_ids: set[int]) -> dict[int, BankDetail]:
    """Return the verified account of each payee that has one."""
    found = session.scalars(
        select(BankDetail).where(
            BankDetail.payee_id.in_(payee_ids), BankDetail.status == BankDetailStatus.verified
        )
    )
    return {one.payee_id: one for one in found}


def _accounts(
    session: Session, payee_ids: set[int]
) -> dict[int, tuple[PaidAccount | None, int | None]]:
    used = verified_accounts(session, payee_ids)
    waiting = session.scalars(
        select(BankDetail)
        .where(BankDetail.payee_id.in_(payee_ids), BankDetail.status.in_(PENDING))
        .order_by(BankDetail.id)
    )
    pending = {one.payee_id: one.id for one in waiting}
    return {
        payee_id: (_account(used.get(payee_id)), pending.get(payee_id)) for payee_id in payee_ids
    }


def _account(detail: BankDetail | None) -> PaidAccount | None:
    if detail is None:
        return None
    plain = read_silently(detail, "account")
    return PaidAccount(detail.id, detail.kind, plain, detail.currency, detail.holder)


def _paid_line(
    payable: Payable,
    payee: PayeeProfile | None,
    accounts: dict[int, tuple[PaidAccount | None, int | None]],
    approvers: set[int | None],
) -> PaidLine:
    account, pending = accounts[payee.id] if payee is not None else (None, None)
    document = payable.ledger_document
    paid = {payable.engagement.person_id, payee.person_id if payee else None} - {None}
    return PaidLine(
        payable_id=payable.id,
        number=payable.number,
        status=payable.status,
        amount=payable.amount,
        currency=payable.currency,
        payee_id=payee.id if payee else None,
        payee_name=payable.payee_name,
        person_id=payable.engagement.person_id,
        is_in_ledger=document is not None and document.status in IN_LEDGER,
        is_withholding_open=bool(payable.withholding_note) and not payable.withholding_decision,
        is_approver_paid=bool(approvers & paid),
        account=account,
        pending_id=pending,
    )


def _approvers(session: Session, payables: list[Payable]) -> dict[int, set[int | None]]:
    """Return, as people, who approved each payable and the lines it pays."""
    users: dict[int, set[int | None]] = {one.id: {one.approved_by} for one in payables}
    decided = session.execute(
        select(ExpenseLine.payable_id, ExpenseLine.decided_by, ExpenseLine.first_by).where(
            ExpenseLine.payable_id.in_(users)
        )
    )
    for payable_id, last, first in decided:
        if payable_id is not None:
            users[payable_id] |= {last, first}
    everybody = {user_id for known in users.values() for user_id in known if user_id is not None}
    hired = session.execute(
        select(StaffProfile.user_id, StaffProfile.person_id).where(
            StaffProfile.user_id.in_(everybody)
        )
    )
    people: dict[int, int | None] = {user_id: person_id for user_id, person_id in hired}  # noqa: C416
    return {
        key: {people.get(user_id) for user_id in known if user_id is not None} - {None}
        for key, known in users.items()
    }


def _sharers(session: Session) -> dict[str, dict[int, str]]:
    """Return the names of the payees behind each verified account."""
    names: dict[str, dict[int, str]] = defaultdict(dict)
    used = session.scalars(
        select(BankDetail)
        .where(BankDetail.status == BankDetailStatus.verified)
        .options(joinedload(BankDetail.payee))
    )
    for detail in used:
        names[read_silently(detail, "account")][detail.payee_id] = detail.payee.name
    return names
