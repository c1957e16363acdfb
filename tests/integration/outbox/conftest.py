"""A courier, a sweeper and a provider that does what the test tells it, on the real database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.db.session import act_as, bind, forget, transaction
from app.db.viewer import Viewer
from app.domain.outbox import EffectClass
from app.models import Organisation, OutboxAttempt, OutboxMessage
from app.services import outbox
from config import Config
from tasks.crew import Crew, engage
from tasks.handlers import Handler, Result


@dataclass
class Provider:
    """Applies effects and remembers them; answers as the next plan says."""

    ledger: list[str] = field(default_factory=list)
    plans: list[Any] = field(default_factory=list)
    settled: list[Result] = field(default_factory=list)
    looked: int = 0
    keyed: bool = False

    def send(self, _request: object, key: str) -> str:
        plan = self.plans.pop(0) if self.plans else None
        if isinstance(plan, Exception):
            raise plan
        if not (self.keyed and key in self.ledger):
            self.ledger.append(key)
        if callable(plan):
            plan()
        return f"ext-{key}"

    def look_up(self, _request: object, key: str) -> str | None:
        self.looked += 1
        return f"ext-{key}" if key in self.ledger else None

    def settle(self, _db: Session, _message: OutboxMessage, result: Result) -> None:
        self.settled.append(result)

    def handler(self, kind: str, cls: EffectClass, **more: Any) -> Handler:
        return Handler(
            kind,
            cls,
            prepare=lambda _db, message: message.payload,
            send=self.send,
            settle=self.settle,
            look_up=self.look_up,
            **more,
        )


@pytest.fixture
def organisation_id(owner_session: Session) -> int:
    company = Organisation(name="Northern Ballet", slug="northern")
    owner_session.add(company)
    owner_session.commit()
    return company.id


@pytest.fixture
def as_worker_login(config: Config) -> Iterator[Engine]:
    engine = bind(config.database_worker_url)
    yield engine
    forget()
    engine.dispose()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def crew(config: Config, provider: Provider, as_worker_login: Engine) -> Crew:
    """A crew with one courier of each class."""
    made = engage(config)
    for cls in EffectClass:
        made.carry(provider.handler(f"test.{cls.lower()}", cls))
    return made


@pytest.fixture
def promise(organisation_id: int, as_worker_login: Engine) -> Callable[..., UUID]:
    """Promise something as a member of staff would."""

    def make(key: str = "fact-1", cls: EffectClass = EffectClass.K, **more: Any) -> UUID:
        forget()
        viewer = Viewer(organisation_id, actor="staff:1", request_id="req-1")
        act_as(viewer, role="portal_app")
        with transaction() as db:
            made = outbox.promise(
                db,
                organisation_id=organisation_id,
                kind=more.pop("kind", f"test.{cls.lower()}"),
                key=key,
                payload={"word": "ü"},
                cls=cls,
                **more,
            )
        forget()
        return made

    return make


@pytest.fixture
def stored(owner_engine: Engine) -> Callable[[UUID], OutboxMessage]:
    """Read a message as it stands."""

    def read(message_id: UUID) -> OutboxMessage:
        with Session(owner_engine) as db:
            return db.get_one(OutboxMessage, message_id)

    return read


@pytest.fixture
def attempts(owner_engine: Engine) -> Callable[[UUID], list[OutboxAttempt]]:
    """Read the attempts at a message, oldest first."""

    def read(message_id: UUID) -> list[OutboxAttempt]:
        with Session(owner_engine) as db:
            rows = db.scalars(
                select(OutboxAttempt)
                .where(OutboxAttempt.message_id == message_id)
                .order_by(OutboxAttempt.fence)
            )
            return list(rows)

    return read


@pytest.fixture
def later(owner_engine: Engine) -> Callable[[float], None]:
    """Let time pass: every instant that the queue wrote down moves into the past."""

    def pass_time(seconds: float) -> None:
        by = f"interval '{seconds} seconds'"
        with owner_engine.begin() as connection:
            connection.execute(
                text(
                    f"UPDATE outbox_message SET not_before = not_before - {by}, "
                    f"lease_until = lease_until - {by}, leased_at = leased_at - {by}"
                )
            )
            connection.execute(
                text(
                    f"UPDATE outbox_attempt SET sent_at = sent_at - {by}, "
                    f"started_at = started_at - {by}, finished_at = finished_at - {by}"
                )
            )
            connection.execute(
                text(
                    f"UPDATE inbox_notice SET not_before = not_before - {by}, "
                    f"received_at = received_at - {by}"
                )
            )

    return pass_time
