"""Letting artists in: a link and a code to an address, used once (domain.md 3.7, reliability.md C2).

The promise names a letter; link and code are derived from its name with the house's key when the
letter is asked for and again when it is carried. Neither the table, nor the outbox, nor a dump of
both holds anything that opens a door.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.orm import Session

from app.db import secrets
from app.db.clock import now
from app.domain import codes
from app.domain.outbox_kinds import URGENT
from app.domain.sign_in import TokenPurpose
from app.models.base import uuid7
from app.services import events, outbox
from app.services.seats import seats_of
from app.services.sessions import Device, fingerprint
from app.services.staff_accounts import account_of

MAIL: Final = "mail.sign_in"
TEXT: Final = "sms.sign_in"
NEW_DEVICE: Final = "mail.new_device"


class Outcome(StrEnum):
    """What became of an attempt to use a link or a code."""

    ok = auto()
    other_browser = auto()
    invitation = auto()
    wrong_code = auto()
    used = auto()
    expired = auto()
    spent = auto()
    unknown = auto()


@dataclass(frozen=True, slots=True)
class Pair:
    """The two halves of one letter: either proves that its reader has it."""

    link: str
    code: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was promised: until when it works, in whose time that is told, and its link's secret."""

    until: datetime
    zone: str
    link: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a try, and who it was if it went well."""

    outcome: Outcome
    identity_id: int | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a link by its secret, for the page that says why it does not work."""

    email: str
    purpose: TokenPurpose
    target: str
    expires_at: datetime
    tries: int
    browser: bytes | None
    """The hash of the browser that asked; None for an invitation."""


@dataclass(frozen=True, slots=True)
class SignInLetter:
    """What the courier needs to write one letter."""

    purpose: TokenPurpose
    recipient: str
    link: str
    code: str
    until: datetime
    zone: str
    companies: list[str]

    @property
    def until_there(self) -> datetime:
        """Return the end on the clock that the letter names."""
        return self.until.astimezone(ZoneInfo(self.zone))


def ask(
    session: Session,
    *,
    address: str,
    browser: bytes | None,
    device: Device,
    purpose: TokenPurpose = TokenPurpose.sign_in,
    target: str = "",
    zone: str = "",
    mobile: str = "",
) -> Asked:
    """Promise a link and a code to ``address``. Known or not, the same is written in the same time.

    Whether anybody reads there is found out when the letter is carried. ``mobile`` sends the code as
    a text instead, for a step-up over another channel.
    """
    letter, moment = uuid7(), now()
    pair, until = pair_of(letter), moment + codes.LIFE
    _keep(session, pair, address, purpose, browser, target, moment, until, device)
    outbox.promise(
        session,
        organisation_id=None,
        kind=TEXT if mobile else MAIL,
        key=f"sign-in-{letter}",
        payload={
            "letter": str(letter),
            "purpose": purpose.value,
            "address": address,
            "recipient": mobile or address,
            "until": until.isoformat(),
            "zone": zone,
        },
        priority=URGENT,
    )
    return Asked(until, zone, pair.link)


def invite(session: Session, *, address: str, target: str, until: datetime) -> str:
    """Return the secret of a link that an invitation carries. It opens a page and never a session."""
    pair = pair_of(uuid7())
    _keep(session, pair, address, TokenPurpose.invitation, None, target, now(), until, Device())
    return pair.link


def tell_of_device(session: Session, *, address: str, label: str, session_hash: bytes) -> None:
    """Promise a mail that an unknown browser signed in, so that a thief does not stay unseen."""
    outbox.promise(
        session,
        organisation_id=None,
        kind=NEW_DEVICE,
        key=f"new-device-{session_hash.hex()[:32]}",
        payload={"address": address, "label": label, "at": now().isoformat()},
        priority=URGENT,
    )


def pair_of(letter: UUID) -> Pair:
    """Return link and code of a letter."""
    link = base64.urlsafe_b64encode(secrets.digest(f"sign-in link {letter}")).rstrip(b"=")
    return Pair(link.decode(), codes.code_from(secrets.digest(f"sign-in code {letter}")))


