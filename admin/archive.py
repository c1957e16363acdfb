"""The archive at the desk: leave to use SharePoint, the library, and papers that need a person."""

import secrets
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from flask import Response, abort, current_app, flash, make_response, redirect, request, url_for
from flask import session as browser
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response as AnyResponse

from admin import archive_proof
from admin.roles import ADMINISTRATOR, AUDITOR, CONTRACTS, MANAGER, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Refused
from app.models import Document
from app.services import connections
from app.services.archive import filing, overview
from app.services.archive import library as libraries

STATE: Final = "archive_consent"
"""Where the browser's session keeps the word that must come back with the consent."""


class ArchiveView(BaseView):
    """Where executed papers lie, whether they lie there as they were filed, and what to do if not."""

    route_base = "/admin/archive"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_connect", "can_compare", "can_again"]

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show the library and what needs a person."""
        return self._page({}, {})

    @expose("/connect", methods=["POST"])
    @has_access
    def connect(self) -> AnyResponse:
        """Send the Administrator to Microsoft, where an administrator of the tenant consents."""
        told = _settings()
        browser[STATE] = secrets.token_urlsafe(24)
        asked = urlencode(
            {
                "client_id": told["GRAPH_CLIENT_ID"],
                "scope": f"{told['GRAPH_BASE_URL']}/.default",
                "redirect_uri": _back("consented"),
                "state": browser[STATE],
            }
        )
        page = f"{told['GRAPH_AUTHORITY']}/organizations/v2.0/adminconsent?{asked}"
        return make_response(str(self.render_template("desk/archive_go.html", page=page)))

    @expose("/consented")
    @has_access
    @permission_name("connect")
    def consented(self) -> AnyResponse:
        """Let the tenant that is said to have let us in be proved, if the answer is to our own question."""
        asked, came = browser.pop(STATE, ""), request.args.get("state", "")
        if not asked or not secrets.compare_digest(asked.encode(), came.encode()):
            flash("That answer is not to a question of yours. Start again.", "danger")
        elif request.args.get("admin_consent", "").lower() != "true":
            flash(
                "Nobody consented, so nothing is connected. Start again when they have.", "warning"
            )
        else:
            try:
                said = request.args.get("tenant", "")
                return redirect(archive_proof.begin(said, _settings(), _back("proved")))
            except Refused as refusal:
                flash(refusal.reason, "danger")
        return redirect(url_for("ArchiveView.list"), 303)

    @expose("/proved")
    @has_access
    @permission_name("connect")
    def proved(self) -> AnyResponse:
        """Keep the tenant, now that Microsoft has signed that whoever connects it belongs to it."""
        try:
            tenant = archive_proof.finish(request.args, _settings(), _back("proved"))
        except Refused as refusal:
            flash(refusal.reason, "danger")
            return redirect(url_for("ArchiveView.list"), 303)

        def keep(db: Any) -> None:
            libraries.consented(db, organisation_id=_organisation(), tenant=tenant, by=_actor())

        return self._do(keep, "SharePoint lets us in. Now say at which site the papers are kept.")

    @expose("/site", methods=["POST"])
    @has_access
    @permission_name("connect")
    def site(self) -> AnyResponse:
        """Ask which libraries a site has."""
        typed = request.form.get("address", "")
        try:
            with transaction() as db:
                libraries.look_at_site(db, typed)
        except Refused as refusal:
            return self._wrong({"address": typed}, refusal, "address")
        flash(
            "The site is asked. Its libraries are here in a moment: load the page again.", "success"
        )
        return redirect(url_for("ArchiveView.list"), 303)

    @expose("/library", methods=["POST"])
    @has_access
    @permission_name("connect")
    def library(self) -> AnyResponse:
        """File papers in a library of the site from now on."""
        try:
            with transaction() as db:
                waited = filing.choose_library(db, request.form.get("drive", ""))
        except Refused as refusal:
            return self._wrong({}, refusal, "drive")
        flash(f"Papers go there from now on. {waited} waited and are filed now.", "success")
        return redirect(url_for("ArchiveView.list"), 303)

    @expose("/disconnect", methods=["POST"])
    @has_access
    @permission_name("connect")
    def disconnect(self) -> AnyResponse:
        """Use the library no more."""
        return self._do(libraries.give_up, "Disconnected. What lies in SharePoint stays there.")

    @expose("/compare", methods=["POST"])
    @has_access
    def compare(self) -> AnyResponse:
        """Compare every paper with what lies in the library."""
        fact = f"asked-{secrets.token_hex(8)}"

        def ask(db: Any) -> None:
            libraries.look_for_changes(db, fact, is_whole=True)
            libraries.watch(db, fact)

        return self._do(ask, "Every paper is compared now. What differs stands here in a moment.")

    @expose("/again/<int:pk>", methods=["POST"])
    @has_access
    def again(self, pk: int) -> AnyResponse:
        """File a paper once more."""

        def ask(db: Any) -> None:
            filing.file_again(db, db.get(Document, pk) or abort(404))

        return self._do(ask, "It is filed again. What lay there is kept as an older version.")

    def _do(self, deed: Any, said: str) -> AnyResponse:
        try:
            with transaction() as db:
                deed(db)
        except Refused as refusal:
            flash(refusal.reason, "danger")
        else:
            flash(said, "success")
        return redirect(url_for("ArchiveView.list"), 303)

    def _wrong(self, typed: dict[str, str], refusal: Refused, otherwise: str) -> Response:
        wrong = {refusal.field or otherwise: refusal.reason}
        return make_response(self._page(typed, wrong), 422)

    def _page(self, typed: dict[str, str], wrong: dict[str, str]) -> str:
        house, allowed = current_app.config["HOUSE"], self.appbuilder.sm.has_access
        return str(
            self.render_template(
                "desk/archive.html",
                archive=overview.overview(session()),
                choice=house.archive,
                is_manual=connections.is_manual(session(), house.archive),
                typed=typed,
                wrong=wrong,
                may_connect=allowed("can_connect", "ArchiveView"),
                may_compare=allowed("can_compare", "ArchiveView"),
                may_again=allowed("can_again", "ArchiveView"),
            )
        )


def _settings() -> dict[str, str]:
    """Return what we were told about Entra and Graph; there is nothing to connect without it."""
    house = current_app.config["HOUSE"]
    if house.archive != "sharepoint":
        abort(404)
    return {name: value.rstrip("/") for name, value in house.vendor.items()}


def _back(page: str) -> str:
    """Return where Microsoft sends the browser back to: as it is registered there."""
    return str(current_app.config["HOUSE"].base_url) + url_for(f"ArchiveView.{page}")


def _organisation() -> int:
    known = viewer()
    return 0 if known is None else known.organisation_id or 0


def _actor() -> str:
    known = viewer()
    return "" if known is None else known.actor


may(
    "ArchiveView",
    {
        (ADMINISTRATOR,): ("can_list", "can_connect", "can_compare", "can_again"),
        (CONTRACTS,): ("can_list", "can_compare", "can_again"),
        (MANAGER, AUDITOR): ("can_list",),
    },
)
