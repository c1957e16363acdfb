"""The page of an expense: what can be chosen on it, and what the contract and the rates say of it."""

from collections.abc import Sequence
from typing import Final

from flask import render_template
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import transaction
from app.domain.currencies import DECIMALS
from app.domain.expenses import ExpenseKind
from app.domain.local_time import today_in
from app.domain.mileage import VehicleKind
from app.models.engagements import Engagement
from app.services import rates
from app.services.expenses import flags, reading, receiving
from portal.claims import PAYERS, claim_found
from portal.expense_form import FIELDS, ExpenseForm, key_in
from portal.gate import company

USUAL: Final = ("AUD", "EUR", "GBP", "JPY", "NZD", "USD")
SHOWN: Final = frozenset({*FIELDS, "photo", "statement", ""})
"""Fields that have a place on the page; a refusal about anything else stands on top."""


def form_page(form: ExpenseForm) -> str:
    """Show the form with everything typed, the photos, and the sentences beside the fields."""
    with transaction() as db:
        house = company(db)
        engagements = reading.claimable(db)
        known = key_in(form.typed["claim"])
        begun = None if known is None else claim_found(db, known)
        today = today_in(zone_here(db, engagements), now())
        caps = _caps(engagements, form)
        per_kilometre = rates.kilometre_rates(db, house.id)
    # With one engagement or none there is no choice on the page to stand beside.
    shown = SHOWN if len(engagements) > 1 else SHOWN - {"engagement"}
    return render_template(
        "portal/expense_new.html",
        form=form,
        begun=begun,
        engagements=engagements,
        kinds=list(ExpenseKind),
        vehicles=list(VehicleKind),
        payers=PAYERS,
        currencies=_currencies(form),
        today=today,
        caps=caps,
        per_kilometre=per_kilometre,
        other=form.errors.get("")
        or next((said for name, said in form.errors.items() if name not in shown), ""),
    )


def zone_here(db: Session, engagements: Sequence[Engagement]) -> str:
    """Return the zone whose day it is: of the engagement one is on, else of the house."""
    house = company(db)
    guess = receiving.guess_engagement(engagements, today_in(house.zone, now()))
    return house.zone if guess is None else receiving.zone_of(db, guess)


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