def letter_of(session: Session, payload: Mapping[str, Any]) -> SignInLetter | None:
    """Return what to carry, or None where nobody with a seat reads at the address."""
    purpose = TokenPurpose(payload["purpose"])
    until = datetime.fromisoformat(payload["until"])
    companies = _companies(session, purpose, payload["address"])
    if not companies or until <= now():
        return None
    pair = pair_of(UUID(payload["letter"]))
    return SignInLetter(
        purpose,
        payload["recipient"],
        pair.link,
        pair.code,
        until,
        payload["zone"] or "UTC",
        companies,
    )


def _companies(session: Session, purpose: TokenPurpose, address: str) -> list[str]:
    """Return whose door an address opens: the desk's, or the portals of its seats."""
    if purpose is TokenPurpose.staff_password:
        account = account_of(session, address)
        return [] if account is None else [account.organisation_name]
    seats = seats_of(session, address, now())
    return list(dict.fromkeys(found.organisation_name for found in seats))


def use(
    session: Session,
    *,
    link: str = "",
    code: str = "",
    browser: bytes | None,
    purpose: TokenPurpose = TokenPurpose.sign_in,
) -> Attempt:
    """Use a link or a code up. Of many at once, one wins: the row is taken under its lock."""
    table = func.gate_consume_token(
        bindparam(None, fingerprint(link) if link else None, LargeBinary),
        bindparam(None, browser, LargeBinary),
        bindparam(None, _code_hash(code) if code else None, LargeBinary),
        purpose.value,
        bindparam(None, now(), DateTime(timezone=True)),
        bindparam(None, codes.TRIES, BigInteger),
    ).table_valued("outcome", "token_id", "identity_id", "target")
    row = session.execute(select(table.c.outcome, table.c.identity_id, table.c.target)).one()
    return Attempt(Outcome(row.outcome), row.identity_id, row.target)


def use_here(
    session: Session, *, link: str, code: str, browser: bytes | None, purpose: TokenPurpose
) -> Attempt:
    """Use a link or a code up; a code alone also where it was asked for under the second name."""
    attempt = use(session, link=link, code=code, browser=browser, purpose=purpose)
    if not link and browser is not None and attempt.outcome is not Outcome.ok:
        other = use(session, code=code, browser=second_name(browser), purpose=purpose)
        if other.outcome is Outcome.ok or attempt.outcome is Outcome.unknown:
            attempt = other
    if attempt.outcome is not Outcome.ok:
        events.tell_of_door(session, "sign_in.failed", "portal")
    return attempt


def second_name(browser: bytes) -> bytes:
    """Return the name for letters that were asked for by a link: only their code opens a door.

    No browser shows this name with a link, so the link alone always comes from another browser.
    """
    return hashlib.sha256(b"asked for by a link " + browser).digest()


def look_at(session: Session, link: str) -> Held | None:
    """Return what is known of a link, changing nothing."""
    table = func.gate_token(bindparam(None, fingerprint(link), LargeBinary)).table_valued(
        "purpose", "email", "target", column("expires_at", DateTime(timezone=True)),
        column("tries", Integer), column("browser_hash", LargeBinary), "used_at",
    )  # fmt: skip
    row = session.execute(select(table)).first()
    if row is None:
        return None
    return Held(
        row.email, TokenPurpose(row.purpose), row.target, row.expires_at, row.tries, row.browser_hash
    )  # fmt: skip


def _keep(
    session: Session,
    pair: Pair,
    address: str,
    purpose: TokenPurpose,
    browser: bytes | None,
    target: str,
    moment: datetime,
    until: datetime,
    device: Device,
) -> None:
    session.execute(
        select(
            func.gate_issue_token(
                address,
                purpose.value,
                fingerprint(pair.link),
                _code_hash(pair.code),
                bindparam(None, browser, LargeBinary),
                target,
                moment,
                until,
                device.ip,
                hashlib.sha256(device.user_agent.encode()).digest(),
                cast(uuid7(), UuidType),
            )
        )
    )


def _code_hash(code: str) -> bytes:
    return secrets.digest(f"typed code {code}")
