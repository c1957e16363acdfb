"""Give papers to the archive once, and again where a person says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.archive import Library, read
from app.domain.bulk_runs import PRIORITY
from app.domain.errors import Refused
from app.domain.local_time import today_in
from app.models.contracts import Contract
from app.models.documents import Document
from app.models.engagements import Engagement
from app.models.organisations import Organisation
from app.services import attention, connections, events, outbox
from app.services.archive import library

FILE: Final = "archive.file"
NOT_FILED: Final = "paper_not_filed"
NO_LIBRARY: Final = "no_library"
BY_HAND: Final = "by_hand"
AWAY: Final = "SharePoint is not used at the moment: papers are filed by hand."


@dataclass(frozen=True, slots=True)
class FilingJob:
    """A paper, its place in the archive, and what its columns say."""

    path: str
    sha256: str
    media_type: str
    facts: dict[str, str] = field(default_factory=dict)
    library: Library | None = None
    item: str = ""
    replaces: bool = False


def promise(session: Session, document: Document, *, replaces: bool = False) -> None:
    """Promise that the archive gets a paper; in the place of what lies there only if a person says so."""
    again = "" if document.filings == 1 else f"-{document.filings}"
    if again:
        outbox.supersede(session, kind=FILE, name="document_id", record_id=document.id)
    outbox.promise(
        session,
        organisation_id=document.organisation_id,
        kind=FILE,
        key=f"document-{document.id}{again}",
        payload={"document_id": document.id, "replaces": replaces},
    )


def filing_of(session: Session, document_id: int, *, replaces: bool = False) -> FilingJob:
    """Gather what the archive needs."""
    document = session.get_one(Document, document_id)
    if document.file is None:
        raise Refused(f"{document.title} has no file.")
    return FilingJob(
        document.archive_path,
        document.file.sha256,
        document.file.media_type,
        facts_of(session, document),
        library.chosen(session),
        document.archive_item_id or "",
        replaces,
    )


def facts_of(session: Session, document: Document) -> dict[str, str]:
    """Return what the archive's columns say about a paper."""
    facts = {"hash": document.file.sha256 if document.file else ""}
    if document.engagement_id is None:
        return facts
    engagement = session.get_one(
        Engagement,
        document.engagement_id,
        options=[joinedload(Engagement.person), joinedload(Engagement.production)],
    )
    facts |= {"artist": engagement.person.name, "production": engagement.production.title}
    contract = _contract_of(session, document)
    if contract is not None:
        facts["contract_number"] = contract.number
        if contract.executed_at is not None:
            house = session.get_one(Organisation, document.organisation_id)
            facts["executed_on"] = today_in(house.zone, contract.executed_at).isoformat()
    return facts


def _contract_of(session: Session, document: Document) -> Contract | None:
    """Return the contract that a paper is named after."""
    asked = select(Contract).where(Contract.engagement_id == document.engagement_id)
    number = document.title.partition(",")[0]
    return session.scalars(asked.where(Contract.number == number)).one_or_none()


def record_filed(session: Session, document_id: int, told: str, *, provider: str) -> None:
    """Note where the archive keeps a paper and its hash there; nothing about it is open any more."""
    document = session.get_one(Document, document_id)
    document.archive_item_id, document.archive_hash = read(told)
    document.filed_at = now()
    _tell_filed(session, document)
    attention.settle(
        session, provider=provider, subject=subject_of(document.id), how="It was filed."
    )


def _tell_filed(session: Session, document: Document) -> None:
    if document.file is not None:
        told = {"kind": document.kind.value, "sha256": document.file.sha256}
        events.tell(session, "paper.filed", document, **told)


def record_not_filed(session: Session, document_id: int, reason: str, *, provider: str) -> None:
    """Ask a person about a paper that the archive did not take; about what concerns all papers once."""
    if provider == library.PROVIDER and connections.is_manual(session, provider):
        attention.ask(
            session,
            provider=provider,
            problem=BY_HAND,
            subject=library.ABOUT,
            title="Executed papers are filed by hand",
            advice="Put each at its place in SharePoint as it is named there. Once SharePoint is used again, "
            "what lies there is recognised and the rest is filed.",
            href="/admin/archive/",
            deed="See the papers",
        )
        return
    if provider == library.PROVIDER and library.chosen(session) is None:
        attention.ask(
            session,
            provider=provider,
            problem=NO_LIBRARY,
            subject=library.ABOUT,
            title="Executed papers wait for a library of SharePoint",
            advice="Choose the site and the library. What waits is then filed by itself.",
            href="/admin/archive/",
            deed="Choose the library",
        )
        return
    document = session.get_one(Document, document_id)
    attention.ask(
        session,
        provider=provider,
        problem=NOT_FILED,
        subject=subject_of(document.id),
        title=f"{document.title} is not in the archive",
        advice=f"{reason} Then file it again.",
        href=href_of(document.id),
        deed="File it again",
        facts={"Its place": document.archive_path},
    )


def file_again(session: Session, document: Document) -> None:
    """File a paper once more because a person says so; the archive keeps what lay there as a version."""
    locked = session.get_one(Document, document.id, with_for_update=True, populate_existing=True)
    if locked.file is None or not locked.archive_path:
        raise Refused(f"{locked.title} is not a paper for the archive.")
    locked.filings += 1
    promise(session, locked, replaces=True)


def choose_library(session: Session, drive: str) -> int:
    """File papers in a library from now on, and what waits for one; return how many waited."""
    library.choose(session, drive)
    return file_waiting(session)


def file_waiting(session: Session) -> int:
    """File everything that never got there, now that there is a place for it; return how many."""
    waiting = unfiled(session)
    # A paper that is signed meanwhile does not stand behind a season's.
    with outbox.below(session, PRIORITY):
        for document in waiting:
            document.filings += 1
            promise(session, document)
    return len(waiting)


def refuse_by_hand(session: Session) -> None:
    """Send nothing to SharePoint while people file papers there by hand."""
    if connections.is_manual(session, library.PROVIDER):
        raise Refused(AWAY)


def take_up(session: Session) -> int:
    """File what was left to people, once SharePoint is used again; return how many."""
    if library.chosen(session) is None or connections.is_manual(session, library.PROVIDER):
        return 0
    ended = attention.settle(
        session,
        provider=library.PROVIDER,
        subject=library.ABOUT,
        problem=BY_HAND,
        how="SharePoint is used again.",
    )
    return file_waiting(session) if ended else 0


def unfiled(session: Session) -> Sequence[Document]:
    """Return the papers that the archive has not got; SharePoint tells a hash of each it has."""
    missing: ColumnElement[bool] = Document.filed_at.is_(None)
    if library.chosen(session) is not None:
        missing = missing | (Document.archive_hash == "")
    return session.scalars(
        select(Document)
        .where(missing, Document.archive_path != "", Document.file_id.is_not(None))
        .order_by(Document.id)
    ).all()


def subject_of(document_id: int) -> str:
    """Return the name under which people are asked about a paper."""
    return f"document:{document_id}"


def href_of(document_id: int) -> str:
    """Return where a paper is looked after at the desk."""
    return f"/admin/archive/#document-{document_id}"
