"""An artist's statement at the desk: every amount traced, as a PDF, and copies kept as they were."""

from datetime import datetime
from io import BytesIO
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, flash, g, redirect, send_file, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.access import remembered
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, CONTRACTS, FINANCE, MANAGER, may
from app.db.clock import now
from app.db.session import session, transaction
from app.domain.local_time import format_instant
from app.integrations import providers
from app.models.engagements import Engagement
from app.models.organisations import Organisation
from app.services import files
from app.services.statement_copies import copies, keep_copy
from app.services.statement_lines import Account, accounts
from app.services.statements import statement_of
from reports.render.statement import StatementPaper, statement_paper


class StatementView(BaseView):
    """One engagement's statement, as the artist sees it, with what leads to each amount."""

    route_base = "/admin/statements"

    @expose("/<int:engagement_id>")
    @has_access
    @permission_name("show")
    def show(self, engagement_id: int) -> str:
        """Show a statement as it stands."""
        at = now()
        account, house = _account(session(), engagement_id, at)
        return str(
            self.render_template(
                "desk/statement.html",
                account=account,
                engagement=account.engagement,
                kept=copies(session(), [engagement_id]),
                house=house,
                at=at,
                may_keep=("can_keep", "StatementView") in remembered(g.user),
            )
        )

    @expose("/<int:engagement_id>/pdf")
    @has_access
    @permission_name("show")
    def pdf(self, engagement_id: int) -> Response:
        """Hand a statement out as it stands, and keep nothing."""
        paper = _paper(session(), engagement_id)
        return _file(paper.content, paper.name)

    @expose("/<int:engagement_id>/keep", methods=["POST"])
    @has_access
    def keep(self, engagement_id: int) -> Response:
        """Keep a copy as it is now, for both sides; it never changes."""
        paper = _paper(session(), engagement_id)
        kept = files.Kept.of(paper.content, media_type="application/pdf", name=paper.name)
        providers.files().put(paper.content)
        with transaction() as db:
            engagement = db.get_one(Engagement, engagement_id)
            zone = db.get_one(Organisation, engagement.organisation_id).zone
            keep_copy(
                db, engagement, kept, as_of=format_instant(paper.as_of, zone),
                data_sha256=paper.data_sha256, by=f"staff:{g.user.id}",
            )  # fmt: skip
        flash("A copy is kept as it is now. The artist finds it under Money.", "success")
        return redirect(url_for("StatementView.show", engagement_id=engagement_id), 303)

    @expose("/<int:engagement_id>/copies/<uuid:key>")
    @has_access
    @permission_name("show")
    def copy(self, engagement_id: int, key: UUID) -> Response:
        """Hand out a copy that was kept: the bytes of then."""
        found = next((c for c in copies(session(), [engagement_id]) if c.public_id == key), None)
        if found is None or found.file is None:
            abort(404)
        return _file(providers.files().read(found.file.sha256), found.file.name)


def _account(db: Session, engagement_id: int, at: datetime) -> tuple[Account, Organisation]:
    engagement = db.get(Engagement, engagement_id) or abort(404)
    house = db.get_one(Organisation, engagement.organisation_id)
    today = at.astimezone(ZoneInfo(house.zone)).date()
    return accounts(db, [statement_of(db, engagement)], today)[0], house


def _paper(db: Session, engagement_id: int) -> StatementPaper:
    at = now()
    account, house = _account(db, engagement_id, at)
    return statement_paper(account, company=house.name, zone=house.zone, at=at)


def _file(content: bytes, name: str) -> Response:
    answer = send_file(
        BytesIO(content),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


READERS = (ADMINISTRATOR, CONTRACTS, FINANCE, APPROVER, MANAGER, AUDITOR)
may("StatementView", {READERS: ("can_show",)})
may("StatementView", {(ADMINISTRATOR, FINANCE, MANAGER): ("can_show", "can_keep")})
