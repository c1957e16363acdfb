"""The texts contracts are made from: templates, clauses and their options."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Archivable, Base, Keyed, OwnedByOrganisation, Stamped, Versioned


class ContractTemplate(Base, Keyed, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """Markdown with merge fields, from which contracts are made."""

    __tablename__ = "contract_template"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    name: Mapped[str]
    title: Mapped[str]
    """Title of the contract, may hold merge fields."""
    body: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")

    def __str__(self) -> str:
        return self.name


class Clause(Base, Keyed, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """A piece of contract text that templates take in by its key."""

    __tablename__ = "clause"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    key: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    """The standard wording, where no option is chosen and no condition holds."""

    options: Mapped[list["ClauseOption"]] = relationship(
        back_populates="clause", order_by="ClauseOption.id"
    )

    def __str__(self) -> str:
        return self.title


class ClauseOption(Base, Keyed, OwnedByOrganisation, Stamped, Archivable, Versioned):
    """Another wording of a clause: for dancers, for employees, in French."""

    __tablename__ = "clause_option"
    __table_args__ = (UniqueConstraint("clause_id", "key"),)

    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"), index=True)
    key: Mapped[str]
    title: Mapped[str]
    condition: Mapped[str] = mapped_column(default="")
    """When it is taken by itself, as a condition over the merge fields; empty: only when chosen."""
    body: Mapped[str]

    clause: Mapped[Clause] = relationship(back_populates="options")

    def __str__(self) -> str:
        return self.title
