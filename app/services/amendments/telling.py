"""Who is told what of an amendment, once for each fact."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.local_time import format_instant
from app.domain.periods import format_date
from app.models.contracts import Amendment, SignatureEvidence, SignatureRequest
from app.models.organisations import Organisation
from app.models.people import Person
from app.services import messages, outbox
from app.services.contracts.telling import NOTIFY, who_looks_after


def promise_to_tell(session: Session, amendment: Amendment, event: str, fact: str) -> None:
    """Promise that the worker tells people of ``event``: an artist's session may not write to others."""
    outbox.promise(
        session,
        organisation_id=amendment.organisation_id,
        kind=NOTIFY,
        key=f"amendment-{amendment.id}-{event}-{fact}",
        payload={"amendment_id": amendment.id, "event": event, "fact": fact},
    )


def tell_staff(session: Session, amendment: Amendment, event: str, fact: str) -> None:
    """Tell whoever looks after the amendment and whoever signs for the company."""
    for to in who_looks_after(session, amendment.owner_id, amendment.company_signatory_id):
        _tell(session, amendment, f"{event}_staff", fact, to)


def tell_artist(session: Session, amendment: Amendment, event: str, fact: str) -> None:
    """Tell the artist, her agent and whoever has signed, each once."""
    for person in parties(session, amendment):
        _tell(session, amendment, event, fact, messages.addressee(session, person))


def tell_signer(
    session: Session, amendment: Amendment, event: str, fact: str, **context: Any
) -> None:
    """Tell the one person who is asked to sign for the artist."""
    contract = amendment.contract
    person = session.get_one(Person, contract.signer_id or contract.engagement.person_id)
    _tell(session, amendment, event, fact, messages.addressee(session, person), **context)


def tell_agent(session: Session, amendment: Amendment, event: str, fact: str) -> None:
    """Give the agent a copy, where there is one who is not asked to sign."""
    agent = amendment.contract.engagement.agent
    if agent is not None and agent.id != amendment.contract.signer_id:
        _tell(session, amendment, event, fact, messages.addressee(session, agent))


def parties(session: Session, amendment: Amendment) -> list[Person]:
    """Return the people on the artist's side: the artist, the agent, the signer."""
    contract = amendment.contract
    signed = session.scalars(
        select(SignatureEvidence.signer_person_id)
        .join(SignatureRequest, SignatureRequest.id == SignatureEvidence.request_id)
        .where(SignatureRequest.amendment_id == amendment.id)
    )
    engagement = contract.engagement
    ids = [engagement.person_id, engagement.agent_id, contract.signer_id, *signed]
    known = dict.fromkeys(person_id for person_id in ids if person_id is not None)
    return [session.get_one(Person, person_id) for person_id in known]


def _tell(
    session: Session,
    amendment: Amendment,
    event: str,
    fact: str,
    to: messages.Addressee,
    **context: Any,
) -> None:
    contract = amendment.contract
    messages.tell(
        session,
        organisation_id=amendment.organisation_id,
        event=event,
        key=f"amendment-{amendment.id}-{event}-{fact}",
        to=to,
        engagement_id=contract.engagement_id,
        amendment=amendment,
        contract=contract,
        artist=contract.engagement.person,
        production=contract.engagement.production,
        effective=format_date(amendment.effective_from),
        deadline=_deadline(session, amendment),
        **context,
    )


def _deadline(session: Session, amendment: Amendment) -> str:
    if amendment.expires_at is None:
        return ""
    zone = session.get_one(Organisation, amendment.organisation_id).zone
    return format_instant(amendment.expires_at, zone)
