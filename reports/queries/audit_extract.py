"""Audit extract: what the log says of a period, and whether its chain of seals is whole."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Select, String, Text, case, cast, func, literal, select
from sqlalchemy.orm import Session

from app.domain.histories import VERBS
from app.models.audit import AuditEntry, AuditSeal
from app.models.organisations import StaffProfile
from app.services import audit
from reports.queries.access_review import within
from reports.shape import Audience, Column, Filters, Kind, Parameter, Report, Section


def chain(session: Session, _filters: Filters) -> Iterator[Mapping[str, Any]]:
    """Recompute the chain of the whole log, whatever the filters, and say what was found."""
    broken = audit.verify(session)
    seals, sealed, last = session.execute(
        select(func.count(), func.sum(AuditSeal.entry_count), func.max(AuditSeal.sealed_at))
    ).one()
    entries = session.scalar(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.organisation_id.is_not(None))
    )
    newest = session.scalar(select(AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1))
    yield {"what": "Seals", "found": f"{seals:,}"}
    yield {"what": "Entries under seal", "found": f"{int(sealed or 0):,} of {entries or 0:,}"}
    yield {"what": "Last sealed", "found": "" if last is None else last.isoformat(sep=" ", timespec="seconds")}  # fmt: skip
    yield {"what": "Head of the chain", "found": newest.hex() if newest else ""}
    if not broken:
        yield {"what": "Verified", "found": "Whole: every seal was recomputed and agrees"}
    for each in broken:
        yield {"what": f"Seal {each.seal} is broken", "found": each.reason}


def entries(filters: Filters) -> Select[Any]:
    """List the entries of the log."""
    chosen = within(filters)
    if filters.entity:
        chosen.append(AuditEntry.entity == filters.entity)
    if filters.actor:
        chosen.append(AuditEntry.actor == filters.actor)
    return (
        select(
            AuditEntry.id.label("number"),
            AuditEntry.happened_at.label("at"),
            func.coalesce(StaffProfile.display_name, AuditEntry.actor).label("who"),
            AuditEntry.actor.label("actor"),
            AuditEntry.on_behalf_of.label("for_whom"),
            case(VERBS, value=AuditEntry.action, else_=AuditEntry.action).label("verb"),
            AuditEntry.entity.label("entity"),
            AuditEntry.entity_id.label("record"),
            cast(AuditEntry.before, Text).label("before"),
            cast(AuditEntry.after, Text).label("after"),
            AuditEntry.reason.label("reason"),
            AuditEntry.request_id.label("request"),
            AuditEntry.transaction_id.label("transaction"),
        )
        .outerjoin(
            StaffProfile,
            literal("staff:", String).concat(cast(StaffProfile.user_id, String))
            == AuditEntry.actor,
        )
        .where(*chosen)
        .order_by(AuditEntry.id)
    )


AUDIT_EXTRACT: Final = Report(
    name="audit_extract",
    title="Audit extract",
    about="Every change in a period, old beside new, with whether the chain of the log is whole.",
    audience=Audience.log,
    parameters=(Parameter.since, Parameter.until, Parameter.entity, Parameter.actor),
    needed=(Parameter.since, Parameter.until),
    sections=(
        Section(
            "The chain",
            (Column("what", "What"), Column("found", "Found")),
            rows=chain,
            note="The chain covers the whole log of the company, not only the entries below.",
        ),
        Section(
            "Entries",
            (
                Column("number", "Entry", Kind.whole),
                Column("at", "When", Kind.instant),
                Column("who", "Who"),
                Column("actor", "Signed in as"),
                Column("for_whom", "On behalf of"),
                Column("verb", "Did"),
                Column("entity", "Table"),
                Column("record", "Record"),
                Column("before", "Before"),
                Column("after", "After"),
                Column("reason", "Why"),
                Column("request", "Request"),
                Column("transaction", "Transaction", Kind.whole),
            ),
            entries,
        ),
    ),
)
