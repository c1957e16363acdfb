"""Read a change of a contract's terms on the phone, decline it, sign it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import served
from app.db.clock import now
from app.db.session import transaction
from app.domain.contracts import AmendmentStatus
from app.domain.errors import Refused
from app.domain.people import RepresentationScope
from app.integrations import providers
from app.models.contracts import Amendment
from app.models.documents import StoredFile
from app.services.amendments import drafting, ending, signing
from app.services.amendments.requests import all_evidence
from portal import gate
from portal.contracts import act, is_late, signer
from portal.gate import needs_scope, needs_seat
from portal.step_up import require_step_up

INTENT = "I have read this amendment and sign it"
"""The words on the button; they are part of the evidence."""


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    one = "/amendments/<uuid:public_id>"
    portal.add_url_rule(one, view_func=amendment)
    portal.add_url_rule(f"{one}/paper", view_func=amendment_paper)
    portal.add_url_rule(f"{one}/decline", view_func=decline_amendment, methods=["POST"])
    portal.add_url_rule(f"{one}/code", view_func=send_amendment_code, methods=["POST"])
    portal.add_url_rule(f"{one}/sign", view_func=last_page_of_amendment)
    portal.add_url_rule(f"{one}/sign", view_func=sign_amendment, methods=["POST"])


@needs_seat
def amendment(public_id: UUID) -> str:
    """Show old beside new, the whole paper, and what can be done; that it was opened is noted."""
    with transaction() as db:
        found = _found(db, public_id)
        is_new = found.viewed_at is None and found.status is AmendmentStatus.sent
        if is_new and not gate.taken().found.agent_name:
            found.viewed_at = now()
        return _page(db, found)


@needs_seat
def amendment_paper(public_id: UUID) -> Response:
    """Hand out the PDF: the sealed one once there is one, else the one that is to be signed."""
    with transaction() as db:
        found = _found(db, public_id)
        file = db.get(StoredFile, found.sealed_file_id or found.document_file_id or 0)
        name = f"{found.contract.number} amendment {found.number}.pdf"
        sha256 = file.sha256 if file is not None else abort(404)
    answer = Response(providers.files().read(sha256), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = served.SANDBOX
    return answer


@needs_scope(RepresentationScope.sign)
def decline_amendment(public_id: UUID) -> str | AnyResponse:
    """Say no, with the reason; the terms stay as they are."""
    typed = request.form.get("reason", "")
    try:
        with transaction() as db:
            ending.decline(db, _found(db, public_id), reason=typed)
    except Refused as refusal:
        with transaction() as db:
            page = _page(db, _found(db, public_id), wrong=refusal.reason, typed=typed)
        return Response(page, 422)
    return redirect(url_for("portal.amendment", public_id=public_id), 303)


@needs_scope(RepresentationScope.sign)
@require_step_up
def send_amendment_code(public_id: UUID) -> AnyResponse:
    """Ask for a code, then go on to the last page."""
    return redirect(url_for("portal.last_page_of_amendment", public_id=public_id), 303)


@needs_scope(RepresentationScope.sign)
@require_step_up
def last_page_of_amendment(public_id: UUID) -> str | AnyResponse:
    """Show once more what is signed, and the button that signs it."""
    with transaction() as db:
        found = _found(db, public_id)
        if found.status is not AmendmentStatus.sent or is_late(found):
            return redirect(url_for("portal.amendment", public_id=public_id), 303)
        return _last_page(db, found)


@needs_scope(RepresentationScope.sign)
@require_step_up
def sign_amendment(public_id: UUID) -> str | AnyResponse:
    """Sign. Pressed twice, it signs once."""
    try:
        with transaction() as db:
            found = _found(db, public_id)
            signing.sign(db, found, signer(db), act(db, INTENT))
    except Refused as refusal:
        with transaction() as db:
            return Response(_last_page(db, _found(db, public_id), refusal.reason), 409)
    return redirect(url_for("portal.amendment", public_id=public_id), 303)


def _found(db: Session, public_id: UUID) -> Amendment:
    """Return the amendment; a colleague's does not exist here, for the database hides it."""
    asked = select(Amendment).where(Amendment.public_id == public_id)
    return db.scalars(asked).one_or_none() or abort(404)


def _page(db: Session, found: Amendment, **more: Any) -> str:
    return render_template("portal/amendment.html", **_context(db, found), **more)


def _last_page(db: Session, found: Amendment, wrong: str = "") -> str:
    context = _context(db, found)
    return render_template("portal/amendment_sign.html", intent=INTENT, wrong=wrong, **context)


def _context(db: Session, found: Amendment) -> dict[str, Any]:
    seat, house = gate.taken(), gate.company(db)
    late = found.status is AmendmentStatus.sent and is_late(found)
    is_waiting = found.status is AmendmentStatus.sent and not late
    return {
        "amendment": found,
        "contract": found.contract,
        "changes": drafting.changes_of(found),
        "proofs": all_evidence(db, found),
        "company": house,
        "zone": house.zone,
        "is_waiting": is_waiting,
        "is_late": late,
        "may_sign": is_waiting and seat.may(RepresentationScope.sign),
    }
