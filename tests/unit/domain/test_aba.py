"""The direct-entry file holds every payment to the cent, in records of 120 characters."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.aba import Credit, Remitter, plain, write_aba
from app.domain.errors import Refused

OWN = Remitter("064-001 10001234", "CBA", "MERIDIAN BALLET", "301500", "Meridian Ballet")
BALANCED = Remitter("064-001 10001234", "CBA", "MERIDIAN BALLET", "301500", "Meridian", True)
DAY = date(2026, 11, 27)
cents = st.integers(1, 9_999_999_999).map(lambda number: Decimal(number) / 100)
credit = st.builds(
    Credit,
    st.from_regex(r"[0-9]{3}-[0-9]{3} [0-9]{4,9}", fullmatch=True).filter(str.isascii),
    st.text(min_size=1, max_size=60).map(lambda text: f"A{text}"),
    st.just("FEE-0147-2"),
    cents,
)


def records(text):
    lines = text.split("\r\n")
    assert lines.pop() == ""
    return lines


def test_the_records_are_where_the_layout_says():
    text = write_aba(
        OWN, [Credit("062-000 12345678", "Noémie Lefèvre", "FEE-0147-2", Decimal("42.1"))],
        on=DAY, words="PAY 0003",
    )  # fmt: skip

    head, detail, total = records(text)
    assert head == (
        "0" + " " * 17 + "01CBA" + " " * 7 + "MERIDIAN BALLET".ljust(26) + "301500"
        + "PAY 0003".ljust(12) + "271126" + " " * 40
    )  # fmt: skip
    assert detail == (
        "1062-000 12345678 500000004210" + "Noemie Lefevre".ljust(32) + "FEE-0147-2".ljust(18)
        + "064-001 10001234" + "Meridian Ballet".ljust(16) + "00000000"
    )  # fmt: skip
    assert total == (
        "7999-999" + " " * 12 + "000000421000000042100000000000" + " " * 24 + "000001" + " " * 40
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(credit, min_size=1, max_size=12), st.booleans())
def test_the_file_adds_up_to_the_cent(paid, is_balanced):
    whole = sum((one.amount for one in paid), Decimal(0))
    if whole > Decimal("99999999.99"):
        with pytest.raises(Refused, match="Divide the pay run"):
            write_aba(BALANCED if is_balanced else OWN, paid, on=DAY, words="PAY 1")
        return

    lines = records(write_aba(BALANCED if is_balanced else OWN, paid, on=DAY, words="PAY 1"))

    credited = [line for line in lines if line[0] == "1" and line[18:20] == "50"]
    debits = [line for line in lines if line[0] == "1" and line[18:20] == "13"]
    assert {len(line) for line in lines} == {120}
    assert all(line.isascii() for line in lines)
    assert [Decimal(line[20:30]) / 100 for line in credited] == [one.amount for one in paid]
    assert len(debits) == is_balanced
    assert Decimal(lines[-1][30:40]) / 100 == whole
    assert Decimal(lines[-1][20:30]) / 100 == (0 if is_balanced else whole)
    assert int(lines[-1][74:80]) == len(paid) + is_balanced


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        ([], "nothing to pay"),
        ([Credit("062-000 1234", "\u200b", "X", Decimal(1))], "takes Latin letters only"),
        ([Credit("062-000 1234567890", "A", "X", Decimal(1))], "does not fit"),
        ([Credit("062-000 1234", "A", "X", Decimal(100000000))], "at most 99,999,999.99 AUD"),
    ],
)
def test_what_it_cannot_carry_is_refused(paid, said):
    with pytest.raises(Refused, match=said):
        write_aba(OWN, paid, on=DAY, words="PAY 1")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Łucja  Ōkuni\t“X”", "Lucja Okuni X"),
        ("Noe\u0301mie O’Brien–Weiß", "Noemie O'Brien-Weiss"),
        ("ÆGIR Þórdís Øye Đorđe GROẞ", "AeGIR Thordis Oye Dorde GROSS"),
    ],
)
def test_a_name_is_written_in_plain_letters(name, written):
    assert plain(name) == written
