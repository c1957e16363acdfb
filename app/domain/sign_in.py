"""Proving that somebody reads the address they gave (domain.md 3.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Final

from app.domain.codes import STEP_UP_LIFE
from app.domain.moves import follow


class TokenPurpose(StrEnum):
    """What a link and code were asked for."""

    sign_in = auto()
    invitation = auto()
    step_up = auto()
    change_email = auto()
    staff_password = auto()


class SessionKind(StrEnum):
    """Which door a session belongs to."""

    staff = auto()
    artist = auto()


class StaffStatus(StrEnum):
    """Where an employment of a member of staff stands."""

    invited = auto()
    active = auto()
    ended = auto()


class StaffEvent(StrEnum):
    """What moves an employment of a member of staff."""

    accept = auto()
    end = auto()
    invite_again = auto()


MOVES: Final = {
    (StaffStatus.invited, StaffEvent.accept): StaffStatus.active,
    (StaffStatus.invited, StaffEvent.invite_again): StaffStatus.invited,
    (StaffStatus.invited, StaffEvent.end): StaffStatus.ended,
    (StaffStatus.active, StaffEvent.end): StaffStatus.ended,
    (StaffStatus.ended, StaffEvent.invite_again): StaffStatus.invited,
}


def next_staff_status(status: StaffStatus, event: StaffEvent) -> StaffStatus:
    """Return the status of an employment that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "member of staff")


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lives without a visit, and at the longest (reliability.md C3)."""

    idle: timedelta
    absolute: timedelta


SESSION_LIMITS: Final = {
    SessionKind.staff: SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12)),
    SessionKind.artist: SessionLimits(idle=timedelta(hours=12), absolute=timedelta(days=30)),
}


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Tell whether a proof of presence still counts for signing and for bank details."""
    return proved_at is not None and timedelta(0) <= now - proved_at <= STEP_UP_LIFE
