"""Bank accounts as they are written in a country: checked, put in one form, and masked."""

import re
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from schwifty import BIC, IBAN
from schwifty.exceptions import (
    InvalidBBANChecksum,
    InvalidChecksumDigits,
    InvalidLength,
    SchwiftyException,
)

from app.domain.currencies import parse_currency
from app.domain.errors import Invalid, Refused

LONGEST_HOLDER: Final = 120
_BSB_DIGITS: Final = 6
_SHOWN: Final = 3
_AUSTRALIAN: Final = re.compile(r"\d{4,9}", re.ASCII)
_ELSEWHERE: Final = re.compile(r"[A-Z0-9]{4,34}", re.ASCII)


class AccountKind(StrEnum):
    """How an account is written: the Australian way, as an IBAN, or as some other country does."""

    bsb = auto()
    iban = auto()
    other = auto()


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into a form about an account."""

    kind: str = "bsb"
    holder: str = ""
    bsb: str = ""
    number: str = ""
    iban: str = ""
    bic: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account that was checked. ``account`` is its one form: ``062-000 12345678``, or an IBAN."""

    kind: AccountKind
    holder: str
    account: str
    bic: str
    country: str
    currency: str

    @property
    def ending(self) -> str:
        """Return the last three characters, for people to recognise it by."""
        return self.account[-_SHOWN:]


def masked(ending: str) -> str:
    """Write an account so that its owner recognises it and nobody else can use it."""
    return f"ending {ending[-_SHOWN:]}"


def read_account(typed: Typed) -> BankAccount:
    """Return the account that was typed, or refuse with a sentence for every wrong field."""
    errors: dict[str, str] = {}
    holder = " ".join(typed.holder.split())
    if not holder:
        errors["holder"] = "Write the name the account is held in."
    elif len(holder) > LONGEST_HOLDER:
        errors["holder"] = (
            f"Keep it under {LONGEST_HOLDER} characters: as it stands on the bank's statement."
        )
    try:
        kind = AccountKind(typed.kind)
    except ValueError:
        raise Invalid({**errors, "kind": "Choose what kind of account it is."}) from None
    account, bic, country = "", "", ""
    try:
        account, bic, country = _READERS[kind](typed)
    except Invalid as refusal:
        errors |= refusal.errors
    try:
        currency = _currency(typed.currency, kind)
    except Refused as refusal:
        errors[refusal.field or "currency"] = refusal.reason
    if errors:
        raise Invalid(errors)
    return BankAccount(kind, holder, account, bic, country, currency)


def read_bsb(text: str) -> str:
    """Return a BSB as banks print it, ``062-000``, or refuse."""
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) != _BSB_DIGITS:
        raise Refused("A BSB has six digits, for example 062-000.", field="bsb")
    return f"{digits[:3]}-{digits[3:]}"


def read_iban(text: str) -> IBAN:
    """Return an IBAN whose country, length and check digits agree, or refuse."""
    try:
        return IBAN(re.sub(r"[\s-]", "", text).upper(), validate_bban=True)
    except InvalidLength:
        why = "This IBAN has too few or too many characters for its country. Compare it with the statement."
    except (InvalidChecksumDigits, InvalidBBANChecksum):
        why = "The check digits of this IBAN do not fit: one character is wrong. Compare it with the statement."
    except SchwiftyException:
        why = "This is not an IBAN. It begins with two letters of the country, for example DE89 3704 0044 0532 0130 00."
    raise Refused(why, field="iban")


def read_bic(text: str) -> str:
    """Return a BIC (ISO 9362) without blanks, or refuse."""
    try:
        return str(BIC(re.sub(r"\s", "", text).upper()).compact)
    except SchwiftyException:
        raise Refused(
            "A BIC has 8 or 11 letters and digits, for example COBADEFF.", field="bic"
        ) from None


def parts_of_bsb(account: str) -> tuple[str, str]:
    """Return BSB and number of an Australian account."""
    bsb, _, number = account.partition(" ")
    return bsb, number


def _read_australian(typed: Typed) -> tuple[str, str, str]:
    errors: dict[str, str] = {}
    bsb = ""
    try:
        bsb = read_bsb(typed.bsb)
    except Refused as refusal:
        errors["bsb"] = refusal.reason
    number = re.sub(r"[\s-]", "", typed.number)
    if _AUSTRALIAN.fullmatch(number) is None or not number.strip("0"):
        errors["number"] = "An account number has four to nine digits."
    if errors:
        raise Invalid(errors)
    return f"{bsb} {number}", "", "AU"


def _read_international(typed: Typed) -> tuple[str, str, str]:
    errors: dict[str, str] = {}
    iban, bic = None, ""
    try:
        iban = read_iban(typed.iban)
    except Refused as refusal:
        errors["iban"] = refusal.reason
    try:
        bic = read_bic(typed.bic) if typed.bic.strip() else ""
    except Refused as refusal:
        errors["bic"] = refusal.reason
    if errors or iban is None:
        raise Invalid(errors)
    return str(iban.compact), bic or str(iban.bic or ""), str(iban.country_code)


def _read_elsewhere(typed: Typed) -> tuple[str, str, str]:
    errors: dict[str, str] = {}
    bic = ""
    number = re.sub(r"[\s-]", "", typed.number).upper()
    if _ELSEWHERE.fullmatch(number) is None:
        errors["number"] = "Write the account number: 4 to 34 letters and digits."
    try:
        bic = read_bic(typed.bic)
    except Refused as refusal:
        errors["bic"] = refusal.reason
    if errors:
        raise Invalid(errors)
    return number, bic, bic[4:6]


_READERS: Final = {
    AccountKind.bsb: _read_australian,
    AccountKind.iban: _read_international,
    AccountKind.other: _read_elsewhere,
}
_USUAL: Final = {AccountKind.bsb: "AUD", AccountKind.iban: "EUR"}


def _currency(text: str, kind: AccountKind) -> str:
    code = parse_currency(text or _USUAL.get(kind, ""))
    if kind is AccountKind.bsb and code != "AUD":
        raise Refused(
            "An Australian account takes AUD. Leave the currency empty.", field="currency"
        )
    return code
