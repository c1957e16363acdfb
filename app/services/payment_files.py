"""The payables that go to the bank, as a file that a person or a bank program reads."""

from collections.abc import Sequence
from typing import Final

from app.domain.money import quantize
from app.domain.spreadsheets import write_csv
from app.models.payables import Payable

HEAD: Final = (
    "Number", "Payee", "Amount", "Currency", "Due", "Source", "Engagement", "Artist", "Production",
    "Ledger id", "Note",
)  # fmt: skip


def as_csv(payables: Sequence[Payable]) -> str:
    """Return one row for each payable, in the order of their days."""
    ordered = sorted(payables, key=lambda payable: (payable.due_on, payable.id))
    return write_csv(HEAD, (_row(payable) for payable in ordered))


def _row(payable: Payable) -> tuple[object, ...]:
    document = payable.ledger_document
    return (
        payable.number,
        payable.payee_name,
        quantize(payable.amount, payable.currency),
        payable.currency,
        payable.due_on.isoformat(),
        payable.source.value,
        payable.engagement.number,
        payable.engagement.person.name,
        payable.engagement.production.title,
        (document.external_id or "") if document else "",
        payable.withholding_note,
    )
