"""Keep what a provider tells us, once, before anybody reads it; have it read again; count what is turned away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.counting import rows_touched
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.models.inbox import InboxNotice
from app.models.outbox_decisions import HookRefusal

KEPT: Final = frozenset(
    {"content-type", "date", "user-agent", "x-request-id", "x-correlation-id", "x-ms-request-id"}
)
"""Headers worth keeping; signatures and credentials are not."""


class TooEarly(Exception):
    """A notice cannot be read yet, because we are not done ourselves: it is read again soon."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One event as it is kept: the provider's id of it, its words, and what leads back to our promise."""

    event_key: str
    raw: bytes
    reference: str | None = None


def keep(
    session: Session,
    *,
    provider: str,
    event_key: str,
    raw: bytes,
    headers: Mapping[str, str],
    reference: str | None = None,
) -> bool:
    """Keep a verified notice and say whether it is new. The same event is kept once for ever."""
    notice = Kept(event_key, raw, reference)
    return keep_all(session, provider=provider, notices=[notice], headers=headers) == 1


def keep_all(
    session: Session, *, provider: str, notices: Sequence[Kept], headers: Mapping[str, str]
) -> int:
    """Keep verified notices, each event once for ever, and return how many are new."""
    if not notices:
        return 0
    known = {name: value for name, value in headers.items() if name.lower() in KEPT}
    rows = [
        {
            "provider": provider,
            "event_key": notice.event_key,
            "reference": notice.reference,
            "raw": notice.raw,
            "headers": known,
        }
        # In one order, so that two deliveries of the same events never wait for each other.
        for notice in sorted(notices, key=lambda notice: notice.event_key)
    ]
    return rows_touched(session, insert(InboxNotice).inline().values(rows).on_conflict_do_nothing())


def replay(session: Session, notice_id: int, *, reason: str) -> InboxNotice:
    """Have a notice read once more, because a person says so. Reading twice changes nothing twice."""
    if not reason.strip():
        raise Refused("Say why, for whoever reads this later.", field="reason")
    notice = session.scalars(
        select(InboxNotice).where(InboxNotice.id == notice_id).with_for_update()
    ).one_or_none()
    if notice is None:
        raise Refused("There is no such notice.")
    if notice.state is NoticeState.new:
        raise Refused("It waits to be read already. Look again in a minute.")
    session.execute(select(func.set_config("app.reason", reason.strip(), True)))
    viewer: Viewer | None = session.info.get("viewer")
    notice.state, notice.attempts, notice.not_before = NoticeState.new, 0, now()
    notice.replayed_at, notice.replay_reason, notice.reason = now(), reason.strip(), None
    notice.replayed_by = viewer.actor if viewer else ""
    session.flush()
    return notice


def count_refused(session: Session, *, provider: str, why: str) -> None:
    """Count a notice that was turned away: forged, stale or unreadable. Nothing of it is kept."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    session.execute(
        insert(HookRefusal)
        .values(provider=provider, hour=hour, why=why, count=1)
        .on_conflict_do_update(
            index_elements=["provider", "hour", "why"],
            set_={"count": HookRefusal.count + 1, "last_at": func.clock_timestamp()},
        )
    )
