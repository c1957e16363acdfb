"""Bills as a list to enter by hand, in the columns that Xero imports bills from."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.ledger_settings import Coding
from app.domain.money import quantize
from app.domain.spreadsheets import write_csv
from app.models.payables import Payable
from app.services import connections, ledger_bills

HEAD: Final = (
    "*ContactName", "EmailAddress", "*InvoiceNumber", "*InvoiceDate", "*DueDate", "Total",
    "Description", "*Quantity", "*UnitAmount", "*AccountCode", "*TaxType", "TrackingName1",
    "TrackingOption1", "Currency",
)  # fmt: skip
"""Xero Central, "Import bills": an asterisk marks what it needs; others may be left out."""


def as_csv(session: Session, chosen: Sequence[Payable]) -> str:
    """Return one row for each line of each bill, coded as they would be entered."""
    rows: list[tuple[object, ...]] = []
    for payable in sorted(chosen, key=lambda one: (one.due_on, one.id)):
        rows += _rows(session, payable)
    return write_csv(HEAD, rows)


def _rows(session: Session, payable: Payable) -> list[tuple[object, ...]]:
    connection = connections.connection_of(session, ledger_bills.XERO)
    names = {one.code: one.name for one in ledger_bills.offers_of(connection).tax_types}
    ledger_bills.date_bill(session, payable)
    lines = ledger_bills.lines_of(session, payable)
    if connection is not None:
        try:
            lines = ledger_bills.coded(session, payable, lines, connection)
        except Refused:
            # Nobody has chosen how it is coded: whoever enters it decides.
            connection = None
    whom = ledger_bills.whom(session, payable)
    document = payable.ledger_document
    dated = document.dated_on if document and document.dated_on else payable.due_on
    return [
        (
            whom.name, whom.email, payable.number, dated.isoformat(), payable.due_on.isoformat(),
            quantize(payable.amount, payable.currency), line.description, "1",
            quantize(line.amount, payable.currency), *_coding(line.coding, names), payable.currency,
        )
        for line in lines
    ]  # fmt: skip


def _coding(coding: Coding | None, names: dict[str, str]) -> tuple[str, str, str, str]:
    if coding is None:
        return ("", "", "", "")
    tracked = coding.tracking
    return (
        coding.account,
        names.get(coding.tax_type, coding.tax_type),
        tracked.category_name if tracked else "",
        tracked.option_name if tracked else "",
    )
