"""Count calls to providers, and say how many are left of an hour's or a day's budget."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.provider_limits import Budget
from app.models.provider_usage import ProviderUsage

CLOCK: Final = func.clock_timestamp()
MINUTE: Final = func.date_trunc("minute", CLOCK)
LONGEST: Final = 900.0
"""Seconds after which a message that waits for a budget is looked at again."""


def count(
    session: Session,
    *,
    provider: str,
    organisation_id: int | None,
    budgets: Sequence[Budget],
    is_urgent: bool,
) -> float:
    """Count one call and return 0; or count nothing and return the seconds to wait for a budget.

    Whoever counts holds the minute's row until the end of the transaction, so that no two read the
    same sum.
    """
    add(session, provider=provider, organisation_id=organisation_id, calls=1)
    for budget in budgets:
        spent = used(session, provider, organisation_id, budget.seconds)
        if spent > budget.allowed(is_urgent=is_urgent):
            add(session, provider=provider, organisation_id=organisation_id, calls=-1)
            return _until_one_is_free(session, provider, organisation_id, budget)
    return 0.0


def add(session: Session, *, provider: str, organisation_id: int | None, calls: int) -> None:
    """Add calls to the minute at hand."""
    added = insert(ProviderUsage).values(
        provider=provider, organisation_id=organisation_id, minute=MINUTE, calls=calls
    )
    session.execute(
        added.on_conflict_do_update(
            index_elements=["provider", "organisation_id", "minute"],
            set_={"calls": ProviderUsage.calls + added.excluded.calls},
        )
    )


def used(session: Session, provider: str, organisation_id: int | None, seconds: int) -> int:
    """Return how many calls were made within the last ``seconds``, a minute too many at most."""
    total = session.scalar(
        select(func.coalesce(func.sum(ProviderUsage.calls), 0)).where(
            *_within(provider, organisation_id, seconds)
        )
    )
    return int(total or 0)


def catch_up(
    session: Session, *, provider: str, organisation_id: int | None, budget: Budget, counted: float
) -> None:
    """Believe the provider where it counted more than we did: somebody else uses the account, too."""
    missing = int(counted) - used(session, provider, organisation_id, budget.seconds)
    if missing > 0:
        add(session, provider=provider, organisation_id=organisation_id, calls=missing)


def _until_one_is_free(
    session: Session, provider: str, organisation_id: int | None, budget: Budget
) -> float:
    leaves = func.min(ProviderUsage.minute) + timedelta(seconds=budget.seconds + 60)
    wait = session.scalar(
        select(func.extract("epoch", leaves - CLOCK)).where(
            *_within(provider, organisation_id, budget.seconds), ProviderUsage.calls > 0
        )
    )
    return min(max(float(wait or 0), 1.0), LONGEST)


def _within(provider: str, organisation_id: int | None, seconds: int) -> list[ColumnElement[Any]]:
    return [
        ProviderUsage.provider == provider,
        ProviderUsage.organisation_id.is_not_distinct_from(organisation_id),
        ProviderUsage.minute > CLOCK - timedelta(seconds=seconds + 60),
    ]
