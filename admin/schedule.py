"""The schedule: a week of people and calls, publishing it, and the versions that went out."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from admin import forms
from admin.access import remembered
from admin.publishing import PublishForm, form_for
from admin.roles import ADMINISTRATOR, ALL, SCHEDULE, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.conflict_words import say_conflict
from app.domain.errors import Refused
from app.domain.periods import parse_day
from app.domain.schedule_words import week_of
from app.models import Production, ScheduleVersion, Venue
from app.presentation import desk_zone, today
from app.services.schedules import publishing
from app.services.schedules.plan import Plan, meanwhile, newest, plan
from app.services.schedules.reach import tally_of
from app.services.schedules.week import read_week, scheduled_productions, scheduled_venues


@dataclass(frozen=True, slots=True)
class Published:
    """A version of the past, as its history shows it."""

    version: ScheduleVersion
    changes: list[dict[str, Any]]
    told: int


class ScheduleView(BaseView):
    """The week grid, the page that publishes, and the history."""

    route_base = "/admin/schedule"
    default_view = "week"

    @expose("/")
    @has_access
    @permission_name("list")
    def week(self) -> str:
        """Show a week of people and calls."""
        production = _chosen(Production, "production")
        first = week_of(_day(request.args.get("week")) or _today())
        words = request.args.get("q", "")[:100]
        venue = _chosen(Venue, "venue")
        found = read_week(
            session(),
            first,
            production_id=production.id if production else None,
            venue_id=venue.id if venue else None,
            words=words,
        )
        show = request.args.get("show", "")
        version = production and newest(session(), production.id)
        return str(
            self.render_template(
                "desk/schedule.html",
                week=found,
                production=production,
                productions=scheduled_productions(session()),
                venue=venue,
                venues=scheduled_venues(session()),
                version=version,
                reached=version and tally_of(session(), version.id),
                words=words,
                show=show,
                today=_today(),
                say_conflict=say_conflict,
                before=first - timedelta(days=7),
                after=first + timedelta(days=7),
                may_add=_may("can_add", "CallView"),
                may_publish=_may("can_publish", "ScheduleView"),
            )
        )

    @expose("/publish/<int:production_id>", methods=["GET", "POST"])
    @has_access
    def publish(self, production_id: int) -> str | Response:
        """Show what would go out and to whom; then publish it."""
        production = session.get(Production, production_id) or abort(404)
        first, last = _days(production)
        top: list[str] = []
        made = self._plan(production, first, last, top)
        form = form_for(made)
        if form.validate_on_submit():
            try:
                with transaction() as db:
                    version = publishing.publish(
                        db, production, first, last,
                        by=f"staff:{g.user.id}", note=form.note.data or "",
                        is_silent=bool(form.is_silent.data), digest=form.digest.data or "",
                        reasons=form.reasons(), urgency=form.urgency.data,
                    )  # fmt: skip
                    told = publishing.told_count(db, version)
            except Refused as refusal:
                made = self._plan(production, first, last, top)
                form = form_for(made)
                forms.put(form, refusal, top)
            else:
                flash(_said(version, told), "success")
                return redirect(url_for("ScheduleView.versions", production_id=production_id), 303)
        return self._ask(production, made, form, first=first, last=last, top=top)

    @expose("/versions/<int:production_id>")
    @has_access
    @permission_name("list")
    def versions(self, production_id: int) -> str:
        """Show the versions of a production's schedule, newest first."""
        production = session.get(Production, production_id) or abort(404)
        found = [_published(version) for version in publishing.versions(session(), production.id)]
        page = self.render_template("desk/versions.html", production=production, found=found)
        return str(page)

    def _plan(self, production: Production, first: date, last: date, top: list[str]) -> Plan | None:
        try:
            return plan(session(), production, first, last)
        except Refused as refusal:
            top.append(str(refusal))
            return None

    def _ask(
        self,
        production: Production,
        made: Plan | None,
        form: PublishForm,
        *,
        first: date,
        last: date,
        top: list[str],
    ) -> str:
        seen = form.digest.data if form.is_submitted() else ""
        since = meanwhile(made, seen) if made and seen else []
        form.digest.data, form.digest.raw_data = (made.digest if made else ""), None
        said = publishing.lines(made.changes, made.old, made.new) if made else []
        return str(
            self.render_template(
                "desk/publish.html",
                production=production, first=first, last=last, plan=made, form=form, top=top,
                changes=said, since=since, say_conflict=say_conflict, reason_field=publishing.reason_field,
                own_lines=_own_lines(made) if made else {}, is_begun=first < today(),
            )
        )  # fmt: skip


def _own_lines(made: Plan) -> dict[int, list[dict[str, Any]]]:
    """Return what each person is told, as their letter says it."""
    return {own.person.id: publishing.own_lines(made, own) for own in made.people}


def _said(version: ScheduleVersion, told: int) -> str:
    head = f"Version {version.number} is published."
    if version.is_silent:
        return f"{head} Nobody is told."
    return f"{head} {told} {'person is' if told == 1 else 'people are'} told."


def _published(version: ScheduleVersion) -> Published:
    shots = [shot for shot in version.snapshots if shot.change is not None]
    changes = [publishing.change_of(shot) for shot in shots]
    old = {shot.call_id: {**shot.facts, **(shot.change or {})["old"]} for shot in shots}
    new = {shot.call_id: shot.facts for shot in shots}
    return Published(
        version, publishing.lines(changes, old, new), publishing.told_count(session(), version)
    )


def _chosen(model: Any, name: str) -> Any:
    """Return the record that the address names, or None."""
    key = request.args.get(name, "")
    known = key.isascii() and key.isdecimal() and len(key) < 18
    return session.get(model, int(key)) if known else None


def _days(production: Production) -> tuple[date, date]:
    """Return the days to publish: those asked for, else from today to the production's end."""
    first = _day(request.args.get("first")) or week_of(_today())
    last = _day(request.args.get("last")) or production.ends_on or first + timedelta(days=6)
    return first, max(first, last) if "last" not in request.args else last


def _day(text: str | None) -> date | None:
    try:
        return parse_day(text, "week", "That is no day.") if text else None
    except Refused:
        return None


def _today() -> date:
    return now().astimezone(ZoneInfo(desk_zone())).date()


def _may(permission: str, view: str) -> bool:
    return (permission, view) in remembered(g.user)


may("ScheduleView", {(ADMINISTRATOR, SCHEDULE): ("can_list", "can_publish"), ALL: ("can_list",)})
