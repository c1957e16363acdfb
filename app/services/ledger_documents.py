"""The bills behind payables: what the ledger says of them, and the claims that follow."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.ledger_problems import LedgerProblem, diagnose
from app.domain.payables import LedgerEvent, LedgerStatus, next_ledger_status
from app.models.expenses import ExpenseClaim
from app.models.payables import LedgerDocument, Payable
from app.services import ledger_attention, ledger_bills, outbox
from app.services.expenses.standing import settle

OWN: Final = "ledger"
"""The embedded ledger: there is nothing outside."""
POST: Final = "ledger.payable"
RECEIPTS: Final = "ledger.receipts"
REFRESH: Final = "ledger.refresh"
VOID: Final = "ledger.void"
ECHO: Final = timedelta(seconds=10)
"""How long our own entering echoes in the ledger's notices: one look answers all of them."""
NEWS: Final = 130
"""Priority of what Xero just told, or a person asks: before the bills that wait to be entered."""


def record_posted(
    session: Session, payable_id: int, external_id: str, *, provider: str = OWN
) -> None:
    """Write down that the ledger has the bill; one outside gets its papers, and is looked at once more."""
    document = of_payable(session, payable_id)
    if document.external_id == external_id and document.status is not LedgerStatus.failed:
        return
    document.provider = provider
    if document.status in (LedgerStatus.posting, LedgerStatus.failed):
        move(session, payable_id, LedgerEvent.post, external_id=external_id)
    else:
        document.external_id = external_id
    if provider == OWN:
        return
    ledger_attention.mended(session, document.payable, "The bill is in Xero.")
    # Whoever entered a bill by hand attached its receipts, too.
    has_papers = not document.by_hand and ledger_bills.papers_of(session, document.payable)
    for kind in (RECEIPTS, REFRESH) if has_papers else (REFRESH,):
        outbox.promise(
            session,
            organisation_id=document.organisation_id,
            kind=kind,
            key=f"payable-{payable_id}-{external_id}",
            payload={"payable_ids": [payable_id]}
            if kind == REFRESH
            else {"payable_id": payable_id},
            not_before=now() + ECHO if kind == REFRESH else None,
            priority=NEWS,
        )


def record_failed(session: Session, payable_id: int, error: str, *, provider: str = OWN) -> None:
    """Write down that the ledger did not take the bill, why, and what a person does about it."""
    document = of_payable(session, payable_id)
    document.provider = provider
    move(session, payable_id, LedgerEvent.fail, error=error)
    if provider == OWN:
        return
    document.problem = diagnose(error)
    session.flush()
    ledger_attention.ask_about(session, document.payable, document.problem, error)


def look_again(session: Session, payable: Payable) -> None:
    """Have it looked in Xero whether what was asked about a bill is done by what was done here."""
    document = payable.ledger_document
    if document is None or document.provider == OWN or not document.external_id:
        return
    if not ledger_attention.is_asked_about(session, payable):
        return
    outbox.promise(
        session,
        organisation_id=payable.organisation_id,
        kind=REFRESH,
        key=f"look-{payable.id}-1-done-{now():%Y%m%dT%H%M%S}",
        payload={"payable_ids": [payable.id]},
        priority=NEWS,
    )


def record_unclear(session: Session, payable_id: int, error: str, *, provider: str) -> None:
    """Write down that nobody knows whether the ledger outside has the bill."""
    document = of_payable(session, payable_id)
    document.provider = provider
    document.problem, document.error = LedgerProblem.unclear, error
    session.flush()
    ledger_attention.ask_about(session, document.payable, LedgerProblem.unclear, error)


def record_voided_there(session: Session, payable_id: int) -> None:
    """Write down that the bill is voided outside, too."""
    document = of_payable(session, payable_id)
    document.stands = "VOIDED"
    session.flush()
    ledger_attention.over(session, document.payable, "The bill is voided here and there.")


def promise(session: Session, document: LedgerDocument) -> None:
    """Promise to enter a bill, under a new name after each time it was refused for good."""
    outbox.promise(
        session,
        organisation_id=document.organisation_id,
        kind=POST,
        key=_key(document, document.tries),
        payload={"payable_id": document.payable_id},
    )


def was_sent(session: Session, document: LedgerDocument) -> bool:
    """Tell whether the bill was ever sent to the ledger, whatever became of it."""
    keys = [_key(document, tries) for tries in range(1, document.tries + 1)]
    return outbox.was_sent(session, organisation_id=document.organisation_id, kind=POST, keys=keys)


def waiting_after(session: Session, document: LedgerDocument, limit: int) -> tuple[str, ...]:
    """Return the numbers of the bills that are entered next."""
    return tuple(
        session.scalars(
            select(LedgerDocument.number)
            .where(LedgerDocument.id > document.id, LedgerDocument.status == LedgerStatus.posting)
            .order_by(LedgerDocument.id)
            .limit(limit)
        )
    )


def _key(document: LedgerDocument, tries: int) -> str:
    return f"payable-{document.payable_id}" + ("" if tries == 1 else f"-{tries}")


def retry(session: Session, payable: Payable, *, dated_on: date | None = None) -> None:
    """Enter a bill again that the ledger refused, with another date if a person chose one."""
    document = of_payable(session, payable.id)
    if dated_on is not None:
        document.dated_on = dated_on
    document.tries += 1
    outbox.supersede(session, kind=POST, name="payable_id", record_id=payable.id)
    move(session, payable.id, LedgerEvent.retry)
    promise(session, document)


def of_payable(session: Session, payable_id: int) -> LedgerDocument:
    """Return the bill behind a payable, and keep everybody else from changing it."""
    session.flush()
    return session.scalars(
        select(LedgerDocument)
        .where(LedgerDocument.payable_id == payable_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def move(
    session: Session,
    payable_id: int,
    event: LedgerEvent,
    *,
    external_id: str = "",
    error: str = "",
) -> None:
    """Move the bill behind a payable, and let its claim follow."""
    document = of_payable(session, payable_id)
    document.status = next_ledger_status(document.status, event)
    document.error = error
    document.problem = LedgerProblem.none
    if external_id:
        document.external_id, document.posted_at = external_id, now()
    session.flush()
    if event is LedgerEvent.void:
        _void_there(session, document)
    claim_id = document.payable.claim_id
    if claim_id is not None:
        settle(session, session.get_one(ExpenseClaim, claim_id))


def _void_there(session: Session, document: LedgerDocument) -> None:
    """Promise to void the bill outside, too: nothing there is ever edited."""
    if document.provider == OWN:
        return
    ledger_attention.mended(session, document.payable, "The payable was voided.")
    outbox.promise(
        session,
        organisation_id=document.organisation_id,
        kind=VOID,
        key=f"payable-{document.payable_id}-voided",
        payload={"payable_id": document.payable_id},
    )
