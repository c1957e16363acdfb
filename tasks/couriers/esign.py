"""Papers that are signed at a provider: sent, taken back, read, fetched, compared, and its notices read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import SignerRole
from app.domain.envelopes import BUILTIN, EnvelopeStatus, read_standing
from app.domain.outbox import EffectClass, MessageState
from app.domain.providers import name_of
from app.integrations import providers
from app.integrations.errors import Retryable
from app.integrations.esign.port import Reader, Signer, SigningPaper
from app.models.contracts import SignatureRequest
from app.models.outbox import OutboxMessage
from app.services import files
from app.services.esign import comparing, letting_go, papers, promises, sending
from app.services.esign.letting_go import VoidJob
from app.services.esign.papers import FetchJob
from app.services.esign.sending import SendJob
from tasks.couriers.provider_tests import TRIALS, Trial
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.timetable import Entry

PDF: Final = "application/pdf"
NOTHING_THERE: Final = "nothing was there"
VENDORS: Final = ("docusign", "adobe_sign")
CALLS: Final = {"docusign": 2, "adobe_sign": 3}
"""How many calls it takes to send a paper: it is looked for first, then sent."""


def join(crew: Crew) -> None:
    """Take the couriers of the chosen provider on, and put comparing on the timetable."""
    whose = crew.config.esign if crew.config.esign != BUILTIN else "local"
    back = f"{crew.config.base_url}/portal/contracts"

    def send(job: SendJob, key: str) -> str:
        return providers.signing(job.provider).send(_paper_of(job, back), key=key)

    crew.carry(
        Handler(
            promises.SEND, EffectClass.R, _gather_sending, send, _record_sending,
            look_up=_find, provider=whose, calls=CALLS.get(whose, 1),
            looks_first=True,
        )
    )  # fmt: skip
    crew.carry(
        Handler(promises.VOID, EffectClass.K, _gather_void, _void, _record_void, provider=whose)
    )
    crew.carry(
        Handler(promises.REFRESH, EffectClass.N, _gather_one, _look, _record_look, provider=whose)
    )
    crew.carry(
        Handler(
            promises.FETCH, EffectClass.N, _gather_fetching, _fetch, _record_papers, provider=whose
        )
    )
    crew.carry(Handler(promises.REMIND, EffectClass.U, _gather_one, _remind, provider=whose))
    crew.carry(
        Handler(
            promises.COMPARE, EffectClass.N, _gather_some, _compare, _record_comparison,
            provider=whose,
        )
    )  # fmt: skip
    for choice in VENDORS:
        TRIALS["esign", choice] = Trial(partial(_tried, choice))
    crew.repeat(Entry("esign.compare", timedelta(days=1), _compare_all, offset=timedelta(hours=16)))
    crew.repeat(Entry("esign.impatient", timedelta(minutes=1), _open_impatient))


def _tried(provider: str, _asked: Any) -> str:
    """Ask for an envelope that cannot exist: it proves the keys and changes nothing."""
    providers.signing(provider).find(str(uuid4()))
    return f"{name_of(provider)} answers, and takes our keys."


def _gather_sending(session: Session, message: OutboxMessage) -> SendJob:
    return sending.job_of(session, message.payload["request_id"])


def _paper_of(job: SendJob, back: str) -> SigningPaper:
    artist, company = job.sent_to["artist"], job.sent_to["company"]
    return SigningPaper(
        title=job.title,
        file_name=job.file_name,
        content=providers.files().read(job.sha256),
        signers=(
            Signer(SignerRole.artist, artist["name"], artist["email"], artist["client_id"]),
            Signer(SignerRole.company, company["name"], company["email"]),
        ),
        copies=tuple(Reader(copy["name"], copy["email"]) for copy in job.sent_to["copies"]),
        expires_at=job.expires_at,
        message=job.message,
        # Adobe leads there whoever has signed, and nobody else; it says no more than that.
        return_url=f"{back}/{job.public_id}/signed?event=signing_complete",
    )


def _find(job: SendJob, key: str) -> str | None:
    return providers.signing(job.provider).find(key)


def _record_sending(session: Session, message: OutboxMessage, result: Result) -> None:
    request_id = message.payload["request_id"]
    if result.state is MessageState.done:
        sending.record_sent(session, request_id, result.external_id)
    else:
        doubt = result.state is MessageState.in_doubt
        sending.record_not_sent(session, request_id, result.error, is_in_doubt=doubt)


def _gather_void(session: Session, message: OutboxMessage) -> VoidJob:
    payload = message.payload
    return letting_go.job_of(session, payload["request_id"], payload["reason"])


def _void(job: VoidJob, _key: str) -> str:
    """Void the envelope; one that is still on its way is looked for until nobody sends it any more."""
    provider = providers.signing(job.provider)
    envelope = job.envelope or provider.find(job.key)
    if envelope:
        provider.void(envelope, reason=job.reason)
        return f"void:{envelope}"
    if not job.is_settled:
        raise Retryable("It is still being sent, so it cannot be taken back yet.", retry_after=5)
    return NOTHING_THERE


def _record_void(session: Session, message: OutboxMessage, result: Result) -> None:
    request_id = message.payload["request_id"]
    if result.state is MessageState.done:
        letting_go.record_voided(session, request_id)
    else:
        letting_go.record_not_voided(session, request_id, result.error)


def _gather_one(session: Session, message: OutboxMessage) -> FetchJob:
    return papers.job_of(session, message.payload["request_id"])


def _gather_fetching(session: Session, message: OutboxMessage) -> FetchJob:
    return papers.fetching_of(session, message.payload["request_id"])


def _look(job: FetchJob, _key: str) -> str:
    return providers.signing(job.provider).standing(job.envelope).written()


def _record_look(session: Session, message: OutboxMessage, result: Result) -> None:
    payload = message.payload
    if result.state is not MessageState.done:
        comparing.record_no_look(session, payload["request_id"], result.error)
        return
    comparing.record_look(
        session, payload["request_id"], read_standing(result.external_id),
        why=payload["why"], is_second=payload["is_second"],
    )  # fmt: skip


def _fetch(job: FetchJob, _key: str) -> str:
    """Keep both papers and our evidence; the papers' names in the store are what was done."""
    found = providers.signing(job.provider).executed(job.envelope)
    store = providers.files()
    if job.record:
        store.put(job.record)
    return f"{store.put(found.document)} {store.put(found.certificate)}"


