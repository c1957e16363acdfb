"""A company whose contracts are signed at a simulated provider over real HTTP, and the hands of all sides."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db import session as house
from app.db.clock import now
from app.domain.outbox import MessageState, NoticeState
from app.integrations import providers
from app.models import Contract, OutboxMessage, SignatureRequest
from app.models.connections import AttentionItem
from app.models.inbox import InboxNotice
from app.services.contracts import sending
from config import Config
from tasks.couriers import gather
from tasks.crew import engage
from tests.conftest import settings_of
from tests.integration.contracts.conftest import (  # noqa: F401 -- fixtures used by name
    artist,
    as_staff,
    drafted,
    engagement,
    organisation,
    send,
    stored,
)
from tests.simulators.adobe_sign import UNCHECKED as ADOBE_UNCHECKED
from tests.simulators.adobe_sign import AdobeSign
from tests.simulators.docusign import UNCHECKED, DocuSign
from tests.simulators.gate import spec
from tests.simulators.serving import serve

SOON = timedelta(seconds=2)
QUICK = {"HTTP_TIMEOUT_SECONDS": "4", "SETTLE_SECONDS": "0", "LEASE_SECONDS": "30"}


@pytest.fixture
def which():
    """Name the provider of a test; a test may be asked for with another one."""
    return "docusign"


@pytest.fixture
def vendor(which):
    """Return the running simulator."""
    if which == "docusign":
        simulator, file, unchecked = DocuSign(), spec("docusign"), UNCHECKED
    else:
        simulator, file, unchecked = AdobeSign(), spec("adobe"), ADOBE_UNCHECKED
    with serve(simulator, file, unchecked=unchecked) as running:
        simulator.base = running.base
        yield running


@pytest.fixture
def account(vendor):
    """Return the simulator's account: what was sent, and what people there may do."""
    return vendor.simulator.account


@pytest.fixture
def config(database, tmp_path, vendor):
    """Return the settings of a product that has contracts signed at the simulator."""
    own = settings_of(database, database.database, tmp_path)
    made = Config.load({**own, **QUICK, **vendor.simulator.settings(vendor.base)})
    return replace(made, lease_seconds=30.0)


@pytest.fixture
def pressed(as_staff, drafted, organisation):  # noqa: F811
    """Return the id of a contract that somebody has just sent: the provider knows nothing of it yet."""
    send(as_staff, drafted, organisation)
    return drafted


@pytest.fixture
def out(pressed, work):
    """Return the id of a contract that is out at the provider."""
    work()
    return pressed


@pytest.fixture
def as_worker(config):
    """Run something as the worker's login, as the worker would."""

    def run(errand):
        bound = house.factory.kw["bind"]
        house.forget()
        worker = house.bind(config.database_worker_url)
        try:
            return errand(gather(engage(config)))
        finally:
            house.forget()
            worker.dispose()
            house.factory.configure(bind=bound)

    return run


@pytest.fixture
def work(as_worker, owner_session):
    """Keep every promise that is due about signing, as often as it takes; return the kinds kept."""

    def run(times=20):
        kept = []
        for _ in range(times):
            owner_session.rollback()
            owner_session.expire_all()
            due = [
                (m.id, m.kind, m.not_before)
                for m in owner_session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
                if m.state is MessageState.ready
                and m.kind.startswith(("esign.", "contract.", "archive."))
                and m.not_before < now() + SOON
            ]
            owner_session.rollback()
            if not due:
                break
            # A permit may be a moment away: limits begin empty.
            time.sleep(max(0.0, (min(one[2] for one in due) - now()).total_seconds()))

            def errand(crew, due=due):
                for message_id, _kind, _at in due:
                    crew.courier.run(message_id)

            as_worker(errand)
            kept += [kind for _id, kind, _at in due]
        return kept

    return run


@pytest.fixture
def read(as_worker, owner_session):
    """Read every notice that waits; return (state, reason) of all there are."""

    def run():
        owner_session.rollback()
        ids = owner_session.scalars(
            select(InboxNotice.id).where(InboxNotice.state == NoticeState.new).order_by(InboxNotice.id)
        ).all()  # fmt: skip
        owner_session.rollback()
        as_worker(lambda crew: [crew.inbox.run(notice_id) for notice_id in ids])
        owner_session.rollback()
        owner_session.expire_all()
        kept = owner_session.scalars(select(InboxNotice).order_by(InboxNotice.id))
        return [(notice.state, notice.reason) for notice in kept]

    return run


@pytest.fixture
def knock(app):
    """Deliver a notice to the product's door, as the provider would."""

    def send_in(raw, headers, path="/hooks/docusign"):
        house.forget()
        return app.test_client().post(path, data=raw, headers=headers)

    return send_in


@pytest.fixture
def told_of(account, knock, request_now):
    """Deliver every notice there is about the newest request's envelope, and return the statuses."""

    def run(order=None):
        notices = account.envelopes[request_now().external_id].notices
        return [knock(*notices[place]).status_code for place in order or range(len(notices))]

    return run


@pytest.fixture
def contract_now(owner_session, drafted):  # noqa: F811
    """Return the contract as it stands."""
    return lambda: stored(owner_session, Contract, drafted)


@pytest.fixture
def requests_now(owner_session):
    """Return every request to sign, the oldest first."""

    def look():
        owner_session.rollback()
        owner_session.expire_all()
        return owner_session.scalars(select(SignatureRequest).order_by(SignatureRequest.id)).all()

    return look


@pytest.fixture
def request_now(requests_now):
    """Return the newest request to sign as it stands."""
    return lambda: requests_now()[-1]


@pytest.fixture
def open_items(owner_session):
    """Return what waits for a person about providers: problem -> item."""

    def look():
        owner_session.rollback()
        owner_session.expire_all()
        found = owner_session.scalars(select(AttentionItem).where(AttentionItem.status == "open"))
        return {item.problem: item for item in found}

    return look


def resend(as_staff, contract_id, organisation):  # noqa: F811
    """Put the same version before its signers again."""
    with as_staff() as db:
        sending.resend(
            db, db.get_one(Contract, contract_id), by_user_id=organisation.signatory_user_id
        )


def paper_of(sha256):
    """Return a stored file's content."""
    return providers.files().read(sha256)
