"""How the demo company is told: founded, staffed, cast, contracted, called, claimed and paid."""

from random import Random
from typing import Final

from flask import Flask

from app.cli.demo import (
    banks,
    bulk,
    calls,
    changes,
    claims,
    hiring,
    house,
    papers,
    people,
    per_diems,
    rates,
)
from app.cli.demo.cast import address_of
from app.db.clock import now
from app.db.session import act_as, transaction
from app.db.viewer import Viewer
from app.domain.local_time import today_in
from app.services.contracts import examples

SLUG: Final = "meridian-ballet"
HEROINE: Final = "Noémie Lefèvre"
"""The artist whose portal a visitor looks at first."""


def tell(app: Flask) -> house.Doors:
    """Load the whole company, or nothing of it, and return who can sign in, where and with what."""
    users, doors = house.give_sign_ins(app)
    with transaction() as db:
        organisation = house.found(db, SLUG)
        actor = f"staff:{users['Ruth'].id}"
        act_as(Viewer(organisation.id, actor=actor))
        house.employ(db, organisation, users)
        today = today_in(organisation.zone, now())
        venues = house.build_venues(db, organisation)
        productions = house.plan_season(db, organisation, today)
        known = people.gather(db, organisation, today)
        # The same company every time: only the days move with the calendar.
        hired = hiring.hire(db, organisation, productions, known, Random(7))  # noqa: S311  made-up fees, not secrets
        papers.draw_up(db, hired, examples.install(db, organisation.id), users)
        changes.amend(db, hired["GIS"][0], users, today)
        calls.call_everybody(db, productions, venues, hired, today)
        per_diems.pay_the_tour(db, organisation, productions["GIS"], users, today)
        rates.enter(db, organisation, today)
        claims.claim_everything(db, hired, users, today)
        claims.pay_what_was_due(db, users, today)
        claims.book_the_past(db)
        banks.open_accounts(db, organisation, known, users)
        bulk.wait_for_somebody(db, organisation, users)
    return [*doors, _portal_door()]


def _portal_door() -> dict[str, str]:
    return {
        "who": f"{HEROINE}, artist",
        "where": "/portal/",
        "email": address_of(HEROINE),
        "password": "the code is in the post room",
    }
