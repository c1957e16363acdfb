"""Bulk runs on the desk: choose, try, confirm by typing the number, undo for a while, watch, and the results."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Final
from uuid import UUID

from flask import Response, abort, flash, g, jsonify, redirect, request, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from admin.bulk_progress import every_row, news, progress
from admin.bulk_words import NAMES, PLACES, steps_at
from admin.roles import ADMINISTRATOR, AUDITOR, CONTRACTS, READ, may
from app.db.session import session, transaction, viewer
from app.domain.bulk_runs import MOST, BulkKind, RowStatus
from app.domain.errors import Refused
from app.integrations import providers
from app.models import BulkRun, BulkRunRow, Contract, Engagement, Production
from app.services.bulk_runs import choosing, rows, runs
from app.services.bulk_runs.choosing import Narrowed
from app.services.bulk_runs.deeds import DEEDS, counted

SHOWN: Final = 200
"""Candidates that are listed; the rest is taken along by one box."""
SAID: Final = {
    "release": "It starts now.",
    "undo": "It is undone. Nothing was done to anybody.",
    "again": "The rest is tried again.",
}


class BulkRunView(BaseView):
    """One deed for many contracts, from choosing to the results."""

    route_base = "/admin/bulk-runs"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_run"]

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show the runs there were, and what can be begun."""
        found = session.scalars(select(BulkRun).order_by(BulkRun.id.desc()).limit(100)).all()
        sums = session.execute(
            select(BulkRunRow.run_id, BulkRunRow.status, func.count())
            .where(BulkRunRow.run_id.in_([run.id for run in found]))
            .group_by(BulkRunRow.run_id, BulkRunRow.status)
        )
        tally: dict[int, dict[RowStatus, int]] = {}
        for run_id, status, number in sums:
            tally.setdefault(run_id, {})[status] = number
        return str(
            self.render_template(
                "desk/bulk_runs.html", runs=found, tally=tally, names=NAMES, may_run=self._may_run()
            )
        )

    @expose("/choose/<kind>", methods=["GET"])
    @has_access
    @permission_name("run")
    def choose(self, kind: str) -> str:
        """Show which contracts can be taken along, as the list is narrowed."""
        return self._choice(_kind(kind), "")

    @expose("/begin/<kind>", methods=["POST"])
    @has_access
    @permission_name("run")
    def begin(self, kind: str) -> AnyResponse:
        """Begin a run with the chosen contracts; it is tried first."""
        wanted = _kind(kind)
        narrowed = _narrowed(request.form)
        try:
            with transaction() as db:
                ids = _chosen(db, wanted, narrowed)
                run = choosing.begin(
                    db, wanted, ids, narrowed=narrowed, organisation_id=organisation(),
                    user_id=g.user.id,
                )  # fmt: skip
                key = run.public_id
        except Refused as refusal:
            return Response(self._choice(wanted, refusal.reason), 422)
        return redirect(url_for("BulkRunView.show", key=key), 303)

    @expose("/<uuid:key>", methods=["GET"])
    @has_access
    def show(self, key: UUID) -> str:
        """Show a run: what was found, how far it is, what became of each row."""
        return self._page(_run(key), {})

    @expose("/<uuid:key>/state", methods=["GET"])
    @has_access
    @permission_name("show")
    def state(self, key: UUID) -> AnyResponse:
        """Say how far a run is, for a page that asks every second, with the rows that changed since."""
        answer = jsonify(news(_run(key), request.args.get("since", "")))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/<uuid:key>/confirm", methods=["POST"])
    @has_access
    @permission_name("run")
    def confirm(self, key: UUID) -> AnyResponse:
        """Mean it: the number of contracts is typed."""
        run = _run(key)
        try:
            with transaction() as db:
                runs.confirm(db, run.id, typed=request.form.get("count", ""), user_id=g.user.id)
        except Refused as refusal:
            wrong = {refusal.field or "top": refusal.reason}
            return Response(self._page(_run(key), wrong), 422)
        flash("It is confirmed. Until it starts it can be undone.", "success")
        return redirect(url_for("BulkRunView.show", key=key), 303)

    @expose("/<uuid:key>/move/<move>", methods=["POST"])
    @has_access
    @permission_name("run")
    def move(self, key: UUID, move: str) -> AnyResponse:
        """Start a run now, undo it, stop it, or take up the rest."""
        deeds = {
            "release": runs.release,
            "undo": runs.undo,
            "again": runs.again,
            "cancel": runs.cancel,
        }
        if move not in deeds:
            abort(404)
        run = _run(key)
        try:
            with transaction() as db:
                left = deeds[move](db, run.id)
        except Refused as refusal:
            flash(refusal.reason, "warning")
        else:
            stopped = f"It is stopped. {left} contracts are left as they were."
            flash(SAID.get(move, stopped), "success")
        return redirect(url_for("BulkRunView.show", key=key), 303)

    @expose("/<uuid:key>/results", methods=["GET"])
    @has_access
    @permission_name("show")
    def results(self, key: UUID) -> AnyResponse:
        """Hand the results over: the file that was kept, or how it stands while it is not."""
        run = _run(key)
        name = f"bulk run {run.id}.csv"
        if run.report is not None:
            place = providers.files().checked(run.report.sha256)
            answer = send_file(
                place, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0
            )
        else:
            answer = Response(rows.report(session(), run), mimetype="text/csv")
            answer.headers.set("Content-Disposition", "attachment", filename=name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _may_run(self) -> bool:
        return bool(self.appbuilder.sm.has_access("can_run", "BulkRunView"))

    def _choice(self, kind: BulkKind, wrong: str) -> str:
        typed = request.form if request.method == "POST" else request.args
        narrowed = _narrowed(typed)
        asked = choosing.candidates(kind, narrowed)
        number = session.scalar(select(func.count()).select_from(asked.order_by(None).subquery()))
        page = self.render_template(
            "desk/bulk_choose.html",
            kind=kind,
            name=NAMES[kind],
            candidates=session.execute(asked.limit(SHOWN)).all(),
            number=number or 0,
            most=MOST,
            narrowed=narrowed,
            productions=_productions(kind),
            chosen=set(request.form.getlist("rowid")) if request.method == "POST" else None,
            wrong=wrong,
            steps=steps_at(0),
        )
        return str(page)

    def _page(self, run: BulkRun, wrong: dict[str, str]) -> str:
        far = progress(run)
        page = self.render_template(
            "desk/bulk_run.html",
            run=run,
            deed=counted(DEEDS[run.kind].deed, far["ready"]),
            name=NAMES[run.kind],
            may_run=self._may_run(),
            wrong=wrong,
            typed=request.form,
            steps=steps_at(PLACES[run.status]),
            **far,
            **every_row(run),
        )
        return str(page)


def begin_with(kind: BulkKind, contracts: Sequence[Contract]) -> AnyResponse:
    """Begin a run with contracts chosen in their list, within the transaction of that move."""
    run = choosing.begin(
        session(),
        kind,
        [contract.id for contract in contracts],
        narrowed=Narrowed(),
        organisation_id=organisation(),
        user_id=g.user.id,
    )
    return redirect(url_for("BulkRunView.show", key=run.public_id), 303)


def organisation() -> int:
    """Return the company of whoever is signed in."""
    known = viewer()
    if known is None or known.organisation_id is None:
        abort(403)
    return known.organisation_id


def _kind(name: str) -> BulkKind:
    return BulkKind(name) if name in BulkKind.__members__ else abort(404)


def _run(key: UUID) -> BulkRun:
    found = session.scalars(select(BulkRun).where(BulkRun.public_id == key)).one_or_none()
    return found if found is not None else abort(404)


def _narrowed(typed: Any) -> Narrowed:
    number = typed.get("production", "")
    try:
        starts = date.fromisoformat(typed.get("from", "").strip())
    except ValueError:
        starts = None
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return Narrowed(typed.get("q", "").strip(), int(number) if is_number else 0, starts)


def _chosen(db: Session, kind: BulkKind, narrowed: Narrowed) -> list[int]:
    if request.form.get("everything"):
        asked = choosing.candidates(kind, narrowed).with_only_columns(Contract.id)
        return [*db.scalars(asked.limit(MOST + 1))]
    typed = request.form.getlist("rowid")
    return [int(each) for each in typed if each.isascii() and each.isdigit() and len(each) < 19]


def _productions(kind: BulkKind) -> list[Any]:
    asked = (
        select(Production.id, Production.title)
        .join(Engagement, Engagement.production_id == Production.id)
        .join(Contract, Contract.engagement_id == Engagement.id)
        .where(Contract.status.in_(DEEDS[kind].statuses))
        .group_by(Production.id)
        .order_by(Production.folded)
    )
    return [*session.execute(asked)]


may(
    "BulkRunView",
    {(ADMINISTRATOR, CONTRACTS): (*READ, "can_run"), (AUDITOR,): READ},
)
