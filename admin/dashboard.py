"""The desk's first page: what waits for this member of staff, today's calls, and the charts they may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, url_for

from admin.access import Pair, remembered
from app.db.clock import now
from app.db.session import session, viewer
from app.domain.schedule_words import week_of
from app.domain.schedules import CallStatus
from app.domain.waiting import Bar, Chart, Topic, Urgency, Waiting
from app.marks import mark_of
from app.models import Call
from app.presentation import desk_zone
from app.services.dashboard.asking import Asker
from app.services.dashboard.charts import Figure, charts
from app.services.dashboard.lines import lines
from app.services.schedules.facts import calls_of

RIGHTS: Final[dict[Topic, Pair]] = {
    Topic.contract_trouble: ("can_edit", "ContractView"),
    Topic.contract_question: ("can_edit", "ContractView"),
    Topic.contract_expiring: ("remind", "ContractView"),
    Topic.contract_countersign: ("can_countersign", "ContractView"),
    Topic.contract_review: ("can_review", "ContractView"),
    Topic.contract_ready: ("send", "ContractView"),
    Topic.contract_paper: ("can_edit", "ContractView"),
    Topic.contract_draft: ("can_edit", "ContractView"),
    Topic.amendment_trouble: ("can_edit", "AmendmentView"),
    Topic.amendment_countersign: ("can_countersign", "AmendmentView"),
    Topic.amendment_review: ("can_review", "AmendmentView"),
    Topic.amendment_ready: ("send", "AmendmentView"),
    Topic.claim: ("can_decide", "ClaimView"),
    Topic.deputy: ("can_decide", "ClaimView"),
    Topic.ledger: ("enter_again", "PayableView"),
    Topic.withholding: ("withhold", "PayableView"),
    Topic.due: ("can_begin", "PayRunView"),
    Topic.late: ("can_list", "LatePaymentView"),
    Topic.run_draft: ("can_begin", "PayRunView"),
    Topic.run_approve: ("can_approve", "PayRunView"),
    Topic.run_export: ("can_export", "PayRunView"),
    Topic.run_pay: ("can_pay", "PayRunView"),
    Topic.pay_alone: ("pay", "PayableView"),
    Topic.bank_call: ("can_call_back", "BankDetailView"),
    Topic.bank_verify: ("verify", "BankDetailView"),
    Topic.account: ("approve", "CompanyAccountView"),
    Topic.call_unpublished: ("can_publish", "ScheduleView"),
    Topic.call_clash: ("can_publish", "ScheduleView"),
    Topic.call_unseen: ("can_nudge", "ReachView"),
    Topic.availability: ("accept", "AvailabilityView"),
    Topic.import_conflict: ("can_run", "ImportView"),
    Topic.attention: ("can_close", "AttentionView"),
    Topic.outbox: ("can_read_all", "OutboxView"),
    Topic.report: ("can_list", "ReportView"),
    Topic.invitation: ("can_invite", "StaffView"),
    Topic.looked_at: ("can_list", "AuditView"),
}
"""Who may do the deed, is told that it waits."""
READS_ALL: Final[Pair] = ("can_read_all", "AttentionView")
"""Who does not have it is told of providers only what concerns money."""
CHARTS: Final[dict[Figure, Pair]] = {
    Figure.contracts: ("can_list", "ContractView"),
    Figure.claims: ("can_list", "ClaimView"),
    Figure.payables: ("can_list", "PayableView"),
    Figure.calls: ("can_list", "ScheduleView"),
}
SYMBOLS: Final = {
    Topic.call_unpublished: "i-grid",
    Topic.call_unseen: "i-grid",
    Topic.availability: "i-grid",
    Topic.import_conflict: "i-down",
    Topic.claim: "i-receipt",
    Topic.due: "i-receipt",
    Topic.late: "i-receipt",
}
WIDTH: Final = 170.0
"""Of the longest bar, in the chart's own units."""
LETTERS: Final = 17
"""How much of a label has room beside its bar."""
CALLS_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with its place."""

    bar: Bar
    y: int
    width: float

    @property
    def label(self) -> str:
        """Return as much of the label as has room; the table has all of it."""
        whole = self.bar.label
        return whole if len(whole) <= LETTERS else f"{whole[: LETTERS - 1].rstrip()}…"

    @property
    def said(self) -> str:
        """Return what stands behind the bar."""
        number = self.bar.number
        return f"{number:,}" if self.bar.whole is None else f"{number:,} of {self.bar.whole:,}"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its bars in their places."""

    chart: Chart
    bars: list[Drawn]

    @property
    def said(self) -> str:
        """Return the chart in a sentence, for those who do not see it."""
        return ", ".join(f"{each.bar.label} {each.said}" for each in self.bars)

    @property
    def height(self) -> int:
        """Return the height of the chart."""
        return 24 * len(self.bars)


