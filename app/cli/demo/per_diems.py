"""The per diems of the tour: a rate of the company's own, one provided dinner, and the run of the first cities."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.local_time import today_in
from app.models import Organisation, Production, ProvidedMeal
from app.services.allowances import rates
from app.services.allowances.confirming import confirm_run
from app.services.allowances.planning import plan_run


def pay_the_tour(
    session: Session,
    organisation: Organisation,
    tour: Production,
    users: dict[str, Any],
    today: date,
) -> None:
    """Confirm what the cities so far come to; the days ahead wait for finance."""
    rates.set_rate(
        session, organisation, city="Darwin", country="AU", amount=Decimal("118.00"), currency="AUD",
        valid_from=today.replace(day=1), note="Board, for the tour",
    )  # fmt: skip
    opening = today - timedelta(days=2)
    session.add(
        ProvidedMeal(
            organisation_id=organisation.id, production=tour, starts_on=opening, ends_on=opening,
            dinner=True, note="Reception after the opening in Adelaide",
        )
    )  # fmt: skip
    session.flush()
    first, last = today - timedelta(days=14), today
    plan = plan_run(session, tour, first, last, today_in(organisation.zone, now()))
    confirm_run(
        session,
        tour,
        first,
        last,
        digest=plan.digest,
        by_user_id=users["Callum"].id,
        by_name="Callum Reid",
    )
