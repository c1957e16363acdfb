"""Claims as they are read, by whoever may see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.people import EngagementStatus
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt

NOT_CLAIMED_ON = (
    EngagementStatus.pencilled,
    EngagementStatus.offered,
    EngagementStatus.released,
)
WHOLE = (
    joinedload(ExpenseClaim.engagement).joinedload(Engagement.production),
    joinedload(ExpenseClaim.engagement).joinedload(Engagement.person),
    selectinload(ExpenseClaim.lines).selectinload(ExpenseLine.receipts).joinedload(Receipt.file),
    selectinload(ExpenseClaim.lines).selectinload(ExpenseLine.notes),
)


def own_claims(session: Session) -> Sequence[ExpenseClaim]:
    """Return the claims of whoever is looking, the newest first."""
    return session.scalars(
        select(ExpenseClaim)
        .options(
            joinedload(ExpenseClaim.engagement).joinedload(Engagement.production),
            selectinload(ExpenseClaim.lines),
        )
        .order_by(ExpenseClaim.id.desc())
    ).all()


def claim_of(session: Session, key: UUID) -> ExpenseClaim | None:
    """Return the claim with that key as far as whoever is looking may see it."""
    return session.scalars(
        select(ExpenseClaim).where(ExpenseClaim.public_id == key).options(*WHOLE)
    ).one_or_none()


def file_of(session: Session, key: UUID) -> StoredFile | None:
    """Return the file with that key as far as whoever is looking may see it."""
    return session.scalars(select(StoredFile).where(StoredFile.public_id == key)).one_or_none()


def receipt_file(session: Session, key: UUID) -> StoredFile | None:
    """Return the file with that key if it is a receipt: staff who read claims read no other papers."""
    return session.scalars(
        select(StoredFile)
        .join(Receipt, Receipt.file_id == StoredFile.id)
        .where(StoredFile.public_id == key)
        .limit(1)
    ).first()


def claimable(session: Session) -> Sequence[Engagement]:
    """Return the engagements that expenses can be claimed on, the latest first."""
    return session.scalars(
        select(Engagement)
        .where(Engagement.status.not_in(NOT_CLAIMED_ON), Engagement.archived_at.is_(None))
        .options(joinedload(Engagement.production), selectinload(Engagement.entitlements))
        .order_by(Engagement.starts_on.desc(), Engagement.id.desc())
    ).all()