@dataclass(slots=True)
class Board:
    """Everything the first page shows."""

    pressing: list[dict[str, Any]]
    soon: list[dict[str, Any]]
    later: list[dict[str, Any]]
    pictures: list[Picture]
    calls: list[Call]
    today: date
    as_of: datetime

    @property
    def count(self) -> int:
        """Return how many things wait."""
        return len(self.pressing) + len(self.soon) + len(self.later)


def desk_board() -> Board | None:
    """Return the first page for whoever is signed in; None for the platform's operator."""
    known = viewer()
    if known is None or known.organisation_id is None:
        return None
    at = now()
    today = at.astimezone(ZoneInfo(desk_zone())).date()
    rights = remembered(g.user)
    asker = Asker(g.user.id, at, today, sees_money_alone=READS_ALL not in rights)
    found = lines(session(), topics_of(rights), asker)
    figures = {figure for figure, right in CHARTS.items() if right in rights}
    is_today = (Call.day_of == today, Call.status == CallStatus.published)
    return Board(
        pressing=[_shown(line) for line in found if line.urgency is Urgency.now],
        soon=[_shown(line) for line in found if line.urgency is Urgency.soon],
        later=[_shown(line) for line in found if line.urgency is Urgency.later],
        pictures=[_picture(chart) for chart in charts(session(), figures, asker)],
        calls=calls_of(session(), *is_today)[:CALLS_SHOWN],
        today=today,
        as_of=at,
    )


def topics_of(rights: frozenset[Pair]) -> set[Topic]:
    """Return what somebody with these rights is told of; who makes pay runs is told what is due."""
    topics = {topic for topic, right in RIGHTS.items() if right in rights}
    return topics - {Topic.late} if Topic.due in topics else topics


def _picture(chart: Chart) -> Picture:
    most = max((bar.number for bar in chart.bars), default=0) or 1
    return Picture(
        chart,
        [
            Drawn(bar, 24 * place, round(WIDTH * bar.number / (bar.whole or most), 1))
            for place, bar in enumerate(chart.bars)
        ],
    )


def _shown(line: Waiting) -> dict[str, Any]:
    mark = None if line.status is None else mark_of(line.status)
    return {
        "symbol": mark.symbol if mark else SYMBOLS.get(line.topic, "i-next"),
        "role": mark.role if mark and mark.loud else "",
        "title": line.title,
        "href": _href(line),
        "hint": line.hint,
        "deed": line.deed,
    }


def _href(line: Waiting) -> str:
    endpoint, values = _PAGES.get(line.topic, _nowhere)(line.key)
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


Page = Callable[[str], tuple[str, dict[str, Any]]]


def _nowhere(_key: str) -> tuple[str, dict[str, Any]]:
    return "", {}


def _list(page: str, /, **values: Any) -> Page:
    return lambda _key: (f"{page}.list", values)


def _record(page: str, /, **values: Any) -> Page:
    """Lead to the record, where it is a single one; else to the list."""
    return lambda key: (f"{page}.show", {"pk": key}) if key else (f"{page}.list", values)


def _papers(view: str) -> Page:
    def page(key: str) -> tuple[str, dict[str, Any]]:
        return f"{view}.list", {"view": "all", "status": key.partition("/")[0]}

    return page


def _week(key: str) -> tuple[str, dict[str, Any]]:
    production, _, first = key.partition("/")
    week = week_of(date.fromisoformat(first)).isoformat()
    return "ScheduleView.week", {"production": production, "week": week}


_PAGES: Final[dict[Topic, Page]] = {
    **{topic: _papers("ContractView") for topic in Topic if topic.value.startswith("contract_")},
    **{topic: _papers("AmendmentView") for topic in Topic if topic.value.startswith("amendment_")},
    **{topic: _record("PayRunView") for topic in Topic if topic.value.startswith("run_")},
    Topic.contract_question: _record("ContractView"),
    Topic.contract_expiring: _list("ContractView", view="expiring"),
    Topic.claim: _record("ClaimView"),
    Topic.deputy: _list("ClaimView"),
    Topic.ledger: _record("PayableView"),
    Topic.withholding: _list("PayableView"),
    Topic.due: lambda key: ("PayRunView.begin", {"currency": key}),
    Topic.late: _list("LatePaymentView"),
    Topic.pay_alone: _record("PayableView", view="exported"),
    Topic.bank_call: _record("BankDetailView"),
    Topic.bank_verify: _record("BankDetailView"),
    Topic.account: _list("CompanyAccountView"),
    Topic.call_unpublished: _week,
    Topic.call_clash: _week,
    Topic.call_unseen: lambda key: ("ReachView.show", {"pk": key}),
    Topic.availability: _record("PersonView"),
    Topic.import_conflict: lambda key: ("ImportView.show", {"key": key}),
    Topic.attention: _list("AttentionView"),
    Topic.outbox: _list("OutboxView", view="stopped"),
    Topic.report: lambda key: ("ReportView.show", {"key": key}),
    Topic.invitation: _record("StaffView", view="invited"),
    Topic.looked_at: lambda key: ("AuditView.list", {"action": "view", "from": key}),
}


def install(app: Flask) -> None:
    """Give the first page its board."""
    app.add_template_global(desk_board)
