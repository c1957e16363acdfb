"""Rows about venues and productions."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.import_book import Cell, shown
from app.domain.import_rows import RowCells
from app.domain.local_time import check_zone
from app.domain.names import fold


@dataclass(frozen=True, slots=True)
class VenueDraft:
    """A venue as a row describes it; without a zone until its calls agree on one."""

    row: int
    name: str
    city: str
    zone: str | None

    @property
    def key(self) -> str:
        """Return the key by which the venue is found again: its name and city, folded."""
        return venue_key(self.name, self.city)


@dataclass(frozen=True, slots=True)
class ProductionDraft:
    """A production as a row describes it."""

    row: int
    code: str
    title: str
    season: str
    company: str
    genre: str

    @property
    def key(self) -> str:
        """Return the key by which the production is found again."""
        return production_key(self.code)


def venue_key(name: str, city: str) -> str:
    """Return the key of a venue: as the database folds its name and city."""
    return fold(f"{name} {city}")


def production_key(code: str) -> str:
    """Return the key of a production: its code, without regard to case and blanks."""
    return "".join(code.casefold().split())


def read_zone(cell: Cell) -> str:
    """Return the IANA zone a cell names."""
    return check_zone(shown(cell))


def read_venue(cells: RowCells) -> VenueDraft | None:
    """Read a row about a venue; None where it is refused."""
    name = cells.need("name", shown)
    zone = cells.read("zone", read_zone)
    if cells.is_refused or name is None:
        return None
    return VenueDraft(cells.number, name, cells.text("city"), zone)


def read_production(cells: RowCells) -> ProductionDraft | None:
    """Read a row about a production; None where it is refused."""
    code = cells.need("code", shown)
    title = cells.need("title", shown)
    if cells.is_refused or code is None or title is None:
        return None
    return ProductionDraft(
        cells.number,
        code,
        title,
        cells.text("season"),
        cells.text("company"),
        cells.text("genre"),
    )


def agreed_zone(zones: Iterable[str]) -> str | None:
    """Return the zone that all agree on; None where there is none, or more than one."""
    different = set(zones)
    return different.pop() if len(different) == 1 else None
