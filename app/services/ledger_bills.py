"""What goes into the ledger for a payable: lines with their coding, whoever is paid, and the papers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.db.clock import now
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.ledger_problems import BY_HAND, EXPIRED, NOT_CHOSEN, NOT_CONNECTED
from app.domain.ledger_settings import ALLOWANCE, FEE, Coding, LedgerSettings, Offers
from app.domain.local_time import today_in
from app.domain.payables import PayableSource
from app.domain.people import ContactKind
from app.models.connections import ProviderConnection
from app.models.expenses import ExpenseLine, Receipt
from app.models.organisations import Organisation
from app.models.payables import LedgerContact, Payable
from app.models.people import ContactPoint, Person
from app.services import connections

XERO: Final = "xero"
SHOWN: Final = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
"""What a bookkeeper opens, and how its name ends; all else is attached as its safe copy."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what is owed."""

    description: str
    amount: Decimal
    kind: str
    coding: Coding | None = None


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is paid, with our number for them."""

    number: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class File:
    """A paper by its name in our store."""

    name: str
    media_type: str
    sha256: str


def lines_of(session: Session, payable: Payable) -> tuple[Line, ...]:
    """Return what a payable is made of; the lines come to its amount, to the cent."""
    found = tuple(
        Line(_words(line), line.approved_amount, line.kind.value)
        for line in _expense_lines(session, payable)
        if line.approved_amount is not None
    )
    lines = found or (_whole(payable),)
    total = sum((line.amount for line in lines), Decimal(0))
    if total != payable.amount:
        raise Refused(
            f"The approved lines come to {total}, and {payable.number} to {payable.amount}. "
            "Void it; what is right goes on a new document."
        )
    return lines


def coded(
    session: Session, payable: Payable, lines: tuple[Line, ...], connection: ProviderConnection
) -> tuple[Line, ...]:
    """Return the lines with account, tax rate and tracking as the organisation chose them."""
    chosen = settings_of(connection)
    offers = offers_of(connection)
    production = str(payable.engagement.production_id)
    return tuple(
        Line(line.description, line.amount, line.kind, chosen.coding(line.kind, production, offers))
        for line in lines
    )


def connected(session: Session) -> ProviderConnection:
    """Return the connection bills go through, or refuse while there is none or people do it by hand."""
    if connections.is_manual(session, XERO):
        raise Refused(BY_HAND)
    connection = connections.connection_of(session, XERO)
    if connection is None or connection.status is ConnectionStatus.disconnected:
        raise Refused(NOT_CONNECTED)
    if connection.status is ConnectionStatus.expired:
        raise Refused(EXPIRED)
    if not connection.external_id:
        raise Refused(f"{NOT_CONNECTED} An organisation is still to be chosen.")
    if "chosen" not in connection.settings:
        raise Refused(NOT_CHOSEN)
    return connection


def settings_of(connection: ProviderConnection | None) -> LedgerSettings:
    """Return what was chosen for bills."""
    return LedgerSettings.kept(connection.settings.get("chosen", {}) if connection else {})


def offers_of(connection: ProviderConnection | None) -> Offers:
    """Return what the ledger offered when it was last read."""
    return Offers.kept(connection.settings.get("offers", {}) if connection else {})


def date_bill(session: Session, payable: Payable) -> None:
    """Give the bill its date, once: it must be the same however often it is entered."""
    document = payable.ledger_document
    if document is not None and document.dated_on is None:
        house = session.get_one(Organisation, payable.organisation_id)
        document.dated_on = today_in(house.zone, now())
        session.flush()


def whom(session: Session, payable: Payable) -> Whom:
    """Return who is paid."""
    person = payable.engagement.person
    if payable.payee is not None:
        person = session.get_one(Person, payable.payee.person_id)
        number = f"payee-{payable.payee.public_id}"
    else:
        number = f"person-{person.public_id}"
    return Whom(number, payable.payee_name, _email(session, person))


def contact_of(session: Session, number: str) -> str:
    """Return who somebody is in Xero, if that is known."""
    found = session.scalar(
        select(LedgerContact.external_id).where(
            LedgerContact.provider == XERO, LedgerContact.number == number
        )
    )
    return found or ""


def contacts_of_others(session: Session, number: str) -> frozenset[str]:
    """Return who all others are in Xero, for somebody who is still to be found there."""
    return frozenset(
        session.scalars(
            select(LedgerContact.external_id).where(
                LedgerContact.provider == XERO, LedgerContact.number != number
            )
        )
    )


def keep_contact(session: Session, organisation_id: int, number: str, external_id: str) -> None:
    """Remember who somebody is in Xero."""
    known = session.scalars(
        select(LedgerContact).where(LedgerContact.provider == XERO, LedgerContact.number == number)
    ).one_or_none()
    if known is None:
        known = LedgerContact(organisation_id=organisation_id, provider=XERO, number=number)
        session.add(known)
    known.external_id = external_id
    session.flush()


def papers_of(session: Session, payable: Payable) -> tuple[File, ...]:
    """Return the receipts behind a payable, each once, named after it and in their order."""
    lines = _expense_lines(session, payable)
    receipts = [receipt for line in lines for receipt in line.receipts]
    found: dict[str, File] = {}
    for receipt in receipts:
        if receipt.file.sha256 not in found:
            place = len(found) + 1
            found[receipt.file.sha256] = _file(f"{payable.number}-{place:02}", receipt)
    return tuple(found.values())


def _file(stem: str, receipt: Receipt) -> File:
    kept = receipt.file
    if kept.media_type == "application/pdf":
        sha256, media_type = kept.paper_sha256 or kept.sha256, kept.media_type
    elif kept.view_sha256 and kept.view_media_type:
        sha256, media_type = kept.view_sha256, kept.view_media_type
    else:
        sha256, media_type = kept.sha256, kept.media_type
    return File(f"{stem}.{SHOWN.get(media_type, 'jpg')}", media_type, sha256)


def _expense_lines(session: Session, payable: Payable) -> list[ExpenseLine]:
    return list(
        session.scalars(
            select(ExpenseLine)
            .where(ExpenseLine.payable_id == payable.id)
            .order_by(ExpenseLine.position)
            .options(selectinload(ExpenseLine.receipts).joinedload(Receipt.file))
        )
    )


def _words(line: ExpenseLine) -> str:
    about = f": {line.description}" if line.description else ""
    return f"{line.kind.value.replace('_', ' ').capitalize()}, {line.spent_on}{about}"


def _whole(payable: Payable) -> Line:
    kind = {PayableSource.allowance: ALLOWANCE}.get(payable.source, FEE)
    what = "Per diems" if kind == ALLOWANCE else "Fee"
    title = payable.engagement.production.title
    return Line(f"{what}, {payable.engagement.person.name}, {title}", payable.amount, kind)


def _email(session: Session, person: Person) -> str:
    found = session.scalars(
        select(ContactPoint.value)
        .where(
            ContactPoint.person_id == person.id,
            ContactPoint.kind == ContactKind.email,
            ContactPoint.bounced_at.is_(None),
        )
        .order_by(ContactPoint.is_preferred.desc(), ContactPoint.id)
    ).first()
    return found or ""
