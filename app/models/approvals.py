"""How a company decides expenses: limits, who decides while somebody is away, and its own rules."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.expense_rules import RuleAbout, RuleEffect
from app.models.base import (
    Base,
    Currency,
    Keyed,
    OwnedByOrganisation,
    Stamped,
    Versioned,
    amount_check,
)


class ApprovalLimit(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """The most that one person may approve alone on a claim, in one currency."""

    __tablename__ = "approval_limit"
    __table_args__ = (
        UniqueConstraint("organisation_id", "currency"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint(amount_check("amount"), name="amount_decimals"),
    )

    currency: Mapped[str] = mapped_column(Currency)
    amount: Mapped[Decimal]

    def __str__(self) -> str:
        return f"the limit in {self.currency}"


class ApprovalDelegate(Base, Keyed, OwnedByOrganisation, Stamped):
    """Somebody who decides in another's place for a while; delegation is not passed on."""

    __tablename__ = "approval_delegate"
    __table_args__ = (
        CheckConstraint("user_id <> delegate_user_id", name="two_people"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    delegate_user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    """Why: on tour, on leave."""
    ended_at: Mapped[datetime | None]
    """Set when it was ended before its last day."""


class ExpenseRule(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """How a company has set one of the rules for expenses."""

    __tablename__ = "expense_rule"
    __table_args__ = (
        UniqueConstraint("organisation_id", "about"),
        CheckConstraint("threshold IS NULL OR threshold >= 0", name="threshold_not_negative"),
    )

    about: Mapped[RuleAbout]
    effect: Mapped[RuleEffect]
    threshold: Mapped[Decimal | None]


class LineResemblance(Base, Keyed, OwnedByOrganisation, Stamped):
    """Two lines that look like one expense, on which grounds, and who decided to keep both."""

    __tablename__ = "line_resemblance"
    __table_args__ = (
        UniqueConstraint("line_id", "other_id"),
        CheckConstraint("line_id < other_id", name="earlier_first"),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("expense_line.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("expense_line.id"), index=True)
    grounds: Mapped[list[Any]] = mapped_column(default=list)
    """same_file, same_look, same_facts."""
    kept_by: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    kept_by_name: Mapped[str] = mapped_column(default="")
    kept_reason: Mapped[str] = mapped_column(default="")
    kept_at: Mapped[datetime | None]


class RoleConflict(Base):
    """Two roles that nobody holds together. The same for every company, and read by a trigger."""

    __tablename__ = "role_conflict"

    one: Mapped[str] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(primary_key=True)
