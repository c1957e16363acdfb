"""Everything the page of one contract shows: steps, what is in the way, versions, evidence."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin.contract_esign import doubts_of, elsewhere_of
from app.db.clock import now
from app.domain.contracts import BEFORE_SENDING, ContractStatus
from app.domain.envelopes import BUILTIN
from app.domain.errors import Invalid, Refused
from app.domain.people import RepresentationScope
from app.domain.reminders import write_ladder
from app.domain.sign_in import StaffStatus
from app.models import (
    Contract,
    Message,
    Organisation,
    Person,
    Representation,
    SignatureRequest,
    StaffProfile,
)
from app.presentation import desk_zone
from app.services import second_factor
from app.services.contracts import clauses, evidence, in_force, questions, reading, sending
from app.services.contracts.page import spoken
from app.services.contracts.terms import signatory_name
from app.services.esign.requests import is_on_its_way

Step = tuple[str, str, str]

REACHED = {
    ContractStatus.draft: 0, ContractStatus.in_review: 1, ContractStatus.ready: 2,
    ContractStatus.sent: 3, ContractStatus.part_signed: 3, ContractStatus.signed_by_artist: 4,
    ContractStatus.executed: 6, ContractStatus.completed: 6,
}  # fmt: skip
OPEN = (ContractStatus.draft, ContractStatus.in_review)
ASKED = sending.ASKED


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
        "may_countersign": _may_countersign(contract, user_id, read.request),
        "asks_for_code": second_factor.is_set_up(db, user_id),
        "company": db.get_one(Organisation, contract.organisation_id),
        "is_open": contract.status in OPEN,
        "envelope": elsewhere_of(db, read.request),
        "doubts": doubts_of(db, contract),
        **_about_sending(db, contract, read.request),
        **_about_terms(db, contract),
        "wordings": clauses.offers(db, contract)
        if contract.status in OPEN and read.version
        else [],
        "wrong": {},
        "typed": {},
    }


def _about_sending(
    db: Session, contract: Contract, asked: SignatureRequest | None
) -> dict[str, Any]:
    """Return how it goes or went out, and who stands behind each step."""
    until = contract.expires_at if contract.status in ASKED else now() + sending.PATIENCE
    own = sending.ladder(db, contract.organisation_id, None)
    steps = asked.reminder_days if asked is not None and contract.status in ASKED else own
    return {
        "until": (until or now()).astimezone(ZoneInfo(desk_zone())).date().isoformat(),
        "ladder": write_ladder(steps),
        "link": url_for("portal.contract", public_id=contract.public_id, _external=True),
        "delivered": _delivered(db, contract),
        "attested_by": signatory_name(db, contract.attested_by_id),
        "submitted_by": signatory_name(db, contract.submitted_by_id),
        "approved_by": signatory_name(db, contract.approved_by_id),
    }


def _delivered(db: Session, contract: Contract) -> str:
    """Say what became of the newest letter that brought the contract to its signer."""
    sent = db.scalars(
        select(Message)
        .where(
            Message.key.startswith(f"contract-{contract.id}-contract_sent-"),
            Message.event == "contract_sent",
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    if sent is None or sent.delivery is None:
        return ""
    word = sent.delivery.status.value.replace("_", " ")
    return f"{word}, {sent.recipient}" if sent.recipient else f"{word}: {sent.delivery.error}"


def _about_terms(db: Session, contract: Contract) -> dict[str, Any]:
    """Return the terms in force on the day that the address names, else today."""
    today = now().astimezone(ZoneInfo(desk_zone())).date()
    if contract.executed_at is None:
        return {"force": None, "today": today}
    return {
        "force": in_force.terms_on(db, contract.engagement, _day_asked(today)),
        "today": today,
    }


def _day_asked(today: date) -> date:
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today


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
    if contract.status not in BEFORE_SENDING or is_on_its_way(db, contract):
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


def _may_countersign(contract: Contract, user_id: int, asked: SignatureRequest | None) -> bool:
    is_here = asked is not None and asked.provider == BUILTIN
    is_signed = is_here and contract.status is ContractStatus.signed_by_artist
    return is_signed and contract.company_signatory_id in {None, user_id}


def _day(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(desk_zone()))
    return f"{local.day} {local:%b %Y}"
