"""Reports: ask for one, see how far it is, look at its first rows, download what came of it."""

from typing import Any, Final
from uuid import UUID

from flask import abort, flash, g, jsonify, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin import forms, writing
from admin.access import remembered, sees_fees
from admin.report_forms import ReportForm, chosen_in, form_for, words_of
from admin.report_page import AT_WORK, how_far, tables_of
from admin.roles import ADMINISTRATOR, ALL, APPROVER, AUDITOR, CONTRACTS, FINANCE, MANAGER, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Refused
from app.domain.reports import ReportFormat
from app.integrations import providers
from app.models.reports import ReportRun
from app.services import reports as runs
from reports.asking import as_asked, check, in_words
from reports.catalogue import REPORTS, report_named
from reports.making import RENDERERS
from reports.shape import Audience, Report

READERS: Final = {
    Audience.company: ALL,
    Audience.money: (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR),
    Audience.access: (ADMINISTRATOR, MANAGER, AUDITOR),
    Audience.log: (ADMINISTRATOR, AUDITOR),
}
"""Which roles read which reports; a report names its audience."""


class ReportView(BaseView):
    """The reports a company asked for. The worker makes them; the page says how far it is."""

    route_base = "/admin/reports"
    default_view = "made"

    @expose("/")
    @has_access
    @permission_name("list")
    def made(self) -> Any:
        """Show what was asked for, and what can be."""
        chosen = request.args.get("report", "")
        found = runs.history(session(), readable(), fees=sees_fees(), report=chosen)
        return self.render_template(
            "desk/reports.html",
            runs=found,
            chosen=chosen,
            at_work=[run for run in found if run.status in AT_WORK],
            catalogue=[report for report in REPORTS.values() if report.name in readable()],
            titles={name: report.title for name, report in REPORTS.items()},
            how_far=how_far,
        )

    @expose("/new/<name>", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def ask(self, name: str) -> Any:
        """Ask for a report: what it is narrowed to, and as which file."""
        if name not in readable():
            abort(404)
        report, top = report_named(name), list[str]()
        form = form_for(report)
        if request.method == "POST" and writing.is_ready(form):
            try:
                with transaction() as db:
                    run = _ask(db, report, form)
            except Refused as refusal:
                forms.put(form, refusal, top)
            else:
                return redirect(url_for("ReportView.show", key=run.public_id), 303)
        return self.render_template(
            "desk/report_form.html", report=report, form=form, top=top, fees=sees_fees()
        )

    @expose("/<uuid:key>")
    @has_access
    @permission_name("list")
    def show(self, key: UUID) -> Any:
        """Show how far a report is, or what came of it."""
        run = _run(key)
        return self.render_template(
            "desk/report.html",
            run=run,
            report=REPORTS[run.report],
            far=how_far(run),
            tables=tables_of(run),
            formats=[each for each in RENDERERS if each is not run.format],
            made_for=runs.name_of(session(), run.requested_by),
        )

    @expose("/<uuid:key>/state")
    @has_access
    @permission_name("list")
    def state(self, key: UUID) -> Response:
        """Say how far a report is, for a page that asks every second."""
        answer = jsonify(how_far(_run(key)))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/<uuid:key>/cancel", methods=["POST"])
    @has_access
    @permission_name("list")
    def cancel(self, key: UUID) -> Response:
        """Give a report up that is being made."""
        try:
            with transaction() as db:
                runs.cancel(db, _run(key))
        except Refused as refusal:
            flash(refusal.reason, "warning")
        else:
            flash("It is cancelled. Nothing of it is kept.", "success")
        return redirect(url_for("ReportView.show", key=key), 303)

    @expose("/<uuid:key>/again", methods=["POST"])
    @has_access
    @permission_name("list")
    def again(self, key: UUID) -> Response:
        """Ask for the same once more, with newer figures or as another file."""
        run = _run(key)
        wanted = request.form.get("format", "")
        if wanted not in {each.value for each in RENDERERS}:
            abort(400)
        with transaction() as db:
            made = runs.ask_again(
                db,
                run,
                report_format=ReportFormat(wanted),
                fees=sees_fees(),
                requested_by=g.user.id,
            )
        return redirect(url_for("ReportView.show", key=made.public_id), 303)

    @expose("/<uuid:key>/file")
    @has_access
    @permission_name("list")
    def download(self, key: UUID) -> Response:
        """Hand the file over: the bytes that were made then, whenever it is asked for."""
        run = _run(key)
        if run.file is None:
            abort(404)
        answer = send_file(
            providers.files().checked(run.file.sha256),
            mimetype=run.file.media_type,
            as_attachment=True,
            download_name=run.file.name,
            max_age=0,
        )
        answer.content_length = run.file.size
        answer.headers["Cache-Control"] = "no-store"
        return answer


def readable() -> frozenset[str]:
    """Return the names of the reports that the roles of whoever is signed in may read."""
    rights = remembered(g.user)
    return frozenset(
        name
        for name, report in REPORTS.items()
        if (f"can_read_{report.audience}", "ReportView") in rights
    )


def _run(key: UUID) -> ReportRun:
    """Return a report that may be read; whoever lost the role since finds nothing."""
    run = session.scalars(select(ReportRun).where(ReportRun.public_id == key)).one_or_none()
    if run is None or run.report not in readable() or (run.parameters["fees"] and not sees_fees()):
        abort(404)
    return run


def _ask(db: Any, report: Report, form: ReportForm) -> ReportRun:
    known = viewer()
    if known is None or known.organisation_id is None:
        raise Refused("A report belongs to a company. Sign in as one of its staff.")
    chosen = chosen_in(form)
    check(report, chosen)
    wish = runs.Wish(
        report.name,
        report.title,
        ReportFormat(form.format.data),
        as_asked(report, chosen),
        in_words(report, words_of(form)),
        sees_fees(),
        mail=bool(form.mail.data),
    )
    return runs.ask(db, wish, organisation_id=known.organisation_id, requested_by=g.user.id)


may(
    "ReportView",
    {
        ALL: ("can_list", f"can_read_{Audience.company}"),
        (ADMINISTRATOR, CONTRACTS, FINANCE, APPROVER, MANAGER, AUDITOR): ("can_see_fees",),
        **{roles: (f"can_read_{each}",) for each, roles in READERS.items() if roles is not ALL},
    },
)
