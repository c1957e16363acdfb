"""Who people are to the company: artists, agents, payees, and how they are reached."""

from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.contact_points import normalise_email as normalise_email
from app.domain.contact_points import normalise_mobile as normalise_mobile
from app.domain.errors import Refused
from app.domain.moves import follow
from app.domain.names import Name as Name
from app.domain.names import fold as fold
from app.domain.names import name_key as name_key
from app.domain.names import name_keys as name_keys
from app.domain.names import parse_name as parse_name
from app.domain.names import trigrams as trigrams


class PersonKind(StrEnum):
    """A single person, or an ensemble that is hired as one."""

    individual = auto()
    ensemble = auto()


class ContactKind(StrEnum):
    """A way to reach somebody."""

    email = auto()
    mobile = auto()


class RepresentationScope(StrEnum):
    """What an agent may do for an artist."""

    view = auto()
    sign = auto()
    claim = auto()
    paid = auto()


class PayeeKind(StrEnum):
    """Who is paid: the person, a company (loan-out), or the agent."""

    person = auto()
    company = auto()
    agent = auto()


class BankDetailStatus(StrEnum):
    """A bank account is used only after somebody phoned and a second person approved."""

    proposed = auto()
    called_back = auto()
    verified = auto()
    refused = auto()
    lapsed = auto()
    replaced = auto()


class EngagementBasis(StrEnum):
    """The legal basis of the hire; it drives super, withholding and tax. Decided by a person, never derived."""

    undecided = auto()
    employee = auto()
    contractor = auto()
    company = auto()
    agency = auto()
    foreign_resident = auto()


class EngagementStatus(StrEnum):
    """Where a hire stands before, during and after its contract."""

    pencilled = auto()
    offered = auto()
    confirmed = auto()
    completed = auto()
    released = auto()
    cancelled = auto()


class EngagementEvent(StrEnum):
    """What moves an engagement."""

    offer = auto()
    confirm = auto()
    complete = auto()
    release = auto()
    cancel = auto()


class Casting(StrEnum):
    """How a person holds a role."""

    principal = auto()
    alternate = auto()
    cover = auto()
    understudy = auto()
    swing = auto()


class AvailabilityKind(StrEnum):
    """Whether somebody can or cannot work in a period."""

    available = auto()
    unavailable = auto()


class AvailabilityStatus(StrEnum):
    """A late change of availability needs staff to accept it."""

    proposed = auto()
    accepted = auto()
    refused = auto()


class AvailabilityEvent(StrEnum):
    """What moves an availability."""

    accept = auto()
    refuse = auto()


class BankDetailEvent(StrEnum):
    """What moves a bank account."""

    call_back = auto()
    verify = auto()
    refuse = auto()
    lapse = auto()
    supersede = auto()


ENGAGEMENT_MOVES: Final = {
    (EngagementStatus.pencilled, EngagementEvent.offer): EngagementStatus.offered,
    (EngagementStatus.pencilled, EngagementEvent.confirm): EngagementStatus.confirmed,
    (EngagementStatus.pencilled, EngagementEvent.release): EngagementStatus.released,
    (EngagementStatus.offered, EngagementEvent.confirm): EngagementStatus.confirmed,
    (EngagementStatus.offered, EngagementEvent.release): EngagementStatus.released,
    (EngagementStatus.confirmed, EngagementEvent.complete): EngagementStatus.completed,
    (EngagementStatus.confirmed, EngagementEvent.cancel): EngagementStatus.cancelled,
}
"""A pencil or an offer is released; what was confirmed can only be cancelled, which may cost."""

AVAILABILITY_MOVES: Final = {
    (AvailabilityStatus.proposed, AvailabilityEvent.accept): AvailabilityStatus.accepted,
    (AvailabilityStatus.proposed, AvailabilityEvent.refuse): AvailabilityStatus.refused,
}

BANK_DETAIL_MOVES: Final = {
    (BankDetailStatus.proposed, BankDetailEvent.call_back): BankDetailStatus.called_back,
    (BankDetailStatus.called_back, BankDetailEvent.verify): BankDetailStatus.verified,
    (BankDetailStatus.proposed, BankDetailEvent.refuse): BankDetailStatus.refused,
    (BankDetailStatus.called_back, BankDetailEvent.refuse): BankDetailStatus.refused,
    (BankDetailStatus.verified, BankDetailEvent.refuse): BankDetailStatus.refused,
    (BankDetailStatus.proposed, BankDetailEvent.lapse): BankDetailStatus.lapsed,
    (BankDetailStatus.called_back, BankDetailEvent.lapse): BankDetailStatus.lapsed,
    (BankDetailStatus.verified, BankDetailEvent.supersede): BankDetailStatus.replaced,
}
"""A verified account is replaced by the next one, or refused where it turns out false."""

PENDING: Final = (BankDetailStatus.proposed, BankDetailStatus.called_back)
"""Bank details that somebody still has to phone about or to verify; nothing is paid to them."""

PENDING_LIFE: Final = timedelta(days=14)
"""How long a change of bank details waits for its call before it lapses."""

KNOWN_FOR: Final = timedelta(days=7)
"""How long before a change a number must have been known for the call to prove anything."""


def next_engagement_status(status: EngagementStatus, event: EngagementEvent) -> EngagementStatus:
    """Return the status of an engagement that follows ``event``, or refuse."""
    return follow(ENGAGEMENT_MOVES, status, event, "engagement")


def next_availability_status(
    status: AvailabilityStatus, event: AvailabilityEvent
) -> AvailabilityStatus:
    """Return the status of an availability that follows ``event``, or refuse."""
    return follow(AVAILABILITY_MOVES, status, event, "date of availability")


def next_bank_detail_status(status: BankDetailStatus, event: BankDetailEvent) -> BankDetailStatus:
    """Return the status of a bank account that follows ``event``, or refuse."""
    return follow(BANK_DETAIL_MOVES, status, event, "bank account")


def check_known_number(known_since: datetime, proposed_at: datetime, *, is_first: bool) -> None:
    """Refuse a call to a number that came with the change: who sends one may send the other."""
    latest = proposed_at if is_first else proposed_at - KNOWN_FOR
    if known_since > latest:
        raise Refused(
            "This number is newer than it may be: it could come from whoever sent the account. "
            "Phone a number we had a week before.",
            field="number",
        )


def check_verifier(verifier_id: int, called_back_by: int | None) -> None:
    """Refuse that the person who phoned also verifies the account."""
    if called_back_by is None:
        raise Refused("Nobody has phoned the payee yet. Phone the number you already have first.")
    if verifier_id == called_back_by:
        raise Refused("You made the call. A second person verifies this account.")
