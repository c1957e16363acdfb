"""The writing of engagements: terms, roles, fee lines, per diems, and contracts without paper."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete

from app.domain.contracts import EntitlementKind, FeeKind
from app.domain.import_engagements import EngagementDraft
from app.models.contracts import Contract
from app.models.engagements import Engagement, Entitlement, FeeLine, RoleAssignment
from app.services.imports import sets
from app.services.imports.desk import Desk, KnownPerson
from app.services.numbers import next_contract_numbers, next_engagement_numbers


@dataclass(slots=True)
class Hire:
    """One engagement of the book with the person and production it is about."""

    draft: EngagementDraft
    person: KnownPerson
    production_id: int
    import_key: str
    id: int = 0


@dataclass(slots=True)
class Writing:
    """What the engagements' sheet is about to write."""

    new: list[Hire] = field(default_factory=list)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    new_fees: list[Hire] = field(default_factory=list)
    new_per_diems: list[Hire] = field(default_factory=list)
    papers: list[Hire] = field(default_factory=list)


def terms_of(draft: EngagementDraft) -> dict[str, Any]:
    """Return the columns that hold the terms of a row."""
    return {
        "starts_on": draft.starts_on,
        "ends_on": draft.ends_on,
        "fee": draft.fee,
        "currency": draft.currency,
        "payment_terms": draft.terms,
    }


def write(desk: Desk, writing: Writing) -> None:
    """Write engagements and what hangs on them."""
    _write_new(desk, writing.new)
    session = desk.session
    sets.change(session, Engagement, writing.changes)
    sets.remove(session, FeeLine, "engagement_id", [hire.id for hire in writing.new_fees])
    _write_fees(desk, writing.new + writing.new_fees)
    table = Entitlement.__table__.c
    changed = [hire.id for hire in writing.new_per_diems]
    if changed:
        session.execute(
            delete(Entitlement).where(
                table.engagement_id.in_(changed), table.kind == EntitlementKind.per_diem
            )
        )
    _write_per_diems(desk, writing.new + writing.new_per_diems)
    with_paper = [hire for hire in writing.new if hire.draft.paper is not None]
    _write_contracts(desk, with_paper + writing.papers)


def _write_new(desk: Desk, hires: list[Hire]) -> None:
    owner = {"organisation_id": desk.organisation_id}
    numbers = next_engagement_numbers(desk.session, desk.organisation_id, len(hires))
    rows = [
        {
            **owner,
            **terms_of(hire.draft),
            "number": number,
            "person_id": hire.person.id,
            "production_id": hire.production_id,
            "basis": hire.person.basis,
            "agent_id": hire.person.agent.id if hire.person.agent else None,
            "status": hire.draft.status,
            "import_key": hire.import_key,
        }
        for hire, number in zip(hires, numbers, strict=True)
    ]
    for hire, found in zip(hires, sets.add(desk.session, Engagement, rows), strict=True):
        hire.id = found
    roles = [
        {**owner, "engagement_id": hire.id, "role": hire.draft.role}
        for hire in hires
        if hire.draft.role
    ]
    sets.add(desk.session, RoleAssignment, roles)


def _write_fees(desk: Desk, hires: list[Hire]) -> None:
    rows = [
        {
            "organisation_id": desk.organisation_id,
            "engagement_id": hire.id,
            "position": position,
            "kind": FeeKind.instalment,
            "label": line.label,
            "amount": line.amount,
            "currency": hire.draft.currency,
            "trigger": line.trigger,
        }
        for hire in hires
        for position, line in enumerate(hire.draft.fee_lines(), start=1)
    ]
    sets.add(desk.session, FeeLine, rows)


def _write_per_diems(desk: Desk, hires: list[Hire]) -> None:
    rows = [
        {
            "organisation_id": desk.organisation_id,
            "engagement_id": hire.id,
            "kind": EntitlementKind.per_diem,
            "amount": hire.draft.per_diem,
            "currency": hire.draft.currency,
            "rule": "a day",
        }
        for hire in hires
        if hire.draft.per_diem
    ]
    sets.add(desk.session, Entitlement, rows)


def _write_contracts(desk: Desk, hires: list[Hire]) -> None:
    """Write contracts as the list tells of them: never executed, for no paper came with it."""
    by_year: dict[int, list[Hire]] = defaultdict(list)
    for hire in hires:
        by_year[hire.draft.starts_on.year].append(hire)
    rows = []
    for year, of_year in sorted(by_year.items()):
        numbers = next_contract_numbers(desk.session, desk.organisation_id, year, len(of_year))
        rows += [
            _contract(desk, hire, number) for hire, number in zip(of_year, numbers, strict=True)
        ]
    sets.add(desk.session, Contract, rows)


def _contract(desk: Desk, hire: Hire, number: str) -> dict[str, Any]:
    role = f" as {hire.draft.role}" if hire.draft.role else ""
    return {
        "organisation_id": desk.organisation_id,
        "number": number,
        "engagement_id": hire.id,
        "title": f"Engagement of {hire.person.name}{role}",
        "status": hire.draft.paper,
        "signer_id": hire.person.id,
        "last_event_at": desk.now,
        "source_note": hire.draft.source_note(),
    }
