"""Xero as a simulator behind its gate, a company that let us in, and payables to enter there."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.expenses import LineStatus
from app.domain.ledger_settings import LedgerSettings
from app.integrations import providers
from app.models import Engagement, Person
from app.models.connections import AttentionItem, ProviderConnection
from app.models.documents import StoredFile
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerDocument, Payable
from app.services import inbox, payables, xero_connection
from app.services.connections import Keys
from app.services.xero_connection import Come
from config import Config
from tasks import couriers
from tasks.crew import Crew, engage
from tasks.inbox import due_notices
from tasks.permits import FreePermits
from tests.conftest import settings_of
from tests.integration.expenses.conftest import engagement_of, photo_bytes
from tests.simulators.gate import spec
from tests.simulators.serving import Vendor, serve
from tests.simulators.xero import UNCHECKED, XeroSimulator

TAXES = dict.fromkeys(("taxi", "meal", "hotel", "flight", "baggage", "materials", "phone", "medical", "other", "public_transport", "mileage"), "INPUT") | {"fee": "BASEXCLUDED", "allowance": "BASEXCLUDED"}  # fmt: skip


@pytest.fixture
def xero() -> Iterator[Vendor]:
    """Return Xero: what its gate saw is checked at the end."""
    simulator = XeroSimulator()
    with serve(simulator, spec("xero"), spec("xero-identity"), unchecked=UNCHECKED) as vendor:
        yield vendor


@pytest.fixture
def config(database: Any, tmp_path: Any, xero: Vendor) -> Config:
    """Return the settings of a product whose bills go to Xero."""
    settings = settings_of(database, database.database, tmp_path) | {
        "ACCOUNTING": "xero", "XERO_CLIENT_ID": "client", "XERO_CLIENT_SECRET": "secret",
        "XERO_WEBHOOK_KEY": "webhook-key", "XERO_LOGIN_URL": xero.base,
        "XERO_IDENTITY_URL": xero.base, "XERO_API_URL": xero.base,
    }  # fmt: skip
    return replace(Config.load(settings), http_timeout_seconds=4.0, settle_seconds=0.0)


@dataclass
class Accounts:
    """What a test does at the desk and in the workshop, and reads in the books of both houses."""

    session: Session
    config: Config
    vendor: Vendor
    engagement: Engagement

    @property
    def books(self):
        return self.vendor.simulator.book

    def act(self, do: Callable[[Session], Any]) -> Any:
        """Do something as staff, in one transaction."""
        house.forget()
        house.act_as(Viewer(self.engagement.organisation_id, actor="staff:1"))
        with house.transaction() as db:
            made = do(db)
        house.forget()
        return made

    def claim(self, *amounts: str, receipts: int = 0, currency: str = "AUD") -> Payable:
        """Return the payable of a claim that was approved, with so many receipts."""
        own = {"organisation_id": self.engagement.organisation_id}
        number = f"CL-{self.session.query(ExpenseClaim).count() + 1:04}"
        claim = ExpenseClaim(
            **own, number=number, client_uuid=uuid4(), engagement_id=self.engagement.id,
            claimed_by="artist:1", currency=currency, submitted_at=now(),
        )  # fmt: skip
        self.session.add(claim)
        self.session.flush()
        for place, amount in enumerate(amounts, 1):
            claim.lines.append(
                ExpenseLine(
                    **own, position=place, kind="taxi", description="Night tram had stopped",
                    spent_on=now().date() - timedelta(days=3), amount=Decimal(amount), currency=currency,
                    base_amount=Decimal(amount), base_currency=currency, status=LineStatus.approved,
                    approved_amount=Decimal(amount), claimant_id=self.engagement.person_id,
                )
            )  # fmt: skip
        for place in range(receipts):
            claim.lines[0].receipts.append(Receipt(**own, file=self._file(place + 1, own)))
        self.session.commit()
        made = self.act(
            lambda db: payables.post_claim(db, db.get_one(ExpenseClaim, claim.id), approved_by=None)
        )
        return self.payable(made.id)

    def _file(self, seed: int, own: dict[str, int]) -> StoredFile:
        content = photo_bytes(seed)
        providers.files().put(content)
        return StoredFile(
            **own, sha256=sha256(content).hexdigest(), size=len(content), media_type="image/jpeg",
            stored_at=now(), owner_person_id=self.engagement.person_id,
        )  # fmt: skip

    def crew(self) -> Crew:
        made = couriers.gather(engage(self.config))
        made.courier.permits = FreePermits()
        return made

    def work(self, turns: int = 1) -> None:
        """Keep each promise that waits, due or not, so many times, as a worker would."""
        with self._as_worker() as crew:
            for _ in range(turns):
                self.session.rollback()
                self.session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.state == "ready")
                    .values(not_before=now() - timedelta(seconds=1))
                )
                self.session.commit()
                for message_id in self.waiting():
                    crew.run_message(str(message_id))
                self.session.rollback()

    def finish(self, most: int = 6) -> None:
        """Work until nothing waits."""
        for _ in range(most):
            if not self.waiting():
                return
            self.work()
        assert self.waiting() == []

    def read_notices(self) -> None:
        """Read the notices that wait, as a worker would."""
        with self._as_worker() as crew:
            with house.transaction() as db:
                due = due_notices(db, 100)
            for notice_id in due:
                crew.run_notice(str(notice_id))

    def waiting(self) -> list[Any]:
        self.session.rollback()
        found = select(OutboxMessage.id).where(
            OutboxMessage.state == "ready", OutboxMessage.kind.like("ledger.%")
        )
        return list(self.session.scalars(found.order_by(OutboxMessage.id)))

    def _as_worker(self):
        return Worker(self.config, self.crew)

    def payable(self, payable_id: int) -> Payable:
        self.session.rollback()
        self.session.expire_all()
        return self.session.get_one(Payable, payable_id)

    def document(self, payable: Payable) -> LedgerDocument:
        return self.payable(payable.id).ledger_document

    def items(self, **facts: Any) -> list[AttentionItem]:
        """Return what needs a person."""
        self.session.rollback()
        self.session.expire_all()
        found = (
            select(AttentionItem).where(AttentionItem.status == "open").order_by(AttentionItem.id)
        )
        return [
            item for item in self.session.scalars(found)
            if all(getattr(item, name) == value for name, value in facts.items())
        ]  # fmt: skip

    def connection(self) -> ProviderConnection:
        self.session.rollback()
        self.session.expire_all()
        return self.session.scalars(select(ProviderConnection)).one()

    def bills(self) -> list[dict[str, Any]]:
        return list(self.books.invoices.values())

    def hear(self, body: bytes) -> None:
        """Keep a notice as the door does."""
        for event in json.loads(body)["events"]:
            with house.transaction() as db:
                key = ":".join(
                    str(event[part]) for part in ("resourceId", "eventType", "eventDateUtc")
                )
                inbox.keep(
                    db, provider="xero", event_key=key, raw=json.dumps(event).encode(), headers={}
                )
            house.forget()


class Worker:
    """Sign in as the worker for a while."""

    def __init__(self, config: Config, crew: Callable[[], Crew]) -> None:
        self.config, self.crew = config, crew

    def __enter__(self) -> Crew:
        house.forget()
        self.bound = house.factory.kw["bind"]
        self.worked = house.bind(self.config.database_worker_url)
        return self.crew()

    def __exit__(self, *_: object) -> None:
        house.forget()
        self.worked.dispose()
        house.factory.configure(bind=self.bound)


@pytest.fixture
def engaged(owner_session: Session, person: Person) -> Engagement:
    """Return the artist's engagement."""
    return engagement_of(owner_session, person, "ENG-0147")


