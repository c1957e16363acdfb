"""Addresses and numbers people are reached by, in the one form in which they are compared."""

import re
from typing import Final

import phonenumbers

from app.domain.codes import check_address
from app.domain.errors import Refused

_ODD: Final = re.compile(r"[,;<>()\[\]\"\\]|\.\.|^\.|\.@|@[-.]")


def normalise_email(text: str, field: str = "email") -> str:
    """Return an e-mail address as it is compared, or refuse what cannot be one."""
    try:
        address = check_address(text)
    except Refused as refusal:
        raise Refused(refusal.reason, field=field) from None
    if address.count("@") != 1 or _ODD.search(address):
        raise Refused(
            f"{text.strip()} is not an e-mail address. It looks like name@company.com.",
            field=field,
        )
    return address


def normalise_mobile(text: str, country: str = "AU", field: str = "mobile") -> str:
    """Return a telephone number in E.164 (+61412345678); without + it is a number of ``country``."""
    typed = text.strip()
    if not typed:
        raise Refused("Write the number.", field=field)
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise Refused(
            f"{typed} is not a telephone number. Write it with its country, such as +61 412 345 678.",
            field=field,
        ) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused(
            f"{typed} has too few or too many digits. Write it with its country, "
            "such as +61 412 345 678.",
            field=field,
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
