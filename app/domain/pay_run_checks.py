"""What is looked at before a pay run is approved: each finding says why, and where it is mended."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.aba import plain
from app.domain.bank_accounts import AccountKind, masked
from app.domain.pay_runs import BankFile
from app.domain.payables import PayableStatus
from app.domain.periods import format_day

KIND_OF = {BankFile.aba: AccountKind.bsb, BankFile.pain_001: AccountKind.iban}
"""Which accounts a file pays to; a list pays to all."""
_ANOTHER_RUN = "Then cancel this run, and make one from that account."


@dataclass(frozen=True, slots=True)
class PaidAccount:
    """The verified account of a payee, in clear for comparing."""

    detail_id: int
    kind: AccountKind
    account: str
    currency: str
    holder: str = ""


@dataclass(frozen=True, slots=True)
class PayingAccount:
    """The company's own account that a run is paid from."""

    account_id: int
    name: str
    holder: str
    is_in_use: bool = True


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One payable of a run as the checks see it."""

    payable_id: int
    number: str
    status: PayableStatus
    amount: Decimal
    currency: str
    payee_id: int | None
    payee_name: str
    person_id: int
    """The artist, whose page has the payee."""
    is_in_ledger: bool
    is_withholding_open: bool
    is_approver_paid: bool
    account: PaidAccount | None
    pending_id: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one payable: it stops the run, or whoever approves must have seen it."""

    payable_id: int
    number: str
    reason: str
    deed: str = ""
    kind: str = ""
    record_id: int = 0
    stops: bool = True


def findings(
    lines: Sequence[PaidLine],
    *,
    currency: str,
    file: BankFile,
    pay_on: date,
    today: date,
    sharers: dict[str, dict[int, str]],
    payer: PayingAccount | None = None,
) -> list[Finding]:
    """Return what is found; ``sharers`` names, by account, the payees that have it.

    ``payer`` is the company's account: what a file cannot say of it would stop the run after approval.
    """
    found = list(_payer(payer, file)) if payer is not None and lines else []
    for line in lines:
        found += [*_standing(line, currency), *_bank(line, currency, file), *_money(line)]
    found += _shared(lines, sharers)
    if pay_on < today and lines:
        first = lines[0]
        reason = f"The day of payment, {format_day(pay_on)}, has passed. Choose another."
        found.append(Finding(first.payable_id, "", reason))
    return found


def stopping(found: Iterable[Finding]) -> list[Finding]:
    """Return the findings that stop a run."""
    return [one for one in found if one.stops]


def _payer(payer: PayingAccount, file: BankFile) -> Iterator[Finding]:
    own = ("See the company’s account", "company_account", payer.account_id)
    if not payer.is_in_use:
        reason = f"Nothing is paid from {payer.name} any more. Cancel this run, and make one from another account."
        yield Finding(0, "", reason, *own)
    if file in KIND_OF and not plain(payer.holder):
        reason = (
            f"{payer.name} is held in the name {payer.holder}, and this file carries Latin letters only. "
            "An Administrator enters the account again with the name as the bank writes it in them, "
            f"and a second person approves it. {_ANOTHER_RUN}"
        )
        yield Finding(0, "", reason, *own)


def _standing(line: PaidLine, currency: str) -> Iterator[Finding]:
    for reason in _why_not_now(line, currency):
        yield Finding(
            line.payable_id, line.number, reason, "See the payable", "payable", line.payable_id
        )


def _why_not_now(line: PaidLine, currency: str) -> Iterator[str]:
    if line.status is not PayableStatus.open:
        word = "with the bank already" if line.status is PayableStatus.exported else line.status
        yield f"It is {word}. Take it out of the run."
    if line.currency != currency:
        yield f"It is owed in {line.currency}, the run pays {currency}. Take it out of the run."
    if not line.is_in_ledger:
        yield "Its bill is not in the ledger yet. Look again in a minute."


def _bank(line: PaidLine, currency: str, file: BankFile) -> Iterator[Finding]:
    own = (line.payable_id, line.number)
    if line.account is None:
        if line.pending_id is not None:
            reason = f"The account of {line.payee_name} waits for a call and a second person."
            yield Finding(*own, reason, "Go on with it", "bank", line.pending_id)
        elif line.payee_id is not None:
            reason = f"No bank account of {line.payee_name} is known."
            yield Finding(*own, reason, "Enter the account", "bank_enter", line.payee_id)
        else:
            reason = f"Nobody is entered as the payee of {line.payee_name}."
            yield Finding(*own, reason, "Add a payee", "person", line.person_id)
        return
    seen = line.account.detail_id
    if line.pending_id is not None:
        reason = (
            f"A change of the account of {line.payee_name} waits. "
            f"This is paid to the account before, {masked(line.account.account)}."
        )
        yield Finding(*own, reason, "See the change", "bank", line.pending_id, stops=False)
    if line.account.currency != currency:
        reason = f"The account of {line.payee_name} is in {line.account.currency}, the run pays {currency}."
        yield Finding(*own, reason, "See the account", "bank", seen)
    if KIND_OF.get(file, line.account.kind) is not line.account.kind:
        reason = (
            f"{line.payee_name} has an account this file cannot pay. "
            "Take it out, and pay it in a run with the CSV list."
        )
        yield Finding(*own, reason, "See the account", "bank", seen)
    if file in KIND_OF and line.account.holder and not plain(line.account.holder):
        reason = (
            f"The account is held by {line.account.holder}, and this file carries Latin letters only. "
            "Enter the name as the bank writes it in them."
        )
        yield Finding(*own, reason, "See the account", "bank", seen)


def _money(line: PaidLine) -> Iterator[Finding]:
    own = (line.payable_id, line.number)
    if line.is_withholding_open:
        reason = "A foreign resident: nobody has decided on withholding tax."
        yield Finding(*own, reason, "Decide", "payable", line.payable_id)
    if line.is_approver_paid:
        reason = (
            f"{line.payee_name} approved this and is paid by it. Void it and have another decide."
        )
        yield Finding(*own, reason, "See the payable", "payable", line.payable_id)


def _shared(lines: Sequence[PaidLine], sharers: dict[str, dict[int, str]]) -> Iterator[Finding]:
    told: dict[str, bool] = defaultdict(bool)
    for line in lines:
        if line.account is None or told[line.account.account]:
            continue
        behind = sharers.get(line.account.account, {})
        others = [name for payee_id, name in behind.items() if payee_id != line.payee_id]
        if others:
            told[line.account.account] = True
            reason = (
                f"{line.payee_name} has the same account as {', '.join(sorted(others))}. "
                "Be sure that both gave it."
            )
            yield Finding(
                line.payable_id, line.number, reason, "See the account", "bank",
                line.account.detail_id, stops=False,
            )  # fmt: skip
