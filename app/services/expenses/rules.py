"""The company's rules for expenses, asked about one line: what is noticed, in words, and what follows."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.allowances import AllowanceKind
from app.domain.claim_caps import CapUse
from app.domain.errors import Refused
from app.domain.expense_rules import (
    WITH_THRESHOLD,
    Finding,
    RuleAbout,
    RuleEffect,
    RuleSetting,
    check_setting,
    setting_of,
)
from app.domain.expenses import ExpenseKind
from app.domain.money import Money
from app.domain.packs.australia import AUSTRALIA
from app.domain.periods import format_day
from app.domain.rules_packs import needs_tax_invoice, pack_in_force
from app.models.approvals import ExpenseRule
from app.models.audit import AuditEntry
from app.models.expenses import AllowanceLine, ExpenseLine
from app.models.organisations import Organisation
from app.services.expenses import duplicates


def settings_of(session: Session, organisation_id: int) -> Mapping[RuleAbout, RuleSetting]:
    """Return the rules as the company has set them."""
    rows = session.scalars(
        select(ExpenseRule).where(ExpenseRule.organisation_id == organisation_id)
    )
    return {row.about: RuleSetting(row.effect, row.threshold) for row in rows}


def set_rule(
    session: Session,
    organisation_id: int,
    about: RuleAbout,
    effect: RuleEffect,
    threshold: Decimal | None,
) -> None:
    """Set one rule of the company."""
    check_setting(about, effect, threshold)
    row = session.scalars(
        select(ExpenseRule).where(
            ExpenseRule.organisation_id == organisation_id, ExpenseRule.about == about
        )
    ).one_or_none()
    if row is None:
        row = ExpenseRule(organisation_id=organisation_id, about=about, effect=effect)
        session.add(row)
    row.effect = effect
    row.threshold = threshold if about in WITH_THRESHOLD else None
    session.flush()


def changes(session: Session, most: int = 20) -> Sequence[AuditEntry]:
    """Return who changed the rules, the newest first."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.entity == ExpenseRule.__tablename__)
        .order_by(AuditEntry.id.desc())
        .limit(most)
    ).all()


def findings_of(session: Session, line: ExpenseLine, use: CapUse | None) -> list[Finding]:
    """Return what the rules notice on a line, as its reader is told. A rule that is off says nothing."""
    settings = settings_of(session, line.organisation_id)
    house = session.get_one(Organisation, line.organisation_id)
    noticed = {
        RuleAbout.late: _late(line, house.zone, setting_of(settings, RuleAbout.late)),
        RuleAbout.no_receipt: _no_receipt(line, setting_of(settings, RuleAbout.no_receipt)),
        RuleAbout.over_cap: _over_cap(use),
        RuleAbout.per_diem_meal: _covered(session, line),
        RuleAbout.duplicate: _duplicate(session, line),
        RuleAbout.tax_invoice: _tax_invoice(line, house.jurisdiction),
    }
    found = (
        Finding(about, setting_of(settings, about).effect, says)
        for about, says in noticed.items()
        if says
    )
    return [finding for finding in found if finding.effect is not RuleEffect.off]


def _late(line: ExpenseLine, zone: str, setting: RuleSetting) -> str:
    sent = line.claim.submitted_at
    if sent is None or setting.threshold is None:
        return ""
    days = (sent.astimezone(ZoneInfo(zone)).date() - line.spent_on).days
    if days <= setting.threshold:
        return ""
    return f"Sent {days} days after it was spent; {setting.threshold.normalize():f} are allowed."


def _no_receipt(line: ExpenseLine, setting: RuleSetting) -> str:
    if line.receipts:
        return ""
    amount = line.amount if line.base_amount is None else line.base_amount
    if setting.threshold is not None and amount <= setting.threshold:
        return ""
    above = f" above {Money(setting.threshold, line.base_currency)}" if setting.threshold else ""
    return f"No receipt. The company asks for one{above}."


def _over_cap(use: CapUse | None) -> str:
    if use is None or not use.is_over:
        return ""
    return f"{use.cap.in_words}. {use.in_words}; this asks for {use.asked}."


def _covered(session: Session, line: ExpenseLine) -> str:
    if line.kind is not ExpenseKind.meal or not _has_per_diem(session, line, line.spent_on):
        return ""
    return f"The per diem of {format_day(line.spent_on)} covers meals."


def _has_per_diem(session: Session, line: ExpenseLine, day: date) -> bool:
    found = session.scalar(
        select(AllowanceLine.id).where(
            AllowanceLine.engagement_id == line.claim.engagement_id,
            AllowanceLine.day == day,
            AllowanceLine.kind == AllowanceKind.per_diem,
        )
    )
    return found is not None


def _duplicate(session: Session, line: ExpenseLine) -> str:
    looks: Sequence[duplicates.Resemblance] = duplicates.open_ones(session, line)
    if not looks:
        return ""
    return f"{looks[0].in_words}. Look at both before you decide."


def _tax_invoice(line: ExpenseLine, jurisdiction: str) -> str:
    try:
        pack = pack_in_force((AUSTRALIA,), jurisdiction, AUSTRALIA.name, line.spent_on)
    except Refused:
        return ""
    if not needs_tax_invoice(pack, line.amount, line.currency):
        return ""
    said = "no receipt" if not line.receipts else "check that the receipt is one"
    return f"Tax is credited at this amount only with a tax invoice: {said}."
