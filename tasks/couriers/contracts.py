"""What follows from contracts outside the artist's own session: telling, sealing, filing, expiring."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.models.contracts import Contract
from app.models.outbox import OutboxMessage
from app.services import files
from app.services.contracts import ending, sealing, signing, telling
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
    crew.carry(Handler(sealing.FILE, EffectClass.N, _gather_filing, _file, _record_filed))
    crew.repeat(Entry("contracts.expire", timedelta(minutes=15), _expire))


def _nothing(_session: Session, _message: OutboxMessage) -> None:
    """Ask nothing beforehand: people are told in the transaction that records it."""


def _nothing_sent(_request: Any, _key: str) -> str:
    return ""


def _tell(session: Session, message: OutboxMessage, result: Result) -> None:
    """Tell staff what the artist did; and, where somebody had signed already, those too."""
    if result.state is not MessageState.done:
        return
    contract = session.get_one(Contract, message.payload["contract_id"])
    event, fact = message.payload["event"], message.payload["fact"]
    words = contract.questions[-1].body if contract.questions else ""
    if event == "contract_question":
        words = next(q.body for q in contract.questions if str(q.id) == fact)
    telling.tell_staff(session, contract, event, fact, question=words)
    if event in {"contract_declined", "contract_signed"}:
        telling.tell_artist(session, contract, event, fact)


def _gather_seal(session: Session, message: OutboxMessage) -> sealing.SealJob:
    return sealing.job_of(session, message.payload["contract_id"])


def _seal(job: sealing.SealJob, _key: str) -> str:
    """Seal the paper and keep it; the store's name for it is what was done."""
    if job.is_done:
        return ALREADY
    store = providers.files()
    store.put(job.record)
    whole = sealing.unsealed(job, store.read(job.signed_sha256))
    sealed = providers.sealer().seal(whole, reason="Executed contract", name=job.company)
    return store.put(sealed)


def _record_seal(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        return
    contract = session.get_one(Contract, message.payload["contract_id"])
    kept = None
    if result.external_id != ALREADY:
        size = len(providers.files().read(result.external_id))
        kept = files.Kept(result.external_id, size, PDF, f"{contract.number} signed.pdf")
    sealing.record_seal(session, contract.id, kept)


def _gather_filing(session: Session, message: OutboxMessage) -> sealing.FilingJob:
    return sealing.filing_of(session, message.payload["document_id"])


def _file(job: sealing.FilingJob, _key: str) -> str:
    content = providers.files().read(job.sha256)
    return providers.archive().file(job.path, content, media_type=job.media_type)


def _record_filed(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is MessageState.done:
        sealing.record_filed(session, message.payload["document_id"], result.external_id)


def _expire(session: Session, _slot: Any) -> int:
    return ending.expire_due(session, now())
