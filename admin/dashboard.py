"""The desk's first page: what waits for this member of staff, today's calls, and one chart."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g

from admin import roles
from admin.links import href_to
from app.db.clock import now
from app.db.session import session, viewer
from app.domain.schedule_words import week_of
from app.domain.schedules import CallStatus
from app.marks import mark_of
from app.models import Call
from app.presentation import desk_zone
from app.services import dashboard
from app.services.dashboard import Bar, Line, Topic
from app.services.schedules.facts import calls_of

BY_ROLE: Final = {
    roles.ADMINISTRATOR: frozenset(Topic),
    roles.CONTRACTS: frozenset({Topic.contracts, Topic.questions, Topic.imports}),
    roles.SCHEDULE: frozenset({Topic.calls, Topic.imports}),
    roles.FINANCE: frozenset({Topic.claims}),
    roles.APPROVER: frozenset({Topic.claims, Topic.contracts}),
    roles.MANAGER: frozenset({Topic.contracts, Topic.calls}),
}
SYMBOLS: Final = {
    "schedule": "i-grid",
    "import": "i-down",
    "claim": "i-receipt",
    "claims": "i-receipt",
}
WIDTH: Final = 180.0
"""Of the longest bar, in the chart's own units."""
CALLS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with its place."""

    bar: Bar
    y: int
    width: float


@dataclass(slots=True)
class Board:
    """Everything the first page shows."""

    pressing: list[dict[str, Any]]
    later: list[dict[str, Any]]
    bars: list[Drawn]
    calls: list[Call]
    today: date
    as_of: datetime
    total: int = field(default=0)

    @property
    def said(self) -> str:
        """Return the chart in a sentence, for those who do not see it."""
        return ", ".join(f"{each.bar.label.lower()} {each.bar.count}" for each in self.bars)

    @property
    def height(self) -> int:
        """Return the height of the chart."""
        return 24 * len(self.bars)

    @property
    def executed(self) -> int:
        """Return how many contracts are done."""
        return self.bars[0].bar.count


def desk_board() -> Board | None:
    """Return the first page for whoever is signed in; None for the platform's operator."""
    known = viewer()
    if known is None or known.organisation_id is None:
        return None
    at = now()
    today = at.astimezone(ZoneInfo(desk_zone())).date()
    found = dashboard.lines(session(), topics_of(g.user), today)
    bars = dashboard.contract_bars(session())
    most = max((bar.count for bar in bars), default=0) or 1
    return Board(
        pressing=[_shown(line) for line in found if line.is_pressing],
        later=[_shown(line) for line in found if not line.is_pressing],
        bars=[Drawn(bar, 24 * n, round(WIDTH * bar.count / most, 1)) for n, bar in enumerate(bars)],
        calls=calls_of(session(), Call.day_of == today, Call.status == CallStatus.published)[
            :CALLS_SHOWN
        ],
        today=today,
        as_of=at,
        total=sum(bar.count for bar in bars),
    )


def topics_of(user: Any) -> frozenset[Topic]:
    """Return what waits for somebody with these roles."""
    held = (BY_ROLE.get(role.name, frozenset[Topic]()) for role in user.roles)
    return frozenset[Topic]().union(*held)


def _shown(line: Line) -> dict[str, Any]:
    mark = None if line.status is None else mark_of(line.status)
    return {
        "symbol": mark.symbol if mark else SYMBOLS.get(line.kind, "i-next"),
        "role": mark.role if mark and mark.loud else "",
        "title": line.title,
        "href": _href(line),
        "hint": line.hint,
        "deed": line.deed,
        "name": line.title,
    }


def _href(line: Line) -> str:
    if line.kind == "contracts":
        return _to("ContractView.list", view="all", status=line.key)
    if line.kind == "claims":
        return _to("ClaimView.list")
    if line.kind == "import":
        return _to("ImportView.show", key=line.key)
    if line.kind == "schedule":
        production, _, first = line.key.partition("/")
        week = week_of(date.fromisoformat(first)).isoformat()
        return _to("ScheduleView.week", production=production, week=week)
    return href_to(line.kind, int(line.key)) if line.key else ""


def _to(endpoint: str, **values: Any) -> str:
    known = endpoint in current_app.view_functions
    return current_app.url_for(endpoint, **values) if known else ""


def install(app: Flask) -> None:
    """Give the first page its board."""
    app.add_template_global(desk_board)
