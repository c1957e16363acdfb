"""How the demo company is told: founded, staffed, cast, contracted, called, claimed and paid."""

from datetime import date
from random import Random
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from app.cli.demo import hiring, house, papers, people
from app.cli.demo.cast import address_of
from app.db.clock import now
from app.db.session import act_as, transaction
from app.db.viewer import Viewer
from app.domain.local_time import today_in
from app.models import Organisation
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
        hired = _cast(db, organisation, today_in(organisation.zone, now()))
        papers.draw_up(db, hired, examples.install(db, organisation.id), users)
    return [*doors, _portal_door()]


def _cast(db: Session, organisation: Organisation, today: date) -> hiring.Hired:
    house.build_venues(db, organisation)
    productions = house.plan_season(db, organisation, today)
    known = people.gather(db, organisation, today)
    # The same company every time: only the days move with the calendar.
    return hiring.hire(db, organisation, productions, known, Random(7))  # noqa: S311


def _portal_door() -> dict[str, str]:
    return {
        "who": f"{HEROINE}, artist",
        "where": "/portal/",
        "email": address_of(HEROINE),
        "password": "the code is in the post room",
    }
