"""Artist statement: every amount of one artist, with the term, the day or the receipt it comes from."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from app.domain.expenses import LineStatus
from app.models.people import Person
from app.services.statements import Statement, statements_of
from reports.shape import Audience, Column, Filters, Kind, Parameter, Report, Section

Line = Mapping[str, Any]


def totals(session: Session, filters: Filters) -> Iterator[Line]:
    """Add up by engagement and currency."""
    for statement in _statements(session, filters):
        for total in statement.totals:
            yield {
                **_about(statement),
                "currency": total.currency,
                "fee": total.fee,
                "allowances": total.allowances,
                "claims": total.claims,
                "whole": total.whole,
                "paid": total.paid,
                "to_come": total.to_come,
            }


def lines(session: Session, filters: Filters) -> Iterator[Line]:
    """List every amount with where it comes from and what became of it."""
    for statement in _statements(session, filters):
        yield from _fees(statement)
        yield from _allowances(statement)
        yield from _claims(statement)


def payments(session: Session, filters: Filters) -> Iterator[Line]:
    """List what was paid and what is expected, with its number in the ledger."""
    for statement in _statements(session, filters):
        for payable in sorted(statement.payables, key=lambda each: (each.due_on, each.id)):
            bill = payable.ledger_document
            yield {
                **_about(statement),
                "number": payable.number,
                "number_id": payable.id,
                "payee": payable.payee_name,
                "due_on": payable.due_on,
                "amount": payable.amount,
                "currency": payable.currency,
                "status": payable.status,
                "paid_on": payable.paid_on,
                "reference": payable.paid_reference,
                "bill": "" if bill is None else bill.external_id or bill.number,
            }


def _statements(session: Session, filters: Filters) -> list[Statement]:
    person = session.get(Person, filters.person_id) if filters.person_id else None
    return [] if person is None else statements_of(session, person)


def _about(statement: Statement) -> dict[str, Any]:
    engagement = statement.engagement
    return {
        "production": str(engagement.production),
        "engagement": engagement.number,
        "engagement_id": engagement.id,
    }


def _fees(statement: Statement) -> Iterator[Line]:
    for instalment in statement.instalments:
        line, payable = instalment.line, instalment.payable
        yield {
            **_about(statement),
            "what": "Fee",
            "source": f"Instalment {line.position}: {line.label or line.kind.value.replace('_', ' ')}",
            "day": payable.due_on if payable else line.due_on,
            "amount": line.amount,
            "currency": line.currency,
            "stands": payable.status if payable else "not due",
        }


def _allowances(statement: Statement) -> Iterator[Line]:
    for line in statement.allowances:
        yield {
            **_about(statement),
            "what": line.kind.value.replace("_", " ").capitalize(),
            "source": line.explanation,
            "day": line.day,
            "amount": line.amount,
            "currency": line.currency,
            "stands": "worked out",
        }


def _claims(statement: Statement) -> Iterator[Line]:
    for claim in statement.claims:
        for line in claim.lines:
            is_approved = line.status is LineStatus.approved
            amount = line.approved_amount if is_approved else line.base_amount
            reason = f" ({line.decision_reason})" if line.decision_reason else ""
            yield {
                **_about(statement),
                "what": "Claim",
                "source": f"{claim.number}, line {line.position}: {line.kind.value.replace('_', ' ')}, "
                f"{line.supplier or line.description or 'no supplier'}{reason}",
                "day": line.spent_on,
                "amount": amount if amount is not None else Decimal(0),
                "currency": line.base_currency,
                "stands": line.status,
            }


_ABOUT = (
    Column("production", "Production"),
    Column("engagement", "Engagement", leads_to="engagement"),
)
_CURRENCY = Column("currency", "Currency")

ARTIST_STATEMENT: Final = Report(
    name="artist_statement",
    title="Artist statement",
    about="One artist’s fees, allowances, claims and payments, each with the term, day or receipt behind it.",
    audience=Audience.money,
    parameters=(Parameter.artist,),
    needed=(Parameter.artist,),
    sections=(
        Section(
            "Totals",
            (
                *_ABOUT,
                Column("fee", "Fee", Kind.amount, is_fee=True),
                Column("allowances", "Allowances", Kind.amount),
                Column("claims", "Claims approved", Kind.amount),
                Column("whole", "Together", Kind.amount, is_fee=True),
                Column("paid", "Paid", Kind.amount, is_fee=True),
                Column("to_come", "To come", Kind.amount, is_fee=True),
                _CURRENCY,
            ),
            rows=totals,
        ),
        Section(
            "Every amount",
            (
                *_ABOUT,
                Column("what", "What"),
                Column("source", "From"),
                Column("day", "Day", Kind.day),
                Column("amount", "Amount", Kind.amount),
                _CURRENCY,
                Column("stands", "Stands", Kind.word),
            ),
            rows=lines,
            is_fee=True,
        ),
        Section(
            "Payments",
            (
                *_ABOUT,
                Column("number", "Payable", leads_to="payable"),
                Column("payee", "Payee"),
                Column("due_on", "Expected", Kind.day),
                Column("amount", "Amount", Kind.amount),
                _CURRENCY,
                Column("status", "Stands", Kind.word),
                Column("paid_on", "Paid on", Kind.day),
                Column("reference", "Reference"),
                Column("bill", "Bill"),
            ),
            rows=payments,
            is_fee=True,
        ),
    ),
)
