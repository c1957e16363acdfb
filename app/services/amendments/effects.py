"""Bring the terms of a signed amendment to the engagement itself, on the day they take effect.

Lists, statements and payables read the engagement's own rows, so these say what holds today. What
holds on another day is asked of ``app.services.contracts.in_force``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.claim_caps import CapPeriod
from app.domain.contracts import AmendmentStatus, EntitlementKind, FeeKind, FeeTrigger
from app.domain.local_time import today_in
from app.domain.payables import PayableStatus
from app.domain.people import Casting
from app.models.contracts import Amendment
from app.models.engagements import Engagement, Entitlement, FeeLine, RoleAssignment
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.services.contracts.in_force import terms_on


def apply_due(session: Session, at: datetime) -> int:
    """Apply every executed amendment whose day has come; say how many there were."""
    waiting = session.scalars(
        select(Amendment)
        .where(Amendment.status == AmendmentStatus.executed, Amendment.applied_at.is_(None))
        .order_by(Amendment.effective_from, Amendment.id)
        .with_for_update(skip_locked=True, of=Amendment)
    ).all()
    done = 0
    for amendment in waiting:
        zone = session.get_one(Organisation, amendment.organisation_id).zone
        if amendment.effective_from <= today_in(zone, at):
            apply_amendment(session, amendment, at)
            done += 1
    return done


def apply_amendment(session: Session, amendment: Amendment, at: datetime) -> None:
    """Write the terms in force today into the engagement."""
    engagement = amendment.contract.engagement
    organisation = session.get_one(Organisation, amendment.organisation_id)
    terms = terms_on(session, engagement, today_in(organisation.zone, at)).terms
    _write_facts(engagement, terms)
    _write_roles(engagement, terms)
    _write_fee_lines(session, engagement, terms)
    _write_entitlements(engagement, terms)
    amendment.applied_at = at
    session.flush()


def _write_facts(engagement: Engagement, terms: Mapping[str, Any]) -> None:
    engagement.starts_on = date.fromisoformat(terms["starts_on"])
    engagement.ends_on = date.fromisoformat(terms["ends_on"])
    engagement.fee = Decimal(terms["fee"])
    engagement.payment_terms = terms["payment_terms"]


def _write_roles(engagement: Engagement, terms: Mapping[str, Any]) -> None:
    if "casting" not in terms:
        return
    wanted = [(part["role"], Casting(part["casting"]), part["cast"]) for part in terms["casting"]]
    kept = []
    for role in list(engagement.roles):
        found = (role.role, role.casting, role.cast)
        if found in wanted:
            wanted.remove(found)
            kept.append(role)
        else:
            engagement.roles.remove(role)
    for name, casting, cast in wanted:
        engagement.roles.append(
            RoleAssignment(
                organisation_id=engagement.organisation_id, role=name, casting=casting, cast=cast
            )
        )


def _write_fee_lines(session: Session, engagement: Engagement, terms: Mapping[str, Any]) -> None:
    wanted = {line["position"]: line for line in terms["fee_lines"]}
    made = _payables_of(session, engagement)
    for line in list(engagement.fee_lines):
        agreed = wanted.pop(line.position, None)
        statuses = made.get(line.id, set())
        if statuses - {PayableStatus.voided}:
            continue
        if agreed is None and statuses:
            line.amount = Decimal(0)  # What was voided goes on naming the part it was for.
        elif agreed is None:
            engagement.fee_lines.remove(line)
        else:
            _write_fee_line(line, agreed)
    for position, agreed in sorted(wanted.items()):
        line = FeeLine(organisation_id=engagement.organisation_id, position=position)
        _write_fee_line(line, agreed)
        engagement.fee_lines.append(line)


def _payables_of(
    session: Session, engagement: Engagement
) -> Mapping[int | None, set[PayableStatus]]:
    found: dict[int | None, set[PayableStatus]] = {}
    known = select(Payable.fee_line_id, Payable.status).join(
        FeeLine, FeeLine.id == Payable.fee_line_id
    )
    for line_id, status in session.execute(known.where(FeeLine.engagement_id == engagement.id)):
        found.setdefault(line_id, set()).add(status)
    return found


def _write_fee_line(line: FeeLine, agreed: Mapping[str, Any]) -> None:
    line.kind, line.label = FeeKind(agreed["kind"]), agreed["label"]
    line.amount, line.currency = Decimal(agreed["amount"]), agreed["currency"]
    line.trigger = FeeTrigger(agreed["trigger"])
    line.due_on = date.fromisoformat(agreed["due_on"]) if agreed["due_on"] else None


def _write_entitlements(engagement: Engagement, terms: Mapping[str, Any]) -> None:
    wanted = list(terms["entitlements"])
    for given in list(engagement.entitlements):
        agreed = next((one for one in wanted if one["kind"] == given.kind), None)
        if agreed is None:
            engagement.entitlements.remove(given)
            continue
        wanted.remove(agreed)
        _write_entitlement(given, agreed)
    for agreed in wanted:
        given = Entitlement(
            organisation_id=engagement.organisation_id, kind=EntitlementKind(agreed["kind"])
        )
        _write_entitlement(given, agreed)
        engagement.entitlements.append(given)


def _write_entitlement(given: Entitlement, agreed: Mapping[str, Any]) -> None:
    given.amount = None if agreed["amount"] is None else Decimal(agreed["amount"])
    given.cap = None if agreed["cap"] is None else Decimal(agreed["cap"])
    given.currency, given.rule = agreed["currency"], agreed["rule"]
    given.period = CapPeriod(agreed.get("period") or CapPeriod.each)
