"""Meals the company provides: what they must say before they take anything off a per diem."""

from sqlalchemy.orm import Session

from app.domain.allowances import Meal
from app.domain.errors import Refused
from app.models.allowances import ProvidedMeal


def settle_meal(session: Session, meal: ProvidedMeal) -> None:
    """Check which meals on which days to whom."""
    del session
    if meal.ends_on < meal.starts_on:
        raise Refused("The last day is before the first. Swap them.", field="ends_on")
    if not any(getattr(meal, one.value) for one in Meal):
        raise Refused("Tick at least one meal.", field="breakfast")
    engagement = meal.engagement
    if engagement is not None and engagement.production is not meal.production:
        raise Refused(
            f"{engagement} is engaged for {engagement.production}. Choose that production.",
            field="engagement",
        )


def take_away(session: Session, meal: ProvidedMeal) -> None:
    """Let a note of provided meals go; the next run works the days out anew."""
    del session, meal
