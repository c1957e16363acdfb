"""Read a contract on the phone, ask about it, decline it, sign it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app import served, sessions
from app.db.clock import now
from app.db.session import transaction
from app.domain.contracts import AmendmentStatus, ContractStatus
from app.domain.envelopes import BUILTIN
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.people import RepresentationScope
from app.domain.providers import name_of
from app.integrations import providers
from app.models.contracts import Amendment, Contract, SignatureRequest
from app.models.people import Person
from app.services.contracts import ending, in_force, looking, pack, questions, reading, signing
from app.services.waiting import changes_to_sign
from portal import gate, step_up
from portal.gate import needs_scope, needs_seat
from portal.step_up import require_step_up

WAITING = frozenset({ContractStatus.sent, ContractStatus.part_signed})
INTENT = "I have read this contract and sign it"
"""The words on the button; they are part of the evidence."""


WORDS = {
    ContractStatus.sent: "Waiting for your signature",
    ContractStatus.part_signed: "Waiting for another signature",
    ContractStatus.signed_by_artist: "Signed, waiting for the company",
    ContractStatus.executed: "Complete",
    ContractStatus.completed: "Complete",
    ContractStatus.voided: "Taken back",
    ContractStatus.external: "Signed elsewhere",
}
"""What a status means to the artist, where that is not the desk's word."""


def install(portal: Blueprint) -> None:
    """Give the templates the artist's words for a status."""
    portal.app_template_global("status_words")(status_words)
    portal.app_template_global("amendment_words")(amendment_words)


def status_words(found: Contract) -> str:
    """Return what a contract's status means to the artist; empty for the desk's own word."""
    return WORDS.get(found.status, "")


AMENDED = {
    AmendmentStatus.sent: "Waiting for your signature",
    AmendmentStatus.signed_by_artist: "Signed, waiting for the company",
    AmendmentStatus.executed: "Complete",
    AmendmentStatus.voided: "Taken back",
}


def amendment_words(found: Amendment) -> str:
    """Return what an amendment's status means to the artist; empty for the desk's own word."""
    return AMENDED.get(found.status, "")


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    one = "/contracts/<uuid:public_id>"
    portal.add_url_rule("/contracts", view_func=contracts)
    portal.add_url_rule(one, view_func=contract)
    portal.add_url_rule(f"{one}/text", view_func=contract_text)
    portal.add_url_rule(f"{one}/paper", view_func=contract_paper)
    portal.add_url_rule(f"{one}/evidence", view_func=evidence_pack)
    portal.add_url_rule(f"{one}/questions", view_func=ask, methods=["POST"])
    portal.add_url_rule(f"{one}/decline", view_func=decline, methods=["POST"])
    portal.add_url_rule(f"{one}/code", view_func=send_code, methods=["POST"])
    portal.add_url_rule(f"{one}/sign", view_func=last_page)
    portal.add_url_rule(f"{one}/sign", view_func=sign, methods=["POST"])


@needs_seat
def contracts() -> str:
    """List what waits for a signature and what was signed."""
    with transaction() as db:
        found = reading.own_contracts(db)
        changes = changes_to_sign(db)
        zone = gate.company(db).zone
    waiting = [each for each in found if each.status in WAITING]
    others = [each for each in found if each.status not in WAITING]
    may_sign = gate.taken().may(RepresentationScope.sign)
    return render_template(
        "portal/contracts.html",
        waiting=waiting, others=others, changes=changes, zone=zone, may_sign=may_sign,
    )  # fmt: skip


@needs_seat
def contract(public_id: UUID) -> str:
    """Show the key terms, what changed, and what can be done; that it was opened is noted."""
    with transaction() as db:
        found = found_by(db, public_id)
        news = looking.news_of(found)
        page = page_of(db, found, news=news)
        if not gate.taken().found.agent_name:
            questions.mark_viewed(db, found)
            looking.note_look(db, found)
        return page


@needs_seat
def contract_text(public_id: UUID) -> str:
    """Show the whole text, set for a phone."""
    with transaction() as db:
        found = found_by(db, public_id)
        if not found.versions:
            abort(404)
        return render_template("portal/contract_text.html", contract=found, **_context(db, found))


