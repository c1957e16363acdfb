"""What the company owes, and the documents of the ledger behind it."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.ledger_problems import LedgerProblem
from app.domain.payables import (
    LedgerStatus,
    PayableEvent,
    PayableSource,
    PayableStatus,
    next_payable_status,
)
from app.models.base import (
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Public,
    Stamped,
    Versioned,
    amount_check,
)
from app.models.engagements import Engagement
from app.models.people import PayeeProfile


class Payable(Base, Keyed, Public, OwnedByOrganisation, Stamped, Versioned):
    """A sum owed to a payee, from a fee line, an allowance or a claim. Approver and payer differ."""

    __tablename__ = "payable"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "source_key"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
        CheckConstraint("paid_by IS NULL OR paid_by <> approved_by", name="payer_not_approver"),
        Index("ix_payable_organisation_id_status", "organisation_id", "status"),
    )

    number: Mapped[str]
    """CL-0231 or CL-0231-2 for a claim, FEE-0147-2 for an instalment."""
    source: Mapped[PayableSource]
    source_key: Mapped[str]
    """Names the fact that made it (claim 231, posting 1), so that it is made once."""
    engagement_id: Mapped[int] = mapped_column(ForeignKey("engagement.id"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("expense_claim.id"), index=True)
    fee_line_id: Mapped[int | None] = mapped_column(ForeignKey("fee_line.id"))
    payee_id: Mapped[int | None] = mapped_column(ForeignKey("payee_profile.id"))
    payee_name: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(Currency)
    due_on: Mapped[date]
    """Expected day of payment."""
    status: Mapped[PayableStatus] = mapped_column(default=PayableStatus.open)
    held_reason: Mapped[str] = mapped_column(default="")
    withholding_note: Mapped[str] = mapped_column(default="")
    withholding_decision: Mapped[str] = mapped_column(default="", server_default="")
    """What somebody decided about withholding tax; without it a foreign resident is not paid."""
    withholding_decided_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    """Who decided last among the lines it pays."""
    exported_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    paid_reference: Mapped[str] = mapped_column(default="")

    engagement: Mapped[Engagement] = relationship()
    payee: Mapped[PayeeProfile | None] = relationship()
    ledger_document: Mapped["LedgerDocument | None"] = relationship(back_populates="payable")

    def advance(self, event: PayableEvent) -> None:
        """Move to the status that follows ``event``. Nothing else writes ``status``."""
        self.status = next_payable_status(self.status, event)

    def __str__(self) -> str:
        return self.number


class LedgerDocument(Base, Keyed, OwnedByOrganisation, Stamped):
    """The bill behind a payable, in the embedded ledger or at a provider."""

    __tablename__ = "ledger_document"
    __table_args__ = (
        UniqueConstraint("payable_id"),
        UniqueConstraint("organisation_id", "provider", "external_id"),
    )

    payable_id: Mapped[int] = mapped_column(ForeignKey("payable.id"))
    provider: Mapped[str] = mapped_column(default="ledger")
    external_id: Mapped[str | None]
    number: Mapped[str]
    status: Mapped[LedgerStatus] = mapped_column(default=LedgerStatus.posting)
    url: Mapped[str] = mapped_column(default="")
    posted_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    problem: Mapped[LedgerProblem] = mapped_column(
        default=LedgerProblem.none, server_default="none"
    )
    """What stands in the way, where a person has to do something."""
    dated_on: Mapped[date | None]
    """Date of the bill; it stays the same however often it is entered, unless a person chooses another."""
    tries: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was promised: again only after it was refused for good."""
    stands: Mapped[str] = mapped_column(default="", server_default="")
    """The ledger's own word for where the bill stands: DRAFT, AUTHORISED, PAID ..."""
    seen_at: Mapped[datetime | None]
    """When the ledger had last changed the bill that we saw; what is older is not believed."""
    by_hand: Mapped[str] = mapped_column(default="", server_default="")
    """The number under which a person entered it."""

    payable: Mapped[Payable] = relationship(back_populates="ledger_document")


class LedgerContact(Base, Keyed, OwnedByOrganisation, Stamped):
    """Who somebody is in the ledger outside, so that nobody is made twice there."""

    __tablename__ = "ledger_contact"
    __table_args__ = (UniqueConstraint("organisation_id", "provider", "number"),)

    provider: Mapped[str]
    number: Mapped[str]
    """Our own number for whoever is paid, which the ledger keeps too."""
    external_id: Mapped[str]
