"""Keep account of files: the bytes are in the store already, named by their content."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
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
    """Return the record of a file, made if its content is new to the organisation."""
    known = session.scalars(
        select(StoredFile).where(
            StoredFile.organisation_id == organisation_id, StoredFile.sha256 == kept.sha256
        )
    ).one_or_none()
    if known is not None:
        return known
    stored = StoredFile(
        organisation_id=organisation_id,
        sha256=kept.sha256,
        size=kept.size,
        media_type=kept.media_type,
        name=kept.name,
        scan_status=scan_status,
        stored_at=now(),
        stored_by=stored_by,
        owner_person_id=owner_person_id,
    )
    session.add(stored)
    session.flush()
    return stored
