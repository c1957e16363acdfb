"""Inviting people to the portal: a letter whose link sends a code, and the code proves the address."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.people import ContactKind
from app.models import ContactPoint, Message
from app.services import messages, sign_in
from app.services.messages import Addressee

INVITATION_LIFE: Final = timedelta(days=21)
"""How long the link of an invitation leads on; after it the page sends a new one."""


def invite(session: Session, contact: ContactPoint) -> Message:
    """Write to an address that nobody has proved yet; the same day it is written to once."""
    if contact.kind is not ContactKind.email:
        raise Refused("Only an e-mail address can be invited.")
    if contact.conflict_note:
        raise Refused(f"{contact.conflict_note} Ask both people first, then trust the address.")
    if contact.verified_at is not None:
        raise Refused(f"{contact.value} is proved already.")
    at = now()
    person = contact.person
    link = sign_in.invite(
        session, address=contact.normalised, target="/portal/", until=at + INVITATION_LIFE
    )
    return messages.tell(
        session,
        organisation_id=contact.organisation_id,
        event="invitation",
        key=f"invitation-{contact.id}-{at.date().isoformat()}",
        to=Addressee(contact.value, person.preferred_name or person.name, person.id),
        link=link,
    )
