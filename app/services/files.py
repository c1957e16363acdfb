"""Keep account of files: the bytes are in the store already, named by their content."""

import hashlib
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.documents import ScanStatus
from app.models.documents import StoredFile


@dataclass(frozen=True, slots=True)
class Kept:
    """What a door knows of a file it has put into the store."""

    sha256: str
    size: int
    media_type: str
    name: str
    view_sha256: str | None = None
    """The copy that is safe to show, where a scanner made one."""
    view_media_type: str | None = None
    paper_sha256: str | None = None
    """The PDF without what acts, where a picture of its pages is shown."""
    perceptual_hash: str | None = None

    @classmethod
    def of(cls, content: bytes, *, media_type: str, name: str) -> "Kept":
        """Return the account of some bytes."""
        return cls(hashlib.sha256(content).hexdigest(), len(content), media_type, name)


def record(
    session: Session,
    kept: Kept,
    *,
    organisation_id: int,
    stored_by: str,
    owner_person_id: int | None = None,
    scan_status: ScanStatus = ScanStatus.clean,
) -> StoredFile:
    """Return the record of a file, made if its content is new to its owner.

    Twenty sendings of one photo at the same moment are one record: the insert gives way, and what is
    there already is read.
    """
    session.execute(
        insert(StoredFile)
        .values(
            **asdict(kept),
            organisation_id=organisation_id,
            scan_status=scan_status,
            stored_at=now(),
            stored_by=stored_by,
            owner_person_id=owner_person_id,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(StoredFile).where(
            StoredFile.organisation_id == organisation_id,
            StoredFile.sha256 == kept.sha256,
            StoredFile.owner_person_id.is_not_distinct_from(owner_person_id),
        )
    ).one()
