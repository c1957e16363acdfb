"""What waits of money: claims to decide, what is owed, pay runs, and accounts to phone back about."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, case, exists, func, or_, select

from app.domain.company_accounts import CompanyAccountStatus
from app.domain.expenses import LineStatus
from app.domain.pay_runs import PayRunLineStatus, PayRunStatus
from app.domain.payables import LedgerStatus, PayableStatus
from app.domain.people import BankDetailStatus
from app.domain.sign_in import StaffStatus
from app.domain.waiting import NAMED, Topic
from app.models import accounts
from app.models.approvals import ApprovalDelegate
from app.models.company_accounts import CompanyAccount
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.models.organisations import StaffProfile
from app.models.pay_runs import PayRun, PayRunLine
from app.models.payables import LedgerDocument, Payable
from app.models.people import BankDetail, PayeeProfile, Person
from app.services.dashboard.asking import Asked, Asker, Question, first_names, one_name, told
from app.services.expenses.waiting import has_line, waits_for

WEEK: Final = timedelta(days=7)


def _claims(asker: Asker) -> Asked:
    """Ask for the three oldest; ``number`` says how many there are in all."""
    asked = (
        select(func.sum(ExpenseLine.base_amount))
        .where(ExpenseLine.claim_id == ExpenseClaim.id)
        .correlate(ExpenseClaim)
        .scalar_subquery()
    )
    stage = case(
        (has_line(LineStatus.answered), LineStatus.answered.value),
        (has_line(LineStatus.first_approved), LineStatus.first_approved.value),
        else_=LineStatus.entered.value,
    )
    return (
        told(
            Topic.claim, key=ExpenseClaim.id, what=stage, since=ExpenseClaim.submitted_at, amount=asked,
            names=one_name(Person.name), number=func.count().over(),
            words=ExpenseClaim.number + " " + ExpenseClaim.currency,
        )
        .select_from(ExpenseClaim)
        .join(ExpenseClaim.engagement)
        .join(Person, Person.id == Engagement.person_id)
        .where(waits_for(asker.user_id))
        .order_by(ExpenseClaim.submitted_at, ExpenseClaim.id)
        .limit(NAMED)
    )  # fmt: skip


def _deputies(asker: Asker) -> Asked:
    """Ask in whose place the asker decides today."""
    return (
        told(
            Topic.deputy, names=one_name(StaffProfile.display_name), day=ApprovalDelegate.ends_on,
            since=ApprovalDelegate.created_at,
        )
        .select_from(ApprovalDelegate)
        .join(StaffProfile, StaffProfile.user_id == ApprovalDelegate.user_id)
        .where(
            ApprovalDelegate.delegate_user_id == asker.user_id,
            ApprovalDelegate.ended_at.is_(None),
            ApprovalDelegate.starts_on <= asker.today,
            ApprovalDelegate.ends_on >= asker.today,
        )
    )  # fmt: skip


def _owed(topic: Topic, *conditions: ColumnElement[bool]) -> Asked:
    """Ask what is owed, currency by currency."""
    return (
        told(
            topic, number=func.count(), day=func.min(Payable.due_on), since=func.min(Payable.created_at),
            amount=func.sum(Payable.amount), words=Payable.currency,
            names=first_names(Payable.payee_name, Payable.due_on),
        )
        .where(*conditions)
        .group_by(Payable.currency)
    )  # fmt: skip


def _due(asker: Asker) -> Asked:
    taken = exists().where(
        PayRunLine.payable_id == Payable.id,
        PayRunLine.status.in_((PayRunLineStatus.chosen, PayRunLineStatus.paid)),
    )
    is_open = Payable.status == PayableStatus.open
    return _owed(Topic.due, is_open, Payable.due_on <= asker.today + WEEK, ~taken)


def _late(asker: Asker) -> Asked:
    unpaid = Payable.status.in_((PayableStatus.open, PayableStatus.held, PayableStatus.exported))
    return _owed(Topic.late, unpaid, Payable.due_on < asker.today)


def _withholding(_asker: Asker) -> Asked:
    return _owed(
        Topic.withholding,
        Payable.status.in_((PayableStatus.open, PayableStatus.held)),
        Payable.withholding_note != "",
        Payable.withholding_decision == "",
    )


def _ledger(_asker: Asker) -> Asked:
    return (
        told(
            Topic.ledger, number=func.count(), since=func.min(LedgerDocument.updated_at),
            key=func.min(LedgerDocument.payable_id),
            names=first_names(LedgerDocument.number, LedgerDocument.id),
        )
        .where(LedgerDocument.status == LedgerStatus.failed)
        .having(func.count() > 0)
    )  # fmt: skip


def _runs(topic: Topic, status: PayRunStatus) -> Question:
    def ask(asker: Asker) -> Asked:
        asked = (
            told(
                topic, key=PayRun.id, what=PayRun.status, day=PayRun.pay_on, since=PayRun.updated_at,
                words=PayRun.number + " " + PayRun.currency, amount=_total(),
            )
            .where(PayRun.status == status)
            .order_by(PayRun.pay_on, PayRun.id)
            .limit(NAMED)
        )  # fmt: skip
        if topic is Topic.run_approve:
            asked = asked.where(PayRun.made_by != asker.user_id)
        if topic is Topic.run_pay:
            mine = PayRun.approved_by
            asked = asked.where(or_(mine.is_(None), mine != asker.user_id))
        return asked

    return ask


def _alone(_asker: Asker) -> Asked:
    """Ask which payments nobody of Finance may mark paid: an Administrator does."""
    decided = exists().where(
        ExpenseLine.payable_id == Payable.id,
        or_(
            ExpenseLine.decided_by == StaffProfile.user_id,
            ExpenseLine.first_by == StaffProfile.user_id,
        ),
    )
    let_go = exists().where(
        PayRunLine.payable_id == Payable.id,
        PayRunLine.status == PayRunLineStatus.chosen,
        PayRun.id == PayRunLine.pay_run_id,
        PayRun.approved_by == StaffProfile.user_id,
    )
    own = exists().where(
        Engagement.id == Payable.engagement_id, Engagement.person_id == StaffProfile.person_id
    )
    payees = exists().where(
        PayeeProfile.id == Payable.payee_id, PayeeProfile.person_id == StaffProfile.person_id
    )
    barred = [one.correlate(Payable, StaffProfile) for one in (decided, let_go, own, payees)]
    can = exists().where(
        StaffProfile.status == StaffStatus.active,
        accounts.HELD.c.user_id == StaffProfile.user_id,
        accounts.ROLES.c.id == accounts.HELD.c.role_id,
        accounts.ROLES.c.name == "Finance",
        StaffProfile.user_id.is_distinct_from(Payable.approved_by),
        *(~one for one in barred),
    )
    return (
        told(
            Topic.pay_alone, number=func.count(), key=func.min(Payable.id),
            since=func.min(Payable.exported_at), names=first_names(Payable.number, Payable.id),
        )
        .where(Payable.status == PayableStatus.exported, ~can.correlate(Payable))
        .having(func.count() > 0)
    )  # fmt: skip


def _total() -> ColumnElement[Any]:
    return (
        select(func.sum(PayRunLine.amount))
        .where(PayRunLine.pay_run_id == PayRun.id)
        .correlate(PayRun)
        .scalar_subquery()
    )


def _banks(topic: Topic, status: BankDetailStatus) -> Question:
    def ask(asker: Asker) -> Asked:
        asked = (
            told(
                topic, number=func.count(), what=BankDetail.status, key=func.min(BankDetail.id),
                since=func.min(BankDetail.created_at),
                names=first_names(PayeeProfile.name, BankDetail.created_at),
            )
            .select_from(BankDetail)
            .join(BankDetail.payee)
            .where(BankDetail.status == status)
            .group_by(BankDetail.status)
        )  # fmt: skip
        if topic is Topic.bank_verify:
            asked = asked.where(BankDetail.called_back_by != asker.user_id)
        return asked

    return ask


def _accounts(asker: Asker) -> Asked:
    proposed = CompanyAccount.status == CompanyAccountStatus.proposed
    return (
        told(
            Topic.account, number=func.count(), since=func.min(CompanyAccount.created_at),
            names=first_names(CompanyAccount.name, CompanyAccount.created_at),
        )
        .where(proposed, CompanyAccount.entered_by != asker.user_id)
        .having(func.count() > 0)
    )  # fmt: skip


QUESTIONS: Final[dict[Topic, Question]] = {
    Topic.claim: _claims,
    Topic.deputy: _deputies,
    Topic.ledger: _ledger,
    Topic.withholding: _withholding,
    Topic.due: _due,
    Topic.late: _late,
    Topic.run_draft: _runs(Topic.run_draft, PayRunStatus.draft),
    Topic.run_approve: _runs(Topic.run_approve, PayRunStatus.checked),
    Topic.run_export: _runs(Topic.run_export, PayRunStatus.approved),
    Topic.run_pay: _runs(Topic.run_pay, PayRunStatus.exported),
    Topic.pay_alone: _alone,
    Topic.bank_call: _banks(Topic.bank_call, BankDetailStatus.proposed),
    Topic.bank_verify: _banks(Topic.bank_verify, BankDetailStatus.called_back),
    Topic.account: _accounts,
}
