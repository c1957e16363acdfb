"""Who is told what of a contract, once for each fact."""

from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.local_time import format_instant
from app.domain.sign_in import StaffStatus
from app.models.accounts import USERS
from app.models.contracts import Contract
from app.models.organisations import Organisation, StaffProfile
from app.models.people import Person
from app.services import messages, outbox
from app.services.contracts.requests import all_evidence
from app.services.expenses.deputies import holders_of

NOTIFY: Final = "contract.tell"
"""Kind of the promise to tell people what an artist did: her own session may not write to others."""


def promise_to_tell(session: Session, contract: Contract, event: str, fact: str) -> None:
    """Promise that the worker tells people of ``event``; ``fact`` names it among others."""
    outbox.promise(
        session,
        organisation_id=contract.organisation_id,
        kind=NOTIFY,
        key=f"contract-{contract.id}-{event}-{fact}",
        payload={"contract_id": contract.id, "event": event, "fact": fact},
    )


def tell_staff(session: Session, contract: Contract, event: str, fact: str, **context: Any) -> None:
    """Tell whoever looks after the contract and whoever signs for the company."""
    for to in who_looks_after(session, contract.owner_id, contract.company_signatory_id):
        _tell(session, contract, f"{event}_staff", fact, to, **context)


def tell_artist(
    session: Session, contract: Contract, event: str, fact: str, **context: Any
) -> None:
    """Tell the artist, her agent, and whoever else is to sign, each once."""
    for person in parties(session, contract):
        _tell(session, contract, event, fact, messages.addressee(session, person), **context)


def tell_signer(
    session: Session, contract: Contract, event: str, fact: str, **context: Any
) -> None:
    """Tell the one person who is asked to sign for the artist."""
    person = session.get_one(Person, contract.signer_id or contract.engagement.person_id)
    _tell(session, contract, event, fact, messages.addressee(session, person), **context)


def tell_person(
    session: Session, contract: Contract, person: Person, event: str, fact: str, **context: Any
) -> None:
    """Tell one person."""
    _tell(session, contract, event, fact, messages.addressee(session, person), **context)


def tell_agent(session: Session, contract: Contract, event: str, fact: str, **context: Any) -> None:
    """Give the agent a copy, where there is one who is not asked to sign."""
    agent = contract.engagement.agent
    if agent is not None and agent.id != contract.signer_id:
        _tell(session, contract, event, fact, messages.addressee(session, agent), **context)


def parties(session: Session, contract: Contract) -> list[Person]:
    """Return the people on the artist's side: the artist, the agent, the signer."""
    engagement = contract.engagement
    signed = [proof.signer_person_id for proof in all_evidence(session, contract)]
    ids = [engagement.person_id, engagement.agent_id, contract.signer_id, *signed]
    known = dict.fromkeys(person_id for person_id in ids if person_id is not None)
    return [session.get_one(Person, person_id) for person_id in known]


def who_looks_after(session: Session, *user_ids: int | None) -> list[messages.Addressee]:
    """Return who of these works here still; where nobody does, everybody of Contracts."""
    named = [member_of_staff(session, user_id) for user_id in dict.fromkeys(user_ids)]
    if not any(named):
        named = [
            member_of_staff(session, each) for each in sorted(holders_of(session, "Contracts"))
        ]
    return [one for one in named if one is not None]


def member_of_staff(session: Session, user_id: int | None) -> messages.Addressee | None:
    """Return a member of staff as the one a letter is for, None where they left."""
    left = exists().where(
        StaffProfile.user_id == USERS.c.id, StaffProfile.status == StaffStatus.ended
    )
    asked = select(USERS.c.email, USERS.c.first_name, USERS.c.last_name)
    row = session.execute(
        asked.where(USERS.c.id == user_id, USERS.c.active.is_(True), ~left)
    ).first()
    return messages.Addressee(row.email, f"{row.first_name} {row.last_name}") if row else None


def _tell(
    session: Session,
    contract: Contract,
    event: str,
    fact: str,
    to: messages.Addressee,
    **context: Any,
) -> None:
    messages.tell(
        session,
        organisation_id=contract.organisation_id,
        event=event,
        key=f"contract-{contract.id}-{event}-{fact}",
        to=to,
        engagement_id=contract.engagement_id,
        contract=contract,
        artist=contract.engagement.person,
        production=contract.engagement.production,
        deadline=_deadline(session, contract),
        **context,
    )


def _deadline(session: Session, contract: Contract) -> str:
    if contract.expires_at is None:
        return ""
    zone = session.get_one(Organisation, contract.organisation_id).zone
    return format_instant(contract.expires_at, zone)
