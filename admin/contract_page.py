"""Everything the page of one contract shows: steps, what is in the way, versions, evidence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import BEFORE_SENDING, ContractStatus
from app.domain.errors import Invalid, Refused
from app.domain.people import RepresentationScope
from app.domain.sign_in import StaffStatus
from app.models import Contract, Organisation, Person, Representation, StaffProfile
from app.presentation import desk_zone
from app.services import second_factor
from app.services.contracts import evidence, questions, reading, sending
from app.services.contracts.page import spoken
from app.services.contracts.terms import signatory_name

Step = tuple[str, str, str]

REACHED = {
    ContractStatus.draft: 0, ContractStatus.in_review: 1, ContractStatus.ready: 2,
    ContractStatus.sent: 3, ContractStatus.part_signed: 3, ContractStatus.signed_by_artist: 4,
    ContractStatus.executed: 6, ContractStatus.completed: 6,
}  # fmt: skip
OPEN = (ContractStatus.draft, ContractStatus.in_review)


def context_of(db: Session, contract: Contract, user_id: int) -> dict[str, Any]:
    """Return what the template asks for."""
    read = reading.reading_of(db, contract)
    return {
        "read": read,
        "compared": compared(contract),
        "steps": steps_of(contract),
        "missing": [spoken(name) for name in read.version.missing] if read.version else [],
        "in_the_way": in_the_way(db, contract),
        "proofs": [(proof, evidence.facts_of(proof)) for proof in read.proofs],
        "is_asked": questions.is_waiting(contract),
        "choices": choices_of(db, contract),
        "signatory": signatory_name(db, contract.company_signatory_id),
        "may_countersign": _may_countersign(contract, user_id),
        "asks_for_code": second_factor.is_set_up(db, user_id),
        "company": db.get_one(Organisation, contract.organisation_id),
        "is_open": contract.status in OPEN,
        "wrong": {},
        "typed": {},
    }


def compared(contract: Contract) -> reading.Compared | None:
    """Compare the versions that the address names, else the newest with the one before."""
    numbers = {str(version.number): version for version in contract.versions}
    older = numbers.get(request.args.get("old", ""))
    newer = numbers.get(request.args.get("new", ""))
    if older is not None and newer is not None:
        return reading.compare(older, newer)
    if len(contract.versions) < 2:
        return None
    return reading.compare(*contract.versions[-2:])


@dataclass(frozen=True, slots=True)
class Choices:
    """Who could sign: for the artist, and for the company."""

    people: list[Person]
    staff: list[StaffProfile]


def choices_of(db: Session, contract: Contract) -> Choices:
    """Return the artist with the agents who may sign today, and the staff at work."""
    artist = contract.engagement.person
    seats = db.scalars(select(Representation).where(Representation.artist_id == artist.id))
    today = now().astimezone(ZoneInfo(desk_zone())).date()
    agents = [seat.agent for seat in seats if seat.allows(RepresentationScope.sign, today)]
    staff = db.scalars(
        select(StaffProfile)
        .where(StaffProfile.status == StaffStatus.active)
        .order_by(StaffProfile.display_name)
    )
    return Choices([artist, *agents], list(staff))


def in_the_way(db: Session, contract: Contract) -> list[str]:
    """Return every reason why a contract could not be sent as it is."""
    if contract.status not in BEFORE_SENDING:
        return []
    try:
        sending.check_sendable(db, contract)
    except Invalid as refusal:
        return list(refusal.errors.values())
    except Refused as refusal:
        return [refusal.reason]
    return []


def steps_of(contract: Contract) -> list[Step]:
    """Return (name, detail, done | now | empty) for each step of a contract's life."""
    names = [
        ("Drafted", _day(contract.created_at)),
        ("Reviewed", ""),
        ("Sent", _day(contract.sent_at)),
        ("Signed by artist", ""),
        ("Countersigned", ""),
        ("Executed", _day(contract.executed_at)),
    ]
    reached = REACHED.get(contract.status)
    if reached is None:
        ended = contract.status.value.replace("_", " ").capitalize()
        return [("Drafted", names[0][1], "done"), (ended, contract.reason[:80], "now")]
    return [
        (name, detail, "done" if place < reached else "now" if place == reached else "")
        for place, (name, detail) in enumerate(names)
    ]


def _may_countersign(contract: Contract, user_id: int) -> bool:
    is_signed = contract.status is ContractStatus.signed_by_artist
    return is_signed and contract.company_signatory_id in {None, user_id}


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(desk_zone()))
    return f"{local.day} {local:%b %Y}"
