"""Who is told what of a claim, once for each fact."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.expenses import ExpenseClaim
from app.models.people import Person
from app.services import messages, outbox

NOTIFY: Final = "claim.tell"
"""Kind of the promise to tell people what an artist did: her own session may not write to others."""


def promise_to_tell(session: Session, claim: ExpenseClaim, event: str, fact: str) -> None:
    """Promise that the worker tells people of ``event``; ``fact`` names it among others."""
    outbox.promise(
        session,
        organisation_id=claim.organisation_id,
        kind=NOTIFY,
        key=f"claim-{claim.id}-{event}-{fact}",
        payload={"claim_id": claim.id, "event": event, "fact": fact},
    )


def whole(claim: ExpenseClaim) -> str:
    """Name the fact that a claim is decided: again, after a line of it was opened again."""
    decided = claim.decided_at
    return "whole" if decided is None else f"whole-{decided.isoformat()}"


def tell_claimant(
    session: Session, claim: ExpenseClaim, event: str, fact: str, **context: Any
) -> None:
    """Tell the artist, and the agent who claimed in the artist's place."""
    for person in _claimants(session, claim):
        messages.tell(
            session,
            organisation_id=claim.organisation_id,
            event=event,
            key=f"claim-{claim.id}-{event}-{fact}",
            to=messages.addressee(session, person),
            engagement_id=claim.engagement_id,
            claim=claim,
            artist=claim.engagement.person,
            production=claim.engagement.production,
            **context,
        )


def _claimants(session: Session, claim: ExpenseClaim) -> list[Person]:
    people = [claim.engagement.person]
    kind, _, key = claim.claimed_by.partition(":")
    if kind == "agent" and key.isdigit():
        people += session.scalars(select(Person).where(Person.id == int(key))).all()
    return people
