"""The file a bank reads: direct entry, an ISO 20022 credit transfer, or a list; never two for one run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sepaxml import SepaTransfer
from sepaxml.validation import ValidationError

from app.domain.aba import Credit, Remitter, plain, write_aba
from app.domain.errors import Refused
from app.domain.money import quantize
from app.domain.pay_runs import BankFile
from app.domain.spreadsheets import write_csv
from app.models.pay_runs import PayRun

SCHEMA: Final = "pain.001.001.09"
"""The version of the European Payments Council's rulebooks since November 2023."""
LARGEST: Final = Decimal("999999999.99")
"""The largest amount of a SEPA credit transfer."""
_NOT_SEPA: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
"""What every bank of the SEPA takes (EPC217-08): the schema lets more through, banks do not."""
HEAD: Final = (
    "Reference", "Number", "Payee", "Account held by", "Account", "BIC", "Amount", "Currency", "Pay on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a run, with its account in clear."""

    reference: str
    number: str
    payee: str
    holder: str
    account: str
    bic: str
    amount: Decimal
    currency: str


def write(run: PayRun, account: str, payments: Sequence[Payment]) -> bytes:
    """Return the bytes of a run's file; ``account`` is the company's own."""
    return _WRITERS[run.file](run, account, payments)


def _aba(run: PayRun, account: str, payments: Sequence[Payment]) -> bytes:
    own = run.account
    remitter = Remitter(
        account=account, bank=own.bank, user_name=own.user_name, user_number=own.user_number,
        name=own.holder, is_balanced=own.is_balanced,
    )  # fmt: skip
    credited = [Credit(one.account, one.holder, one.number, one.amount) for one in payments]
    text = write_aba(remitter, credited, on=run.pay_on, words=run.number.replace("-", " "))
    return text.encode("ascii")


def _pain(run: PayRun, account: str, payments: Sequence[Payment]) -> bytes:
    own = run.account
    config: dict[str, Any] = {
        "name": _fitted(own.holder), "IBAN": account, "BIC": own.bic, "batch": True,
        "currency": run.currency,
    }  # fmt: skip
    transfer = SepaTransfer(config, schema=SCHEMA, clean=True)
    for one in payments:
        if one.amount > LARGEST:
            raise Refused(f"A SEPA payment carries at most {LARGEST:,} EUR. Divide {one.number}.")
        paid: dict[str, Any] = {
            "name": _fitted(one.holder), "IBAN": one.account, "amount": int(one.amount * 100),
            "description": _fitted(f"{one.number} {own.holder}"), "endtoend_id": one.reference,
            "execution_date": run.pay_on, "currency": one.currency,
        }  # fmt: skip
        transfer.add_payment(paid | ({"BIC": one.bic} if one.bic else {}))
    try:
        made: bytes = transfer.export(validate=True)
    except ValidationError as wrong:
        raise Refused(
            "The file would not meet its schema (pain.001). Look at names and accounts of the run."
        ) from wrong
    return made


def _csv(run: PayRun, account: str, payments: Sequence[Payment]) -> bytes:
    del account
    rows = (
        (
            one.reference, one.number, one.payee, one.holder, one.account, one.bic,
            quantize(one.amount, one.currency), one.currency, run.pay_on.isoformat(),
        )
        for one in payments
    )  # fmt: skip
    return write_csv(HEAD, rows).encode()


def _fitted(text: str) -> str:
    carried = _NOT_SEPA.sub(" ", plain(text.replace("&", "+")))
    fitted = " ".join(carried.split())[:70].strip()
    if not fitted:
        raise Refused(f"The file cannot carry “{text}”: it takes Latin letters only.")
    return fitted


_WRITERS: Final = {BankFile.aba: _aba, BankFile.pain_001: _pain, BankFile.csv: _csv}
