"""Seals the audit log every minute."""

from datetime import timedelta

from tasks.crew import Crew
from tasks.seals import seal_audit
from tasks.timetable import Entry


def join(crew: Crew) -> None:
    """Put the sealing on the timetable: it looks at every organisation's entries, as the worker."""
    crew.repeat(
        Entry(
            name="audit.seal",
            every=timedelta(minutes=1),
            run=lambda session, _slot: seal_audit(session, crew.config.var),
            per_organisation=False,
        )
    )