@needs_seat
def contract_paper(public_id: UUID) -> Response:
    """Hand out the PDF: the sealed one once there is one, else the one that is to be signed."""
    with transaction() as db:
        found = found_by(db, public_id)
        read = reading.reading_of(db, found)
    if read.paper is None or read.version is None:
        abort(404)
    name = f"{found.number} v{read.version.number}.pdf"
    answer = Response(providers.files().read(read.paper.sha256), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = served.SANDBOX
    return answer


@needs_seat
def evidence_pack(public_id: UUID) -> Response:
    """Hand out every signed paper with its evidence."""
    with transaction() as db:
        found = found_by(db, public_id)
        if found.executed_at is None:
            abort(404)
        content = pack.pack(db, found, providers.files().read)
        name = f"{found.number} evidence.zip"
    answer = Response(content, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Content-Security-Policy"] = served.SANDBOX
    return answer


@needs_seat
def ask(public_id: UUID) -> str | AnyResponse:
    """Ask the company about the contract."""
    typed = request.form.get("body", "")
    try:
        with transaction() as db:
            found = found_by(db, public_id)
            questions.ask(db, found, author=_author(), body=typed)
    except Refused as refusal:
        return _again(public_id, "ask", refusal, typed)
    return redirect(url_for("portal.contract", public_id=public_id, _anchor="ask"), 303)


@needs_scope(RepresentationScope.sign)
def decline(public_id: UUID) -> str | AnyResponse:
    """Say no, with the reason."""
    typed = request.form.get("reason", "")
    try:
        with transaction() as db:
            ending.decline(db, found_by(db, public_id), reason=typed)
    except Refused as refusal:
        return _again(public_id, "decline", refusal, typed)
    return redirect(url_for("portal.contract", public_id=public_id), 303)


@needs_scope(RepresentationScope.sign)
@require_step_up
def send_code(public_id: UUID) -> AnyResponse:
    """Ask for a code, then go on to the last page."""
    return redirect(url_for("portal.last_page", public_id=public_id), 303)


@needs_scope(RepresentationScope.sign)
@require_step_up
def last_page(public_id: UUID) -> str | AnyResponse:
    """Show once more what is signed, and the button that signs it."""
    with transaction() as db:
        found = found_by(db, public_id)
        if found.status not in WAITING or is_late(found):
            return redirect(url_for("portal.contract", public_id=public_id), 303)
        return last_page_of(db, found)


@needs_scope(RepresentationScope.sign)
@require_step_up
def sign(public_id: UUID) -> str | AnyResponse:
    """Sign. Pressed twice, it signs once."""
    try:
        with transaction() as db:
            found = found_by(db, public_id)
            signing.sign(db, found, signer(db), act(db, INTENT))
    except Refused as refusal:
        with transaction() as db:
            return Response(last_page_of(db, found_by(db, public_id), refusal.reason), 409)
    return redirect(url_for("portal.contract", public_id=public_id), 303)


def found_by(db: Session, public_id: UUID) -> Contract:
    """Return the contract; a colleague's does not exist here, for the database hides it."""
    return reading.by_public_id(db, public_id) or abort(404)


def page_of(db: Session, found: Contract, **more: Any) -> str:
    """Write the page of a contract."""
    return render_template("portal/contract.html", contract=found, **_context(db, found), **more)


def _context(db: Session, found: Contract) -> dict[str, Any]:
    seat = gate.taken()
    house = gate.company(db)
    read = reading.reading_of(db, found)
    is_waiting = found.status in WAITING and not is_late(found)
    return {
        "read": read,
        "company": house,
        "zone": house.zone,
        "may_sign": seat.may(RepresentationScope.sign) and is_waiting,
        "is_waiting": is_waiting,
        "is_late": found.status in WAITING and is_late(found),
        "elsewhere": _elsewhere(read.request),
        "channel": step_up.channel_of(db),
        "force": in_force.terms_on(db, found.engagement, today_in(house.zone, now()))
        if found.executed_at
        else None,
        "amendments": found.amendments,
        "error": {},
        "typed": {},
    }


def is_late(found: Contract | Amendment) -> bool:
    """Tell whether the time to sign has run out, also where nothing has ended the paper yet."""
    return found.expires_at is not None and found.expires_at <= now()


def _elsewhere(asked: SignatureRequest | None) -> str:
    """Return the name of the provider at which it is signed; empty where that is here."""
    return name_of(asked.provider) if asked is not None and asked.provider != BUILTIN else ""


def last_page_of(db: Session, found: Contract, wrong: str = "") -> str:
    """Write the page on which a contract is signed, or left to be signed at a provider."""
    context = _context(db, found)
    return render_template(
        "portal/contract_sign.html", contract=found, intent=INTENT, wrong=wrong, **context
    )


def _again(public_id: UUID, part: str, refusal: Refused, typed: str) -> AnyResponse:
    with transaction() as db:
        found = found_by(db, public_id)
        context = {**_context(db, found), "error": {part: refusal.reason}, "typed": {part: typed}}
        page = render_template("portal/contract.html", contract=found, **context)
    return Response(page, 422)


def _author() -> str:
    found = gate.taken().found
    return found.agent_name or found.artist_name


def signer(db: Session) -> Person:
    """Return who signs: the artist, or the agent whose seat it is."""
    place = gate.taken().found.seat
    return db.get_one(Person, place.agent_person_id or place.person_id)


def act(db: Session, intent: str) -> signing.Act:
    """Return what the door sees of an act of signing."""
    device = sessions.device()
    return signing.Act(
        intent=intent,
        document_sha256=request.form.get("document", ""),
        address=device.ip,
        device=device.user_agent,
        zone=gate.zone_typed(request.form.get("zone", "")) or gate.company(db).zone,
        step_up=step_up.proved_by() if step_up.is_fresh() else "",
    )
