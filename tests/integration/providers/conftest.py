"""Promises, notices and providers of a company, and a worker to keep what is promised."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.models import InboxNotice, Organisation, OutboxAttempt, OutboxMessage
from app.services import outbox
from config import Config
from tasks.couriers import gather
from tasks.crew import Crew, engage

As = Callable[..., AbstractContextManager[Session]]


@pytest.fixture
def as_staff(app: Flask, organisation: Organisation) -> As:
    """Return a transaction as a member of staff of the company."""

    @contextmanager
    def enter(user_id: int = 1) -> Iterator[Session]:
        house.forget()
        house.act_as(Viewer(organisation.id, actor=f"staff:{user_id}", request_id="req-1"))
        try:
            with house.transaction() as db:
                yield db
        finally:
            house.forget()

    return enter


@pytest.fixture
def promised(
    as_staff: As, owner_session: Session, organisation: Organisation
) -> Callable[..., UUID]:
    """Return a maker of promises in any state: ``promised("ledger.payable", state=...)``."""

    def make(kind: str = "mail.send", key: str = "fact-1", **changes: Any) -> UUID:
        with as_staff() as db:
            made = outbox.promise(
                db, organisation_id=organisation.id, kind=kind, key=key,
                payload=changes.pop("payload", {"about": "CLM-0042"}), cls=EffectClass.K,
            )  # fmt: skip
        message = owner_session.get_one(OutboxMessage, made)
        for name, value in changes.items():
            setattr(message, name, value)
        owner_session.commit()
        return made

    return make


@pytest.fixture
def tried(owner_session: Session) -> Callable[..., None]:
    """Return a writer of attempts at a promise."""

    def write(message_id: UUID, **values: Any) -> None:
        given = {"fence": 1, "sent_at": now(), "outcome": AttemptOutcome.unknown, **values}
        owner_session.add(OutboxAttempt(message_id=message_id, **given))
        owner_session.commit()

    return write


@pytest.fixture
def heard(owner_session: Session, organisation: Organisation) -> Callable[..., int]:
    """Return a maker of notices that a provider sent."""

    def make(provider: str = "xero", **values: Any) -> int:
        given = {
            "event_key": f"event-{now().timestamp()}", "reference": "INV-7",
            "raw": b'{"status": "PAID", "token": "very-secret"}', "headers": {"date": "today"},
            "organisation_id": organisation.id, **values,
        }  # fmt: skip
        notice = InboxNotice(provider=provider, **given)
        owner_session.add(notice)
        owner_session.commit()
        return notice.id

    return make


@pytest.fixture
def crew(config: Config) -> Crew:
    """Return a worker's crew with everything it can do."""
    return gather(engage(config))


@pytest.fixture
def as_worker(config: Config) -> As:
    """Return a time in which this process is a worker: its own login, and the doors' back again."""

    @contextmanager
    def enter() -> Iterator[None]:
        before = house.factory.kw["bind"]
        house.forget()
        worker = house.bind(config.database_worker_url)
        try:
            yield
        finally:
            house.forget()
            worker.dispose()
            house.factory.configure(bind=before)

    return enter


@pytest.fixture
def work(crew: Crew, as_worker: As, owner_session: Session) -> Callable[..., list[str]]:
    """Return the worker: it keeps every promise that is due, the most urgent first."""

    def run(*heads: str, most: int = 500) -> list[str]:
        kept: list[str] = []
        while True:
            owner_session.rollback()
            due = [
                m for m in owner_session.query(OutboxMessage)
                .filter(OutboxMessage.state == MessageState.ready, OutboxMessage.not_before <= now())
                .order_by(OutboxMessage.priority.desc(), OutboxMessage.id)
                if not heads or m.kind.startswith(heads)
            ]  # fmt: skip
            if not due or len(kept) >= most:
                return kept
            with as_worker():
                for message in due[: most - len(kept)]:
                    crew.courier.run(message.id)
                    kept.append(message.kind)

    return run


def stored(session: Session, model: Any, record_id: Any) -> Any:
    """Return a record as the owner of the tables sees it now."""
    session.rollback()
    session.expire_all()
    return session.get_one(model, record_id)
