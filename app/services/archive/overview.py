"""What staff see of the archive: the library, what is filed, and which papers need a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.connections import AttentionStatus, ConnectionStatus
from app.models.connections import AttentionItem, ProviderConnection
from app.models.documents import Document
from app.services.archive import library
from app.services.archive.filing import subject_of, unfiled

SHOWN: Final = 100
"""Papers on the page; there are never so many, or the archive is down."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A paper that needs a person, and why."""

    document: Document
    item: AttentionItem


@dataclass(frozen=True, slots=True)
class Overview:
    """The archive at one glance."""

    connection: ProviderConnection | None
    is_connected: bool
    library: str
    watched_until: datetime | None
    compared_at: datetime | None
    filed: int
    waiting: Sequence[Document]
    troubles: Sequence[Trouble]


def overview(session: Session) -> Overview:
    """Gather what the page shows."""
    found = library.connection(session)
    is_connected = found is not None and found.status is ConnectionStatus.connected
    troubles = _troubles(session)
    known = {one.document.id for one in troubles}
    compared = found.settings.get("compared_at", "") if found is not None else ""
    return Overview(
        found,
        is_connected,
        found.external_name if found is not None and library.chosen(session) else "",
        library.watched_until(found) if is_connected else None,
        datetime.fromisoformat(compared) if compared else None,
        session.scalar(select(func.count()).where(Document.filed_at.is_not(None))) or 0,
        [one for one in unfiled(session) if one.id not in known][:SHOWN],
        troubles,
    )


def _troubles(session: Session) -> list[Trouble]:
    items = session.scalars(
        select(AttentionItem)
        .where(
            AttentionItem.status == AttentionStatus.open,
            AttentionItem.problem.like("paper\\_%", escape="\\"),
        )
        .order_by(AttentionItem.id)
        .limit(SHOWN)
    ).all()
    subjects = {item.subject: item for item in items}
    numbers = [int(subject.partition(":")[2]) for subject in subjects]
    documents = session.scalars(select(Document).where(Document.id.in_(numbers)))
    return [Trouble(document, subjects[subject_of(document.id)]) for document in documents]
