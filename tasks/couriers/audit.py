"""Seals the audit log every minute, and keeps each seal outside the database five seconds later."""

from datetime import timedelta

from tasks.crew import Crew
from tasks.seals import keep_heads, seal_audit
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
    crew.repeat(
        Entry(
            name="audit.keep_heads",
            every=timedelta(minutes=1),
            run=lambda session, _slot: keep_heads(session, crew.config.var),
            per_organisation=False,
            offset=timedelta(seconds=5),
        )
    )
