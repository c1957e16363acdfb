"""Contracts of two productions in two currencies, and a worker that makes what was promised."""

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session as db
from app.domain.contracts import ContractStatus
from app.domain.people import EngagementStatus
from app.models import Contract, Engagement, Organisation, Person, Production
from app.models.outbox import OutboxMessage
from app.models.reports import ReportRun
from config import Config
from tasks.couriers import gather
from tasks.crew import Crew, engage

_numbers = itertools.count(1)


@pytest.fixture
def contract(owner_session: Session, organisation: Organisation) -> Callable[..., Contract]:
    """Return a maker of contracts: ``contract("GIS", ContractStatus.sent, "4600.00")``."""
    productions: dict[str, Production] = {}

    def make(
        code: str, status: ContractStatus, fee: str, currency: str = "AUD", name: str = "Noémie"
    ) -> Contract:
        number = next(_numbers)
        if code not in productions:
            productions[code] = Production(
                organisation_id=organisation.id, code=code, title=f"Title {code}"
            )
        person = Person(organisation_id=organisation.id, name=name, name_key=f"{name} {number}")
        owner_session.add_all([productions[code], person])
        owner_session.flush()
        engagement = Engagement(
            organisation_id=organisation.id, number=f"ENG-{number}", person_id=person.id,
            production_id=productions[code].id, status=EngagementStatus.confirmed,
            starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 1), fee=Decimal(fee),
            currency=currency,
        )  # fmt: skip
        owner_session.add(engagement)
        owner_session.flush()
        made = Contract(
            organisation_id=organisation.id, number=f"C-{number}", engagement_id=engagement.id,
            title="Contract", status=status,
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    return make


@pytest.fixture
def work(config: Config, owner_session: Session) -> Callable[..., Crew]:
    """Return the worker's hour: it keeps every promise of a report that was made so far."""

    def keep(kind: str = "report.make") -> Crew:
        web = db.factory.kw["bind"]
        engine = db.bind(config.database_worker_url)
        crew = gather(engage(config))
        owner_session.rollback()
        for message_id in owner_session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.kind == kind)
        ):
            crew.courier.run(message_id)
        db.forget()
        engine.dispose()
        db.factory.configure(bind=web)
        return crew

    return keep


@pytest.fixture
def runs(owner_session: Session) -> Callable[[], list[ReportRun]]:
    """Read what was asked for."""

    def read() -> list[ReportRun]:
        owner_session.rollback()
        owner_session.expire_all()
        return list(owner_session.scalars(select(ReportRun).order_by(ReportRun.id)))

    return read
