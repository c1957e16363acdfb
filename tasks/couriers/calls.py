"""What comes round for calls: the managers hear of those who have not confirmed a call that is near."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.clock import now
from app.services.schedules import pursuing
from tasks.crew import Crew
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Put the looking after missing people on the timetable."""
    crew.repeat(Entry("calls.escalate", timedelta(minutes=5), _escalate))


def _escalate(session: Session, _slot: datetime) -> None:
    pursuing.escalate(session, now())
