"""Expense claims, their lines, and the receipts behind them; allowances beside them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.allowances import AllowanceKind
from app.domain.expenses import (
    ClaimStatus,
    ExpenseKind,
    LineEvent,
    LineStatus,
    PaidBy,
    Proof,
    RateSource,
    next_line_status,
)
from app.domain.messages import ThreadSide
from app.domain.mileage import KilometreRate, VehicleKind, explain
from app.models.base import (
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Public,
    Rate,
    Stamped,
    Versioned,
    amount_check,
)
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.models.schedules import ScheduleVersion


class ExpenseClaim(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """What an artist asks back for one engagement. The client's id makes twenty sendings one claim."""

    __tablename__ = "expense_claim"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "client_uuid"),
        Index("ix_expense_claim_organisation_id_status", "organisation_id", "status"),
    )

    number: Mapped[str]
    """CL-0231."""
    client_uuid: Mapped[UUID]
    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    status: Mapped[ClaimStatus] = mapped_column(default=ClaimStatus.received)
    """Written by ``app.services.expenses`` alone, derived from lines and ledger documents."""
    claimed_by: Mapped[str]
    """The actor who sent it: artist or agent."""
    currency: Mapped[str] = mapped_column(Currency)
    """Base currency the lines are converted to."""
    note: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]

    engagement: Mapped[Engagement] = relationship()
    lines: Mapped[list["ExpenseLine"]] = relationship(
        back_populates="claim", order_by="ExpenseLine.position"
    )

    def __str__(self) -> str:
        return self.number


