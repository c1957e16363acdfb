"""Deciding claims: who may, what for, and where that leaves the claim (domain.md 3.4)."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.domain.errors import Refused
from app.domain.expenses import ClaimStatus, LineStatus
from app.domain.local_time import format_time
from app.domain.money import Money, add_up, check_amount, format_amount
from app.domain.payables import LedgerStatus
from app.domain.periods import Period

DECIDED: Final = frozenset({LineStatus.approved, LineStatus.refused, LineStatus.duplicate})


@dataclass(frozen=True, slots=True)
class Delegation:
    """That one user decides in another's place for a while."""

    user_id: int
    delegate_id: int
    period: Period
    is_ended: bool = False


@dataclass(frozen=True, slots=True)
class Decider:
    """Who presses the button: a user of the staff, and the person they are, if they are one here."""

    user_id: int
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimParties:
    """Who stands on the other side of a claim, as persons, and those who act for the claimant."""

    claimant_id: int
    payee_id: int | None = None
    delegate_ids: Set[int] = frozenset()
    deputy_user_ids: Set[int] = frozenset()
    """Users whom the claimant or payee, where they work here, named to decide in their place."""


def check_decider(decider: Decider, parties: ClaimParties, others: Sequence[str] = ()) -> None:
    """Refuse that the claimant, who acts for them, or the payee decides; ``others`` are those who can."""
    person = decider.person_id
    if person is None:
        return
    if person == parties.claimant_id:
        raise Refused(f"You cannot approve your own claim.{_who_can(others)}")
    if person in parties.delegate_ids:
        raise Refused(
            f"You act for the claimant, so you cannot decide this claim.{_who_can(others)}"
        )
    if person == parties.payee_id:
        raise Refused(f"You are paid by this claim, so you cannot decide it.{_who_can(others)}")


def check_deputy(user_id: int, parties: ClaimParties, others: Sequence[str] = ()) -> None:
    """Refuse whoever the claimant or the payee named to decide in their place."""
    if user_id in parties.deputy_user_ids:
        raise Refused(
            "You decide in the place of somebody this claim pays, so you cannot decide it."
            f"{_who_can(others)}"
        )


def check_approver(
    user_id: int, approvers: Set[int], delegations: Iterable[Delegation], on: date
) -> int | None:
    """Return in whose place a user decides that day, None for their own; refuse who may not.

    A delegate of a delegate is nobody's: only an approver's own delegation counts.
    """
    if user_id in approvers:
        return None
    for delegation in delegations:
        if (
            delegation.delegate_id == user_id
            and not delegation.is_ended
            and delegation.user_id in approvers
            and on in delegation.period
        ):
            return delegation.user_id
    raise Refused(
        "You do not approve claims. Ask for a dated delegation, or hand it to an approver."
    )


def check_approval(claimed: Money, approved: Decimal, reason: str) -> Decimal:
    """Return the approved amount, or refuse more than was claimed, or less without a reason."""
    amount = check_amount(approved, claimed.currency, "approved_amount", zero=True)
    if amount == 0:
        raise Refused("To approve nothing, refuse the line and say why.", field="approved_amount")
    if amount > claimed.amount:
        raise Refused(
            f"{format_amount(claimed.amount, claimed.currency)} {claimed.currency} were claimed. "
            "Approve that or less.",
            field="approved_amount",
        )
    if amount < claimed.amount and not reason.strip():
        raise Refused("Say why it is less. The artist reads this.", field="reason")
    return amount


def check_refusal(reason: str) -> str:
    """Return the reason of a refusal, or refuse to go without one."""
    if not reason.strip():
        raise Refused("Say why. The artist reads this.", field="reason")
    return reason.strip()


def check_question(text: str) -> str:
    """Return the question on a line, or refuse an empty one."""
    if not text.strip():
        raise Refused("Write the question.", field="body")
    return text.strip()


def check_still_open(
    status: LineStatus, who: str, at: datetime | None, approved: Money | None
) -> None:
    """Refuse a second decision, naming who was first, when (local), and what they decided."""
    if status not in DECIDED:
        return
    hour = f" at {format_time(at.time())}" if at else ""
    what = str(approved) if approved and status is LineStatus.approved else status.value
    raise Refused(
        f"{who or 'Somebody'} decided this line{hour}: {what}. Your decision was not saved. See both."
    )


def check_recall(status: ClaimStatus, lines: Iterable[LineStatus]) -> None:
    """Refuse to take back a claim once one of its lines is decided."""
    begun = DECIDED | {LineStatus.first_approved}
    if status not in {ClaimStatus.received, ClaimStatus.submitted, ClaimStatus.under_review} or any(
        line in begun for line in lines
    ):
        raise Refused(
            "A line of this claim is decided, so it cannot be recalled. Ask about it instead."
        )


def claim_status(
    lines: Sequence[LineStatus],
    documents: Sequence[LedgerStatus] = (),
    *,
    is_recalled: bool = False,
    is_submitted: bool = True,
    to_post: bool | None = None,
) -> ClaimStatus:
    """Return where a claim stands, from its lines and the ledger's documents for it.

    What is decided is posted without waiting for the rest, so documents may exist while lines are
    open: then the lines speak, unless a posting failed and waits for a person.
    """
    if is_recalled:
        return ClaimStatus.recalled
    if not is_submitted:
        return ClaimStatus.received
    if LedgerStatus.failed in documents:
        return ClaimStatus.post_failed
    if any(line not in DECIDED for line in lines):
        begun = any(line is not LineStatus.entered for line in lines)
        return ClaimStatus.under_review if begun else ClaimStatus.submitted
    return _after_decision(lines, documents, to_post)


def totals(sums: Iterable[Money]) -> dict[str, Money]:
    """Return what the lines add up to, currency by currency, from their stored values."""
    return add_up(sums)


def _after_decision(
    lines: Sequence[LineStatus], documents: Sequence[LedgerStatus], to_post: bool | None
) -> ClaimStatus:
    live = [document for document in documents if document is not LedgerStatus.voided]
    if LineStatus.approved not in lines:
        return ClaimStatus.closed
    if not documents:
        return ClaimStatus.closed if to_post is False else ClaimStatus.decided
    if LedgerStatus.posting in documents:
        return ClaimStatus.posting
    if not live:
        return ClaimStatus.corrected
    if to_post:
        return ClaimStatus.decided
    if all(document is LedgerStatus.paid for document in live):
        return ClaimStatus.paid
    return ClaimStatus.posted


def _who_can(others: Sequence[str]) -> str:
    return f" {' or '.join(others)} can." if others else ""
