"""The product wired to simulated carriers over real HTTP, each behind its vendor's own file."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app.db.session import act_as, bind, factory, forget, transaction
from app.db.viewer import Viewer
from app.domain.messages import Channel
from app.domain.people import ContactKind
from app.integrations import providers
from app.integrations.errors import Permanent, Retryable, Unclear
from app.models import ContactPoint, Message, NotificationDelivery
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxAttempt, OutboxMessage
from app.services import messages, outbox
from tasks.couriers import mail, sign_in
from tasks.crew import engage
from tasks.inbox import due_notices
from tasks.permits import FreePermits
from tasks.standing import as_worker
from tests.simulators.gate import spec
from tests.simulators.push import PushService
from tests.simulators.sendgrid import SendGrid
from tests.simulators.serving import _Quiet, serve
from tests.simulators.twilio import ACCOUNT, Twilio

FATES = [
    ("refuse", Retryable, 0),
    ("fail_before", Unclear, 0),
    ("fail_after", Unclear, 1),
    ("drop_before", Unclear, 0),
    ("drop_after", Unclear, 1),
    ("expire", Permanent, 0),
]
"""What a carrier does to a call, how the adapter says so, and how many messages were carried."""

ADDRESS = {Channel.email: "noemie@example.com", Channel.sms: "+61400000211"}
KIND = {Channel.email: ContactKind.email, Channel.sms: ContactKind.mobile}


@pytest.fixture
def sendgrid():
    with serve(SendGrid(), spec("sendgrid"), unchecked=(r"/sim/.*",)) as vendor:
        vendor.simulator.faults = vendor.faults
        yield vendor


@pytest.fixture
def twilio():
    with serve(Twilio(), spec("twilio"), unchecked=(r"/sim/.*",)) as vendor:
        vendor.simulator.faults = vendor.faults
        yield vendor


@pytest.fixture
def push_service():
    with serve(PushService(), unchecked=(r"/.*",)) as vendor:
        vendor.simulator.faults, vendor.simulator.base = vendor.faults, vendor.base
        yield vendor


@pytest.fixture
def house(config, sendgrid, twilio, app):
    """The product with both carriers chosen, its door open on a port of this machine."""
    told = {
        "SENDGRID_API_KEY": sendgrid.simulator.api_key,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": sendgrid.simulator.public_key,
        "SENDGRID_BASE_URL": sendgrid.base,
        "SENDGRID_REPLY_TO": "Northern Ballet <office@northern.example>",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": twilio.simulator.token,
        "TWILIO_FROM": "+61480000000",
        "TWILIO_BASE_URL": twilio.base,
    }
    chosen = replace(config, email="sendgrid", sms="twilio", vendor=told)
    before, app.config["HOUSE"] = app.config["HOUSE"], chosen
    providers.configure(chosen)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    sendgrid.simulator.webhook = f"http://127.0.0.1:{server.server_port}/hooks/sendgrid"
    twilio.simulator.public_base = chosen.base_url
    twilio.simulator.knock_at = f"http://127.0.0.1:{server.server_port}"
    yield chosen
    server.shutdown()
    server.server_close()
    app.config["HOUSE"] = before


@pytest.fixture
def desk(house, owner_session, organisation, person):
    """All that a test does and sees: promise, carry, read notices, let time pass, look."""
    made = Desk(house, owner_session, organisation, person)
    yield made
    forget()
    made.worker.dispose()


class Desk:
    """One company with one artist, her letters and texts, and a crew that carries them."""

    def __init__(self, config, db, organisation, person):
        self.config, self.db = config, db
        self.organisation, self.person = organisation, person
        self.door = factory.kw["bind"]
        self.worker = bind(config.database_worker_url)
        self.open_door()
        self.crew = engage(config)
        # What is asked before each call has tests of its own; an empty bucket only waits here.
        self.crew.courier.permits = FreePermits()
        mail.join(self.crew)
        sign_in.join(self.crew)
        self.points = {
            channel: ContactPoint(
                organisation_id=organisation.id, person_id=person.id, kind=KIND[channel],
                value=address, normalised=address,
            )
            for channel, address in ADDRESS.items()
        }  # fmt: skip
        db.add_all(self.points.values())
        db.commit()

    def promise(self, channel=Channel.email, words="Your calls changed.", key="fact"):
        """Promise a letter or text as a service would, and return our number for it."""
        message = Message(
            organisation_id=self.organisation.id, key=f"{key}-{channel}", event="calls_nudge",
            person_id=self.person.id, channel=channel, recipient=ADDRESS[channel],
            subject="Your calls", text=words,
            html="<p>Your calls changed.</p>" if channel is Channel.email else "",
        )  # fmt: skip
        message.delivery = NotificationDelivery(organisation_id=self.organisation.id)
        self.db.add(message)
        self.db.commit()
        factory.configure(bind=self.worker)
        forget()
        act_as(Viewer(self.organisation.id, actor="staff:1"), role="portal_app")
        with transaction() as db:
            made = outbox.promise(
                db, organisation_id=self.organisation.id, kind=messages.KIND_OF[channel],
                key=f"message-{message.id}", payload={"message_id": message.id},
            )  # fmt: skip
        forget()
        self.open_door()
        return made

    def promise_sign_in(self):
        """Promise a sign-in letter, which belongs to no company."""
        made = OutboxMessage(
            kind="mail.sign_in", dedup_key="sign-in-1", cls="U", payload={}, payload_sha256=b"",
            state="done",
        )  # fmt: skip
        self.db.add(made)
        self.db.commit()
        return made.id

    def carry(self, number):
        """Let a worker carry it."""
        factory.configure(bind=self.worker)
        self.crew.courier.run(number)
        self.open_door()
        return self.promised(number)

    def carry_unclear(self, number):
        """Let a worker carry it, and once more after the doubt had time to settle."""
        self.carry(number)
        self.pass_time(3600)
        return self.carry(number)

    def read_notices(self):
        """Let a worker read what waits, however often it has to come back."""
        factory.configure(bind=self.worker)
        self.pass_time(3600)
        with as_worker() as db:
            waiting = due_notices(db, 1000)
        for notice in waiting:
            self.crew.inbox.run(notice)
        forget()
        self.open_door()

    def open_door(self):
        """Let the web process be the one at the database again."""
        factory.configure(bind=self.door)

    def pass_time(self, seconds):
        """Move every instant of the queue into the past."""
        by = f"interval '{seconds} seconds'"
        self.db.execute(text(f"UPDATE outbox_message SET not_before = not_before - {by}"))
        self.db.execute(text(f"UPDATE outbox_attempt SET sent_at = sent_at - {by}"))
        self.db.execute(text(f"UPDATE inbox_notice SET not_before = not_before - {by}"))
        self.db.commit()

    # What became of it

    def promised(self, number):
        return self._anew(lambda db: db.get_one(OutboxMessage, number))

    def delivery(self, number):
        message_id = self.promised(number).payload["message_id"]
        return self._anew(
            lambda db: db.query(NotificationDelivery).filter_by(message_id=message_id).one()
        )

    def point(self, channel=Channel.email):
        return self._anew(lambda db: db.get_one(ContactPoint, self.points[channel].id))

    def notices(self):
        return self._anew(lambda db: db.query(InboxNotice).order_by(InboxNotice.id).all())

    def all(self, table):
        return self._anew(lambda db: db.query(table).all())

    def exchanges(self, number):
        attempts = self._anew(lambda db: db.query(OutboxAttempt).filter_by(message_id=number).all())
        return [one for attempt in attempts for one in attempt.exchanges or []]

    def _anew(self, ask):
        with Session(self.db.get_bind()) as db:
            found = ask(db)
            db.expunge_all()
            return found


@pytest.fixture
def facts_of():
    """Return what must be the same whatever the order of news was."""

    def read(desk, number, channel=Channel.email):
        delivery, point = desk.delivery(number), desk.point(channel)
        return SimpleNamespace(
            state=desk.promised(number).state, status=delivery.status, error=delivery.error,
            settled=delivery.settled_at, bounced=point.bounced_at, stopped=point.stopped_at,
            because=point.lost_because,
        )  # fmt: skip

    return read
