"""Bringing season workbooks in: upload, columns, a trial, the messages of each row, the import."""

from typing import Any
from uuid import UUID

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin.roles import ADMINISTRATOR, AUDITOR, CONTRACTS, MANAGER, SCHEDULE, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Refused
from app.domain.import_book import MAX_BYTES, MEDIA_TYPE, Book, from_outline
from app.domain.import_columns import (
    FIELDS,
    Mapping,
    Topic,
    choose,
    from_data,
    guess_columns,
)
from app.domain.import_report import Severity
from app.domain.imports import ImportStatus, RowOutcome
from app.integrations import providers
from app.integrations.errors import Retryable
from app.models.imports import ImportRun
from app.services import files
from app.services.files import Kept
from app.services.imports import runs

Held = dict[str, tuple[Topic, dict[str, str]]]
"""Sheet -> what it is about, and what each heading holds, as the page shows it."""

AT_WORK = (ImportStatus.checking, ImportStatus.importing)
EVERY_SECONDS = "3"
"""How often a page asks again while the worker is busy: by a header, so that it needs no script."""


class ImportView(BaseView):
    """The pages of imports. Long work is promised to the worker; a page says what is being done."""

    route_base = "/admin/imports"
    default_view = "list"

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show the earlier imports and the form for a new one."""
        return self._list()

    @expose("/upload", methods=["POST"])
    @has_access
    def upload(self) -> str | Response:
        """Keep a workbook, if it is one, and ask what its columns hold."""
        try:
            content, name = _uploaded()
            book = providers.read_workbook(content)
            providers.files().put(content)
        except Refused as refusal:
            return make_response(self._list(refusal.reason), 422)
        except Retryable as failure:
            return make_response(self._list(f"{failure.reason} Try again."), 503)
        with transaction() as db:
            run = _start(content, name, book)
            db.flush()
        return redirect(url_for("ImportView.columns", key=run.public_id), 303)

    @expose("/<uuid:key>/columns")
    @has_access
    def columns(self, key: UUID) -> str:
        """Show what each column seems to hold, to be changed."""
        run = _run(key)
        return self._columns(run, _as_shown(from_data(run.mapping)))

    @expose("/<uuid:key>/check", methods=["POST"])
    @has_access
    def check(self, key: UUID) -> str | Response:
        """Take the columns and let the worker try the workbook."""
        run = _run(key)
        book = from_outline(run.sheets)
        try:
            with transaction() as db:
                runs.ask_for_check(db, run, _chosen(book))
        except Refused as refusal:
            return make_response(self._columns(_run(key), _kept_choice(book), refusal.reason), 422)
        return redirect(url_for("ImportView.show", key=key), 303)

    @expose("/<uuid:key>")
    @has_access
    def show(self, key: UUID) -> Response:
        """Show what is being done with a workbook, or what came of it."""
        run = _run(key)
        page = max(1, request.args.get("page", 1, type=int))
        severity, sheet = request.args.get("severity", ""), request.args.get("sheet", "")
        found = runs.messages_of(session(), run, severity, sheet, page)
        answer = make_response(
            self.render_template(
                "desk/import.html",
                run=run,
                fates=[fate.value for fate in RowOutcome],
                totals=runs.totals_of(session(), run),
                messages=found,
                severity=severity,
                sheet=sheet,
                number=page,
                has_more=len(found) == runs.PAGE,
                severities=[each.value for each in Severity],
                is_at_work=run.status in AT_WORK,
            )
        )
        if run.status in AT_WORK:
            answer.headers["Refresh"] = EVERY_SECONDS
        return answer

    @expose("/<uuid:key>/run", methods=["POST"])
    @has_access
    def run(self, key: UUID) -> Response:
        """Let the worker bring the workbook in."""
        try:
            with transaction() as db:
                runs.ask_to_run(db, _run(key))
        except Refused as refusal:
            flash(refusal.reason, "danger")
        return redirect(url_for("ImportView.show", key=key), 303)

    def _list(self, problem: str = "") -> str:
        return str(
            self.render_template(
                "desk/imports.html", history=runs.history(session()), problem=problem
            )
        )

    def _columns(self, run: ImportRun, held: Held, problem: str = "") -> str:
        return str(
            self.render_template(
                "desk/import_columns.html",
                run=run,
                sheets=[_sheet_page(kept, held.get(kept["name"])) for kept in run.sheets],
                topics=[topic.value for topic in Topic],
                problem=problem,
            )
        )


def _uploaded() -> tuple[bytes, str]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused("Choose the workbook first.", field="file")
    content = sent.stream.read(MAX_BYTES + 1)
    return content, sent.filename.replace("\\", "/").rsplit("/", 1)[-1][:200]


def _start(content: bytes, name: str, book: Book) -> ImportRun:
    looking = viewer()
    if looking is None or looking.organisation_id is None:
        abort(403)
    kept = Kept.of(content, media_type=MEDIA_TYPE, name=name)
    stored = files.record(
        session(), kept, organisation_id=looking.organisation_id, stored_by=looking.actor
    )
    who = f"{g.user.first_name} {g.user.last_name}".strip()
    return runs.start(session(), stored, book, file_name=name, started_by=who)


def _run(key: UUID) -> ImportRun:
    found = session.scalars(select(ImportRun).where(ImportRun.public_id == key)).one_or_none()
    return found or abort(404)


def _chosen(book: Book) -> Mapping:
    """Return what the form says: what each sheet is about, and what each of its columns holds."""
    mapping: Mapping = {}
    for place, sheet in enumerate(book.sheets):
        topic = request.form.get(f"sheet-{place}", "")
        if topic not in list(Topic):
            continue
        held = {
            heading: request.form.get(f"sheet-{place}-{number}", "")
            for number, heading in enumerate(sheet.headings)
        }
        mapping[sheet.name] = choose(sheet, Topic(topic), held)
    return mapping


def _as_shown(mapping: Mapping) -> Held:
    return {
        name: (chosen.topic, {heading: key for key, heading in chosen.columns.items()})
        for name, chosen in mapping.items()
    }


def _kept_choice(book: Book) -> Held:
    """Return what was chosen as it was chosen; a sheet that is about something else is guessed anew."""
    held: Held = {}
    for place, sheet in enumerate(book.sheets):
        topic = request.form.get(f"sheet-{place}", "")
        if topic not in list(Topic):
            continue
        known = {field.key for field in FIELDS[Topic(topic)]}
        chosen = {
            heading: request.form.get(f"sheet-{place}-{number}", "")
            for number, heading in enumerate(sheet.headings)
        }
        if not known & set(chosen.values()):
            chosen = {heading: key for key, heading in guess_columns(sheet, Topic(topic)).items()}
        held[sheet.name] = (Topic(topic), chosen)
    return held


def _sheet_page(kept: dict[str, Any], held: tuple[Topic, dict[str, str]] | None) -> dict[str, Any]:
    """Return one sheet as the page of columns shows it."""
    topic, holds = held or (None, {})
    return {
        "name": kept["name"],
        "rows": kept["rows"],
        "topic": topic or "",
        "fields": FIELDS[topic] if topic else (),
        "columns": [
            {"heading": heading, "samples": samples, "holds": holds.get(heading, "")}
            for heading, samples in kept["columns"]
        ],
    }


may(
    "ImportView",
    {
        (ADMINISTRATOR, CONTRACTS, SCHEDULE): (
            "can_list", "can_upload", "can_columns", "can_check", "can_show", "can_run",
        ),
        (MANAGER, AUDITOR): ("can_list", "can_show"),
    },
)  # fmt: skip
