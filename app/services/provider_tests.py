"""Test a provider: one harmless call, promised like anything else, whose answer is shown on the desk."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox_kinds import URGENT
from app.domain.providers import name_of
from app.models.outbox import OutboxMessage
from app.services import outbox

TEST: Final = "provider.test"
"""Kind of the promise to call a provider harmlessly."""


def ask(session: Session, port: str, choice: str, *, organisation_id: int) -> None:
    """Promise a harmless call; pressing twice within a second is one."""
    outbox.promise(
        session,
        organisation_id=organisation_id,
        kind=TEST,
        key=f"{choice}-{port}-{now():%Y%m%dT%H%M%S}",
        payload={"port": port, "choice": choice, "about": name_of(choice)},
        priority=URGENT,
    )


def latest(session: Session) -> dict[str, OutboxMessage]:
    """Return the newest test of each choice at its port."""
    port = OutboxMessage.payload["port"].astext
    rows = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == TEST)
        .ext(distinct_on(port))
        .order_by(port, OutboxMessage.id.desc())
    )
    return {f"{row.payload['port']}:{row.payload['choice']}": row for row in rows}
