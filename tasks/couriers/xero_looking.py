"""What Xero says of our bills: asked after a notice, every night, or when a person wants to know."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.viewer import Viewer
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.ledger_standing import Standing
from app.domain.outbox import EffectClass
from app.integrations import providers
from app.integrations.accounting.port import Leave
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerDocument, Payable
from app.services import connections, ledger_documents, ledger_standing, xero_connection
from tasks.couriers.provider_tests import TRIALS, Trial
from tasks.couriers.xero import XERO, Accountant, Job
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.inbox import Reader
from tasks.leaves import acting_for
from tasks.standing import as_organisation
from tasks.timetable import Entry

NIGHT: Final = timedelta(hours=15)
"""One in the morning in the east of Australia, as UTC counts."""
SOON: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Looks:
    """Bills to be looked at."""

    organisation_id: int
    known: dict[str, int] = field(default_factory=dict)
    """External id -> payable."""
    numbers: dict[str, str] = field(default_factory=dict)
    """External id -> our number."""
    unknown: tuple[Job, ...] = ()


def join(crew: Crew) -> None:
    """Look at bills, read notices, and keep the connection, where bills go to Xero."""
    if crew.config.accounting != XERO:
        return
    accountant = Accountant(crew.config.base_url)

    def looks(session: Session, message: OutboxMessage) -> Looks:
        return _looks(session, message, accountant)

    for handler in (
        Handler(ledger_documents.REFRESH, EffectClass.N, looks, _refresh, provider=XERO),
        Handler(
            xero_connection.OFFERS, EffectClass.N, _whose, _read_offers, provider=XERO, calls=4
        ),
        Handler(
            xero_connection.REVOKE, EffectClass.N, _key_to_revoke, _revoke, _forget, provider=XERO
        ),
    ):
        crew.carry(handler)
    TRIALS["accounting", XERO] = Trial(_tried, _asked_by)
    crew.read(Reader(XERO, _digest, company=_company))
    crew.repeat(Entry("xero.reconcile", timedelta(days=1), _reconcile, offset=NIGHT))
    crew.repeat(Entry("xero.waiting", SOON, _enter_waiting))


def _asked_by(session: Session) -> int:
    """Return the company that asks."""
    own = func.current_setting("app.organisation_id").cast(Payable.organisation_id.type)
    return int(session.scalars(select(own)).one())


def _tried(organisation_id: int) -> str:
    """Ask what the organisation is called there: it proves our leave and changes nothing."""
    name = acting_for(organisation_id, lambda leave: providers.ledger_outside().house(leave=leave))
    return f"Xero answers, and lets us into {name}."


def _looks(session: Session, message: OutboxMessage, accountant: Accountant) -> Looks:
    found = (
        ledger_standing.being_entered(session)
        if message.payload.get("is_waiting")
        else _named(session, message.payload["payable_ids"])
    )
    jobs = [accountant.job(session, one) for one in found]
    return Looks(
        _whose(session, message),
        {job.external_id: job.payable_id for job in jobs if job.external_id},
        {job.external_id: job.by_hand or job.bill.number for job in jobs if job.external_id},
        tuple(job for job in jobs if not job.external_id),
    )


def _named(session: Session, ids: list[int]) -> Sequence[Payable]:
    return session.scalars(select(Payable).where(Payable.id.in_(ids)).order_by(Payable.id)).all()


def _refresh(looks: Looks, _key: str) -> str:
    """Look at bills, and take in what Xero says, one after the other."""
    found = acting_for(looks.organisation_id, lambda leave: _look(looks, leave))
    for payable_id, there in found.items():
        with as_organisation(_viewer(looks.organisation_id)) as db:
            if there is None:
                ledger_standing.not_there(db, payable_id)
            else:
                ledger_standing.take_in(db, payable_id, there)
    return f"{len(found)} looked at"


def _look(looks: Looks, leave: Leave) -> dict[int, Standing | None]:
    ledger = providers.ledger_outside()
    read = ledger.read(list(looks.known), leave=leave, numbers=looks.numbers) if looks.known else []
    there = {one.external_id: one for one in read}
    found = {payable: there.get(external) for external, payable in looks.known.items()}
    if looks.unknown:
        wanted = [(job.bill, job.by_hand) for job in looks.unknown]
        ids = (job.payable_id for job in looks.unknown)
        found.update(zip(ids, ledger.find_all(wanted, leave=leave), strict=True))
    return found


def _read_offers(organisation_id: int, _key: str) -> str:
    offers = acting_for(
        organisation_id, lambda leave: providers.ledger_outside().offers(leave=leave)
    )
    with as_organisation(_viewer(organisation_id)) as db:
        xero_connection.keep_offers(db, offers)
    return f"{len(offers.accounts)} accounts"


def _key_to_revoke(session: Session, _message: OutboxMessage) -> str:
    """Return the token to give back, unless somebody has connected again meanwhile."""
    connection = connections.connection_of(session, XERO)
    if connection is None or connection.status is not ConnectionStatus.disconnected:
        return ""
    return connections.keys_of(connection).refresh


def _revoke(refresh_token: str, _key: str) -> str:
    if refresh_token:
        providers.xero_sign_in().revoke(refresh_token)
    return "revoked" if refresh_token else "nothing to revoke"


def _forget(session: Session, _message: OutboxMessage, _result: Result) -> None:
    connection = connections.held(session, XERO)
    if connection is not None:
        connections.forget_keys(session, connection)


def _company(db: Session, notice: InboxNotice) -> int | None:
    """Return whose Xero a notice comes from."""
    place = json.loads(notice.raw)["tenantId"]
    found: int | None = db.scalar(select(func.gate_connection(XERO, place)))
    return found


def _digest(session: Session, notice: InboxNotice) -> str:
    """Promise to look at the bill that a notice says has changed: the notice says no more than that."""
    event = json.loads(notice.raw)
    if event.get("eventCategory") != "INVOICE":
        raise Refused("It is not about a bill.")
    known = session.scalars(
        select(Payable)
        .join(Payable.ledger_document)
        .where(LedgerDocument.provider == XERO, LedgerDocument.external_id == event["resourceId"])
    ).all()
    if known:
        ledger_standing.heard(session, known[0], fact=f"notice-{notice.id}")
        return "Xero is asked where the bill stands."
    waiting = ledger_standing.being_entered(session)
    if not waiting:
        raise Refused("It is about a bill that is not ours.")
    # It may be about one that is being entered at this moment.
    ledger_standing.look_for_waiting(
        session, waiting[0].organisation_id, heard_at=notice.received_at
    )
    return "It may be a bill that is being entered: Xero is asked for those."


def _reconcile(session: Session, slot: datetime) -> int:
    connection = connections.connection_of(session, XERO)
    if connection is None or connection.status is not ConnectionStatus.connected:
        return 0
    return ledger_standing.reconcile(session, fact=f"{slot:%Y%m%d}")


def _enter_waiting(session: Session, _slot: datetime) -> int:
    """Enter what waited for people or for leave, once bills go to Xero again, however that was said."""
    connection = connections.connection_of(session, XERO)
    if connection is None or connection.status is not ConnectionStatus.connected:
        return 0
    if connections.is_manual(session, XERO) or xero_connection.is_waiting_for_settings(connection):
        return 0
    return ledger_standing.retry_waiting(session)


def _whose(_session: Session, message: OutboxMessage) -> int:
    if message.organisation_id is None:
        raise Refused("It belongs to no company.")
    return message.organisation_id


def _viewer(organisation_id: int) -> Viewer:
    return Viewer(organisation_id, actor="task:xero")
