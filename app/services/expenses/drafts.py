"""An expense that is begun on the phone and kept here until it is whole."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.models.documents import StoredFile
from app.models.expenses import ExpenseDraft

SHOWN = 20


def keep(
    session: Session,
    *,
    organisation_id: int,
    claimant_id: int,
    key: UUID,
    typed: dict[str, Any],
    receipts: Sequence[StoredFile],
    statements: Sequence[StoredFile],
) -> None:
    """Keep what is entered so far; keeping the same form again replaces it."""
    now_known = {
        "typed": typed,
        "receipts": [str(file.public_id) for file in receipts],
        "statements": [str(file.public_id) for file in statements],
        "ended_at": None,
        "updated_at": func.clock_timestamp(),
    }
    made = insert(ExpenseDraft).values(
        organisation_id=organisation_id, claimant_id=claimant_id, client_key=key, **now_known
    )
    session.execute(
        made.on_conflict_do_update(
            index_elements=["organisation_id", "claimant_id", "client_key"], set_=now_known
        )
    )


def open_ones(session: Session) -> Sequence[ExpenseDraft]:
    """Return what whoever is looking has begun, the newest first."""
    return session.scalars(
        select(ExpenseDraft)
        .where(ExpenseDraft.ended_at.is_(None))
        .order_by(ExpenseDraft.updated_at.desc())
        .limit(SHOWN)
    ).all()


def found(session: Session, key: UUID) -> ExpenseDraft | None:
    """Return the draft of that form, if it is still open."""
    return session.scalars(
        select(ExpenseDraft).where(ExpenseDraft.client_key == key, ExpenseDraft.ended_at.is_(None))
    ).first()


def end(session: Session, key: UUID) -> None:
    """Put a draft away: it became an expense, or is not wanted any more."""
    session.execute(
        update(ExpenseDraft)
        .where(ExpenseDraft.client_key == key, ExpenseDraft.ended_at.is_(None))
        .values(ended_at=now())
    )


def is_known(session: Session, key: UUID) -> bool:
    """Tell whether whoever looks began it, ended or not."""
    return session.scalar(select(ExpenseDraft.id).where(ExpenseDraft.client_key == key)) is not None
