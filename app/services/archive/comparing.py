"""Compare what the archive shows with what was filed. A difference becomes a task, never an overwrite."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.archive import WORDS, Difference, Filed, Seen, as_seen, difference
from app.domain.errors import Refused
from app.models.documents import Document
from app.services import attention
from app.services.archive import library
from app.services.archive.filing import href_of, subject_of

JUST_FILED: Final = timedelta(minutes=10)
"""What was filed this recently may not be in a whole list that was taken before."""


def record_changes(session: Session, told: dict[str, Any]) -> None:
    """Read what one look at the library showed; a look that was overtaken says nothing any more.

    Each look begins at the mark of one that was read before, so a later one shows all that an earlier
    one did.
    """
    found = library.connection(session, lock=True)
    if found is None:
        raise Refused("The library was given up meanwhile.")
    if told["asked_at"] <= found.settings.get("asked_at", ""):
        raise Refused("A later look was read already.")
    seen = {one.item: one for one in map(as_seen, told["seen"])}
    compare(session, seen, is_whole=told["is_whole"])
    read = {"asked_at": told["asked_at"], "looked_at": now().isoformat()}
    if told["is_whole"]:
        read["compared_at"] = now().isoformat()
    found.settings = {**found.settings, **read, "link": told["link"]}


def compare(session: Session, seen: dict[str, Seen], *, is_whole: bool) -> int:
    """Ask a person about each paper that differs, and settle those that are as they were filed."""
    differing = 0
    for document in _filed(session, seen, is_whole):
        item = document.archive_item_id or ""
        filed = Filed(item, document.archive_path, document.archive_hash)
        found = difference(filed, seen.get(item))
        if found is None:
            attention.settle(
                session,
                provider=library.PROVIDER,
                subject=subject_of(document.id),
                how="It is as it was filed again.",
            )
            continue
        differing += 1
        _ask(session, document, filed, seen.get(item), found)
    return differing


def _filed(session: Session, seen: dict[str, Seen], is_whole: bool) -> Sequence[Document]:
    asked = select(Document).where(Document.archive_hash != "")
    if is_whole:
        known = Document.archive_item_id.in_(list(seen))
        asked = asked.where(known | (Document.filed_at < now() - JUST_FILED))
    else:
        asked = asked.where(Document.archive_item_id.in_(list(seen)))
    return session.scalars(asked.order_by(Document.id)).all()


def _ask(
    session: Session, document: Document, filed: Filed, seen: Seen | None, found: Difference
) -> None:
    title, advice = WORDS[found]
    subject = subject_of(document.id)
    for other in Difference:
        if other is not found:
            attention.settle(
                session,
                provider=library.PROVIDER,
                subject=subject,
                problem=f"paper_{other}",
                how="It differs in another way now.",
            )
    attention.ask(
        session,
        provider=library.PROVIDER,
        problem=f"paper_{found}",
        subject=subject,
        title=title.format(paper=document.title),
        advice=advice,
        href=href_of(document.id),
        deed="File it again",
        facts={
            "Filed as": filed.path,
            "In SharePoint": (seen.path if seen and not seen.is_gone else "") or "nowhere",
        },
    )
