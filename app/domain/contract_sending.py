"""What a contract needs before it is sent, and what news of it may change (domain.md 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.contracts import MOVES, OUT_FOR_SIGNATURE, ContractEvent, ContractStatus
from app.domain.errors import Invalid
from app.domain.money import Money, format_amount
from app.domain.periods import Period, format_date

RANK: Final = {
    ContractStatus.draft: 0,
    ContractStatus.in_review: 1,
    ContractStatus.ready: 2,
    ContractStatus.sent: 3,
    ContractStatus.part_signed: 4,
    ContractStatus.signed_by_artist: 5,
    ContractStatus.executed: 6,
}

REPORTED: Final = {
    ContractEvent.send: ContractStatus.sent,
    ContractEvent.sign_in_part: ContractStatus.part_signed,
    ContractEvent.sign: ContractStatus.signed_by_artist,
    ContractEvent.countersign: ContractStatus.executed,
    ContractEvent.decline: ContractStatus.declined,
    ContractEvent.expire: ContractStatus.expired,
    ContractEvent.void: ContractStatus.voided,
}
"""What a provider may tell us of a contract, and what the contract is after it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a provider's news: the status after it, and why it was ignored if it was."""

    status: ContractStatus
    ignored_because: str = ""

    @property
    def is_applied(self) -> bool:
        """Tell whether the news changed the contract."""
        return not self.ignored_because


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a contract when somebody presses Send."""

    signer: str
    signer_is_verified: bool
    company_signatory: str
    missing: Sequence[str]
    fee: Money
    instalments: Sequence[Money]
    period: Period
    production: Period | None
    dates_reason: str = ""


def apply_provider_event(status: ContractStatus, event: ContractEvent) -> Verdict:
    """Return what news from outside does: it raises the rank or enters a legal end, else is ignored.

    News may skip steps (countersigned arrives before signed). Executed is never undone by news, and
    nothing outside can move what has not been made ready to go out.
    """
    reported = REPORTED.get(event)
    if reported is None:
        return Verdict(status, "This is not a provider's to say.")
    if status not in (ContractStatus.ready, *OUT_FOR_SIGNATURE):
        return Verdict(status, f"The contract is {_words(status)} already; this came late.")
    if reported in RANK:
        if RANK[reported] > RANK[status]:
            return Verdict(reported)
        return Verdict(status, f"The contract is {_words(status)} already; this came late.")
    if (status, event) in MOVES:
        return Verdict(MOVES[status, event])
    return Verdict(status, f"A contract that is {_words(status)} cannot become {_words(reported)}.")


def check_ready_to_send(paper: Paper) -> None:
    """Refuse to send a contract that is not whole, naming everything that is missing."""
    complaints = {
        "signer_id": _about_signer(paper),
        "company_signatory_id": ""
        if paper.company_signatory.strip()
        else "Choose who signs for the company.",
        "missing": _about_fields(paper.missing),
        "instalments": _about_instalments(paper.fee, paper.instalments),
        "starts_on": _about_dates(paper),
    }
    errors = {field: sentence for field, sentence in complaints.items() if sentence}
    if errors:
        raise Invalid(errors)


def _about_signer(paper: Paper) -> str:
    if not paper.signer.strip():
        return "Choose who signs for the artist."
    if not paper.signer_is_verified:
        return (
            f"{paper.signer} has no verified e-mail address. Send an invitation, "
            "or choose another signer."
        )
    return ""


def _about_fields(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f"Still empty in the text: {', '.join(missing)}. Fill them in."


def _about_instalments(fee: Money, instalments: Sequence[Money]) -> str:
    if any(part.currency != fee.currency for part in instalments):
        return (
            f"An instalment is not in {fee.currency}, the currency of the fee. Change one of them."
        )
    total = sum((part.amount for part in instalments), Decimal(0))
    if total == fee.amount:
        return ""
    difference = format_amount(abs(fee.amount - total), fee.currency)
    deed = "Add" if total < fee.amount else "Take away"
    return (
        f"Instalments add up to {format_amount(total, fee.currency)}. "
        f"{deed} {difference}, or change the fee."
    )


def _about_dates(paper: Paper) -> str:
    if paper.production is None or paper.production.holds(paper.period):
        return ""
    if paper.dates_reason.strip():
        return ""
    begins, ends = paper.production.starts_on, paper.production.ends_on
    until = f" to {format_date(ends)}" if ends else " on"
    return (
        f"The production runs from {format_date(begins)}{until}. "
        "Change the dates, or say why they lie outside."
    )


def _words(status: ContractStatus) -> str:
    return status.value.replace("_", " ")
