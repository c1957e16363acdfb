"""Dated exchange rates: which one counts for an expense of a day, and how a list of them is read."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Final

from app.domain.currencies import parse_currency
from app.domain.errors import Refused
from app.domain.money import LARGEST_RATE, parse_number
from app.domain.periods import parse_day

LASTS: Final = timedelta(days=31)
"""A rate counts for the days after it until the next one, and no longer than a month."""
COLUMNS: Final = ("currency", "day", "rate", "source")
LONGEST_LIST: Final = 5000
LONGEST_SOURCE: Final = 120


@dataclass(frozen=True, slots=True)
class DatedRate:
    """How many of the company's currency one of another was worth on a day, and who says so."""

    currency: str
    day: date
    rate: Decimal
    source: str


def rate_for(rates: Iterable[DatedRate], day: date) -> DatedRate | None:
    """Return the newest rate of ``day`` or before, None where the newest is more than a month old."""
    known = [each for each in rates if day - LASTS <= each.day <= day]
    return max(known, key=lambda each: each.day, default=None)


def check_rate(
    rate: Decimal | None, *, wanted: str = "how many one is worth, above zero, such as 1.6650"
) -> Decimal:
    """Return the rate, or refuse what is none and say what is ``wanted``."""
    if rate is None or not rate.is_finite() or not 0 < rate < LARGEST_RATE:
        raise Refused(f"Write {wanted}.", field="rate")
    return rate


def check_source(source: str) -> str:
    """Return who says so, or refuse to keep a rate of nobody's."""
    words = " ".join(source.split())
    if not words:
        raise Refused("Name where the rate is from, such as Reserve Bank.", field="source")
    if len(words) > LONGEST_SOURCE:
        raise Refused(f"Keep it under {LONGEST_SOURCE} characters.", field="source")
    return words


def read_list(text: str, base_currency: str) -> list[DatedRate]:
    """Return the rates of a list with the columns currency, day, rate, source; refuse it by its row."""
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text)))
    filled = [(at, row) for at, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if filled and filled[0][1][0].strip().lower() == COLUMNS[0]:
        filled = filled[1:]
    if not filled:
        raise Refused(
            f"There is no rate in it. Its columns are {', '.join(COLUMNS)}.", field="rows"
        )
    if len(filled) > LONGEST_LIST:
        raise Refused(f"Bring at most {LONGEST_LIST:,} rates at a time.", field="rows")
    return [_read_row(at, row, base_currency) for at, row in filled]


def _read_row(at: int, row: list[str], base_currency: str) -> DatedRate:
    try:
        if len(row) != len(COLUMNS):
            raise Refused(f"it has {len(row)} columns, not {len(COLUMNS)}")
        currency, day, rate, source = (cell.strip() for cell in row)
        code = parse_currency(currency)
        if code == base_currency:
            raise Refused(f"{code} is your own currency")
        made = DatedRate(
            code,
            parse_day(day, "day", f"{day or 'nothing'} is no day. Write 2026-11-19"),
            check_rate(parse_number(rate, "rate")),
            check_source(source),
        )
    except Refused as refusal:
        raise Refused(f"Row {at}: {refusal.reason}", field="rows") from refusal
    return made


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)
