"""An artist who is paid, two people of finance, and an approver."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.domain.company_accounts import CompanyAccountStatus
from app.domain.payables import PayableSource
from app.domain.people import ContactKind
from app.models import (
    BankDetail,
    CompanyAccount,
    ContactPoint,
    Engagement,
    PayeeProfile,
    PayRun,
    Person,
)
from app.services import payables
from app.services.field_encryption import conceal
from app.services.payables import Owed
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


@pytest.fixture
def account(as_staff, organisation, finance, second):
    """The company's own account, approved."""
    as_staff(finance.user_id)
    with house.transaction() as db:
        made = CompanyAccount(
            organisation_id=organisation.id, name="Artists", holder="Company", kind="bsb",
            ending="234", country="AU", currency="AUD", bank="CBA", user_name="COMPANY",
            user_number="301500", entered_by=finance.user_id, approved_by=second.user_id,
            status=CompanyAccountStatus.approved,
        )  # fmt: skip
        conceal(db, made, "account", "064-001 10001234")
        db.add(made)
    return made


@pytest.fixture
def owe(as_staff, engaged, worker, owner_session, finance):
    """Make a payable of the artist's, posted in the ledger."""

    def make(number="FEE-0147-1", amount="100.10", currency="AUD", post=True, **facts):
        as_staff(finance.user_id)
        with house.transaction() as db:
            engagement = db.get_one(type(engaged), engaged.id)
            owed = Owed(
                number=number, source=PayableSource.fee, source_key=number, amount=Decimal(amount),
                currency=currency, approved_by=None, **facts,
            )  # fmt: skip
            made = payables.make(db, engagement, owed)
        if post:
            worker()
        return made

    return make


@pytest.fixture
def run_of(finance, account, owner_session):
    """Make a run at the desk, of some payables."""

    def make(*owed, **typed):
        data = {
            "account": str(account.id), "pay_on": (now().date() + timedelta(days=2)).isoformat(),
            "rowid": [str(one.id) for one in owed], **typed,
        }  # fmt: skip
        answer = finance.send("/admin/pay-runs/begin", data)
        assert answer.status_code == 303, answer.text
        return newest(owner_session)

    return make


def newest(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(PayRun).order_by(PayRun.id.desc()).limit(1)).one()


def send(browser, run, deed, **typed):
    return browser.send(f"/admin/pay-runs/{deed}/{run.id}", typed)


@pytest.fixture
def exported(owe, verified, run_of, finance, second):
    """A run with two payments that is with the bank."""
    run = run_of(owe(), owe("CL-0001", "42.10"))
    send(finance, run, "check")
    send(second, run, "approve")
    send(finance, run, "export")
    return run
