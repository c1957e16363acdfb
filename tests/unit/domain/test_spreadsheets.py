"""No cell of ours is taken for a formula."""

from decimal import Decimal

import pytest

from app.domain.spreadsheets import safe_cell, write_csv


@pytest.mark.parametrize(
    "typed", ["=1+1", "+61 7", "-2", "@SUM(A1)", "\t=1", "  =1", "|calc", "\r=1"]
)
def test_text_that_a_program_might_run_gets_an_apostrophe(typed):
    assert safe_cell(typed) == f"'{typed}"


def test_names_and_numbers_stay_as_they_are():
    assert [safe_cell(value) for value in ("Þórdís", Decimal("-4600.00"), 7)] == [
        "Þórdís",
        "-4600.00",
        7,
    ]


def test_a_file_begins_so_that_every_program_reads_its_letters():
    assert write_csv(["Payee"], [["Łucja"], ['"=1'], ["a,b"]]) == (
        '\ufeffPayee\r\nŁucja\r\n"""=1"\r\n"a,b"\r\n'
    )
