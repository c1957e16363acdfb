"""Copies of a statement that are kept as they were: the file, its hash and the hour, for both sides."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.documents import DocumentKind
from app.models.documents import Document, StoredFile
from app.models.engagements import Engagement
from app.services import files

MARK = "Statement, as of "


def keep_copy(
    session: Session,
    engagement: Engagement,
    kept: files.Kept,
    *,
    as_of: str,
    data_sha256: str,
    by: str,
) -> Document:
    """Keep a statement as it was: the artist finds it on the phone, staff among the papers."""
    stored = files.record(
        session,
        kept,
        organisation_id=engagement.organisation_id,
        stored_by=by,
        owner_person_id=engagement.person_id,
    )
    made = Document(
        organisation_id=engagement.organisation_id,
        kind=DocumentKind.report,
        title=f"{MARK}{as_of}, data {data_sha256}",
        person_id=engagement.person_id,
        engagement_id=engagement.id,
        file=stored,
    )
    session.add(made)
    session.flush()
    return made


def copies(session: Session, engagement_ids: Sequence[int]) -> Sequence[Document]:
    """Return the copies that were kept, newest first."""
    return session.scalars(
        select(Document)
        .join(Document.file)
        .where(
            Document.engagement_id.in_(engagement_ids),
            Document.kind == DocumentKind.report,
            Document.title.startswith(MARK),
            StoredFile.media_type == "application/pdf",
        )
        .options(joinedload(Document.file))
        .order_by(Document.id.desc())
        .limit(50)
    ).all()
