"""Bills in Xero: entered once, their receipts attached, and voided; never edited."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.viewer import Viewer
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.accounting.port import Bill, Leave, Paper, Posted
from app.integrations.accounting.unseen import Unseen
from app.models.outbox import OutboxMessage
from app.models.payables import Payable
from app.services import ledger_attention, ledger_bills, ledger_documents, outbox
from tasks.couriers.ledger import bill_of
from tasks.crash import crash_point
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.heart import beat
from tasks.leaves import acting_for
from tasks.standing import as_organisation

XERO: Final = "xero"
KEY_LIFETIME: Final = timedelta(minutes=5)
"""Xero does not say how long it remembers a key: doubts older than this are looked up."""

OTHERS: Final = 39
"""Bills that are looked for together with the one that is entered."""


@dataclass(frozen=True, slots=True)
class Job:
    """One bill and what is to be done about it."""

    organisation_id: int
    payable_id: int
    bill: Bill
    external_id: str = ""
    files: tuple[ledger_bills.File, ...] = ()
    by_hand: str = ""
    is_first: bool = False
    """Nobody has sent it before, in this try or an earlier one."""
    others: tuple[str, ...] = ()
    """Numbers of bills that are entered after it, so that one question serves them all."""


@dataclass(frozen=True, slots=True)
class Accountant:
    """Does in Xero what was promised, as one organisation at a time."""

    base_url: str
    unseen: Unseen = field(default_factory=Unseen)

    def prepare(self, session: Session, message: OutboxMessage) -> Job:
        """Make the bill from what the organisation knows now."""
        payable = session.get_one(Payable, message.payload["payable_id"])
        connection = ledger_bills.connected(session)
        ledger_bills.date_bill(session, payable)
        lines = ledger_bills.lines_of(session, payable)
        coded = ledger_bills.coded(session, payable, lines, connection)
        status = ledger_bills.settings_of(connection).bill_status.value
        job = self.job(session, payable, coded, status)
        document = payable.ledger_document
        if document is None or ledger_documents.was_sent(session, document):
            return job
        others = ledger_documents.waiting_after(session, document, OTHERS)
        return replace(job, is_first=True, others=others)

    def post(self, job: Job, key: str) -> str:
        """Enter the bill, and remember who the payee is there."""
        posted = acting_for(job.organisation_id, lambda leave: self._post(job, key, leave))
        crash_point("after_answer")
        payee = job.bill.payee
        if posted.payee_id != payee.external_id:
            with as_organisation(Viewer(job.organisation_id, actor="task:xero")) as db:
                ledger_bills.keep_contact(db, job.organisation_id, payee.number, posted.payee_id)
        return posted.external_id

    def _post(self, job: Job, key: str, leave: Leave) -> Posted:
        ledger, number = providers.ledger_outside(), job.bill.number
        if not job.is_first:
            return ledger.post(job.bill, key=key, leave=leave)
        if not self.unseen.holds(leave.place, number):
            self.unseen.add(leave.place, ledger.absent((number, *job.others), leave=leave))
        is_absent = self.unseen.holds(leave.place, number)
        self.unseen.forget(leave.place, number)
        return ledger.post(job.bill, key=key, leave=leave, is_absent=is_absent)

    def look_up(self, job: Job, _key: str) -> str | None:
        """Tell whether the bill is there, for a doubt older than Xero’s memory."""
        found = acting_for(
            job.organisation_id,
            lambda leave: providers.ledger_outside().find(job.bill, leave=leave),
        )
        return found.external_id if found else None

    def bill(self, session: Session, message: OutboxMessage) -> Job:
        """Return the bill as it is found: nothing of it is written there."""
        payable = session.get_one(Payable, message.payload["payable_id"])
        return self.job(session, payable)

    def papers(self, session: Session, message: OutboxMessage) -> Job:
        """Return the bill with the receipts behind it."""
        payable = session.get_one(Payable, message.payload["payable_id"])
        job = self.job(session, payable, files=ledger_bills.papers_of(session, payable))
        was_sent = outbox.was_sent(
            session,
            organisation_id=payable.organisation_id,
            kind=message.kind,
            keys=[message.dedup_key],
        )
        return replace(job, is_first=not was_sent)

    def job(
        self,
        session: Session,
        payable: Payable,
        lines: tuple[ledger_bills.Line, ...] = (),
        status: str = "",
        files: tuple[ledger_bills.File, ...] = (),
    ) -> Job:
        """Return a bill with what is known of it there."""
        document = payable.ledger_document
        url = f"{self.base_url}/admin/payables/show/{payable.id}"
        return Job(
            payable.organisation_id,
            payable.id,
            bill_of(session, payable, lines, status=status, url=url),
            (document.external_id or "") if document else "",
            files,
            document.by_hand if document else "",
        )


def join(crew: Crew) -> None:
    """Take the couriers of bills on, where they go to Xero."""
    if crew.config.accounting != XERO:
        return
    accountant = Accountant(crew.config.base_url)
    crew.carry(
        Handler(
            ledger_documents.POST, EffectClass.K, accountant.prepare, accountant.post, _settle_post,
            look_up=accountant.look_up, provider=XERO, key_lifetime=KEY_LIFETIME, calls=2,
        )
    )  # fmt: skip
    crew.carry(
        Handler(
            ledger_documents.RECEIPTS, EffectClass.N, accountant.papers, _attach, _settle_receipts,
            provider=XERO, is_long=True, calls=2,
        )
    )  # fmt: skip
    crew.carry(
        Handler(
            ledger_documents.VOID, EffectClass.N, accountant.bill, _void, _settle_void,
            provider=XERO, calls=2,
        )
    )  # fmt: skip


def found_as(job: Job, leave: Leave) -> str:
    """Return the bill’s id at Xero: as we know it, else as it is found by our number or a person’s."""
    if job.external_id:
        return job.external_id
    there = providers.ledger_outside().find(job.bill, leave=leave, also=job.by_hand)
    return there.external_id if there else ""


def _settle_post(session: Session, message: OutboxMessage, result: Result) -> None:
    payable_id = message.payload["payable_id"]
    if result.state is MessageState.done:
        ledger_documents.record_posted(session, payable_id, result.external_id, provider=XERO)
    elif result.state is MessageState.dead:
        ledger_documents.record_failed(session, payable_id, result.error, provider=XERO)
    else:
        ledger_documents.record_unclear(session, payable_id, result.error, provider=XERO)


def _attach(job: Job, key: str) -> str:
    if not job.files:
        return "no receipts"
    store = providers.files()
    papers = [Paper(one.name, one.media_type, store.read(one.sha256)) for one in job.files]
    beat()
    count = acting_for(
        job.organisation_id,
        lambda leave: providers.ledger_outside().attach(
            found_as(job, leave), papers, key=key, leave=leave, is_first=job.is_first
        ),
    )
    return f"{count} attached"


def _settle_receipts(session: Session, message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        payable = session.get_one(Payable, message.payload["payable_id"])
        ledger_attention.ask_for_receipts(session, payable, result.error)


def _void(job: Job, _key: str) -> str:
    def end(leave: Leave) -> str:
        external_id = found_as(job, leave)
        if external_id:
            providers.ledger_outside().void(external_id, leave=leave)
        return external_id or "not there"

    return acting_for(job.organisation_id, end)


def _settle_void(session: Session, message: OutboxMessage, result: Result) -> None:
    payable_id = message.payload["payable_id"]
    if result.state is MessageState.done:
        ledger_documents.record_voided_there(session, payable_id)
    else:
        payable = session.get_one(Payable, payable_id)
        ledger_attention.ask_about_void(session, payable, result.error)
