"""Sessions of staff and artists: opened, kept, listed, stepped up and ended (reliability.md C3).

The browser holds 256 random bits; we hold their SHA-256. Everything goes through the gate's
functions, since a session must be known before anybody's viewer is.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnClause,
    DateTime,
    LargeBinary,
    Row,
    TableValuedAlias,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.sign_in import SESSION_LIMITS, SessionKind
from app.models.base import uuid7

ENDED: Final = "ended_sessions"
"""Where a session keeps the hashes it ended, for the cache to bury once that is committed."""

CHANGED: Final = "changed_sessions"
"""Where it keeps those it changed, for the cache to read again."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is neither over nor idle too long, as the gate describes it."""

    id: int
    public_id: UUID
    kind: SessionKind
    user_id: int | None
    identity_id: int | None
    organisation_id: int | None
    person_id: int | None
    agent_person_id: int | None
    session_data: dict[str, Any]
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None
    device_label: str
    ip: str


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of the browser that signs in."""

    ip: str = ""
    user_agent: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """Whose rows a session looks at: a company, an artist, and the agent where it is an agent's.

    Staff sit for a company, a platform operator for none, and an artist with several seats has
    none until one is chosen.
    """

    organisation_id: int | None = None
    person_id: int | None = None
    agent_person_id: int | None = None


def fingerprint(token: str) -> bytes:
    """Return what we keep of a secret that only the browser or the letter has (ASVS 6.5.2)."""
    return hashlib.sha256(token.encode()).digest()


def open_staff(
    session: Session, *, user_id: int, organisation_id: int | None, device: Device
) -> str:
    """Open a session for a member of staff and return the secret for the cookie."""
    return _open(
        session,
        SessionKind.staff,
        user_id=user_id,
        seat=Seat(organisation_id),
        device=device,
        stepped_up_at=now(),
    )


def open_artist(
    session: Session,
    *,
    identity_id: int,
    seat: Seat | None,
    device: Device,
    stepped_up_at: datetime | None = None,
) -> str:
    """Open a session for a proved address and return the secret for the cookie."""
    return _open(
        session,
        SessionKind.artist,
        identity_id=identity_id,
        seat=seat or Seat(),
        device=device,
        stepped_up_at=stepped_up_at,
    )


def _open(
    session: Session,
    kind: SessionKind,
    *,
    seat: Seat,
    device: Device,
    stepped_up_at: datetime | None,
    user_id: int | None = None,
    identity_id: int | None = None,
) -> str:
    token = secrets.token_urlsafe(32)
    moment, limits = now(), SESSION_LIMITS[kind]
    _name_actor(session, f"staff:{user_id}" if user_id is not None else f"address:{identity_id}")
    session.execute(
        select(
            func.gate_open_session(
                fingerprint(token),
                cast(uuid7(), UuidType),
                kind.value,
                user_id,
                identity_id,
                seat.organisation_id,
                seat.person_id,
                seat.agent_person_id,
                cast({}, JSONB),
                moment,
                moment + limits.idle,
                moment + limits.absolute,
                stepped_up_at,
                device.ip[:64],
                device.user_agent[:400],
                device.label[:120],
            )
        )
    )
    return token


def find(session: Session, hashed: bytes) -> LiveSession | None:
    """Return the live session behind a hash, if there is one."""
    row = session.execute(select(*_COLUMNS).select_from(_asked("gate_session", hashed))).first()
    return None if row is None else _live(row)


def devices(session: Session, hashed: bytes) -> list[LiveSession]:
    """Return the live sessions of whoever owns this one, the latest seen first."""
    rows = session.execute(select(*_COLUMNS).select_from(_asked("gate_sessions", hashed)))
    return [_live(row) for row in rows]


def keep(session: Session, hashed: bytes, kind: SessionKind, data: dict[str, Any] | None) -> bool:
    """Note a visit, and new ``data`` if any; False where the session has ended meanwhile."""
    moment = now()
    kept = None if data is None else cast(data, JSONB)
    until = moment + SESSION_LIMITS[kind].idle
    return bool(session.scalar(select(func.gate_keep_session(hashed, kept, moment, until))))


def take_seat(session: Session, hashed: bytes, seat: Seat) -> bool:
    """Look at another artist from now on; the caller has checked that the address has this seat."""
    session.info.setdefault(CHANGED, set()).add(hashed)
    return bool(
        session.scalar(
            select(
                func.gate_take_seat(
                    hashed, seat.organisation_id, seat.person_id, seat.agent_person_id
                )
            )
        )
    )


def step_up(session: Session, hashed: bytes) -> bool:
    """Note that the person has just proved again who they are."""
    session.info.setdefault(CHANGED, set()).add(hashed)
    return bool(session.scalar(select(func.gate_step_up(hashed, now()))))


def end(session: Session, hashed: bytes, reason: str) -> int:
    """End one session."""
    return _end(session, reason, hashed=hashed)


def end_device(session: Session, hashed: bytes, public_id: UUID, reason: str) -> int:
    """End another session of the one who holds this one, named on the list of devices."""
    return _end(session, reason, hashed=hashed, public_id=public_id)


def end_user(session: Session, user_id: int, reason: str, *, spare: bytes | None = None) -> int:
    """End every session of a member of staff, but the one to ``spare``."""
    return _end(session, reason, user_id=user_id, spare=spare)


def end_identity(
    session: Session, identity_id: int, reason: str, *, spare: bytes | None = None
) -> int:
    """End every session of an address, but the one to ``spare``."""
    return _end(session, reason, identity_id=identity_id, spare=spare)


def meet_device(
    session: Session,
    device_secret: str,
    label: str,
    *,
    user_id: int | None = None,
    identity_id: int | None = None,
) -> bool:
    """Remember a browser for its owner, and tell whether it was known before."""
    return bool(
        session.scalar(
            select(
                func.gate_know_device(
                    user_id, identity_id, fingerprint(device_secret), label[:120], now()
                )
            )
        )
    )


def _end(
    session: Session,
    reason: str,
    *,
    hashed: bytes | None = None,
    public_id: UUID | None = None,
    user_id: int | None = None,
    identity_id: int | None = None,
    spare: bytes | None = None,
) -> int:
    ended = session.scalars(
        select(
            func.gate_end_sessions(
                hashed,
                cast(public_id, UuidType),
                user_id,
                identity_id,
                spare,
                reason,
                now(),
                type_=LargeBinary,
            )
        )
    ).all()
    session.info.setdefault(ENDED, set()).update(bytes(each) for each in ended)
    return len(ended)


def _name_actor(session: Session, actor: str) -> None:
    """Tell the audit log who opens a session; nobody is announced yet at a sign-in."""
    session.execute(select(func.set_config("app.actor", actor, True)))


_COLUMNS: Final[list[ColumnClause[Any]]] = [column(name) for name in LiveSession.__slots__]


def _asked(question: str, hashed: bytes) -> TableValuedAlias:
    asked = getattr(func, question)(
        bindparam(None, hashed, LargeBinary), bindparam(None, now(), DateTime(timezone=True))
    )
    table: TableValuedAlias = asked.table_valued(*LiveSession.__slots__)
    return table


def _live(row: Row[Any]) -> LiveSession:
    values = row._asdict()
    return LiveSession(**{**values, "kind": SessionKind(values["kind"])})
