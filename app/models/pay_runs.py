"""Pay runs: what is paid together from one account of the company, frozen once approved."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.pay_runs import (
    BankFile,
    PayRunEvent,
    PayRunLineEvent,
    PayRunLineStatus,
    PayRunStatus,
    next_pay_run_line_status,
    next_pay_run_status,
)
from app.models.base import (
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Stamped,
    Versioned,
    amount_check,
)
from app.models.company_accounts import CompanyAccount
from app.models.documents import StoredFile
from app.models.payables import Payable
from app.models.people import BankDetail


class PayRun(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """Payables paid together: made by one, approved by another, handed to the bank once."""

    __tablename__ = "pay_run"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name="two_people"),
        CheckConstraint(
            "status NOT IN ('approved', 'exported', 'paid', 'closed') OR approved_by IS NOT NULL",
            name="approved",
        ),
        CheckConstraint(
            "status NOT IN ('exported', 'paid', 'closed') OR file_id IS NOT NULL", name="has_file"
        ),
        CheckConstraint(amount_check("total"), name="total_decimals"),
    )

    number: Mapped[str]
    account_id: Mapped[int] = mapped_column(ForeignKey("company_account.id"))
    currency: Mapped[str] = mapped_column(Currency)
    file: Mapped[BankFile]
    pay_on: Mapped[date]
    status: Mapped[PayRunStatus] = mapped_column(default=PayRunStatus.draft)
    made_by: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    checked_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_at: Mapped[datetime | None]
    line_count: Mapped[int | None]
    total: Mapped[Decimal | None]
    """Frozen with the lines at approval."""
    exported_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    exported_at: Mapped[datetime | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    """The very bytes handed to the bank; handed out again, never made again."""
    cancelled_because: Mapped[str] = mapped_column(default="")

    account: Mapped[CompanyAccount] = relationship()
    stored: Mapped[StoredFile | None] = relationship()
    lines: Mapped[list["PayRunLine"]] = relationship(
        back_populates="run", order_by="PayRunLine.position"
    )

    def advance(self, event: PayRunEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_pay_run_status(self.status, event)

    def __str__(self) -> str:
        return self.number


class PayRunLine(Base, Keyed, OwnedByOrganisation, Stamped):
    """One payable in a pay run, as it was when the run was approved."""

    __tablename__ = "pay_run_line"
    __table_args__ = (
        UniqueConstraint("pay_run_id", "position"),
        UniqueConstraint("pay_run_id", "payable_id"),
        Index(
            "uq_pay_run_line_paid_once",
            "payable_id",
            unique=True,
            postgresql_where="status IN ('chosen', 'paid')",
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
    )

    pay_run_id: Mapped[int] = mapped_column(ForeignKey("pay_run.id"))
    payable_id: Mapped[int] = mapped_column(ForeignKey("payable.id"), index=True)
    position: Mapped[int]
    run_number: Mapped[str]
    """The run's number, for the artist, who sees her lines and not the run."""
    added_by: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(Currency)
    payee_name: Mapped[str]
    bank_detail_id: Mapped[int | None] = mapped_column(ForeignKey("bank_detail.id"))
    """The verified account, frozen at approval."""
    paid_to: Mapped[str] = mapped_column(default="")
    """The same account, masked."""
    status: Mapped[PayRunLineStatus] = mapped_column(default=PayRunLineStatus.chosen)
    returned_on: Mapped[date | None]
    returned_because: Mapped[str] = mapped_column(default="")

    run: Mapped[PayRun] = relationship(back_populates="lines")
    payable: Mapped[Payable] = relationship()
    bank_detail: Mapped[BankDetail | None] = relationship()

    @property
    def reference(self) -> str:
        """Return the name of this payment at the bank: PAY-0003-2."""
        return f"{self.run_number}-{self.position}"

    def advance(self, event: PayRunLineEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_pay_run_line_status(self.status, event)
