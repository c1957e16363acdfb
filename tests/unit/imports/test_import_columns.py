"""Which column holds what: guessed from the headings, changed by a person, refused where it cannot be."""

import pytest

from app.domain.errors import Refused
from app.domain.import_book import (
    Book,
    Row,
    Sheet,
    column_letter,
    from_outline,
    outline,
    shown,
    unique_headings,
)
from app.domain.import_columns import (
    FIELDS,
    SheetMapping,
    Topic,
    check,
    choose,
    from_data,
    guess,
    to_data,
)
from app.domain.import_report import BookReport, Severity, SheetReport, adds_up
from app.domain.imports import RowOutcome


def sheet(name: str, *headings: str, rows: tuple[Row, ...] = ()) -> Sheet:
    return Sheet(name, headings, rows)


ARTISTS = sheet("Artists", "Name (Last, First)", "E-mail", "Shoe size")


def test_sheets_and_columns_are_guessed_by_name() -> None:
    book = Book((ARTISTS, sheet("Call schedule", "Production", "What", "Date", "Where")))

    assert guess(book) == {
        "Artists": SheetMapping(Topic.artists, {"name": "Name (Last, First)", "email": "E-mail"}),
        "Call schedule": SheetMapping(
            Topic.calls,
            {"production": "Production", "type": "What", "day": "Date", "venue": "Where"},
        ),
    }


def test_a_sheet_of_any_name_is_known_by_its_headings_and_others_are_left_aside() -> None:
    book = Book(
        (
            sheet("Tabelle1", "Artist", "Production code", "From", "To", "Fee"),
            sheet("Catering", "Dish", "Guests"),
        )
    )

    assert {name: found.topic for name, found in guess(book).items()} == {
        "Tabelle1": Topic.engagements
    }


def test_no_two_sheets_and_no_two_fields_take_the_same() -> None:
    book = Book((ARTISTS, sheet("People", "Name")))

    found = guess(book)

    assert list(found) == ["Artists"]
    assert all(
        len(set(chosen.columns.values())) == len(chosen.columns) for chosen in found.values()
    )


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({}, "No sheet is chosen. Say what at least one of them is about."),
        ({"Gone": SheetMapping(Topic.artists, {})}, "The workbook has no sheet Gone."),
        (
            {"Artists": SheetMapping(Topic.artists, {})},
            "Artists: choose the column for Name (Last, First).",
        ),
        (
            {"Artists": SheetMapping(Topic.artists, {"name": "Nom"})},
            "Artists has no column Nom.",
        ),
        (
            {"Artists": SheetMapping(Topic.artists, {"name": "E-mail", "email": "E-mail"})},
            "Artists: the column E-mail is chosen twice.",
        ),
        (
            {
                "Artists": SheetMapping(Topic.artists, {"name": "E-mail"}),
                "More": SheetMapping(Topic.artists, {"name": "Name"}),
            },
            "Two sheets are about artists. Choose one of them.",
        ),
    ],
)
def test_a_mapping_that_cannot_be_read_is_refused(mapping, reason) -> None:
    with pytest.raises(Refused) as refused:
        check(Book((ARTISTS, sheet("More", "Name"))), mapping)

    assert refused.value.reason == reason


def test_a_choice_by_heading_becomes_a_mapping() -> None:
    chosen = choose(
        ARTISTS, Topic.artists, {"E-mail": "email", "Name (Last, First)": "name", "Shoe size": "x"}
    )

    assert chosen == SheetMapping(Topic.artists, {"email": "E-mail", "name": "Name (Last, First)"})
    with pytest.raises(Refused, match="both hold E-mail"):
        choose(ARTISTS, Topic.artists, {"E-mail": "email", "Shoe size": "email"})


def test_a_mapping_and_an_outline_are_kept_as_data_and_come_back() -> None:
    book = Book((sheet("Artists", "Name", rows=(Row(2, ("Reid, Mia",)), Row(3, ("Reid, Mia",)))),))

    assert from_data(to_data(guess(book))) == guess(book)
    assert outline(book) == [{"name": "Artists", "rows": 2, "columns": [["Name", ["Reid, Mia"]]]}]
    assert from_outline(outline(book)) == Book((sheet("Artists", "Name"),))


def test_every_field_has_a_synonym_and_every_topic_a_needed_field() -> None:
    assert all(field.synonyms for fields in FIELDS.values() for field in fields)
    assert all(any(field.required for field in fields) for fields in FIELDS.values())


def test_headings_differ_and_columns_have_letters() -> None:
    assert unique_headings(["Name", None, "Name"]) == ("Name", "Column B", "Name (column C)")
    assert [column_letter(place) for place in (0, 25, 26, 701)] == ["A", "Z", "AA", "ZZ"]
    assert shown(12.0) == "12"


def test_the_fates_of_a_sheet_add_up_to_its_rows() -> None:
    report = SheetReport("Artists", "artists", rows=2)
    report.settle(2, RowOutcome.added)
    report.refuse(3, "E-mail", "No.")
    report.say(2, "", Severity.note, "Yes.")
    book = BookReport([report])

    assert adds_up(report.counts())
    assert not adds_up({**report.counts(), "rows": 3})
    assert [remark.row for _, remark in book.remarks()] == [2, 3]
    assert book.touched() == 1