def _record_papers(session: Session, message: OutboxMessage, result: Result) -> None:
    request_id = message.payload["request_id"]
    if result.state is not MessageState.done:
        papers.record_not_fetched(session, request_id, result.error)
        return
    document, certificate = (
        _kept(sha256, papers.name_of_paper(session, request_id, ending))
        for sha256, ending in zip(
            result.external_id.split(), ("signed", "certificate"), strict=True
        )
    )
    papers.record_papers(session, request_id, document, certificate)


def _kept(sha256: str, name: str) -> files.Kept:
    return files.Kept(sha256, len(providers.files().read(sha256)), PDF, name)


def _remind(job: FetchJob, _key: str) -> str:
    providers.signing(job.provider).remind(job.envelope)
    return f"reminded:{job.envelope}"


@dataclass(frozen=True, slots=True)
class CompareJob:
    """Some requests with their provider's names for them."""

    provider: str
    envelopes: Mapping[int, str]


def _gather_some(session: Session, message: OutboxMessage) -> CompareJob:
    payload = message.payload
    return CompareJob(payload["provider"], comparing.envelopes_of(session, payload["request_ids"]))


def _compare(job: CompareJob, _key: str) -> str:
    told = providers.signing(job.provider).statuses(list(job.envelopes.values()))
    return json.dumps(
        {
            request_id: told[envelope]
            for request_id, envelope in job.envelopes.items()
            if envelope in told
        }
    )


def _record_comparison(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        return
    told = {
        int(request_id): EnvelopeStatus(status)
        for request_id, status in json.loads(result.external_id).items()
    }
    slot = message.dedup_key.partition("-")[0]
    comparing.record_comparison(session, message.payload["request_ids"], told, slot)


def _compare_all(session: Session, slot: Any) -> int:
    organisation_id = session.scalar(
        select(func.current_setting("app.organisation_id").cast(SignatureRequest.id.type))
    )
    return comparing.compare_open(session, int(organisation_id or 0), slot)


def _open_impatient(session: Session, _slot: Any) -> int:
    return letting_go.open_impatient(session, now())
