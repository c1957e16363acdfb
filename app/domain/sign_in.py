"""Proving that somebody reads the address they gave (domain.md 3.7)."""

from enum import StrEnum, auto


class TokenPurpose(StrEnum):
    """What a link and code were asked for."""

    sign_in = auto()
    invitation = auto()
    step_up = auto()
    change_email = auto()


class SessionKind(StrEnum):
    """Which door a session belongs to."""

    staff = auto()
    artist = auto()


class StaffStatus(StrEnum):
    """Where an employment of a member of staff stands."""

    invited = auto()
    active = auto()
    ended = auto()
