"""What follows from contracts outside the artist's own session: telling, sealing, reminding, expiring."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.models.contracts import Amendment, Contract
from app.models.outbox import OutboxMessage
from app.services import files
from app.services.amendments import effects
from app.services.amendments import sealing as amendment_sealing
from app.services.amendments import signing as amendment_signing
from app.services.amendments import telling as amendment_telling
from app.services.contracts import ending, reminding, sealing, signing, telling
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.timetable import Entry

PDF: Final = "application/pdf"
ALREADY: Final = "sealed before"
"""What the seal's courier answers where there is a sealed paper: its own earlier one, or an upload."""


def join(crew: Crew) -> None:
    """Take the couriers of contracts on, and put expiry on the timetable."""
    crew.carry(Handler(telling.NOTIFY, EffectClass.N, _nothing, _nothing_sent, _tell))
    crew.carry(Handler(signing.SEAL, EffectClass.N, _gather_seal, _seal, _record_seal))
    crew.carry(
        Handler(amendment_signing.SEAL, EffectClass.N, _gather_amendment, _seal, _record_amendment)
    )
    crew.repeat(Entry("contracts.expire", timedelta(minutes=15), _expire))
    crew.repeat(Entry("contracts.remind", timedelta(minutes=15), _remind))
    crew.repeat(Entry("contracts.terms", timedelta(minutes=15), _apply_terms))


def _nothing(_session: Session, _message: OutboxMessage) -> None:
    """Ask nothing beforehand: people are told in the transaction that records it."""


def _nothing_sent(_request: Any, _key: str) -> str:
    return ""


def _tell(session: Session, message: OutboxMessage, result: Result) -> None:
    """Tell staff what the artist did; and, where somebody had signed already, those too."""
    if result.state is not MessageState.done:
        return
    event, fact = message.payload["event"], message.payload["fact"]
    if "amendment_id" in message.payload:
        _tell_of_amendment(session, message.payload["amendment_id"], event, fact)
        return
    contract = session.get_one(Contract, message.payload["contract_id"])
    words = contract.questions[-1].body if contract.questions else ""
    if event == "contract_question":
        words = next(q.body for q in contract.questions if str(q.id) == fact)
    if event != "contract_voided":
        telling.tell_staff(session, contract, event, fact, question=words)
    if event != "contract_question":
        telling.tell_artist(session, contract, event, fact)


def _tell_of_amendment(session: Session, amendment_id: int, event: str, fact: str) -> None:
    amendment = session.get_one(Amendment, amendment_id)
    amendment_telling.tell_staff(session, amendment, event, fact)
    amendment_telling.tell_artist(session, amendment, event, fact)


def _gather_seal(session: Session, message: OutboxMessage) -> sealing.SealJob:
    return sealing.job_of(session, message.payload["contract_id"])


def _seal(job: sealing.SealJob, _key: str) -> str:
    """Seal the paper and keep it; the store's name for it is what was done."""
    store = providers.files()
    if job.record:
        store.put(job.record)
    if job.is_done:
        return ALREADY
    whole = sealing.unsealed(job, store.read(job.signed_sha256))
    sealed = providers.sealer().seal(whole, reason="Executed contract", name=job.company)
    return store.put(sealed)


def _record_seal(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        return
    contract = session.get_one(Contract, message.payload["contract_id"])
    sealing.record_seal(session, contract.id, _kept(result, f"{contract.number} signed.pdf"))


def _kept(result: Result, name: str) -> files.Kept | None:
    if result.external_id == ALREADY:
        return None
    size = len(providers.files().read(result.external_id))
    return files.Kept(result.external_id, size, PDF, name)


def _gather_amendment(session: Session, message: OutboxMessage) -> sealing.SealJob:
    return amendment_sealing.job_of(session, message.payload["amendment_id"])


def _record_amendment(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        return
    amendment = session.get_one(Amendment, message.payload["amendment_id"])
    name = f"{amendment.contract.number} amendment {amendment.number} signed.pdf"
    amendment_sealing.record_seal(session, amendment.id, _kept(result, name))


def _expire(session: Session, _slot: Any) -> int:
    return ending.expire_due(session, now())


def _remind(session: Session, _slot: Any) -> int:
    return reminding.remind_due(session, now())


def _apply_terms(session: Session, _slot: Any) -> int:
    return effects.apply_due(session, now())
