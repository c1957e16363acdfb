"""The company's own bank accounts, from which pay runs are paid."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.bank_accounts import AccountKind, masked
from app.domain.company_accounts import (
    CompanyAccountEvent,
    CompanyAccountStatus,
    next_company_account_status,
)
from app.models.base import Base, Currency, Keyed, OwnedByOrganisation, Stamped, Versioned


class CompanyAccount(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """An account the company pays from; entered by one person and let into use by another."""

    __tablename__ = "company_account"
    __table_args__ = (
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name="two_people"),
        CheckConstraint(
            "status NOT IN ('approved', 'retired') OR approved_by IS NOT NULL", name="approved"
        ),
    )

    name: Mapped[str]
    """What the company calls it: Artists, AUD."""
    holder: Mapped[str]
    kind: Mapped[AccountKind]
    account: Mapped[str]
    """Encrypted. Never changed: another account is another row."""
    ending: Mapped[str]
    bic: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    currency: Mapped[str] = mapped_column(Currency)
    bank: Mapped[str] = mapped_column(default="")
    """Three letters of an Australian bank, as its direct-entry files name it."""
    user_name: Mapped[str] = mapped_column(default="")
    user_number: Mapped[str] = mapped_column(default="")
    """As the bank registered the company for direct entry (APCA)."""
    is_balanced: Mapped[bool] = mapped_column(default=False)
    """True where the bank wants the file to carry the debit of this account as its last line."""
    status: Mapped[CompanyAccountStatus] = mapped_column(default=CompanyAccountStatus.proposed)
    entered_by: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    approved_at: Mapped[datetime | None]

    def advance(self, event: CompanyAccountEvent) -> None:
        """Move to the status that follows ``event``."""
        self.status = next_company_account_status(self.status, event)

    def __str__(self) -> str:
        return f"{self.name}, {masked(self.ending)}"
