"""Approving a run, which freezes it, and handing it to the bank as one file, made once."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.bank_accounts import masked
from app.domain.errors import Refused
from app.domain.pay_run_checks import Finding, stopping
from app.domain.pay_runs import BankFile, PayRunEvent, PayRunStatus, check_run_approver
from app.models.documents import StoredFile
from app.models.pay_runs import PayRun
from app.services import bank_files, facts, files, payables
from app.services.bank_files import Payment
from app.services.expenses.deciders import decider_of
from app.services.field_encryption import reveal
from app.services.pay_runs import checking
from app.services.pay_runs.making import take

HANDED = (PayRunStatus.exported, PayRunStatus.paid, PayRunStatus.closed)
KINDS = {
    BankFile.aba: ("text/plain", "aba"),
    BankFile.pain_001: ("application/xml", "xml"),
    BankFile.csv: ("text/csv", "csv"),
}


def approve(session: Session, run: PayRun, *, by: int, has_seen: bool) -> None:
    """Freeze a run: nobody who put it together, nor anybody it pays, approves it."""
    take(session, run)
    check_run_approver(by, {run.made_by, *(line.added_by for line in run.lines)})
    found = checking.look(session, run)
    _check_found(found, has_seen=has_seen)
    payees = checking.payees_of(session, [line.payable for line in run.lines])
    own = decider_of(session, by).person_id
    paid = {one.person_id for one in payees.values()}
    paid |= {line.payable.engagement.person_id for line in run.lines}
    if own is not None and own in paid:
        raise Refused("Part of this run is paid to you. Somebody else approves it.")
    accounts = checking.verified_accounts(session, {one.id for one in payees.values()})
    for line in run.lines:
        account = accounts[payees[line.payable_id].id]
        line.bank_detail_id, line.paid_to = account.id, masked(account.ending)
        line.amount, line.payee_name = line.payable.amount, line.payable.payee_name
    run.total = sum((line.amount for line in run.lines), Decimal(0))
    run.line_count = len(run.lines)
    session.flush()
    run.advance(PayRunEvent.approve)
    run.approved_by, run.approved_at = by, now()
    session.flush()
    facts.of_pay_run(session, "pay_run.approved", run)


def export(session: Session, run: PayRun, *, by: int, keep: Callable[[bytes], str]) -> StoredFile:
    """Return the file of a run: made and kept the first time, the very same bytes ever after."""
    take(session, run)
    if run.status in HANDED and run.stored is not None:
        return run.stored
    if run.status is not PayRunStatus.approved:
        raise Refused(f"{run.number} is {run.status.value}. It is approved first.")
    content = _content(session, run)
    keep(content)
    media_type, ending = KINDS[run.file]
    kept = files.Kept.of(content, media_type=media_type, name=f"{run.number}.{ending}")
    stored = files.record(
        session, kept, organisation_id=run.organisation_id, stored_by=f"staff:{by}"
    )
    payables.export(session, [line.payable for line in run.lines])
    run.file_id, run.exported_by, run.exported_at = stored.id, by, now()
    run.advance(PayRunEvent.export)
    session.flush()
    facts.of_pay_run(session, "pay_run.exported", run)
    session.refresh(run, ["stored"])
    return stored


def _content(session: Session, run: PayRun) -> bytes:
    why = f"{run.number} handed to the bank"
    payments = []
    for line in run.lines:
        detail = line.bank_detail
        if detail is None:
            raise Refused(f"{line.payable.number} has no account. Cancel the run and make another.")
        payments.append(
            Payment(
                reference=line.reference,
                number=line.payable.number,
                payee=line.payee_name,
                holder=detail.holder,
                account=reveal(session, detail, "account", reason=why),
                bic=detail.bic,
                amount=line.amount,
                currency=line.currency,
            )
        )
    return bank_files.write(run, reveal(session, run.account, "account", reason=why), payments)


def _check_found(found: list[Finding], *, has_seen: bool) -> None:
    wrong = stopping(found)
    if wrong:
        raise Refused(f"{wrong[0].number}: {wrong[0].reason}".removeprefix(": "))
    if found and not has_seen:
        raise Refused("Say that you have looked at what was found.", field="seen")
