"""Two workbooks as companies really keep them: every row accounted for, and nothing twice."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain.contracts import ContractStatus
from app.domain.import_book import Book
from app.domain.import_names import read_name
from app.domain.import_report import Severity, adds_up
from app.models import Call, ContactPoint, Contract, Engagement, Person, Venue
from tests.integration.imports.conftest import Company

Reader = Callable[[str], Book]

ONE_SEASON = {
    "Artists": {"rows": 264, "added": 258, "changed": 0, "unchanged": 0, "merged": 4, "refused": 2},
    "Venues": {"rows": 28, "added": 28, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0},
    "Productions": {"rows": 143, "added": 143, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0},
    "Engagements": {"rows": 517, "added": 516, "changed": 0, "unchanged": 0, "merged": 0, "refused": 1},
    "Calls": {"rows": 502, "added": 496, "changed": 0, "unchanged": 0, "merged": 6, "refused": 0},
}  # fmt: skip
SEVEN_SEASONS = {
    "Artists": {"rows": 984, "added": 966, "changed": 0, "unchanged": 0, "merged": 16, "refused": 2},
    "Venues": {"rows": 160, "added": 160, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0},
    "Productions": {"rows": 977, "added": 977, "changed": 0, "unchanged": 0, "merged": 0, "refused": 0},
    "Engagements": {"rows": 4084, "added": 4083, "changed": 0, "unchanged": 0, "merged": 0, "refused": 1},
    "Calls": {"rows": 3042, "added": 3015, "changed": 0, "unchanged": 0, "merged": 27, "refused": 0},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "counts"),
    [("season-2024-25.xlsx", ONE_SEASON), ("seasons-2004-2011.xlsx", SEVEN_SEASONS)],
)
def test_every_row_meets_one_fate_and_a_second_time_changes_nothing(
    company: Company, real_book: Reader, name: str, counts: dict[str, dict[str, int]]
) -> None:
    book = real_book(name)

    tried = company.rehearse(book)
    nothing_written = company.all(select(func.count()).select_from(Person))
    first = company.bring_in(book)
    second = company.bring_in(book)

    assert nothing_written == [0]
    assert first.counts() == counts
    assert tried.counts() == counts
    assert tried.remarks() == first.remarks()
    assert all(adds_up(sheet) for sheet in (first.counts() | second.counts()).values())
    assert second.touched() == 0
    assert {sheet: found["merged"] for sheet, found in second.counts().items()} == {
        sheet: found["merged"] for sheet, found in counts.items()
    }


def test_two_books_in_two_companies_do_not_meet(
    found_company: Callable[[str], Company], real_book: Reader
) -> None:
    one, other = found_company("one"), found_company("other")

    here = one.bring_in(real_book("season-2024-25.xlsx"))
    there = other.bring_in(real_book("seasons-2004-2011.xlsx"))

    assert here.counts() == ONE_SEASON
    assert there.counts() == SEVEN_SEASONS
    assert one.all(select(func.count()).select_from(Engagement)) == [516]
    assert other.all(select(func.count()).select_from(Engagement)) == [4083]


def test_both_books_in_one_company_report_the_addresses_and_merge_nobody_for_them(
    company: Company, real_book: Reader
) -> None:
    one, other = real_book("season-2024-25.xlsx"), real_book("seasons-2004-2011.xlsx")
    company.bring_in(one)

    report = company.bring_in(other)
    again = company.bring_in(other)

    conflicts = [r for _, r in report.remarks() if r.severity is Severity.conflict]
    shared = company.all(select(ContactPoint).where(ContactPoint.conflict_note != ""))
    people = company.all(select(Person.name_key).where(Person.is_agent.is_(False)))
    assert len(conflicts) > 200
    assert len(people) == len(set(people)) == len(_keys(one) | _keys(other))
    assert {point.verified_at for point in shared} == {None}
    assert again.touched() == 0


def test_what_the_season_says_is_what_is_kept(company: Company, real_book: Reader) -> None:
    company.bring_in(real_book("season-2024-25.xlsx"))

    venues = company.all(select(Venue).where(Venue.zone.is_(None)))
    statuses = dict(
        company.all_rows(select(Contract.status, func.count()).group_by(Contract.status))
    )
    unsure = company.all(select(Call).where(Call.local_start.is_(None)))
    ends = company.all(select(Call).where(Call.local_end.is_not(None)))
    yen = company.all(select(Engagement.fee).where(Engagement.currency == "JPY"))
    assert venues == []
    assert statuses == {ContractStatus.external: 307}
    assert [call.time_kind for call in unsure] == ["tbc", "tbc"]
    assert ends == []
    assert sorted(yen) == [80_000, 120_000, 120_000, 400_000, 400_000] + [1_000_000] * 3


def _keys(book: Book) -> set[Any]:
    (sheet,) = [sheet for sheet in book.sheets if sheet.name == "Artists"]
    names = [
        str(row.cells[0]) for row in sheet.rows if row.cells[0] and row.cells[2] != "not-an-email"
    ]
    return {read_name(name).key for name in names}
