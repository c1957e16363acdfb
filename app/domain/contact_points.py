"""Addresses and numbers people are reached by, in the one form in which they are compared."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import phonenumbers

from app.domain.codes import check_address
from app.domain.errors import Refused
from app.domain.messages import Mark

_ODD: Final = re.compile(r"[,;<>()\[\]\"\\]|\.\.|^\.|\.@|@[-.]")


def normalise_email(text: str, field: str = "email") -> str:
    """Return an e-mail address as it is compared, or refuse what cannot be one."""
    try:
        address = check_address(text)
    except Refused as refusal:
        raise Refused(refusal.reason, field=field) from None
    if address.count("@") != 1 or _ODD.search(address):
        raise Refused(
            f"{text.strip()} is not an e-mail address. It looks like name@company.com.",
            field=field,
        )
    return address


def normalise_mobile(text: str, country: str = "AU", field: str = "mobile") -> str:
    """Return a telephone number in E.164 (+61412345678); without + it is a number of ``country``."""
    typed = text.strip()
    if not typed:
        raise Refused("Write the number.", field=field)
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise Refused(
            f"{typed} is not a telephone number. Write it with its country, such as +61 412 345 678.",
            field=field,
        ) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(
            f"{typed} has too few or too many digits. Write it with its country, "
            "such as +61 412 345 678.",
            field=field,
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Standing:
    """What carriers and people have said about an address or number until now."""

    bounced_at: datetime | None = None
    stopped_at: datetime | None = None
    reopened_at: datetime | None = None
    because: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether anything may be sent there."""
        return self.bounced_at is None and self.stopped_at is None

    @property
    def lost_at(self) -> datetime | None:
        """Return when it was last said to be lost."""
        return max((at for at in (self.bounced_at, self.stopped_at) if at), default=None)


def hear(standing: Standing, mark: Mark, at: datetime, because: str = "") -> Standing:
    """Return what is known of an address after news of it; the order in which news comes does not matter.

    What was said last by the clock of those who said it counts. What was said before the address was
    opened again counts no more.
    """
    if mark is Mark.wanted:
        return reopen(standing, at)
    if standing.reopened_at is not None and at <= standing.reopened_at:
        return standing
    before = (standing.lost_at, standing.because)
    newest = before[0] is None or (at, because) > (before[0], before[1])
    said = because if newest else standing.because
    if mark is Mark.unreachable:
        return replace(standing, bounced_at=_latest(standing.bounced_at, at), because=said)
    return replace(standing, stopped_at=_latest(standing.stopped_at, at), because=said)


def reopen(standing: Standing, at: datetime) -> Standing:
    """Return what is known once somebody says that an address may be used again."""
    bounced = _unless_before(standing.bounced_at, at)
    stopped = _unless_before(standing.stopped_at, at)
    is_lost = bounced is not None or stopped is not None
    return Standing(
        bounced, stopped, _latest(standing.reopened_at, at), standing.because if is_lost else ""
    )


def _latest(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else max(known, told)


def _unless_before(lost: datetime | None, at: datetime) -> datetime | None:
    return None if lost is None or lost <= at else lost
