"""What a contract needs before it is sent, each complaint beside its field (domain.md 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import Invalid
from app.domain.money import Money, format_amount
from app.domain.periods import Period, format_date


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a contract when somebody presses Send."""

    signer: str
    signer_is_verified: bool
    company_signatory: str
    signatory_has_left: bool
    missing: Sequence[str]
    fee: Money
    instalments: Sequence[Money]
    period: Period
    production: Period | None
    dates_reason: str = ""


def check_ready_to_send(paper: Paper) -> None:
    """Refuse to send a contract that is not whole, naming everything that is missing."""
    complaints = {
        "signer_id": _about_signer(paper),
        "company_signatory_id": _about_signatory(paper),
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


def _about_signatory(paper: Paper) -> str:
    if not paper.company_signatory.strip():
        return "Choose who signs for the company."
    if paper.signatory_has_left:
        return f"{paper.company_signatory} works here no more. Choose who signs for the company."
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
