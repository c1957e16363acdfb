"""Keep what a provider tells us, once, before anybody reads it; have it read again; count what is turned away."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.counting import rows_touched
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.models.inbox import InboxNotice
from app.models.outbox_decisions import HookRefusal

KEPT: Final = frozenset(
    {"content-type", "date", "user-agent", "x-request-id", "x-correlation-id", "x-ms-request-id"}
)
"""Headers worth keeping; signatures and credentials are not."""


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
    kept = rows_touched(
        session,
        insert(InboxNotice)
        .inline()
        .values(
            provider=provider,
            event_key=event_key,
            reference=reference,
            raw=raw,
            headers={name: value for name, value in headers.items() if name.lower() in KEPT},
        )
        .on_conflict_do_nothing(),
    )
    return kept == 1


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
    notice.state, notice.attempts, notice.not_before = NoticeState.new, 0, now()
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
