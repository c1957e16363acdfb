"""What the terms in force pay at most for a line, what of it is used, and what is left."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.claim_caps import CAPPED, Cap, CapPeriod, CapUse, use_of
from app.domain.contracts import EntitlementKind, TermSource
from app.domain.expenses import LineStatus
from app.domain.money import Money, quantize
from app.models.contracts import Amendment, Contract, ContractVersion
from app.models.engagements import Engagement, Entitlement, TermSet
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services.contracts.in_force import papers_on

USING = (LineStatus.approved, LineStatus.first_approved)


def cap_use(session: Session, line: ExpenseLine) -> CapUse | None:
    """Return how a line stands to the cap of its kind; None where there is none."""
    cap = cap_for(session, line.claim.engagement, line)
    if cap is None:
        return None
    asked = _asked(line, cap.limit.currency)
    if asked is None:
        return None
    others = [
        (other.spent_on, _approved(other, cap.limit.currency)) for other in _others(session, line)
    ]
    counted = [(day, approved) for day, approved in others if approved is not None]
    return use_of(cap, asked, line.spent_on, counted)


def cap_for(session: Session, engagement: Engagement, line: ExpenseLine) -> Cap | None:
    """Return the cap that the terms in force on the day of a line give for its kind."""
    wanted = CAPPED.get(line.kind)
    if wanted is None:
        return None
    paper = _paper_on(session, engagement.id, line.spent_on)
    if paper is None:
        given = [_as_data(one) for one in engagement.entitlements]
        return _first(given, wanted, "Contract")
    return _first(paper.terms["entitlements"], wanted, _source(session, paper))


def hold_engagement(session: Session, engagement_id: int) -> None:
    """Let nobody else use up a cap of the engagement until the transaction ends."""
    session.execute(select(Engagement.id).where(Engagement.id == engagement_id).with_for_update())


def _paper_on(session: Session, engagement_id: int, day: date) -> TermSet | None:
    """Return the signed paper that says last what is given on a day, None while nothing is signed."""
    rows = session.scalars(
        select(TermSet).where(TermSet.engagement_id == engagement_id).order_by(TermSet.number)
    ).all()
    # An amendment keeps what it changes and nothing else: one of the fee says nothing of caps.
    giving = [row for row in papers_on(rows, day) if "entitlements" in row.terms]
    return giving[-1] if giving else None


def _first(given: Iterable[Mapping[str, Any]], wanted: EntitlementKind, source: str) -> Cap | None:
    for one in given:
        limit = one.get("cap") or one.get("amount")
        if one.get("kind") == wanted.value and limit is not None:
            period = CapPeriod(one.get("period") or CapPeriod.each)
            money = Money(Decimal(limit), str(one["currency"]))
            return Cap(money, period, str(one.get("rule", "")), source)
    return None


def _as_data(entitlement: Entitlement) -> Mapping[str, Any]:
    return {
        "kind": entitlement.kind.value,
        "amount": None if entitlement.amount is None else str(entitlement.amount),
        "cap": None if entitlement.cap is None else str(entitlement.cap),
        "currency": entitlement.currency,
        "rule": entitlement.rule,
        "period": entitlement.period.value,
    }


def _source(session: Session, terms: TermSet) -> str:
    if terms.source is TermSource.contract_version:
        number = session.scalar(
            select(Contract.number)
            .join(ContractVersion, ContractVersion.contract_id == Contract.id)
            .where(ContractVersion.id == terms.source_id)
        )
        return f"Contract {number}" if number else "The contract"
    if terms.source is TermSource.amendment:
        amended = session.execute(
            select(Contract.number, Amendment.number)
            .join(Amendment, Amendment.contract_id == Contract.id)
            .where(Amendment.id == terms.source_id)
        ).one_or_none()
        return f"Amendment {amended[1]} to {amended[0]}" if amended else "The amendment"
    return "Contract"


def _others(session: Session, line: ExpenseLine) -> Iterable[ExpenseLine]:
    return session.scalars(
        select(ExpenseLine)
        .join(ExpenseLine.claim)
        .where(
            ExpenseClaim.engagement_id == line.claim.engagement_id,
            ExpenseClaim.recalled_at.is_(None),
            ExpenseLine.kind == line.kind,
            ExpenseLine.id != line.id,
            ExpenseLine.status.in_(USING),
        )
    )


def _asked(line: ExpenseLine, currency: str) -> Money | None:
    if line.base_currency == currency and line.base_amount is not None:
        return Money(line.base_amount, currency)
    return Money(line.amount, currency) if line.currency == currency else None


def _approved(line: ExpenseLine, currency: str) -> Money | None:
    approved = (
        line.first_amount if line.status is LineStatus.first_approved else line.approved_amount
    )
    if approved is None:
        return None
    if line.base_currency == currency:
        return Money(approved, currency)
    if line.currency == currency and line.base_amount:
        return Money(quantize(line.amount * approved / line.base_amount, currency), currency)
    return None
