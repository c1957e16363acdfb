"""What a bulk run can do to a contract, whether it can be done now, and how it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.bulk_runs import BulkKind, Finding, fix_for
from app.domain.contracts import ContractStatus
from app.domain.envelopes import BUILTIN
from app.domain.errors import Invalid, Refused
from app.domain.providers import name_of
from app.models.contracts import Contract
from app.models.messages import Message
from app.models.organisations import Organisation
from app.models.people import Person
from app.services.contracts import sending
from app.services.esign.requests import refuse_on_its_way


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that is done to many contracts."""

    title: str
    """What the run is called: Send {n} for signature."""
    deed: str
    """What the button says."""
    statuses: frozenset[ContractStatus]
    """Which contracts can be chosen."""
    check: Callable[[Session, Contract], None]
    """Tries it: refuses what cannot be done, and does nothing."""
    carry_out: Callable[[Session, Contract, sending.SigningPaper | None, int], str]
    """Looks again at the contract as it is now, does it, and says what was done."""
    needs_paper: bool = False


def finding(session: Session, deed: Deed, contract: Contract) -> Finding | None:
    """Return why a contract cannot be taken along now, or None."""
    try:
        deed.check(session, contract)
    except Refused as refusal:
        return found(refusal)
    return None


def found(refusal: Refused) -> Finding:
    """Return a refusal as a finding: all its sentences, and the page that mends it."""
    fields = list(refusal.errors) if isinstance(refusal, Invalid) else [refusal.field]
    return Finding(refusal.reason, fix_for(fields))


def _check_send(session: Session, contract: Contract) -> None:
    refuse_unready(session, contract)
    sending.check_sendable(session, contract)


def refuse_unready(session: Session, contract: Contract) -> None:
    """Refuse a contract that is not there to be sent, whatever it says."""
    if contract.archived_at is not None:
        raise Refused(f"{contract.number} is archived. Restore it first.")
    if contract.status is not ContractStatus.ready:
        raise Refused(f"{contract.number} is {_words(contract)}, so there is nothing to send.")
    refuse_on_its_way(session, contract)


def _send(
    session: Session, contract: Contract, made: sending.SigningPaper | None, by_user_id: int
) -> str:
    refuse_unready(session, contract)
    if made is None:
        raise Refused("It changed while it was taken up. Run the rest again.")
    request = sending.send_for_signature(session, contract, made, by_user_id=by_user_id)
    if request.provider == BUILTIN:
        return "Sent"
    return f"On its way to {name_of(request.provider)}"


def _check_nudge(session: Session, contract: Contract) -> None:
    if contract.status not in sending.ASKED:
        raise Refused(f"{contract.number} is {_words(contract)}: nobody is asked to sign it.")
    signer = session.get_one(Person, contract.signer_id or contract.engagement.person_id)
    if not sending.has_verified_address(session, signer):
        raise Refused(
            f"{signer.name} has no verified e-mail address. Send an invitation, or choose another "
            "signer.",
            field="signer_id",
        )
    if _reminded_today(session, contract):
        raise Refused(f"{signer.name} was reminded today. One letter a day is enough.")


def _reminded_today(session: Session, contract: Contract) -> bool:
    zone = ZoneInfo(session.get_one(Organisation, contract.organisation_id).zone)
    midnight = datetime.combine(now().astimezone(zone).date(), time(), tzinfo=zone)
    reminded = select(Message.id).where(
        Message.engagement_id == contract.engagement_id,
        Message.event == "contract_reminder",
        Message.created_at >= midnight,
    )
    return session.scalars(reminded.limit(1)).first() is not None


def _nudge(
    session: Session, contract: Contract, _made: sending.SigningPaper | None, _by_user_id: int
) -> str:
    _check_nudge(session, contract)
    sending.remind(session, contract)
    return "Reminded"


def _words(contract: Contract) -> str:
    return contract.status.value.replace("_", " ")


DEEDS: Final = {
    BulkKind.send_contracts: Deed(
        title="Send {n} for signature",
        deed="Send {n}",
        statuses=frozenset({ContractStatus.ready}),
        check=_check_send,
        carry_out=_send,
        needs_paper=True,
    ),
    BulkKind.nudge_unsigned: Deed(
        title="Remind the signers of {n}",
        deed="Remind {n}",
        statuses=frozenset(sending.ASKED),
        check=_check_nudge,
        carry_out=_nudge,
    ),
}
"""Kind of a run -> what it does. A further use is a further line."""


def counted(words: str, number: int) -> str:
    """Fill in how many: Send 60 contracts for signature."""
    return words.replace("{n}", "1 contract" if number == 1 else f"{number:,} contracts")
