"""What the cells of a workbook mean. Every refusal is a sentence that says what to write instead."""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from app.domain.contact_points import normalise_email, normalise_mobile
from app.domain.countries import country_code
from app.domain.currencies import decimals_of
from app.domain.errors import Refused
from app.domain.import_book import Cell, shown
from app.domain.money import check_amount, parse_amount
from app.domain.names import fold
from app.domain.people import EngagementBasis
from app.domain.periods import check_day

UNKNOWN_YET: Final = frozenset(
    {
        "",
        "none",
        "tbc",
        "tba",
        "tbd",
        "?",
        "-",
        "\u2013",
        "n/a",
        "na",
        "null",
        "nil",
        "to be confirmed",
    }
)
"""What people, and programs that write spreadsheets, put where they know nothing yet."""

BASES: Final = {
    "employee": EngagementBasis.employee,
    "employed": EngagementBasis.employee,
    "payroll": EngagementBasis.employee,
    "contractor": EngagementBasis.contractor,
    "freelance": EngagementBasis.contractor,
    "freelancer": EngagementBasis.contractor,
    "self-employed": EngagementBasis.contractor,
    "sole trader": EngagementBasis.contractor,
    "company": EngagementBasis.company,
    "company (loan-out)": EngagementBasis.company,
    "loan-out": EngagementBasis.company,
    "loan out": EngagementBasis.company,
    "via agency": EngagementBasis.agency,
    "agency": EngagementBasis.agency,
    "agent": EngagementBasis.agency,
    "foreign resident": EngagementBasis.foreign_resident,
    "non-resident": EngagementBasis.foreign_resident,
    "undecided": EngagementBasis.undecided,
}

_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::\d{2})?)?\s*(?P<half>[ap]\.?\s?m\.?)?", re.ASCII
)
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%Y/%m/%d")


def read_text(cell: Cell) -> str:
    """Return a cell's text without the blanks around and doubled within."""
    return shown(cell)


def read_date(cell: Cell) -> date:
    """Return the day a cell holds."""
    if isinstance(cell, datetime):
        return check_day(cell.date())
    if isinstance(cell, date):
        return check_day(cell)
    written = shown(cell)
    for form in _DATES:
        try:
            return check_day(datetime.strptime(written, form).date())  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise Refused(f"{written} is not a date we can read. Write it as 2026-11-23.")


def read_clock(cell: Cell) -> time | None:
    """Return the time of day a cell holds; None where it says that nobody knows yet."""
    if isinstance(cell, datetime):
        return cell.time().replace(second=0, microsecond=0)
    if isinstance(cell, time):
        return cell.replace(second=0, microsecond=0, tzinfo=None)
    if isinstance(cell, timedelta):
        return _clock_of_day(cell.total_seconds() / 86_400)
    if isinstance(cell, float | int) and not isinstance(cell, bool) and 0 <= cell < 1:
        return _clock_of_day(float(cell))
    written = shown(cell)
    if fold(written) in UNKNOWN_YET:
        return None
    found = _CLOCK.fullmatch(written.strip().lower())
    clock = _clock(found) if found else None
    if clock is None:
        raise Refused(
            f"{written} is not a time we can read. Write it as 19:30 or 7:30PM, or leave the cell "
            "empty if it is not known yet."
        )
    return clock


def _clock_of_day(part: float) -> time:
    minutes = round(part * 24 * 60) % (24 * 60)
    return time(minutes // 60, minutes % 60)


def _clock(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "")[:1]
    if not half and found["minute"] is None:
        return None
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def read_amount(cell: Cell, currency: str) -> Decimal:
    """Return the sum a cell holds; ``400,000.00`` yen is 400,000, for trailing zeros are no decimals."""
    if isinstance(cell, bool) or (isinstance(cell, float) and not math.isfinite(cell)):
        raise Refused(f"{cell} is not an amount. Write it as a number, such as 1,250.00.")
    if isinstance(cell, int | float):
        return check_amount(Decimal(str(cell)), currency, zero=True)
    written = re.sub(r"^[$\u20ac\u00a3\u00a5]\s*", "", shown(cell))
    if re.fullmatch(r"-?\d{1,3}\.\d{3}", written, re.ASCII) and decimals_of(currency) != 3:
        raise Refused(
            f"{written} could be read in two ways. Write thousands with a comma: 1,250.00."
        )
    return parse_amount(written, currency, zero=True)


def read_email(cell: Cell) -> str:
    """Return an e-mail address as it is compared: in lower case."""
    written = shown(cell)
    try:
        return normalise_email(written)
    except Refused:
        raise Refused(
            f"{written} is not an e-mail address. Correct it or empty the cell."
        ) from None


def read_mobile(cell: Cell, country: str) -> str:
    """Return a telephone number in E.164; one that names no country belongs to ``country``."""
    return normalise_mobile(shown(cell), country)


def read_country(cell: Cell) -> str:
    """Return the ISO 3166-1 code of the country a cell names."""
    written = shown(cell)
    code = country_code(written)
    if code is None:
        raise Refused(f"{written} is not a country we know. Write its code, such as AU or GB.")
    return code


def read_basis(cell: Cell) -> EngagementBasis:
    """Return the legal basis a cell names."""
    written = shown(cell)
    try:
        return BASES[fold(written)]
    except KeyError:
        raise Refused(
            f"{written} is not a basis we know. Write employee, contractor, company, agency or "
            "foreign resident."
        ) from None
