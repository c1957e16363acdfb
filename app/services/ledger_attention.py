"""What about bills in Xero needs a person: asked once while it stands, closed when it is mended."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.connections import AttentionStatus
from app.domain.ledger_problems import NOT_CHOSEN as UNCHOSEN
from app.domain.ledger_problems import LedgerProblem, advise, diagnose
from app.domain.ledger_standing import Difference, Differs
from app.models.connections import AttentionItem
from app.models.payables import LedgerDocument, Payable
from app.services import attention

XERO = "xero"
CONNECTION = "connection"
BY_HAND = "by_hand"
NOT_CHOSEN = "not_chosen"
NOT_VOIDED = "not_voided"
NOT_ATTACHED = "not_attached"
ACCOUNTING = "/admin/accounting/"


def ask_to_connect(session: Session) -> None:
    """Ask somebody to connect Xero again."""
    told = advise(LedgerProblem.disconnected, number="", payee="")
    attention.ask(
        session,
        provider=XERO,
        problem=LedgerProblem.disconnected,
        subject=CONNECTION,
        title=told.title,
        advice=told.advice,
        href=ACCOUNTING,
        deed=told.deed,
    )


def ask_to_choose(session: Session) -> None:
    """Ask somebody to choose how bills are entered."""
    attention.ask(
        session,
        provider=XERO,
        problem=NOT_CHOSEN,
        subject=CONNECTION,
        title="Choose how bills are entered in Xero",
        advice="Choose accounts and tax rates. What waits is then entered by itself.",
        href=ACCOUNTING,
        deed="Choose",
    )


def connected(session: Session) -> None:
    """Close what was asked about the connection."""
    attention.settle(session, provider=XERO, subject=CONNECTION, how="Connected again.")


def ask_about(session: Session, payable: Payable, problem: LedgerProblem, error: str) -> None:
    """Ask somebody to mend what stands in the way of a bill."""
    if problem is LedgerProblem.disconnected:
        if error == UNCHOSEN:
            ask_to_choose(session)
        else:
            ask_to_connect(session)
        return
    if problem is LedgerProblem.by_hand:
        count_by_hand(session)
        return
    told = advise(problem, number=payable.number, payee=payable.payee_name)
    attention.ask(
        session,
        provider=XERO,
        problem=problem,
        subject=subject_of(payable),
        title=told.title,
        advice=told.advice,
        href=href_of(payable),
        deed=told.deed,
        facts={"xero_says": error.removeprefix("Xero says: "), "bill": payable.number},
    )


def ask_about_void(session: Session, payable: Payable, error: str) -> None:
    """Ask somebody to take a bill back in Xero that could not be voided there."""
    problem = diagnose(error)
    told = advise(LedgerProblem.paid_there, number=payable.number, payee=payable.payee_name)
    is_paid = problem is LedgerProblem.paid_there
    attention.ask(
        session,
        provider=XERO,
        problem=NOT_VOIDED,
        subject=subject_of(payable),
        title=told.title if is_paid else f"{payable.number} could not be voided in Xero",
        advice=told.advice if is_paid else "Void the bill in Xero, so that nobody pays it.",
        href=href_of(payable),
        deed=f"See {payable.number}",
        facts={"xero_says": error.removeprefix("Xero says: "), "bill": payable.number},
    )


def ask_for_receipts(session: Session, payable: Payable, error: str) -> None:
    """Ask somebody to attach by hand what could not be attached."""
    attention.ask(
        session,
        provider=XERO,
        problem=NOT_ATTACHED,
        subject=subject_of(payable),
        title=f"The receipts of {payable.number} are not all in Xero",
        advice="Attach them to the bill in Xero by hand; they are shown beside the claim.",
        href=href_of(payable),
        deed=f"See {payable.number}",
        facts={"xero_says": error.removeprefix("Xero says: "), "bill": payable.number},
    )


def differ(
    session: Session, payable: Payable, found: tuple[Difference, ...], facts: dict[str, str]
) -> None:
    """Ask about each difference to Xero, and close those that are no more."""
    now_open = {one.what.value for one in found}
    for problem in {one.value for one in Differs} - now_open:
        attention.settle(
            session, provider=XERO, subject=subject_of(payable), problem=problem, how="They agree."
        )
    for one in found:
        attention.ask(
            session,
            provider=XERO,
            problem=one.what,
            subject=subject_of(payable),
            title=one.title,
            advice=one.advice,
            href=href_of(payable),
            deed=f"See {payable.number}",
            facts=facts,
        )


def over(session: Session, payable: Payable, how: str) -> None:
    """Close everything that was asked about a bill that is no more."""
    attention.settle(session, provider=XERO, subject=subject_of(payable), how=how)


def is_asked_about(session: Session, payable: Payable) -> bool:
    """Tell whether anything about a bill waits for a person."""
    asked = select(AttentionItem.id).where(
        AttentionItem.provider == XERO,
        AttentionItem.subject == subject_of(payable),
        AttentionItem.status == AttentionStatus.open,
    )
    return session.scalar(asked.limit(1)) is not None


def mended(session: Session, payable: Payable, how: str) -> None:
    """Close what stood in the way of a bill."""
    for problem in LedgerProblem:
        attention.settle(
            session, provider=XERO, subject=subject_of(payable), problem=problem, how=how
        )
    count_by_hand(session)


def count_by_hand(session: Session) -> None:
    """Say how many bills wait to be entered by hand, or that none does any more."""
    waiting = session.scalar(
        select(func.count())
        .select_from(LedgerDocument)
        .where(LedgerDocument.problem == LedgerProblem.by_hand)
    )
    if not waiting:
        attention.settle(session, provider=XERO, subject=BY_HAND, how="None waits any more.")
        return
    told = advise(LedgerProblem.by_hand, number="", payee="")
    what = "One bill waits" if waiting == 1 else f"{waiting} bills wait"
    attention.ask(
        session,
        provider=XERO,
        problem=LedgerProblem.by_hand,
        subject=BY_HAND,
        title=f"{what} to be entered by hand",
        advice=told.advice,
        href="/admin/payables/list/?view=by_hand",
        deed=told.deed,
    )


def subject_of(payable: Payable) -> str:
    """Return what an item about a payable is about."""
    return f"payable:{payable.id}"


def href_of(payable: Payable) -> str:
    """Return where a payable is seen to."""
    return f"/admin/payables/show/{payable.id}"