@pytest.fixture
def unconnected(
    app: Any, owner_session: Session, config: Config, xero: Vendor, engaged: Engagement
) -> Accounts:
    """Return a company that has not let us into its Xero."""
    return Accounts(owner_session, config, xero, engaged)


@pytest.fixture
def accounts(unconnected: Accounts) -> Accounts:
    """Return a company that has let us in, and chosen how bills are coded."""
    connect(unconnected)
    unconnected.finish()
    choose(unconnected)
    return unconnected


def choose(accounts: Accounts) -> None:
    """Choose how bills are coded."""
    production = str(accounts.engagement.production_id)
    tracking = accounts.books.tracking[0]
    chosen = {
        "expense_account": "493", "fee_account": "404", "allowance_account": "412",
        "bill_status": "AUTHORISED", "tax_types": TAXES,
        "tracking_category": tracking["TrackingCategoryID"],
        "tracking_options": {production: tracking["Options"][0]["TrackingOptionID"]},
    }  # fmt: skip
    accounts.act(lambda db: xero_connection.choose(db, LedgerSettings.kept(chosen)))


def connect(accounts: Accounts) -> None:
    """Let us in, as the desk's callback does."""
    signing = providers.xero_sign_in()
    tokens = signing.exchange(accounts.vendor.simulator.let_in())
    places = tuple((place.id, place.name) for place in signing.places(tokens.access))
    come = Come(Keys(tokens.access, tokens.refresh), tokens.seconds, places)
    own = accounts.engagement.organisation_id
    accounts.act(lambda db: xero_connection.connect(db, come, organisation_id=own, by="Sam"))
