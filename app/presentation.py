"""How amounts, days and hours are written on a page, and the installing of all that pages share.

Principle 4 of the design: time has a zone, money has a currency, always. Filters for templates:

* ``fee | money('AUD')``: 4,600.00 AUD, the code small; ``fee | amount('AUD')`` without the code.
* ``day | day``: Thu 19 Nov, with the year where it is not this year; ``first | period(last)``.
* ``at | instant``: Thu 19 Nov, 11:50 Brisbane +10:00, in the desk's zone; ``at | instant(zone)``.
* ``at | moment``, ``at | clock``: the same without zone or day, for lists that name the zone once.
* ``at | lately``: the hour where that is today, else day and hour.
* ``local_start | hour``: a local time that already stands beside its zone.
"""

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask, g
from markupsafe import Markup

from app import assets, icons, marks
from app.db.clock import now
from app.domain.local_time import format_time, offset_label
from app.domain.money import format_amount
from app.domain.periods import format_day


def today() -> date:
    """Return what day it is where the desk stands."""
    return now().astimezone(ZoneInfo(desk_zone())).date()


def desk_zone() -> str:
    """Return the zone of whoever reads the page: set by the door as ``g.zone``."""
    zone: str = g.get("zone") or "UTC"
    return zone


def amount(value: Decimal | None, currency: str) -> str:
    """Write an amount with the decimals of its currency, without the code."""
    return "" if value is None else format_amount(value, currency)


def money(value: Decimal | None, currency: str) -> Markup:
    """Write an amount with its currency."""
    if value is None:
        return Markup("")
    return Markup('<span class="money">%s <span class="unit">%s</span></span>') % (
        format_amount(value, currency),
        currency,
    )


def day(value: date | None, *, year: bool | None = None) -> Markup:
    """Write a day: Thu 19 Nov, with the year where it is not the current one."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="%s">%s</time>') % (value.isoformat(), _day(value, year=year))


def period(first: date | None, last: date | None) -> Markup:
    """Write a span of days: 19 Oct to 29 Nov 2026."""
    if first is None or last is None:
        return day(first or last)
    year = first.year != last.year or last.year != _today().year
    return Markup('<time datetime="%s">%s</time> to <time datetime="%s">%s</time>') % (
        first.isoformat(),
        _short(first, year=first.year != last.year),
        last.isoformat(),
        _short(last, year=year),
    )


def hour(value: time | None) -> Markup:
    """Write a local time of day whose zone stands beside it."""
    return Markup("") if value is None else Markup("<time>%s</time>") % (format_time(value))


def clock(value: datetime | None, zone: str = "") -> Markup:
    """Write the hour of an instant, for lists that name the day and the zone once."""
    if value is None:
        return Markup("")
    local = value.astimezone(ZoneInfo(zone or desk_zone()))
    return _time(local, format_time(local.time()))


def moment(value: datetime | None, zone: str = "") -> Markup:
    """Write day and hour of an instant, for lists that name the zone once."""
    if value is None:
        return Markup("")
    local = value.astimezone(ZoneInfo(zone or desk_zone()))
    return _time(local, f"{_day(local.date())}, {format_time(local.time())}")


def lately(value: datetime | None, zone: str = "") -> Markup:
    """Write an instant for a list of today: the hour, with the day before it where that is another."""
    if value is None:
        return Markup("")
    place = ZoneInfo(zone or desk_zone())
    is_today = value.astimezone(place).date() == now().astimezone(place).date()
    return clock(value, zone) if is_today else moment(value, zone)


def instant(value: datetime | None, zone: str = "") -> Markup:
    """Write an instant that stands alone: day, hour, place and offset."""
    if value is None:
        return Markup("")
    return moment(value, zone) + Markup(" ") + zone_label(value, zone)


def zone_label(value: datetime, zone: str = "") -> Markup:
    """Write the place and offset of a zone at an instant: Adelaide +10:30."""
    return Markup('<span class="zone">%s</span>') % (offset_label(zone or desk_zone(), value))


def csp_nonce() -> str:
    """Return the nonce of this answer's Content-Security-Policy, set by the door as ``g.csp_nonce``."""
    nonce: str = g.get("csp_nonce", "")
    return nonce


def install(app: Flask) -> None:
    """Give every template the assets, icons, marks and ways of writing."""
    assets.install(app)
    icons.install(app)
    marks.install(app)
    for write in (amount, money, day, period, hour, clock, moment, lately, instant):
        app.add_template_filter(write)
    for tell in (now, desk_zone, zone_label, csp_nonce):
        app.add_template_global(tell)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _today() -> date:
    return now().astimezone(ZoneInfo(desk_zone())).date()


def _day(value: date, *, year: bool | None = None) -> str:
    shown = value.year != _today().year if year is None else year
    return format_day(value) + (f" {value.year}" if shown else "")


def _short(value: date, *, year: bool) -> str:
    return f"{value.day} {value:%b}" + (f" {value.year}" if year else "")


def _time(local: datetime, text: str) -> Markup:
    return Markup('<time datetime="%s">%s</time>') % (local.isoformat(timespec="minutes"), text)
