"""A company whose papers go to a simulated SharePoint, and a worker that keeps every promise."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.archive import COLUMNS
from app.domain.documents import DocumentKind
from app.domain.outbox import MessageState, NoticeState
from app.integrations import providers
from app.models import AttentionItem, Document, ProviderConnection
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services import files as stored_files
from app.services.archive import filing
from tasks.couriers import gather
from tasks.crew import engage
from tasks.permits import FreePermits
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.simulators.gate import spec
from tests.simulators.graph import UNCHECKED, Graph
from tests.simulators.graph_tenants import TENANT
from tests.simulators.serving import serve


def files(vendor):
    """Return the files that lie in the library."""
    return [i for i in vendor.simulator.drive.items.values() if not i.is_folder and not i.deleted]


@pytest.fixture
def vendor():
    simulator = Graph()
    with serve(simulator, spec("graph"), unchecked=UNCHECKED) as running:
        simulator.gate, simulator.faults = running.gate, running.faults
        yield running


@pytest.fixture
def sharepoint(app, config, vendor):
    """Let the product use SharePoint; Graph knocks at its door through the test's client."""
    chosen = replace(
        config,
        archive="sharepoint",
        vendor={
            "GRAPH_CLIENT_ID": "app-id", "GRAPH_CLIENT_SECRET": vendor.simulator.secret,
            "GRAPH_AUTHORITY": vendor.base, "GRAPH_BASE_URL": vendor.base,
        },
    )  # fmt: skip
    app.config["HOUSE"] = chosen
    providers.configure(chosen)

    def post(url, body, content_type):
        parts = urlsplit(url)
        answer = app.test_client().post(
            f"{parts.path}?{parts.query}", data=body, content_type=content_type
        )
        return answer.status_code, answer.data

    vendor.simulator.post = post
    return chosen


@pytest.fixture
def as_staff(sharepoint, organisation):
    @contextmanager
    def enter():
        house.forget()
        house.act_as(Viewer(organisation.id, actor="staff:1"))
        try:
            with house.transaction() as db:
                yield db
        finally:
            house.forget()

    return enter


@pytest.fixture
def connected(owner_session, organisation, vendor):
    """A library is chosen already."""
    drive = vendor.simulator.drive
    made = ProviderConnection(
        organisation_id=organisation.id, provider="sharepoint", external_id=TENANT,
        settings={
            "drive": drive.id, "columns": COLUMNS, "link": "",
            "libraries": [{"id": drive.id, "name": drive.name, "columns": list(COLUMNS.values())}],
        },
    )  # fmt: skip
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def filed(as_staff, owner_session, organisation, person):
    """Return a maker of documents that are promised to the archive."""
    at_home_in(owner_session)
    engagement = EngagementFactory(person=person, starts_on=date(2026, 5, 1))
    owner_session.commit()

    def make(name="C-2026-0001 v1.pdf", content=b"%PDF-1.7 signed"):
        sha256 = providers.files().put(content)
        kept = stored_files.Kept(sha256, len(content), "application/pdf", name)
        with as_staff() as db:
            record = stored_files.record(
                db, kept, organisation_id=organisation.id, stored_by="test", owner_person_id=person.id
            )  # fmt: skip
            document = Document(
                organisation_id=organisation.id, kind=DocumentKind.contract,
                title="C-2026-0001, contract", person_id=person.id, engagement_id=engagement.id,
                file_id=record.id, archive_path=f"company/2026/Nabucco/Noémie Lefèvre/{name}",
            )  # fmt: skip
            db.add(document)
            db.flush()
            filing.promise(db, document)
            return document.id

    return make


@pytest.fixture
def work(sharepoint, owner_session):
    """Return the worker: it keeps every promise and reads every notice that is due, until none is."""

    def run(slots=()):
        crew = gather(engage(sharepoint))
        crew.courier.permits = FreePermits()
        kept = []
        bound = house.factory.kw["bind"]
        worker = house.bind(sharepoint.database_worker_url)
        try:
            for entry, slot in slots:
                chosen = next(one for one in crew.timetable.entries if one.name == entry)
                crew.timetable.entries = [chosen]
                crew.timetable.clock = partial(lambda at: at, slot)
                crew.timetable.tick()
            for _ in range(12):
                due = _due(owner_session)
                if not due:
                    return kept
                for run_one, key, name in [
                    (crew.inbox.run if isinstance(k, int) else crew.courier.run, k, n)
                    for k, n in due
                ]:
                    run_one(key)
                    kept.append(name)
        finally:
            house.forget()
            worker.dispose()
            house.factory.configure(bind=bound)
        raise AssertionError(f"The worker never came to an end: {kept}")

    return run


def _due(session):
    session.rollback()
    session.expire_all()
    messages = session.execute(
        select(OutboxMessage.id, OutboxMessage.kind)
        .where(
            OutboxMessage.state == MessageState.ready,
            OutboxMessage.kind.like("archive.%"),
            OutboxMessage.not_before <= now(),
        )
        .order_by(OutboxMessage.id)
    )
    notices = session.execute(
        select(InboxNotice.id, InboxNotice.provider)
        .where(InboxNotice.state == NoticeState.new, InboxNotice.not_before <= now())
        .order_by(InboxNotice.id)
    )
    return [*map(tuple, messages), *map(tuple, notices)]


@pytest.fixture
def later(owner_engine):
    """Let time pass for everything that waits."""

    def pass_time(span=timedelta(minutes=20)):
        by = f"interval '{span.total_seconds()} seconds'"
        with owner_engine.begin() as rows:
            rows.execute(text(f"UPDATE outbox_message SET not_before = not_before - {by}"))
            rows.execute(
                text(
                    f"UPDATE inbox_notice SET not_before = not_before - {by}, received_at = received_at - {by}"
                )
            )
            rows.execute(text("UPDATE inbox_notice SET event_key = event_key || '-earlier-' || id"))
            rows.execute(
                text("UPDATE outbox_message SET dedup_key = dedup_key || '-earlier-' || id")
            )
            rows.execute(text(f"UPDATE document SET filed_at = filed_at - {by}"))

    return pass_time


@pytest.fixture
def open_items(owner_session):
    """Return what waits for a person: problem and subject."""

    def read():
        owner_session.rollback()
        owner_session.expire_all()
        found = owner_session.scalars(
            select(AttentionItem).where(AttentionItem.status == "open").order_by(AttentionItem.id)
        )
        return [(item.problem, item.subject) for item in found]

    return read


@pytest.fixture
def stored(owner_session):
    """Return a record as it stands."""

    def read(model, key):
        owner_session.rollback()
        owner_session.expire_all()
        return owner_session.get(model, key)

    return read
