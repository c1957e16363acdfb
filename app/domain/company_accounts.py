"""The company's own bank accounts: what each may pay by, and who lets it be used."""

import re
from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final

from app.domain.aba import plain
from app.domain.bank_accounts import AccountKind
from app.domain.errors import Invalid, Refused
from app.domain.moves import follow

_USER_NUMBER: Final = re.compile(r"\d{1,6}", re.ASCII)
_BANK: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_NAME: Final = 26
_ASCII: Final = re.compile(r"[\x20-\x7e]+")


class CompanyAccountStatus(StrEnum):
    """An account of the company is used once a second person has looked at it."""

    proposed = auto()
    approved = auto()
    refused = auto()
    retired = auto()


class CompanyAccountEvent(StrEnum):
    """What moves an account of the company."""

    approve = auto()
    refuse = auto()
    retire = auto()


MOVES: Final = {
    (CompanyAccountStatus.proposed, CompanyAccountEvent.approve): CompanyAccountStatus.approved,
    (CompanyAccountStatus.proposed, CompanyAccountEvent.refuse): CompanyAccountStatus.refused,
    (CompanyAccountStatus.approved, CompanyAccountEvent.retire): CompanyAccountStatus.retired,
}


def next_company_account_status(
    status: CompanyAccountStatus, event: CompanyAccountEvent
) -> CompanyAccountStatus:
    """Return the status of the company's account that follows ``event``, or refuse."""
    return follow(MOVES, status, event, "company account")


def check_second_person(user_id: int, entered_by: int) -> None:
    """Refuse that whoever entered an account lets it be used."""
    if user_id == entered_by:
        raise Refused("You entered this account. A second person approves it.")


def check_holder(kind: AccountKind, holder: str) -> None:
    """Refuse a name that the files of such an account cannot carry: the company would find out at export."""
    if not cannot_be_written(kind, holder):
        return
    raise Invalid(
        {
            "holder": f"Files to the bank carry Latin letters only, and “{holder}” has none. "
            "Write the name as the bank has it in Latin letters."
        }
    )


def cannot_be_written(kind: AccountKind, holder: str) -> bool:
    """Tell whether the bank file of such an account could not name whose account it is."""
    return kind is not AccountKind.other and not plain(holder)


def check_settings(kind: AccountKind, bic: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return what the bank needs beside the account to read a file, or refuse each wrong field.

    ``settings`` has ``bank`` (the bank's three letters), ``user_name`` and ``user_number`` (as the
    bank registered the company for direct entry, APCA).
    """
    if kind is AccountKind.iban and not bic:
        raise Invalid({"bic": "Write the BIC of the bank: it stands in every file."})
    if kind is not AccountKind.bsb:
        return {"bank": "", "user_name": "", "user_number": ""}
    bank = settings.get("bank", "").strip().upper()
    name = " ".join(settings.get("user_name", "").split())
    number = settings.get("user_number", "").strip()
    errors: dict[str, str] = {}
    if _BANK.fullmatch(bank) is None:
        errors["bank"] = "Write the bank's three letters, for example CBA, WBC, NAB or ANZ."
    if _ASCII.fullmatch(name) is None or len(name) > _NAME:
        errors["user_name"] = (
            f"Write the name as the bank registered it: plain letters, at most {_NAME}."
        )
    if _USER_NUMBER.fullmatch(number) is None:
        errors["user_number"] = "Write the user number the bank gave you: up to six digits."
    if errors:
        raise Invalid(errors)
    return {"bank": bank, "user_name": name, "user_number": number.zfill(6)}
