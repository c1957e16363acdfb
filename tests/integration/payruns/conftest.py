"""An artist who is paid, two people of finance, and an approver."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.people import ContactKind
from app.models import BankDetail, ContactPoint, Engagement, PayeeProfile, Person
from tests.fixtures_sign_in import Browser
from tests.integration.expenses.conftest import as_staff as as_staff
from tests.integration.expenses.conftest import engagement_of
from tests.integration.expenses.conftest import fresh as fresh
from tests.integration.expenses.conftest import worker as worker

ACCOUNT = {"kind": "bsb", "holder": "N Lefèvre", "bsb": "062-000", "number": "1234 5678"}


@pytest.fixture
def engaged(owner_session: Session, person: Person) -> Engagement:
    """Return the artist's engagement."""
    return engagement_of(owner_session, person, "ENG-0147")


@pytest.fixture
def payee(owner_session: Session, person: Person) -> PayeeProfile:
    """Return who is paid, with a mobile and two addresses we know."""
    made = PayeeProfile(organisation_id=person.organisation_id, person_id=person.id, name="Lefèvre")
    owner_session.add(made)
    for kind, value in (
        (ContactKind.mobile, "+61400000147"),
        (ContactKind.email, "noemie@example.com"),
        (ContactKind.email, "old@example.com"),
    ):
        owner_session.add(
            ContactPoint(
                organisation_id=person.organisation_id, person_id=person.id, kind=kind,
                value=value, normalised=value,
            )
        )  # fmt: skip
    owner_session.commit()
    return made


@pytest.fixture
def finance(staff: Callable[..., Browser]) -> Browser:
    """Return somebody of finance."""
    return staff("Finance")


@pytest.fixture
def second(staff: Callable[..., Browser]) -> Browser:
    """Return somebody else who may verify and approve."""
    return staff("Approver")


@pytest.fixture
def details(owner_session: Session) -> Callable[[], list[BankDetail]]:
    """Return a reader of the accounts as they are now."""

    def read() -> list[BankDetail]:
        owner_session.rollback()
        owner_session.expire_all()
        return list(owner_session.scalars(select(BankDetail).order_by(BankDetail.id)))

    return read


def number_of(session: Session, person: Person) -> str:
    """Return the key of the mobile we know."""
    session.rollback()
    found = select(ContactPoint.id).where(
        ContactPoint.person_id == person.id, ContactPoint.kind == ContactKind.mobile
    )
    return str(session.scalars(found.order_by(ContactPoint.id)).first())


@pytest.fixture
def verified(
    finance: Browser,
    second: Browser,
    payee: PayeeProfile,
    person: Person,
    owner_session: Session,
    details: Callable[[], list[BankDetail]],
) -> BankDetail:
    """Return an account that was phoned about and verified through the desk."""
    return bank(finance, second, payee, number_of(owner_session, person), details)


def bank(
    finance: Browser,
    second: Browser,
    payee: PayeeProfile,
    number: str,
    details: Callable[[], list[BankDetail]],
    **typed: Any,
) -> BankDetail:
    """Enter an account, phone, and verify it, as two people do at the desk."""
    finance.send(f"/admin/bank-details/enter/{payee.id}", {**ACCOUNT, **typed})
    made = details()[-1]
    finance.send(f"/admin/bank-details/call-back/{made.id}", {"number": number})
    second.send(f"/admin/bank-details/action/verify/{made.id}")
    return details()[-1]
