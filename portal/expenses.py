"""An expense on the phone: photos, an amount, what for; kept between the steps, and sent with its claim."""

from uuid import UUID

from flask import Blueprint, abort, flash, make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.db.clock import now
from app.db.session import transaction
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.domain.people import RepresentationScope
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services import client_requests
from app.services.expenses import drafts, reading, receiving
from app.services.expenses.pricing import NewLine
from portal.claims import claim_found, line_found
from portal.expense_form import ExpenseForm, key_in
from portal.expense_page import form_page, zone_here
from portal.gate import company, needs_scope, taken
from portal.photos import by_keys, gather

CLAIM = RepresentationScope.claim


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    draft = "/expenses/drafts/<uuid:key>"
    line = "/expenses/<uuid:key>/lines/<uuid:line_key>"
    portal.add_url_rule("/expenses/new", view_func=new_expense)
    portal.add_url_rule("/expenses/new", "keep_expense", keep_expense, methods=["POST"])
    portal.add_url_rule(draft, view_func=draft_expense)
    portal.add_url_rule(f"{draft}/leave", view_func=leave_draft, methods=["POST"])
    portal.add_url_rule(f"{line}/change", view_func=change_line)
    portal.add_url_rule(f"{line}/remove", view_func=remove_line, methods=["POST"])


@needs_scope(CLAIM)
def new_expense() -> str:
    """Show the form of an expense; the engagement is guessed from the day."""
    with transaction() as db:
        house = company(db)
        engagements = reading.claimable(db)
        today = today_in(zone_here(db, engagements), now())
        guess = receiving.guess_engagement(engagements, today)
    form = ExpenseForm.blank(
        house.base_currency,
        currency=house.base_currency,
        spent_on=today.isoformat(),
        engagement="" if guess is None else str(guess.public_id),
        claim=request.args.get("claim", ""),
        paid_by="artist",
        vehicle="car",
    )
    return form_page(form)


@needs_scope(CLAIM)
def draft_expense(key: UUID) -> str:
    """Show an expense that was begun, as it was left."""
    with transaction() as db:
        draft = drafts.found(db, key) or abort(404)
        form = ExpenseForm.of_draft(company(db).base_currency, draft)
        form.photos, form.statements = by_keys(draft.receipts), by_keys(draft.statements)
    return form_page(form)


@needs_scope(CLAIM)
def leave_draft(key: UUID) -> Response:
    """Put away what was begun."""
    with transaction() as db:
        if not drafts.is_known(db, key):
            abort(404)
        drafts.end(db, key)
    flash("The expense you had begun is left out.", "success")
    return redirect(url_for("portal.expenses"), 303)


@needs_scope(CLAIM)
def change_line(key: UUID, line_key: UUID) -> str:
    """Show an expense of a claim that is not sent yet, to change it."""
    with transaction() as db:
        form = ExpenseForm.of_line(line_found(claim_found(db, key), line_key))
    return form_page(form)


@needs_scope(CLAIM)
def remove_line(key: UUID, line_key: UUID) -> Response:
    """Take an expense off a claim that is not sent yet."""
    try:
        with transaction() as db:
            receiving.drop_line(db, line_found(claim_found(db, key), line_key))
    except Refused as refusal:
        flash(refusal.reason, "danger")
    else:
        flash("The expense is taken off this claim.", "success")
    return redirect(url_for("portal.claim", key=key), 303)


@needs_scope(CLAIM)
def keep_expense() -> str | Response:
    """Keep the photos, then the expense; a refusal comes back with everything typed and the photos."""
    with transaction() as db:
        form = ExpenseForm.sent(company(db).base_currency, request.form)
    gather(form)
    if request.form.get("do") == "photo":
        return _drafted(form)
    try:
        return redirect(_kept(form, form.line()), 303)
    except client_requests.KeyReused as refusal:
        anew = ExpenseForm(receiving.new_key(), form.typed, form.base_currency)
        anew.photos, anew.statements = form.photos, form.statements
        form = anew
        form.errors[""] = refusal.reason
    except Refused as refusal:
        form.put(refusal)
    _keep_draft(form)
    return make_response(form_page(form), 422)


def _drafted(form: ExpenseForm) -> str | Response:
    _keep_draft(form)
    if form.errors:
        return make_response(form_page(form), 422)
    return redirect(url_for("portal.draft_expense", key=form.key), 303)


def _keep_draft(form: ExpenseForm) -> None:
    with transaction() as db:
        drafts.keep(
            db,
            organisation_id=company(db).id,
            claimant_id=taken().person_id,
            key=form.key,
            typed=form.typed,
            receipts=form.photos,
            statements=form.statements,
        )


def _kept(form: ExpenseForm, new: NewLine) -> str:
    """Write the expense down, and send its claim if that was the button; return where to go on."""
    papers = [file.sha256 for file in (*form.photos, *form.statements)]
    asked = client_requests.fingerprint([form.typed, papers, _deed()])
    actor = taken().actor
    with transaction() as db:
        house = company(db).id
        first = client_requests.begin(
            db, organisation_id=house, actor=actor, key=form.key, asked=asked
        )
        if first is not None:
            return str(first.body["href"])
        found = _claim_for(db, form, new)
        _enter(db, found, form, new)
        if _deed() == "send":
            receiving.submit(db, found)
        drafts.end(db, form.key)
        href = url_for("portal.claim", key=found.public_id)
        client_requests.answer(
            db, organisation_id=house, actor=actor, key=form.key, status=303, body={"href": href}
        )
    flash(_said(found), "success")
    return href


def _enter(db: Session, found: ExpenseClaim, form: ExpenseForm, new: NewLine) -> None:
    zone = receiving.zone_of(db, found.engagement)
    line = _line_of(found, form)
    if line is None:
        receiving.add_line(db, found, new, form.photos, zone=zone, statements=form.statements)
    else:
        receiving.revise_line(db, line, new, form.photos, zone=zone, statements=form.statements)


def _line_of(found: ExpenseClaim, form: ExpenseForm) -> ExpenseLine | None:
    wanted = key_in(form.typed["line"])
    return None if wanted is None else line_found(found, wanted)


def _deed() -> str:
    return "send" if request.form.get("do", "send") == "send" else "more"


def _said(found: ExpenseClaim) -> str:
    if found.submitted_at is None:
        return "Kept. Add the next expense, or send the claim."
    return f"Sent as {found.number}. You get the number by mail."


def _claim_for(db: Session, form: ExpenseForm, new: NewLine) -> ExpenseClaim:
    """Return the claim that an expense goes on: the one it was begun for, or a new one."""
    known = key_in(form.typed["claim"])
    if known is not None:
        return claim_found(db, known)
    engagements = reading.claimable(db)
    wanted = form.typed["engagement"]
    chosen = next((e for e in engagements if str(e.public_id) == wanted), None)
    if wanted and chosen is None:
        raise Refused("Nothing is claimed on that any more. Choose again.", field="engagement")
    engagement = chosen or receiving.guess_engagement(engagements, new.spent_on)
    if engagement is None:
        raise Refused("You have no engagement with us yet to claim for.", field="engagement")
    return receiving.receive(db, engagement, client_uuid=form.key, claimed_by=taken().actor)
