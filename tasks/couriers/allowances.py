"""Looks after money that follows the schedule: tells Finance of changes, names the next day for what slipped."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.organisations import Organisation
from app.services import promised_days
from app.services.allowances import watching
from tasks.crew import Crew
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Enter what comes round."""
    crew.repeat(Entry("allowances.changes", timedelta(hours=1), watching.tell_of_changes))
    crew.repeat(Entry("payables.promised_days", timedelta(hours=1), _name_next_days))


def _name_next_days(session: Session, slot: datetime) -> int:
    house = session.scalars(select(Organisation)).one()
    return promised_days.name_next_days(session, slot.astimezone(ZoneInfo(house.zone)).date())
