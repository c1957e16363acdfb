"""Claims on the phone: each with its stage, each line with its decision, a question to answer."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.db.clock import now
from app.db.session import transaction
from app.domain.errors import Refused
from app.domain.expenses import ClaimStatus, PaidBy
from app.domain.local_time import today_in
from app.domain.payment_stages import expected_words
from app.domain.people import RepresentationScope
from app.models.expenses import ExpenseClaim, ExpenseLine
from app.services.expenses import (
    drafts,
    entering_again,
    letters,
    questions,
    reading,
    receiving,
    stage,
)
from portal.expense_form import ExpenseForm
from portal.gate import company, needs_scope, needs_seat, taken
from portal.photos import gather

CLAIM = RepresentationScope.claim
WORDS = {
    ClaimStatus.received: "Not sent yet",
    ClaimStatus.submitted: "With finance",
    ClaimStatus.under_review: "Being looked at",
    ClaimStatus.posting: "Approved",
    ClaimStatus.post_failed: "Approved",
    ClaimStatus.posted: "Approved",
    ClaimStatus.closed: "Decided, nothing to pay",
    ClaimStatus.recalled: "Taken back",
}
"""What a status means to the artist, where that is not the desk's word."""
PAYERS = {
    PaidBy.artist: ("I did", ""),
    PaidBy.company: ("The company", "Its card or account. Nothing is paid to you."),
    PaidBy.buyout: ("I did, out of a buy-out", "You had a sum for it. Nothing more is paid."),
    PaidBy.rechargeable: ("I did, and somebody else bears it", "Say in Why who does."),
}
UNDECIDED = (ClaimStatus.received, ClaimStatus.submitted, ClaimStatus.under_review)


def install(portal: Blueprint) -> None:
    """Give the templates the artist's words for a claim."""
    portal.app_template_global("claim_words")(lambda claim: WORDS.get(claim.status, ""))


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    one = "/expenses/<uuid:key>"
    portal.add_url_rule("/expenses", view_func=expenses)
    portal.add_url_rule(one, view_func=claim)
    portal.add_url_rule(f"{one}/send", view_func=send_claim, methods=["POST"])
    portal.add_url_rule(f"{one}/recall", view_func=recall_claim, methods=["POST"])
    portal.add_url_rule(f"{one}/again", view_func=enter_claim_again, methods=["POST"])
    portal.add_url_rule(f"{one}/answer/<uuid:line_key>", view_func=answer_line, methods=["POST"])


@needs_seat
def expenses() -> str:
    """List the claims, the newest first, each with its stage and the day its payment is expected."""
    with transaction() as db:
        found = reading.own_claims(db)
        house = company(db)
        today = today_in(house.zone, now())
        expected = {each.id: letters.expected_payment(db, each, today) for each in found}
        can_claim = bool(reading.claimable(db)) and taken().may(CLAIM)
        begun = drafts.open_ones(db) if taken().may(CLAIM) else []
        zone = house.zone
    return render_template(
        "portal/expenses.html",
        claims=found,
        expected=expected,
        can_claim=can_claim,
        drafts=begun,
        zone=zone,
        at=now(),
    )


@needs_seat
def claim(key: UUID) -> str:
    """Show one claim: each line with what was decided, by whom, why; and when the money comes."""
    return _claim_page(key)


@needs_scope(CLAIM)
def send_claim(key: UUID) -> Response:
    """Send a claim to finance."""
    return _moved(key, receiving.submit, "Sent. You get the number by mail.")


@needs_scope(CLAIM)
def recall_claim(key: UUID) -> Response:
    """Take a claim back before anything on it is decided."""
    return _moved(
        key, receiving.recall, "The claim is taken back. Its expenses and receipts are kept."
    )


@needs_scope(CLAIM)
def enter_claim_again(key: UUID) -> Response:
    """Open a new claim with the expenses of one that was taken back; nothing is photographed twice."""
    try:
        with transaction() as db:
            found = claim_found(db, key)
            made = entering_again.enter_again(db, found, by=taken().actor)
            onward, number = made.public_id, made.number
    except Refused as refusal:
        flash(refusal.reason, "danger")
        return redirect(url_for("portal.claim", key=key), 303)
    flash(f"All of it is on {number}. Change what was wrong, then send it.", "success")
    return redirect(url_for("portal.claim", key=onward), 303)


@needs_scope(CLAIM)
def answer_line(key: UUID, line_key: UUID) -> str | Response:
    """Answer a question about a line, with a better photo if there is one."""
    form = ExpenseForm(
        receiving.new_key(), {"body": request.form.get("body", "").replace("\0", "")}
    )
    gather(form)
    try:
        if form.errors:
            return make_response(_claim_page(key, line_key, form), 422)
        with transaction() as db:
            line = line_found(claim_found(db, key), line_key)
            body = form.typed["body"]
            questions.answer(db, line, author=taken().title, body=body, files=form.photos)
    except Refused as refusal:
        form.put(refusal)
        return make_response(_claim_page(key, line_key, form), 422)
    flash("Your answer is with finance.", "success")
    return redirect(url_for("portal.claim", key=key), 303)


def claim_found(db: Session, key: UUID) -> ExpenseClaim:
    """Return one's own claim, or answer that there is none."""
    found = reading.claim_of(db, key)
    return found if found is not None else abort(404)


def _moved(key: UUID, move: Any, said: str) -> Response:
    try:
        with transaction() as db:
            move(db, claim_found(db, key))
    except Refused as refusal:
        flash(refusal.reason, "danger")
    else:
        flash(said, "success")
    return redirect(url_for("portal.claim", key=key), 303)


def _claim_page(key: UUID, wrong_line: UUID | None = None, form: ExpenseForm | None = None) -> str:
    with transaction() as db:
        found, house = claim_found(db, key), company(db)
        today = today_in(house.zone, now())
        payments = letters.payables_of(db, found)
        return render_template(
            "portal/claim.html",
            claim=found,
            payables=payments,
            expected={one.id: expected_words(one.due_on, today) for one in payments},
            stage=stage.stage_of(db, found),
            following=entering_again.following(db, found),
            payers=PAYERS,
            total=letters.approved_total(found),
            wrong_line=wrong_line,
            form=form,
            company=house,
            can_claim=taken().may(CLAIM),
            can_recall=found.status in UNDECIDED
            and not any(line.decided_at for line in found.lines),
        )


def line_found(found: ExpenseClaim, key: UUID) -> ExpenseLine:
    """Return one line of a claim, or answer that there is none."""
    line = next((each for each in found.lines if each.public_id == key), None)
    return line if line is not None else abort(404)
