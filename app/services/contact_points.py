"""Where people can be reached, and what carriers say of it: nothing more is sent where nothing arrives."""

from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contact_points import Standing, hear, reopen
from app.domain.errors import Refused
from app.domain.messages import News
from app.domain.people import ContactKind
from app.models.people import ContactPoint
from app.services import attention

CARRIERS: Final = ("sendgrid", "twilio")
"""Who tells us that an address or number is lost."""

LOST: Final = "address_lost"
"""What kind of problem it is among those that need a person."""


def is_open() -> ColumnElement[bool]:
    """Return the condition under which anything may be sent to a contact point."""
    return and_(ContactPoint.bounced_at.is_(None), ContactPoint.stopped_at.is_(None))


def why_closed(session: Session, person_id: int | None, address: str) -> str:
    """Return why nothing more is sent to a person at an address; nothing where it may be."""
    contact = session.scalars(
        select(ContactPoint).where(
            ContactPoint.person_id == person_id,
            ContactPoint.normalised == address.strip().lower(),
            ~is_open(),
        )
    ).first()
    return "" if contact is None else _said_of(contact)


def mark(session: Session, provider: str, news: News) -> None:
    """Write down what a carrier says of an address, for everybody of the company who has it."""
    if news.mark is None or not news.address:
        return
    known = session.scalars(
        select(ContactPoint)
        .where(ContactPoint.normalised == news.address.strip().lower())
        .order_by(ContactPoint.id)
        .with_for_update()
    )
    for contact in known:
        before = _standing(contact)
        after = hear(before, news.mark, news.at, news.reason)
        _write(contact, after)
        if after.is_open:
            _close_questions(session, contact, "It may be used again.")
        elif after != before:
            _ask(session, provider, contact)


def use_again(session: Session, contact: ContactPoint) -> None:
    """Send to an address again because a member of staff knows that it works now."""
    if _standing(contact).is_open:
        raise Refused("Nothing speaks against this address.")
    if contact.stopped_at is not None and contact.kind is ContactKind.mobile:
        raise Refused(
            "Whoever has this number asked for no more texts, and the carrier sends none. "
            "Only a text with START from that phone changes it."
        )
    _write(contact, reopen(_standing(contact), now()))
    _close_questions(session, contact, "A member of staff says that it works.")


def change(session: Session, contact: ContactPoint) -> None:
    """Forget what carriers said of an address that was replaced by another."""
    _write(contact, Standing(reopened_at=None))
    if contact.id is not None:
        _close_questions(session, contact, "The address was corrected.")


def _standing(contact: ContactPoint) -> Standing:
    return Standing(
        contact.bounced_at, contact.stopped_at, contact.reopened_at, contact.lost_because
    )


def _write(contact: ContactPoint, standing: Standing) -> None:
    contact.bounced_at, contact.stopped_at = standing.bounced_at, standing.stopped_at
    contact.reopened_at, contact.lost_because = standing.reopened_at, standing.because


def _said_of(contact: ContactPoint) -> str:
    said = f" ({contact.lost_because.rstrip('.')})" if contact.lost_because else ""
    if contact.stopped_at is not None:
        return f"Whoever reads at {contact.value} asked for nothing more{said}."
    return f"Nothing arrives at {contact.value}{said}."


def _ask(session: Session, provider: str, contact: ContactPoint) -> None:
    person = contact.person
    is_text = contact.kind is ContactKind.mobile
    attention.ask(
        session,
        provider=provider,
        problem=LOST,
        subject=f"contact_point:{contact.id}",
        title=f"{'Texts' if is_text else 'Letters'} to {person.name} do not arrive",
        advice=(
            f"{_said_of(contact)} Nothing more is sent there. Ask {person.name} for another "
            f"{'number' if is_text else 'address'} and correct it, or copy the link of what waits "
            "from the person’s page and give it another way."
        ),
        href=f"/admin/people/show/{person.id}",
        deed=f"Correct the {'number' if is_text else 'address'}",
        facts={"address": contact.value, "said": contact.lost_because},
    )


def _close_questions(session: Session, contact: ContactPoint, how: str) -> None:
    for carrier in CARRIERS:
        attention.settle(session, provider=carrier, subject=f"contact_point:{contact.id}", how=how)
