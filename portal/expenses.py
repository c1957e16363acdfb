"""A new expense on the phone: a photo, an amount, what for; kept, and sent with its claim."""

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.db.clock import now
from app.db.session import transaction
from app.domain.currencies import DECIMALS
from app.domain.errors import Refused
from app.domain.expenses import ExpenseKind
from app.domain.local_time import today_in
from app.domain.people import RepresentationScope
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim
from app.services import client_requests
from app.services.expenses import flags, reading, receiving
from app.services.expenses.receiving import NewLine
from portal.claims import claim_found
from portal.expense_form import FIELDS, ExpenseForm, key_in
from portal.gate import company, needs_scope, taken
from portal.photos import photo_of

CLAIM = RepresentationScope.claim
USUAL = ("AUD", "EUR", "GBP", "JPY", "NZD", "USD")


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/expenses/new", view_func=new_expense)
    portal.add_url_rule("/expenses/new", "keep_expense", keep_expense, methods=["POST"])


@needs_scope(CLAIM)
def new_expense() -> str:
    """Show the form of an expense; the engagement is guessed from the day."""
    with transaction() as db:
        house = company(db)
        engagements = reading.claimable(db)
        today = today_in(_zone(db, engagements), now())
        guess = receiving.guess_engagement(engagements, today)
    form = ExpenseForm.blank(
        house.base_currency,
        currency=house.base_currency,
        spent_on=today.isoformat(),
        engagement="" if guess is None else str(guess.public_id),
    )
    return _form_page(form)


@needs_scope(CLAIM)
def keep_expense() -> str | Response:
    """Keep the photo, then the expense; a refusal comes back with everything typed and the photo."""
    with transaction() as db:
        form = ExpenseForm.sent(company(db).base_currency, request.form)
    form.photo = photo_of(form)
    if request.form.get("do") == "photo":
        return _form_page(form)
    try:
        return redirect(_kept(form, form.line()), 303)
    except client_requests.KeyReused as refusal:
        form = ExpenseForm(receiving.new_key(), form.typed, form.base_currency, form.photo)
        form.errors[""] = refusal.reason
    except Refused as refusal:
        form.put(refusal)
    return make_response(_form_page(form), 422)


def _kept(form: ExpenseForm, new: NewLine) -> str:
    """Write the expense down, and send its claim if that was the button; return where to go on."""
    asked = client_requests.fingerprint(
        [form.typed, form.photo and form.photo.sha256, request.form.get("claim", ""), _deed()]
    )
    actor = taken().actor
    with transaction() as db:
        house = company(db).id
        first = client_requests.begin(
            db, organisation_id=house, actor=actor, key=form.key, asked=asked
        )
        if first is not None:
            return str(first.body["href"])
        found = _claim_for(db, form, new)
        zone = receiving.zone_of(db, found.engagement)
        receiving.add_line(db, found, new, [form.photo] if form.photo else [], zone=zone)
        if _deed() == "send":
            receiving.submit(db, found)
        href = url_for("portal.claim", key=found.public_id)
        client_requests.answer(
            db, organisation_id=house, actor=actor, key=form.key, status=303, body={"href": href}
        )
    flash(_said(found), "success")
    return href


def _deed() -> str:
    return "send" if request.form.get("do", "send") == "send" else "more"


def _said(found: ExpenseClaim) -> str:
    if found.submitted_at is None:
        return "Kept. Add the next expense, or send the claim."
    return f"Sent as {found.number}. You get the number by mail."


def _claim_for(db: Session, form: ExpenseForm, new: NewLine) -> ExpenseClaim:
    """Return the claim that an expense goes on: the one it was begun for, or a new one."""
    known = key_in(request.form.get("claim", ""))
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


def _form_page(form: ExpenseForm) -> str:
    with transaction() as db:
        engagements = reading.claimable(db)
        known = key_in(request.values.get("claim", ""))
        begun = None if known is None else claim_found(db, known)
        today = today_in(_zone(db, engagements), now())
        caps = _caps(engagements, form)
    # With one engagement or none there is no choice on the page to stand beside.
    shown = SHOWN if len(engagements) > 1 else SHOWN - {"engagement"}
    return render_template(
        "portal/expense_new.html",
        form=form,
        begun=begun,
        engagements=engagements,
        kinds=list(ExpenseKind),
        currencies=_currencies(form),
        today=today,
        caps=caps,
        other=form.errors.get("")
        or next((said for name, said in form.errors.items() if name not in shown), ""),
    )


SHOWN = frozenset({*FIELDS, "photo", ""})
"""Fields that have a place on the page; a refusal about anything else stands on top."""


def _caps(engagements: Sequence[Engagement], form: ExpenseForm) -> list[str]:
    wanted = form.typed["engagement"]
    for engagement in engagements:
        if str(engagement.public_id) == wanted:
            caps = {flags.cap_of(engagement, kind) for kind in ExpenseKind}
            return sorted(flags.cap_words(cap) for cap in caps if cap is not None)
    return []


def _currencies(form: ExpenseForm) -> list[str]:
    first = dict.fromkeys([form.base_currency, *USUAL])
    return [*first, *(code for code in sorted(DECIMALS) if code not in first)]


def _zone(db: Session, engagements: Sequence[Engagement]) -> str:
    house = company(db)
    guess = receiving.guess_engagement(engagements, today_in(house.zone, now()))
    return house.zone if guess is None else receiving.zone_of(db, guess)
