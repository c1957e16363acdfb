"""Comparing what lies at a provider with our records because a person asks, and when that was done last.

Every night it is done by itself. What differs becomes something that needs a person; nothing is changed.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.envelopes import QUIET
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.domain.providers import COMPARED_BY, name_of
from app.models.outbox import OutboxMessage
from app.services import xero_connection
from app.services.archive import library
from app.services.esign import comparing

ENVELOPES: Final = "esign.compare"
"""Its promises are always about all that is open; those of the other kinds say so."""
AFTERWARDS: Final = "What differs stands among what needs a person."
WAITING: Final = (MessageState.ready, MessageState.leased)


@dataclass(frozen=True, slots=True)
class Compared:
    """When what lies at a provider was compared last, and whether it is being compared."""

    at: datetime | None
    is_going_on: bool


NEVER: Final = Compared(None, is_going_on=False)


def ask(session: Session, choice: str, *, organisation_id: int) -> str:
    """Promise to compare what is open at a provider with our records; say what was promised."""
    if choice == "xero":
        return _bills(xero_connection.look_now(session))
    if choice == "sharepoint":
        fact = f"asked-{secrets.token_hex(8)}"
        library.look_for_changes(session, fact, is_whole=True)
        library.watch(session, fact)
        return f"Every paper is being compared with what lies in the library. {AFTERWARDS}"
    return _envelopes(session, choice, organisation_id)


def latest(session: Session) -> dict[str, Compared]:
    """Return by kind of promise when it was compared last."""
    whole = OutboxMessage.payload.contains(literal({"is_whole": True}, OutboxMessage.payload.type))
    rows = session.execute(
        select(
            OutboxMessage.kind,
            func.max(OutboxMessage.done_at).filter(OutboxMessage.state == MessageState.done),
            func.bool_or(OutboxMessage.state.in_(WAITING)),
        )
        .where(
            OutboxMessage.kind.in_(sorted(set(COMPARED_BY.values()))),
            (OutboxMessage.kind == ENVELOPES) | whole,
        )
        .group_by(OutboxMessage.kind)
    )
    return {kind: Compared(at, bool(is_going_on)) for kind, at, is_going_on in rows}


def _bills(count: int) -> str:
    if not count:
        return "No bill is open there. Its accounts are read again."
    what = "One open bill is" if count == 1 else f"{count} open bills are"
    return f"{what} being compared. {AFTERWARDS}"


def _envelopes(session: Session, choice: str, organisation_id: int) -> str:
    count = comparing.compare_open(session, organisation_id, now())
    if count:
        what = "One open envelope is" if count == 1 else f"{count} open envelopes are"
        return f"{what} being compared. {AFTERWARDS}"
    still_open = comparing.open_elsewhere(session)
    if not still_open:
        return f"No envelope is open at {name_of(choice)}: there is nothing to compare."
    provider = still_open[0].provider
    minutes = int(QUIET[provider].total_seconds() // 60)
    raise Refused(
        f"Every open envelope was compared less than {minutes} minutes ago, and {name_of(provider)} "
        "allows no more. What it says comes by itself, too."
    )
