"""Tell other systems of facts, in the transaction that writes them: the outbox carries them later."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain import events
from app.models.base import uuid7
from app.services import outbox

PUBLISH: Final = "event.publish"
PRIORITY: Final = 10
"""Nobody waits for a fact: letters, seals and bills go first."""


def tell(session: Session, fact: str, record: Any, **data: Any) -> None:
    """Tell that something happened to a record. ``data`` is what the catalogue says of the fact."""
    _promise(session, record.organisation_id, [events.told(fact, name_of(record), now(), data)])


def tell_many(session: Session, fact: str, organisation_id: int, subjects: Iterable[Any]) -> None:
    """Tell that the same happened to many records at once, by as few promises as can be."""
    at = now()
    told = [events.told(fact, str(subject), at, {}) for subject in subjects]
    for start in range(0, len(told), events.AT_ONCE):
        _promise(session, organisation_id, told[start : start + events.AT_ONCE])


def tell_of_door(session: Session, fact: str, door: str) -> None:
    """Tell what happened at a door before anybody knew who stands there."""
    _promise(session, None, [events.told(fact, door, now(), {"door": door})])


def name_of(record: Any) -> str:
    """Return the id by which others know a record, given to it now if it is new."""
    if not hasattr(record, "public_id"):
        return str(record.id)
    if record.public_id is None:
        record.public_id = uuid7()
    return str(record.public_id)


def _promise(
    session: Session, organisation_id: int | None, told: Sequence[Mapping[str, Any]]
) -> None:
    # Fact and promise are kept together or not at all, so a key of its own makes it once.
    outbox.promise(
        session,
        organisation_id=organisation_id,
        kind=PUBLISH,
        key=str(uuid7()),
        payload={"events": list(told)},
        priority=PRIORITY,
    )
