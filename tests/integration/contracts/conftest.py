"""A company with an engagement ready for its contract, and hands to move it along."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.viewer import Viewer
from app.domain.bulk_runs import BulkKind
from app.domain.outbox import MessageState
from app.integrations import providers
from app.models import (
    Contract,
    Engagement,
    Message,
    Organisation,
    OutboxMessage,
    Person,
    StaffProfile,
)
from app.services.bulk_runs import choosing
from app.services.contracts import drafting, examples, sending, signing
from config import Config
from tasks.couriers import gather
from tasks.crew import engage
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory, ProductionFactory
from tests.factories.people import ContactPointFactory, OrganisationFactory, PersonFactory
from tests.fixtures_sign_in import user_of

As = Callable[..., AbstractContextManager[Session]]
ADDRESS = "203.0.113.7"


@pytest.fixture
def organisation(app: Flask, owner_session: Session) -> Organisation:
    """Return a company whose signatory is known."""
    at_home_in(owner_session)
    made = OrganisationFactory()
    user = user_of(owner_session)
    owner_session.add(
        StaffProfile(organisation_id=made.id, user_id=user.id, display_name="Joel Okafor")
    )
    made.signatory_user_id = user.id
    other = user_of(owner_session)
    owner_session.add(
        StaffProfile(organisation_id=made.id, user_id=other.id, display_name="Ruth Ando")
    )
    owner_session.commit()
    return made


@pytest.fixture
def engagement(organisation: Organisation) -> Engagement:
    """Return an engagement with everything a contract needs."""
    person = PersonFactory(organisation_id=organisation.id)
    ContactPointFactory(person=person)
    return EngagementFactory(person=person)


@pytest.fixture
def artist(engagement: Engagement) -> Person:
    """Return the artist of the engagement."""
    return engagement.person


@pytest.fixture
def as_staff(app: Flask, organisation: Organisation) -> As:
    """Return a transaction as a member of staff of the company."""

    @contextmanager
    def enter() -> Iterator[Session]:
        house.forget()
        house.act_as(Viewer(organisation.id, actor=f"staff:{organisation.signatory_user_id}"))
        try:
            with house.transaction() as db:
                yield db
        finally:
            house.forget()

    return enter


@pytest.fixture
def drafted(as_staff: As, engagement: Engagement, organisation: Organisation) -> int:
    """Return the id of a drafted contract."""
    with as_staff() as db:
        template = examples.install(db, organisation.id)
        contract = drafting.draft_from_engagement(
            db, db.get_one(Engagement, engagement.id), template,
            by_user_id=organisation.signatory_user_id or 0,
        )  # fmt: skip
        return contract.id


@pytest.fixture
def sent(as_staff: As, drafted: int, organisation: Organisation) -> int:
    """Return the id of a contract that is out for signature."""
    send(as_staff, drafted, organisation)
    return drafted


def checker_of(session: Session) -> int:
    """Return who reviews what the signatory has submitted."""
    found = select(StaffProfile.user_id).where(StaffProfile.display_name == "Ruth Ando")
    return int(session.scalars(found).one())


def send(as_staff: As, contract_id: int, organisation: Organisation) -> None:
    """Review, approve and send a contract."""
    by = {"by_user_id": organisation.signatory_user_id or 0}
    with as_staff() as db:
        contract = db.get_one(Contract, contract_id)
        drafting.submit(db, contract, **by)
        drafting.approve(db, contract, by_user_id=checker_of(db))
        content, made = sending.make_paper(contract)
        providers.files().put(content)
        sending.send_for_signature(db, contract, made, **by)


@pytest.fixture
def ready(as_staff: As, organisation: Organisation) -> Callable[..., list[int]]:
    """Return a maker of contracts that are ready to be sent."""

    def make(count: int) -> list[int]:
        production = ProductionFactory(organisation_id=organisation.id)
        made = []
        for _ in range(count):
            person = PersonFactory(organisation_id=organisation.id)
            ContactPointFactory(person=person)
            made.append(EngagementFactory(person=person, production=production).id)
        user = organisation.signatory_user_id or 0
        with as_staff() as db:
            template = examples.install(db, organisation.id)
            ids = []
            for number in made:
                contract = drafting.draft_from_engagement(
                    db, db.get_one(Engagement, number), template, by_user_id=user
                )
                drafting.submit(db, contract, by_user_id=user)
                drafting.approve(db, contract, by_user_id=checker_of(db))
                ids.append(contract.id)
            return ids

    return make


@pytest.fixture
def begun(as_staff: As, organisation: Organisation) -> Callable[..., int]:
    """Return a maker of runs."""

    def make(ids: list[int], kind: BulkKind = BulkKind.send_contracts) -> int:
        with as_staff() as db:
            run = choosing.begin(
                db, kind, ids, narrowed=choosing.Narrowed(), organisation_id=organisation.id,
                user_id=organisation.signatory_user_id or 0,
            )  # fmt: skip
            return run.id

    return make


@pytest.fixture
def work(config: Config, owner_session: Session) -> Callable[[], list[str]]:
    """Return the worker: it keeps every promise there is, and names what it kept."""

    def run() -> list[str]:
        crew = gather(engage(config))
        kept: list[str] = []
        for _ in range(6):
            owner_session.expire_all()
            due = [
                m for m in owner_session.query(OutboxMessage).order_by(OutboxMessage.id)
                if m.state is MessageState.ready and m.kind in KINDS
            ]  # fmt: skip
            owner_session.rollback()
            if not due:
                return kept
            url, house_bind = config.database_worker_url, house.factory.kw["bind"]
            worker = house.bind(url)
            try:
                for message in due:
                    crew.courier.run(message.id)
                    kept.append(message.kind)
            finally:
                house.forget()
                worker.dispose()
                house.factory.configure(bind=house_bind)
        raise AssertionError(f"The worker never came to an end: {kept}")

    return run


KINDS = frozenset({"amendment.seal", "contract.tell", "contract.seal", "archive.file"})


def stored(session: Session, model: Any, record_id: int) -> Any:
    """Return a record as the owner of the tables sees it now."""
    session.rollback()
    session.expire_all()
    return session.get(model, record_id)


@pytest.fixture
def told(owner_session: Session) -> Callable[[], list[str]]:
    """Return the events people were told of, in alphabetical order."""

    def read() -> list[str]:
        owner_session.rollback()
        return sorted(owner_session.scalars(select(Message.event)))

    return read


def act_of(contract: Contract, intent: str, zone: str = "Europe/Paris") -> signing.Act:
    return signing.Act(
        intent=intent,
        document_sha256=str(contract.current.document_sha256),
        address=ADDRESS,
        device="Mozilla/5.0 (iPhone)",
        zone=zone,
        step_up="code by text to ••412, 2026-11-23T05:00:00+00:00",
    )


@pytest.fixture
def signed(as_staff: As, sent: int) -> int:
    """Return the id of a contract that the artist has signed."""
    with as_staff() as db:
        contract = db.get_one(Contract, sent)
        signing.sign(db, contract, contract.engagement.person, act_of(contract, "I sign"))
    return sent


@pytest.fixture
def executed(as_staff: As, signed: int, organisation: Organisation) -> int:
    """Return the id of a contract that both sides have signed."""
    countersign(as_staff, signed, organisation)
    return signed


def countersign(as_staff: As, contract_id: int, organisation: Organisation) -> None:
    with as_staff() as db:
        contract = db.get_one(Contract, contract_id)
        signing.countersign(
            db, contract, user_id=organisation.signatory_user_id or 0, name="Joel Okafor",
            act=act_of(contract, "Countersign for the company", "Australia/Brisbane"),
        )  # fmt: skip
