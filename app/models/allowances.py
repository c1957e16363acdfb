"""Per diem runs, the meals the company provides, and the days of payment that people were promised."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, Keyed, OwnedByOrganisation, Stamped, Versioned
from app.models.engagements import Engagement
from app.models.payables import Payable
from app.models.productions import Production
from app.models.schedules import ScheduleVersion


class AllowanceRun(Base, Keyed, OwnedByOrganisation):
    """One working out of per diems that somebody confirmed: for which days, by which version; append-only."""

    __tablename__ = "allowance_run"
    __table_args__ = (
        UniqueConstraint("production_id", "number"),
        UniqueConstraint("organisation_id", "digest"),
        CheckConstraint("ends_on >= starts_on", name="dates_in_order"),
    )

    production_id: Mapped[int] = mapped_column(ForeignKey("production.id"), index=True)
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    schedule_version_id: Mapped[int] = mapped_column(ForeignKey("schedule_version.id"))
    digest: Mapped[str]
    """Names what was confirmed: pressing twice is one run."""
    confirmed_by: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    confirmed_by_name: Mapped[str]
    confirmed_at: Mapped[datetime]

    production: Mapped[Production] = relationship()
    schedule_version: Mapped[ScheduleVersion] = relationship()


class ProvidedMeal(Base, Keyed, OwnedByOrganisation, Stamped, Versioned):
    """Meals the company provides on some days, to everybody of a production or to one."""

    __tablename__ = "provided_meal"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates_in_order"),)

    production_id: Mapped[int] = mapped_column(ForeignKey("production.id"), index=True)
    engagement_id: Mapped[int | None] = mapped_column(ForeignKey("engagement.id"))
    """None: everybody who is called."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    breakfast: Mapped[bool] = mapped_column(default=False)
    lunch: Mapped[bool] = mapped_column(default=False)
    dinner: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")

    production: Mapped[Production] = relationship()
    engagement: Mapped[Engagement | None] = relationship()


class PaymentPromise(Base, Keyed, OwnedByOrganisation):
    """A day on which a payment was expected, as of an hour. A trigger on ``payable`` writes each; append-only."""

    __tablename__ = "payment_promise"
    __table_args__ = (Index("ix_payment_promise_payable_id_id", "payable_id", "id"),)

    payable_id: Mapped[int] = mapped_column(ForeignKey("payable.id"))
    due_on: Mapped[date]
    promised_at: Mapped[datetime]
    status: Mapped[str]
    """What the payable was when it was promised."""

    payable: Mapped[Payable] = relationship()
