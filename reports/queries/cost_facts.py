"""The amounts of a cost position, each once: fees, what of them fell due, allowances and claims."""

from typing import Any, Final

from sqlalchemy import (
    Date,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from app.domain.contracts import ContractStatus
from app.domain.expenses import LineStatus
from app.domain.payables import PayableSource, PayableStatus
from app.domain.people import EngagementStatus
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.models.expenses import AllowanceLine, ExpenseClaim, ExpenseLine
from app.models.payables import Payable
from reports.shape import Filters

SIGNED: Final = (ContractStatus.executed, ContractStatus.completed, ContractStatus.external)
NOT_HIRED: Final = (EngagementStatus.pencilled, EngagementStatus.offered, EngagementStatus.released)
DECIDED: Final = (LineStatus.approved, LineStatus.refused, LineStatus.duplicate)


def facts_of(filters: Filters) -> Subquery:
    """Return every amount once, as (engagement, currency, measure, amount)."""
    return union_all(
        _fees(filters), *_billed(filters), _allowances(filters), *_claims(filters)
    ).subquery("facts")


def _fact(measure: Any, amount: Any, currency: Any) -> Select[Any]:
    return select(
        Engagement.id.label("engagement_id"),
        currency.label("currency"),
        measure.label("measure") if not isinstance(measure, str) else literal(measure, String).label("measure"),
        amount.label("amount"),
    )  # fmt: skip


def _fees(filters: Filters) -> Select[Any]:
    is_signed = exists().where(Contract.engagement_id == Engagement.id, Contract.status.in_(SIGNED))
    measure = case((is_signed, literal("contracted", String)), else_=literal("unsigned", String))
    owed = or_(
        Engagement.status.not_in((*NOT_HIRED, EngagementStatus.cancelled)),
        and_(Engagement.status.in_(NOT_HIRED), is_signed),
    )
    hired = _fact(measure, Engagement.fee, Engagement.currency).where(owed, Engagement.fee > 0)
    return _narrowed(hired, filters)


def _billed(filters: Filters) -> list[Select[Any]]:
    """Return the fees that fell due; of an engagement that was called off they are all that is owed."""
    is_off = Engagement.status == EngagementStatus.cancelled
    found = []
    for measure, which in (("earned", Payable.due_on <= filters.day), ("contracted", is_off)):
        due = (
            _fact(measure, Payable.amount, Payable.currency)
            .select_from(Payable)
            .join(Engagement, Engagement.id == Payable.engagement_id)
            .where(
                Payable.source == PayableSource.fee, Payable.status != PayableStatus.voided, which
            )
        )
        found.append(_narrowed(due, filters))
    return found


def _allowances(filters: Filters) -> Select[Any]:
    days = (
        _fact("allowances", AllowanceLine.amount, AllowanceLine.currency)
        .select_from(AllowanceLine)
        .join(Engagement, Engagement.id == AllowanceLine.engagement_id)
        .where(AllowanceLine.day <= filters.day)
    )
    return _narrowed(days, filters)


def _claims(filters: Filters) -> list[Select[Any]]:
    until = cast(func.timezone(filters.zone, ExpenseClaim.submitted_at), Date)
    found = []
    for measure, amount, status in (
        ("approved", ExpenseLine.approved_amount, ExpenseLine.status == LineStatus.approved),
        ("pending", ExpenseLine.base_amount, ExpenseLine.status.not_in(DECIDED)),
    ):
        lines = (
            _fact(measure, amount, ExpenseLine.base_currency)
            .select_from(ExpenseLine)
            .join(ExpenseClaim, ExpenseClaim.id == ExpenseLine.claim_id)
            .join(Engagement, Engagement.id == ExpenseClaim.engagement_id)
            .where(
                status,
                amount.is_not(None),
                ExpenseClaim.recalled_at.is_(None),
                until <= filters.day,
            )
        )
        found.append(_narrowed(lines, filters))
    return found


def _narrowed(statement: Select[Any], filters: Filters) -> Select[Any]:
    kept = statement.where(Engagement.archived_at.is_(None))
    if filters.production_id is not None:
        kept = kept.where(Engagement.production_id == filters.production_id)
    return kept
