"""What every record shares: keys, stamps, the organisation it belongs to, its archive."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    MetaData,
    Numeric,
    String,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMES: Final = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints and indexes are called."""


def uuid7() -> UUID:
    """Return a UUID that sorts by the time it was made (RFC 9562, version 7). Never a secret."""
    return uuid_utils.compat.uuid7()


class Base(DeclarativeBase):
    """Parent of our tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(14, 3),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        StrEnum: Enum(StrEnum, native_enum=False, create_constraint=True, length=32),
    }


class Keyed:
    """A row with a number for inside and a UUID for what leaves the house."""

    id: Mapped[int] = mapped_column(Identity(), primary_key=True, sort_order=-30)


class Public:
    """A row whose address outside is a UUID, not guessable and sorted by its birth."""

    public_id: Mapped[UUID] = mapped_column(default=uuid7, unique=True, sort_order=-20)


class OwnedByOrganisation:
    """A row of one organisation's, hidden from every other by row-level security."""

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), index=True, sort_order=-10
    )


class Stamped:
    """A row that knows when it was born and when it last changed.

    By the clock, not by the transaction: what one transaction does has an order too.
    """

    created_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), sort_order=90
    )
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp(), sort_order=91
    )


class Archivable:
    """A row that is put away instead of deleted, and can be brought back."""

    archived_at: Mapped[datetime | None] = mapped_column(sort_order=92)


class Versioned:
    """A row that two people cannot change at once: the second is told, nothing is overwritten."""

    version: Mapped[int] = mapped_column(default=1, server_default="1", sort_order=93)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


Currency = String(3)
"""ISO 4217 code."""

Rate = Numeric(20, 10)
"""Exchange and tax rates."""


def amount_check(column: str, currency: str = "currency") -> str:
    """Return the CHECK that an amount has no more decimals than its currency (ISO 4217)."""
    return f"{column} IS NULL OR scale(trim_scale({column})) <= currency_decimals({currency})"