class ExpenseLine(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """One expense, and what was decided of it. The claimant never decides."""

    __tablename__ = "expense_line"
    __table_args__ = (
        UniqueConstraint("claim_id", "position"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
        CheckConstraint(amount_check("base_amount", "base_currency"), name="base_decimals"),
        CheckConstraint(amount_check("approved_amount", "base_currency"), name="approved_decimals"),
        CheckConstraint(
            "approved_amount IS NULL OR approved_amount BETWEEN 0 AND base_amount",
            name="approved_within_claimed",
        ),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint(
            "decided_by_person_id IS NULL OR decided_by_person_id <> claimant_id",
            name="not_ones_own",
        ),
        CheckConstraint(
            "first_by_person_id IS NULL OR first_by_person_id <> claimant_id",
            name="first_not_ones_own",
        ),
        CheckConstraint(
            "status <> 'approved' OR first_by IS NULL OR first_by <> decided_by",
            name="second_is_another",
        ),
        CheckConstraint(amount_check("first_amount", "base_currency"), name="first_decimals"),
    )

    claim_id: Mapped[int] = mapped_column(ForeignKey("expense_claim.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ExpenseKind]
    description: Mapped[str] = mapped_column(default="")
    supplier: Mapped[str] = mapped_column(default="")
    spent_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(Currency)
    rate: Mapped[Decimal] = mapped_column(Rate, default=Decimal(1))
    rate_source: Mapped[RateSource] = mapped_column(default=RateSource.same_currency)
    rate_date: Mapped[date | None]
    rate_note: Mapped[str] = mapped_column(default="", server_default="")
    """Who says so: the source beside the rate in the table."""
    kilometres: Mapped[Decimal | None] = mapped_column(Numeric(8, 1))
    vehicle: Mapped[VehicleKind | None]
    kilometre_rate: Mapped[Decimal | None] = mapped_column(Rate)
    kilometre_rate_from: Mapped[date | None]
    base_amount: Mapped[Decimal | None]
    """None until somebody knows the rate: the card statement, or finance."""
    base_currency: Mapped[str] = mapped_column(Currency)
    tax_code: Mapped[str] = mapped_column(default="")
    tax: Mapped[Decimal | None]
    paid_by: Mapped[PaidBy] = mapped_column(default=PaidBy.artist)
    declaration: Mapped[str] = mapped_column(default="")
    """Why there is no receipt, where there is none."""
    flags: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[LineStatus] = mapped_column(default=LineStatus.entered)
    approved_amount: Mapped[Decimal | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_by_name: Mapped[str] = mapped_column(default="")
    decided_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_for: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """In whose place it was decided, where a delegate decided."""
    decided_for_name: Mapped[str] = mapped_column(default="", server_default="")
    first_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """Who approved first, where a second person had to."""
    first_by_name: Mapped[str] = mapped_column(default="", server_default="")
    first_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    first_for: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    first_for_name: Mapped[str] = mapped_column(default="", server_default="")
    first_at: Mapped[datetime | None]
    first_amount: Mapped[Decimal | None]
    first_reason: Mapped[str] = mapped_column(default="", server_default="")
    second_because: Mapped[str] = mapped_column(default="", server_default="")
    """Why a second person had to approve: which limit was passed."""
    cost_code: Mapped[str] = mapped_column(default="", server_default="")
    claimant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("expense_line.id"))
    payable_id: Mapped[int | None] = mapped_column(ForeignKey("payable.id"), index=True)

    claim: Mapped[ExpenseClaim] = relationship(back_populates="lines")
    receipts: Mapped[list["Receipt"]] = relationship(back_populates="line", order_by="Receipt.id")
    notes: Mapped[list["ExpenseNote"]] = relationship(
        back_populates="line", order_by="ExpenseNote.id"
    )

    @property
    def journey(self) -> str:
        """Return how the amount of a journey came about; empty for everything else."""
        parts = (self.kilometres, self.vehicle, self.kilometre_rate, self.kilometre_rate_from)
        driven, vehicle, rate, since = parts
        if driven is None or vehicle is None or rate is None or since is None:
            return ""
        return explain(driven, KilometreRate(vehicle, since, rate, self.currency))

    def advance(self, event: LineEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_line_status(self.status, event)


class Receipt(Base, Keyed, OwnedByOrganisation, Stamped):
    """A paper that proves a line. Two claims may show the same paper; that is flagged, not refused."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("line_id", "file_id"),)

    line_id: Mapped[int] = mapped_column(ForeignKey("expense_line.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), index=True)
    proves: Mapped[Proof] = mapped_column(default=Proof.receipt, server_default="receipt")

    line: Mapped[ExpenseLine] = relationship(back_populates="receipts")
    file: Mapped[StoredFile] = relationship()


class ExpenseDraft(Base, Keyed, OwnedByOrganisation, Stamped):
    """An expense that somebody has begun to enter: what was typed, and the photos that came so far."""

    __tablename__ = "expense_draft"
    __table_args__ = (UniqueConstraint("organisation_id", "claimant_id", "client_key"),)

    claimant_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    client_key: Mapped[UUID]
    """The id of the form, so that keeping it twice is keeping it once."""
    typed: Mapped[dict[str, Any]]
    receipts: Mapped[list[str]]
    """Keys of the stored files, in the order they came."""
    statements: Mapped[list[str]]
    ended_at: Mapped[datetime | None]


class ExpenseNote(Base, Keyed, OwnedByOrganisation, Stamped):
    """A question on a line, or its answer."""

    __tablename__ = "expense_note"

    line_id: Mapped[int] = mapped_column(ForeignKey("expense_line.id"), index=True)
    side: Mapped[ThreadSide]
    author: Mapped[str]
    body: Mapped[str]

    line: Mapped[ExpenseLine] = relationship(back_populates="notes")


class AllowanceLine(Base, Keyed, OwnedByOrganisation, Stamped):
    """What a run adds to one day's allowance, with the reason; a correction is a further line, signed."""

    __tablename__ = "allowance_line"
    __table_args__ = (
        UniqueConstraint("engagement_id", "day", "kind", "run_id", "currency"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
        CheckConstraint(amount_check("worth"), name="worth_decimals"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint("worth >= 0", name="worth_not_negative"),
    )

    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    day: Mapped[date]
    """A day in the zone of the place."""
    kind: Mapped[AllowanceKind] = mapped_column(default=AllowanceKind.per_diem)
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(Currency)
    explanation: Mapped[str]
    schedule_version_id: Mapped[int | None] = mapped_column(ForeignKey("schedule_version.id"))
    payable_id: Mapped[int | None] = mapped_column(ForeignKey("payable.id"), index=True)
    """None while the person owes it, after a correction: the next payment takes it along."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("allowance_run.id"), index=True)
    term_set_id: Mapped[int | None] = mapped_column(ForeignKey("term_set.id"))
    place: Mapped[str] = mapped_column(default="", server_default="")
    worth: Mapped[Decimal | None]
    """What the day comes to with this line."""

    engagement: Mapped[Engagement] = relationship()
    schedule_version: Mapped[ScheduleVersion | None] = relationship()
