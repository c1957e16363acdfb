"""Who a payee is in an organisation's Xero: matched by our number or by name, else made.

Two people may have one name. Whoever is known as another payee of ours is taken for this one only where
the e-mail is the same, too: a bill on the wrong contact pays the wrong person.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from xero_python.accounting import AccountingApi, Contact, Contacts

from app.integrations.accounting.port import Leave, Payee
from app.integrations.errors import Failure, Permanent

NOT_THERE: Final = 404
REFUSED: Final = 400
ARCHIVED: Final = "ARCHIVED"
OURS: Final = ("person-", "payee-")
"""How our own numbers for people begin."""


def contact_of(api: AccountingApi, payee: Payee, key: str, leave: Leave) -> str:
    """Return the contact that a payee is: asked for once by our number or the name, else made."""
    try:
        return _matched_or_made(api, payee, f"{key}-contact", leave)
    except Permanent as refused:
        if refused.status != REFUSED:
            raise
    # Another bill of theirs, or of a namesake, may have come between our look and our making.
    return _matched_or_made(api, payee, f"{key}-contact-again", leave)


def _matched_or_made(api: AccountingApi, payee: Payee, key: str, leave: Leave) -> str:
    where = f'ContactNumber=="{_quoted(payee.number)}" OR Name=="{_quoted(payee.name)}"'
    answer = api.get_contacts(leave.place, where=where, include_archived=True)
    there = answer.contacts or []
    found = _best(there, payee)
    if found is not None:
        return str(found.contact_id)
    wanted = Contact(name=_free_name(there, payee), contact_number=payee.number)
    if payee.email:
        wanted.email_address = payee.email
    made = api.create_contacts(leave.place, Contacts(contacts=[wanted]), idempotency_key=key)
    return str(made.contacts[0].contact_id)


def has_contact(api: AccountingApi, contact_id: str, leave: Leave) -> bool:
    """Tell whether a contact is still there."""
    return bool(unless_missing(lambda: api.get_contact(leave.place, contact_id).contacts))


def unless_missing(ask: Callable[[], Any]) -> Sequence[Any]:
    """Return what was asked for, nothing where Xero does not know it."""
    try:
        return ask() or []
    except Failure as failed:
        if failed.status == NOT_THERE:
            return []
        raise


def _best(found: Sequence[Contact], payee: Payee) -> Contact | None:
    """Choose the one with our number, archived or not; else one that has name and e-mail, or the name.

    An archived contact with our number is theirs all the same: Xero then says what is to be done.
    """
    ours = [one for one in found if one.contact_number == payee.number]
    name, email = payee.name.casefold(), payee.email.casefold()
    named = [
        one for one in found
        if (one.name or "").casefold() == name and one.contact_status != ARCHIVED
        and not _is_somebody_else(one, payee)
    ]  # fmt: skip
    ours.sort(key=lambda one: one.contact_status == ARCHIVED)
    named.sort(key=lambda one: not email or (one.email_address or "").casefold() != email)
    return next(iter([*ours, *named]), None)


def _is_somebody_else(one: Contact, payee: Payee) -> bool:
    """Tell whether a contact of the same name is another payee of ours."""
    number = one.contact_number or ""
    is_taken = number.startswith(OURS) or str(one.contact_id) in payee.others
    has_same_address = bool(payee.email) and (
        (one.email_address or "").casefold() == payee.email.casefold()
    )
    return is_taken and number != payee.number and not has_same_address


def _free_name(there: Sequence[Contact], payee: Payee) -> str:
    """Return a name that nobody has: Xero takes each only once."""
    if payee.name.casefold() not in {(one.name or "").casefold() for one in there}:
        return payee.name
    return f"{payee.name} ({payee.email or payee.number})"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
