"""Contract compliance before opening night: who stands on a published call with something missing."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, func, literal, or_, select

from app.domain.contracts import ContractStatus
from app.domain.documents import DocumentKind
from app.domain.people import BankDetailStatus, EngagementBasis
from app.domain.schedules import CallStatus
from app.models.contracts import Contract
from app.models.documents import Document
from app.models.engagements import Engagement
from app.models.people import BankDetail, PayeeProfile, Person
from app.models.productions import Production
from app.models.schedules import Call, CallAssignment
from app.services.schedules.facts import NOT_COMING
from reports.shape import Chart, Column, Filters, Kind, Parameter, Report, Section

SIGNED: Final = (ContractStatus.executed, ContractStatus.completed)
PAPERS: Final = ((DocumentKind.passport, "passport"), (DocumentKind.visa, "visa"))


def missing(filters: Filters) -> Select[Any]:
    """List whoever is called from the day on and lacks something, and what it is."""
    called = _called(filters)
    faults = _faults(called)
    said = func.concat_ws("; ", *(case((test, literal(words, String))) for words, test in faults))
    return (
        select(
            Production.title.label("production"),
            Production.id.label("production_id"),
            Person.name.label("artist"),
            Person.id.label("artist_id"),
            Engagement.number.label("engagement"),
            Engagement.id.label("engagement_id"),
            called.c.first.label("first"),
            called.c.last.label("last"),
            called.c.calls.label("calls"),
            said.label("missing"),
        )
        .select_from(called)
        .join(Engagement, Engagement.id == called.c.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .outerjoin(PayeeProfile, PayeeProfile.id == Engagement.payee_id)
        .where(or_(*(test for _, test in faults)))
        .order_by(called.c.first, Production.folded, Person.folded, Engagement.id)
    )


def by_production(filters: Filters) -> Select[Any]:
    """Count who is called and who lacks something, by production."""
    called = _called(filters)
    faults = _faults(called)
    return (
        select(
            Production.title.label("production"),
            Production.id.label("production_id"),
            func.min(called.c.first).label("first"),
            func.count().label("people"),
            func.count().filter(or_(*(test for _, test in faults))).label("short"),
            func.count().filter(faults[0][1]).label("unsigned"),
        )
        .select_from(called)
        .join(Engagement, Engagement.id == called.c.engagement_id)
        .join(Production, Production.id == Engagement.production_id)
        .outerjoin(PayeeProfile, PayeeProfile.id == Engagement.payee_id)
        .group_by(Production.id)
        .order_by(func.min(called.c.first), Production.folded, Production.id)
    )


def _called(filters: Filters) -> Any:
    """Return who is on a published call from the day on, with the first and last of their days."""
    is_chosen = exists().where(
        CallAssignment.call_id == Call.id, CallAssignment.engagement_id == Engagement.id
    )
    runs_then = Call.day_of.between(Engagement.starts_on, Engagement.ends_on)
    calls = (
        select(
            Engagement.id.label("engagement_id"),
            func.min(Call.day_of).label("first"),
            func.max(Call.day_of).label("last"),
            func.count().label("calls"),
        )
        .join(Call, Call.production_id == Engagement.production_id)
        .where(
            Call.status == CallStatus.published,
            Call.day_of >= filters.day,
            Engagement.status.not_in(NOT_COMING),
            Engagement.archived_at.is_(None),
            or_(is_chosen, and_(Call.is_for_everyone, runs_then)),
        )
        .group_by(Engagement.id)
    )
    if filters.production_id is not None:
        calls = calls.where(Engagement.production_id == filters.production_id)
    return calls.subquery("called")


def _faults(called: Any) -> list[tuple[str, ColumnElement[bool]]]:
    """Return what may be missing, and how the records show it. The contract comes first."""
    is_signed = exists().where(
        Contract.engagement_id == Engagement.id,
        Contract.status.in_(SIGNED),
        Contract.archived_at.is_(None),
    )
    has_bank = exists().where(
        BankDetail.payee_id == Engagement.payee_id, BankDetail.status == BankDetailStatus.verified
    )
    is_decided = or_(
        Engagement.basis != EngagementBasis.undecided,
        and_(PayeeProfile.id.is_not(None), PayeeProfile.basis != EngagementBasis.undecided),
    )
    return [
        ("no executed contract", ~is_signed),
        *(
            (f"{words} expires before the last call", _expires(kind, called))
            for kind, words in PAPERS
        ),
        ("insurance expires before the last call", _expires(DocumentKind.insurance, called)),
        ("no verified bank details", ~has_bank),
        ("no tax decision", ~is_decided),
    ]


def _expires(kind: DocumentKind, called: Any) -> ColumnElement[bool]:
    """Tell whether the last of somebody's papers of a kind ends before the last call does."""
    last = (
        select(func.max(Document.expires_on))
        .where(
            Document.person_id == Engagement.person_id,
            Document.kind == kind,
            Document.archived_at.is_(None),
        )
        .scalar_subquery()
    )
    return func.coalesce(last < called.c.last, False)


COMPLIANCE: Final = Report(
    name="compliance",
    title="Contract compliance before opening night",
    about="Whoever is on a published call without an executed contract, valid papers, bank or tax decision.",
    parameters=(Parameter.production, Parameter.on),
    needed=(Parameter.on,),
    sections=(
        Section(
            "By production",
            (
                Column("production", "Production", leads_to="production"),
                Column("first", "First call", Kind.day),
                Column("people", "On calls", Kind.whole),
                Column("short", "With something missing", Kind.whole),
                Column("unsigned", "Without a contract", Kind.whole),
            ),
            by_production,
            chart=Chart("production", "short", "People with something missing"),
            note="Published calls from the day on.",
        ),
        Section(
            "Who and what",
            (
                Column("first", "First call", Kind.day),
                Column("production", "Production", leads_to="production"),
                Column("artist", "Artist", leads_to="person"),
                Column("engagement", "Engagement", leads_to="engagement"),
                Column("calls", "Calls", Kind.whole),
                Column("last", "Last call", Kind.day),
                Column("missing", "Missing"),
            ),
            missing,
        ),
    ),
)
