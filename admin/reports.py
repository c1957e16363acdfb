"""Reports: ask for one, see how far it is, download what came of it."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, ClassVar, Final
from uuid import UUID

from flask import abort, flash, g, make_response, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Field
from wtforms.validators import StopValidation

from admin import forms, writing
from admin.access import sees_fees
from admin.fields import RelatedField
from admin.forms import Present
from admin.productions import PRODUCTION
from admin.roles import ADMINISTRATOR, ALL, APPROVER, AUDITOR, CONTRACTS, FINANCE, MANAGER, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Refused
from app.domain.reports import ReportFormat, ReportStatus
from app.integrations import providers
from app.models.reports import ReportRun
from app.services import reports as runs
from reports.catalogue import REPORTS, report_named
from reports.making import RENDERERS

AT_WORK: Final = (ReportStatus.waiting, ReportStatus.running)
EVERY_SECONDS: Final = "2"
"""How often the page asks again while the worker is busy: by a header, so that it needs no script."""
FORMATS: Final = {
    ReportFormat.csv: "CSV, for a spreadsheet",
    ReportFormat.pdf: "PDF, for reading and filing",
}


class OfferedField(Field):
    """One of a few that stand open; what is not offered is refused."""

    kind: ClassVar[str] = "radios"

    def __init__(self, label: str, offered: dict[str, str], **rest: Any) -> None:
        super().__init__(label, [Present()], **rest)
        self.offered = offered

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the choice."""
        self.data = str(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Any) -> None:
        """Refuse what is not offered."""
        if self.data not in self.offered:
            self.data = None
            raise StopValidation("Choose one of these.")

    def iter_choices(self) -> Iterator[tuple[str, str, bool, dict[str, Any]]]:
        """Yield value, word and whether it is chosen."""
        for value, word in self.offered.items():
            yield value, word, value == self.data, {}


class AskForm(FlaskForm):
    """Which report, of what, as what."""

    report = OfferedField(
        "Report",
        {report.name: report.title for report in REPORTS.values()},
        default=next(iter(REPORTS)),
    )
    production = RelatedField(
        "Production", lookup=PRODUCTION, description="Left empty: all of them."
    )
    format = OfferedField("As", {each.value: FORMATS[each] for each in RENDERERS}, default="csv")


class ReportView(BaseView):
    """The reports a company asked for. The worker makes them; the page says how far it is."""

    route_base = "/admin/reports"
    default_view = "made"

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def made(self) -> str | Response:
        """Show what was asked for, and take a new wish."""
        form = AskForm()
        top: list[str] = []
        if request.method == "POST" and writing.is_ready(form):
            try:
                with transaction() as db:
                    _ask(db, form)
            except Refused as refusal:
                forms.put(form, refusal, top)
            else:
                return redirect(url_for("ReportView.made"), 303)
        return self._page(form, top)

    @expose("/<uuid:key>/file")
    @has_access
    @permission_name("list")
    def download(self, key: UUID) -> Response:
        """Hand the file over: the bytes that were made then, whenever it is asked for."""
        run = session.scalars(select(ReportRun).where(ReportRun.public_id == key)).one_or_none()
        if run is None or run.file is None or (run.parameters["fees"] and not sees_fees()):
            abort(404)
        answer = send_file(
            BytesIO(providers.files().read(run.file.sha256)),
            mimetype=run.file.media_type,
            as_attachment=True,
            download_name=run.file.name,
            max_age=0,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _page(self, form: FlaskForm, top: list[str]) -> Response:
        found = runs.history(session(), fees=sees_fees())
        at_work = [run for run in found if run.status in AT_WORK]
        answer = make_response(
            self.render_template(
                "desk/reports.html",
                form=form,
                top=top,
                runs=found,
                at_work=at_work,
                titles={name: report.title for name, report in REPORTS.items()},
                about=[(report.title, report.about) for report in REPORTS.values()],
                fees=sees_fees(),
            )
        )
        # While somebody types, the page is left alone.
        if at_work and request.method == "GET":
            answer.headers["Refresh"] = EVERY_SECONDS
        return answer


def _ask(db: Any, form: Any) -> None:
    known = viewer()
    if known is None or known.organisation_id is None:
        raise Refused("A report belongs to a company. Sign in as one of its staff.")
    report = report_named(form.report.data)
    runs.ask(
        db,
        organisation_id=known.organisation_id,
        report=report.name,
        report_format=ReportFormat(form.format.data),
        production=form.production.data,
        fees=sees_fees(),
        requested_by=g.user.id,
    )
    flash(f"{report.title} is being made. It appears below.", "success")


may(
    "ReportView",
    {
        ALL: ("can_list",),
        (ADMINISTRATOR, CONTRACTS, FINANCE, APPROVER, MANAGER, AUDITOR): ("can_see_fees",),
    },
)
