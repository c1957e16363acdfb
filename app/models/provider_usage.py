"""How many calls were made to each provider, by the minute: what long limits are counted by."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ProviderUsage(Base):
    """The calls of one minute, of one organisation or of the whole house."""

    __tablename__ = "provider_usage"
    __table_args__ = (
        Index(
            "uq_provider_usage_minute",
            "provider",
            "organisation_id",
            "minute",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Empty where one account serves every organisation."""
    minute: Mapped[datetime]
    calls: Mapped[int] = mapped_column(Integer)
