"""Where the artist is paid: seen masked, changed only after a fresh code, used only after a call."""

from dataclasses import dataclass, field, fields

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.db.session import transaction
from app.domain.bank_accounts import Typed
from app.domain.errors import Invalid, Refused
from app.domain.people import PENDING_LIFE, RepresentationScope
from app.models.people import BankDetail, PayeeProfile, Person
from app.services import bank_details
from portal import gate
from portal.gate import needs_scope
from portal.step_up import require_step_up

NAMES = tuple(one.name for one in fields(Typed))
LONGEST = 2000
"""What is longer than a field may say comes back, to be shortened."""


@dataclass(slots=True)
class Form:
    """What was typed, and what is wrong with it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paid:
    """One way the artist is paid: the payee, the account used, and the one that waits."""

    payee: PayeeProfile
    verified: BankDetail | None
    pending: BankDetail | None


def routes(portal: Blueprint) -> None:
    """Name the pages of this room."""
    portal.add_url_rule("/you/bank", view_func=bank)
    portal.add_url_rule("/you/bank", view_func=keep_bank, methods=["POST"])


@needs_scope(RepresentationScope.paid)
def bank() -> AnyResponse:
    """Show where the artist is paid, masked, and the form for another account."""
    return _page(Form())


@needs_scope(RepresentationScope.paid)
@require_step_up
def keep_bank() -> AnyResponse:
    """Take another account; it waits for a call and a second person."""
    form = Form(
        {name: request.form.get(name, "").replace("\0", "").strip()[:LONGEST] for name in NAMES}
    )
    try:
        with transaction() as db:
            person = db.get_one(Person, gate.taken().person_id)
            payee = bank_details.payee_of_artist(db, person)
            bank_details.propose(db, payee, Typed(**form.typed), by=gate.taken().actor)
    except Refused as refusal:
        form.errors = (
            refusal.errors
            if isinstance(refusal, Invalid)
            else {refusal.field or "": refusal.reason}
        )
        return _page(form)
    flash(
        "Your account is with us. It is used after we have phoned you on the number we already have.",
        "success",
    )
    return redirect(url_for("portal.bank"), 303)


def ways_paid(db: Session, person_id: int) -> list[Paid]:
    """Return how an artist is paid, with the accounts as far as they may be seen."""
    payees = db.scalars(
        select(PayeeProfile).where(PayeeProfile.person_id == person_id).order_by(PayeeProfile.id)
    ).all()
    return [
        Paid(
            payee,
            bank_details.verified(db, payee.id),
            next(iter(bank_details.pending(db, payee.id)), None),
        )
        for payee in payees
    ]


def _page(form: Form) -> AnyResponse:
    with transaction() as db:
        company = gate.company(db)
        ways = ways_paid(db, gate.taken().person_id)
        page = render_template(
            "portal/bank.html", form=form, ways=ways, company=company, life=PENDING_LIFE
        )
    answer = make_response(page, 422 if form.errors else 200)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
