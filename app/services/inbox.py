"""Keep what a provider tells us, once, before anybody reads it."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.counting import rows_touched
from app.models.inbox import InboxNotice

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
