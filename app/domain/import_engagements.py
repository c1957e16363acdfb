"""Rows about engagements: who is hired for what, for how much, and how far the paper has come."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.domain.contract_terms import split_instalments
from app.domain.contracts import ContractEvent, ContractStatus, FeeTrigger, next_status
from app.domain.currencies import parse_currency
from app.domain.errors import Refused
from app.domain.import_book import Cell, shown
from app.domain.import_names import WrittenName, read_name
from app.domain.import_places import production_key
from app.domain.import_rows import RowCells
from app.domain.import_values import read_amount, read_date
from app.domain.money import Money
from app.domain.names import fold
from app.domain.people import EngagementEvent, EngagementStatus, next_engagement_status

UPLOAD_THE_PAPER: Final = "Upload the signed paper."

EXTERNAL: Final = next_status(ContractStatus.draft, ContractEvent.record_external)
OFFERED: Final = next_engagement_status(EngagementStatus.pencilled, EngagementEvent.offer)
CONFIRMED: Final = next_engagement_status(OFFERED, EngagementEvent.confirm)

PAPERS: Final = {
    "draft": (None, EngagementStatus.pencilled),
    "drafted": (None, EngagementStatus.pencilled),
    "sent": (EXTERNAL, OFFERED),
    "out": (EXTERNAL, OFFERED),
    "signed": (EXTERNAL, CONFIRMED),
    "executed": (EXTERNAL, CONFIRMED),
    "countersigned": (EXTERNAL, CONFIRMED),
}
"""What a list says of the paper -> what the contract is here, and what the engagement is.

A draft without its text is no contract yet: it is drawn up here from a template.
"""

PLANS: Final[dict[str, tuple[tuple[str, FeeTrigger], ...]]] = {
    "50/50": (
        ("On signature", FeeTrigger.on_signature),
        ("On completion", FeeTrigger.on_completion),
    ),
    "3 instalments": (
        ("On signature", FeeTrigger.on_signature),
        ("At the first call", FeeTrigger.on_first_call),
        ("On completion", FeeTrigger.on_completion),
    ),
    "on completion": (("On completion", FeeTrigger.on_completion),),
    "on signature": (("On signature", FeeTrigger.on_signature),),
}
PLANS_BY_OTHER_NAMES: Final = {
    "half/half": "50/50",
    "2 instalments": "50/50",
    "50-50": "50/50",
    "three instalments": "3 instalments",
    "3 installments": "3 instalments",
    "thirds": "3 instalments",
    "completion": "on completion",
    "upfront": "on signature",
    "in advance": "on signature",
}


@dataclass(frozen=True, slots=True)
class FeeDraft:
    """A part of a fee and what makes it due."""

    label: str
    amount: Decimal
    trigger: FeeTrigger


@dataclass(frozen=True, slots=True)
class EngagementDraft:
    """An engagement as a row describes it."""

    row: int
    artist: WrittenName
    production: str
    role: str
    starts_on: date
    ends_on: date
    fee: Decimal
    currency: str
    per_diem: Decimal
    paper: ContractStatus | None
    status: EngagementStatus
    word: str
    """What the list said of the paper."""
    terms: str
    cells: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return what makes it this engagement: the artist, the production and the role."""
        return "|".join((self.artist.key, production_key(self.production), fold(self.role)))

    def fee_lines(self) -> list[FeeDraft]:
        """Return the parts of the fee as its terms have it; they add up to it exactly."""
        if self.fee == 0:
            return []
        plan = PLANS[self.terms or "on completion"]
        parts = split_instalments(Money(self.fee, self.currency), len(plan))
        return [
            FeeDraft(label, part.amount, trigger)
            for (label, trigger), part in zip(plan, parts, strict=True)
        ]

    def source_note(self) -> str:
        """Return what is still to be done about the paper."""
        if self.paper is None:
            return ""
        return f"The workbook says {self.word}, and brought no paper. {UPLOAD_THE_PAPER}"


def read_engagement(cells: RowCells, currency: str) -> EngagementDraft | None:
    """Read a row about an engagement; None where it is refused. ``currency`` is the company's own."""
    artist = cells.need("artist", lambda cell: read_name(shown(cell)))
    production = cells.need("production", shown)
    starts_on = cells.need("starts_on", read_date)
    ends_on = cells.need("ends_on", read_date)
    if starts_on and ends_on and ends_on < starts_on:
        cells.refuse(
            "ends_on", f"It ends on {ends_on} before it begins on {starts_on}. Correct one."
        )
    paid_in = cells.read("currency", lambda cell: parse_currency(shown(cell)))
    if not cells.text("currency"):
        paid_in = currency
    fee = _amount(cells, "fee", paid_in or currency)
    per_diem = _amount(cells, "per_diem", paid_in or currency)
    paper = cells.read("contract", read_paper)
    terms = cells.read("terms", read_terms)
    if cells.is_refused or artist is None or production is None or paid_in is None:
        return None
    if starts_on is None or ends_on is None:
        return None
    status, hired = paper or (None, EngagementStatus.pencilled)
    return EngagementDraft(
        row=cells.number,
        artist=artist,
        production=production,
        role=cells.text("role"),
        starts_on=starts_on,
        ends_on=ends_on,
        fee=fee,
        currency=paid_in,
        per_diem=per_diem,
        paper=status,
        status=hired,
        word=cells.text("contract").lower(),
        terms=terms or "",
        cells=cells.same_as(),
    )


def read_paper(cell: Cell) -> tuple[ContractStatus | None, EngagementStatus]:
    """Return what a contract and its engagement are, by what a list says of the paper."""
    written = shown(cell)
    try:
        return PAPERS[fold(written)]
    except KeyError:
        raise Refused(
            f"{written} is not a contract status we know. Write draft, sent or signed, or empty the cell."
        ) from None


def read_terms(cell: Cell) -> str:
    """Return the plan by which a fee is paid."""
    written = fold(shown(cell))
    plan = PLANS_BY_OTHER_NAMES.get(written, written)
    if plan not in PLANS:
        known = ", ".join(PLANS)
        raise Refused(f"{shown(cell)} are not payment terms we know. Write one of: {known}.")
    return plan


def _amount(cells: RowCells, key: str, currency: str) -> Decimal:
    return cells.read(key, lambda cell: read_amount(cell, currency)) or Decimal(0)
