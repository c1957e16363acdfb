"""The Australian direct-entry file (ABA, Cemtex): three kinds of records, 120 characters each.

Layout as published by the Australian banks: a descriptive record (0), a detail record for each
payment (1), and a file total record (7). Amounts are in cents; a credit has the transaction code 50,
the debit that balances it 13.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.domain.bank_accounts import parts_of_bsb
from app.domain.errors import Refused
from app.domain.names import unmarked

WIDTH: Final = 120
CREDIT: Final = "50"
DEBIT: Final = "13"
LARGEST: Final = Decimal("99999999.99")
"""Ten digits of cents."""
MOST: Final = 999_999
_TYPESET: Final = str.maketrans("‘’ʼ‐‑‒–—−", "'''------")
_ALLOWED: Final = re.compile(r"[^A-Za-z0-9 &',\-./+$!%()*#=:?\[\]_^@]")
END: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class Remitter:
    """The company at its bank: its account, and how the bank registered it."""

    account: str
    bank: str
    user_name: str
    user_number: str
    name: str
    is_balanced: bool = False


@dataclass(frozen=True, slots=True)
class Credit:
    """One payment: ``account`` is ``062-000 12345678``."""

    account: str
    holder: str
    reference: str
    amount: Decimal


def write_aba(remitter: Remitter, payments: Sequence[Credit], *, on: date, words: str) -> str:
    """Return the file, or refuse what it cannot carry."""
    if not payments:
        raise Refused("There is nothing to pay.")
    if len(payments) + remitter.is_balanced > MOST:
        raise Refused(f"An ABA file carries at most {MOST:,} payments. Divide the pay run.")
    records = [_descriptive(remitter, on, words)]
    records += [_detail(remitter, one, CREDIT, one.account) for one in payments]
    total = sum((one.amount for one in payments), Decimal(0))
    if remitter.is_balanced:
        whole = Credit(remitter.account, remitter.name, words, total)
        records.append(_detail(remitter, whole, DEBIT, remitter.account))
    debit = total if remitter.is_balanced else Decimal(0)
    records.append(_total(total, debit, len(payments) + remitter.is_balanced))
    return "".join(f"{record}{END}" for record in records)


def plain(text: str) -> str:
    """Return a text in the signs that the file may carry: Noémie becomes Noemie."""
    return " ".join(_ALLOWED.sub(" ", unmarked(text.translate(_TYPESET))).split())


def _descriptive(remitter: Remitter, on: date, words: str) -> str:
    return _whole(
        "0", " " * 17, "01", f"{remitter.bank:3.3}", " " * 7,
        _left(remitter.user_name, 26), f"{remitter.user_number:0>6}", _left(words, 12),
        f"{on:%d%m%y}", " " * 40,
    )  # fmt: skip


def _detail(remitter: Remitter, one: Credit, code: str, account: str) -> str:
    bsb, number = parts_of_bsb(account)
    own_bsb, own_number = parts_of_bsb(remitter.account)
    return _whole(
        "1", bsb, f"{number:>9}", " ", code, _cents(one.amount), _left(one.holder, 32),
        _left(one.reference, 18), own_bsb, f"{own_number:>9}", _left(remitter.name, 16), "0" * 8,
    )  # fmt: skip


def _total(credit: Decimal, debit: Decimal, count: int) -> str:
    return _whole(
        "7", "999-999", " " * 12, _cents(credit - debit), _cents(credit), _cents(debit), " " * 24,
        f"{count:06}", " " * 40,
    )  # fmt: skip


def _whole(*parts: str) -> str:
    record = "".join(parts)
    if len(record) != WIDTH:
        raise Refused("An account does not fit into the file. Look at its BSB and number.")
    return record


def _left(text: str, width: int) -> str:
    fitted = plain(text)[:width]
    if not fitted:
        raise Refused(f"The file cannot carry “{text}”: it takes Latin letters only.")
    return fitted.ljust(width)


def _cents(amount: Decimal) -> str:
    if amount > LARGEST:
        raise Refused(f"An ABA file carries at most {LARGEST:,} AUD. Divide the pay run.")
    return f"{int(amount * 100):010}"
