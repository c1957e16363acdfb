"""The first page an artist sees: today's calls, what waits, and when tomorrow starts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import transaction
from app.domain.local_time import format_time, offset_label, today_in
from app.domain.periods import format_day
from app.marks import word_of
from app.models.contracts import Amendment, Contract
from app.models.expenses import ExpenseLine
from app.models.organisations import Organisation
from app.services.calls import newest_versions, own_calls
from app.services.schedules.notices import OpenChange
from app.services.waiting import waiting_for_artist
from portal.changes import LOOK_BACK, look_at, waiting
from portal.days import Day, days_of, version_line
from portal.gate import company, needs_seat

COMING = 4
"""So many days with calls follow the next one on the first page."""

NEAR = timedelta(days=10)
"""Where the first page looks for its days first; only who is called less often needs more."""

YEARS = 20
"""How far from today a week may lie."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits, as a row that leads to it."""

    title: str
    hint: str
    href: str
    amount: Decimal | None = None
    currency: str = ""


@dataclass(slots=True)
class HomePage:
    """What the page of today shows."""

    today: Day
    next: Day | None
    versions: list[str]
    checked: str
    checked_zone: str
    company_contact: str
    company_phone: str
    waiting: list[Task] = field(default_factory=list)
    changes: list[OpenChange] = field(default_factory=list)
    coming: list[Day] = field(default_factory=list)


@dataclass(slots=True)
class WeekPage:
    """What the page of a week shows."""

    first: date
    days: list[Day]
    versions: list[str]
    checked: str

    @property
    def last(self) -> date:
        """Return the Sunday."""
        return self.first + timedelta(days=6)

    @property
    def before(self) -> date:
        """Return the Monday of the week before."""
        return self.first - timedelta(days=7)

    @property
    def after(self) -> date:
        """Return the Monday of the week after."""
        return self.first + timedelta(days=7)


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/", view_func=home)
    portal.add_url_rule("/calls", view_func=calls)


@needs_seat
def home() -> str:
    """Show today and what comes next, in the time of the place."""
    with transaction() as db:
        page = _home(db, company(db), now())
        look_at(db, page.changes[:1])
        return render_template("portal/home.html", page=page)


@needs_seat
def calls() -> str:
    """Show one week of calls, Monday to Sunday."""
    with transaction() as db:
        house, at = company(db), now()
        monday = _monday(request.args.get("week"), today_in(house.zone, at))
        page = _week(db, house, monday, at)
    return render_template("portal/calls.html", week=page)


def _home(db: Session, organisation: Organisation, at: datetime) -> HomePage:
    ahead = _days_ahead(db, organisation, at)
    today = ahead.pop(0) if ahead and _has_begun(ahead[0], at) else None
    zone = (today or (ahead[0] if ahead else Day(at.date()))).zones[:1] or [organisation.zone]
    local = at.astimezone(ZoneInfo(zone[0]))
    shown = today or Day(local.date())
    following = ahead[0] if ahead else None
    if following is not None:
        following.begins = _begins(following, local.date())
    return HomePage(
        today=shown,
        next=following,
        versions=_versions(db, [day for day in (today, following) if day], zone[0]),
        checked=format_time(local.time()),
        checked_zone=offset_label(zone[0], at),
        company_contact=organisation.contact_name or organisation.name,
        company_phone=organisation.contact_phone,
        waiting=_tasks(db, organisation),
        changes=waiting(db, at),
        coming=ahead[1 : COMING + 1],
    )


def _days_ahead(db: Session, organisation: Organisation, at: datetime) -> list[Day]:
    """Return the days that are not over; at least as many as the page shows, where there are."""
    since = (at - LOOK_BACK).date()
    for until in (since + NEAR, None):
        days = days_of(own_calls(db, since, until), at, home_zone=organisation.zone)
        ahead = [day for day in days if not day.is_over(at)]
        if len(ahead) >= 2 + COMING:
            break
    return ahead


def _has_begun(day: Day, at: datetime) -> bool:
    return any(day.on <= at.astimezone(ZoneInfo(zone)).date() for zone in day.zones)


def _begins(day: Day, today: date) -> str:
    when = "Tomorrow" if day.on == today + timedelta(days=1) else format_day(day.on)
    return f"{when} starts at" if day.first_timed else when


def _week(db: Session, organisation: Organisation, first: date, at: datetime) -> WeekPage:
    last = first + timedelta(days=6)
    known = {
        day.on: day for day in days_of(own_calls(db, first, last), at, home_zone=organisation.zone)
    }
    days = [known.get(on) or Day(on) for on in (first + timedelta(days=n) for n in range(7))]
    zone = next((day.zones[0] for day in days if day.zones), organisation.zone)
    checked = f"{format_time(at.astimezone(ZoneInfo(zone)).time())} {offset_label(zone, at)}"
    return WeekPage(first, days, _versions(db, list(known.values()), zone), checked)


def _versions(db: Session, days: list[Day], zone: str) -> list[str]:
    ids = sorted({call.production_id for day in days for call in day.calls})
    found = newest_versions(db, ids)
    return [version_line(version, zone, named=len(found) > 1) for version in found]


def _monday(asked: str | None, today: date) -> date:
    try:
        day = date.fromisoformat(asked) if asked else today
    except ValueError:
        abort(404)
    if abs(day.year - today.year) > YEARS:
        abort(404)
    return day - timedelta(days=day.weekday())


def _tasks(db: Session, organisation: Organisation) -> list[Task]:
    tasks = waiting_for_artist(db)
    signing = [_signing(contract, organisation.zone) for contract in tasks.contracts]
    changing = [_changing(amendment, organisation.zone) for amendment in tasks.amendments]
    return signing + changing + [_answering(line) for line in tasks.questions]


def _signing(contract: Contract, zone: str) -> Task:
    return Task(
        title=f"Sign your contract for {contract.engagement.production.title}",
        hint=_by(contract.expires_at, zone),
        href=f"/portal/contracts/{contract.public_id}",
    )


def _changing(amendment: Amendment, zone: str) -> Task:
    return Task(
        title=f"Sign a change of your contract for {amendment.contract.engagement.production.title}",
        hint=_by(amendment.expires_at, zone),
        href=f"/portal/amendments/{amendment.public_id}",
    )


def _by(until: datetime | None, zone: str) -> str:
    """Say until when something can be signed, on the company's clock."""
    if until is None:
        return "Read it first; it takes a few minutes"
    local = until.astimezone(ZoneInfo(zone))
    return f"By {format_day(local.date())}, {format_time(local.time())} {offset_label(zone, until)}"


def _answering(line: ExpenseLine) -> Task:
    return Task(
        title="Answer a question about a receipt",
        hint=f"{word_of(line.kind)}, {format_day(line.spent_on)}",
        href=f"/portal/expenses/{line.claim.public_id}",
        amount=line.amount,
        currency=line.currency,
    )
