"""Rows about artists: who they are, how they are reached, who stands for them."""

import re
from dataclasses import dataclass, field
from typing import Final

from app.domain.contact_points import normalise_email
from app.domain.errors import Refused
from app.domain.import_book import Cell, shown
from app.domain.import_names import WrittenName, read_name
from app.domain.import_rows import RowCells
from app.domain.import_values import read_basis, read_country, read_email, read_mobile
from app.domain.people import EngagementBasis, PersonKind

_AGENT: Final = re.compile(
    r"(?P<name>[^<>()]*?)\s*[<(]\s*(?P<address>[^<>()\s]+@[^<>()\s]+)\s*[>)]"
)


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """An agent as a row names one."""

    name: WrittenName
    email: str


@dataclass(slots=True)
class ArtistDraft:
    """An artist as one row, or several about the same person, describe one."""

    row: int
    name: WrittenName
    discipline: str
    tax_residence: str
    basis: EngagementBasis | None
    agent: AgentDraft | None
    emails: list[str] = field(default_factory=list)
    mobiles: list[str] = field(default_factory=list)

    def take_in(self, other: "ArtistDraft") -> list[str]:
        """Take from another row about the same person what is missing here; name what differs."""
        differs: list[str] = []
        for fact in ("discipline", "tax_residence", "basis", "agent"):
            ours, theirs = getattr(self, fact), getattr(other, fact)
            if not ours:
                setattr(self, fact, theirs)
            elif theirs and theirs != ours:
                differs.append(fact.replace("_", " "))
        self.emails += [address for address in other.emails if address not in self.emails]
        self.mobiles += [number for number in other.mobiles if number not in self.mobiles]
        return differs


def read_artist(cells: RowCells, country: str) -> ArtistDraft | None:
    """Read a row about an artist; None where it is refused. ``country`` is where the company is."""
    name = cells.need("name", lambda cell: read_name(shown(cell)))
    email = cells.read("email", read_email)
    mobile = cells.read("mobile", lambda cell: read_mobile(cell, country))
    basis = cells.read("basis", read_basis)
    tax_residence = cells.read("tax_residence", read_country)
    agent = cells.read("agent", read_agent)
    if cells.is_refused or name is None:
        return None
    _remark(cells, name, tax_residence)
    return ArtistDraft(
        row=cells.number,
        name=name,
        discipline=cells.text("discipline"),
        tax_residence=tax_residence or "",
        basis=basis,
        agent=agent,
        emails=[email] if email else [],
        mobiles=[mobile] if mobile else [],
    )


def read_agent(cell: Cell) -> AgentDraft:
    """Read an agent: ``Aurora Artists <agent@aurora.example>``, also in round brackets or alone."""
    written = shown(cell)
    found = _AGENT.fullmatch(written)
    if found is None and "@" in written:
        raise Refused(
            f"{written} is not an agent we can read. Write it as Aurora Artists <agent@aurora.example>."
        )
    address = normalise_email(found["address"]) if found else ""
    name = (found["name"] if found else written).strip()
    return AgentDraft(read_name(name or address), address)


def _remark(cells: RowCells, name: WrittenName, tax_residence: str | None) -> None:
    if name.kind is PersonKind.ensemble:
        cells.note("name", f"{name.name} has no comma and is taken as an ensemble.")
    written = cells.text("tax_residence")
    if tax_residence and written != tax_residence:
        cells.note("tax_residence", f"{written} is kept as {tax_residence}.")
