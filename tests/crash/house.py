"""The worker, the sweeper, a producer and a web door of the crash runs: ``python tests/crash/house.py ROLE``.

They are the product's own; only the couriers, the door and the time constants (divided by 20) are the
test's. ``MUTANT`` breaks the algorithm on purpose, to show that the checker would see it.
"""

import http.client
import json
import os
import sys
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import and_, bindparam, text

from app.db.session import act_as, bind, factory, forget, transaction
from app.db.viewer import Viewer
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.errors import Retryable, Unclear
from app.models import OutboxMessage
from app.services import inbox, outbox
from config import Config
from tasks import claims, queue, sweeper, taking, worker
from tasks import outbox as tasks_outbox
from tasks.crash import crash_point
from tasks.crew import engage
from tasks.handlers import Handler, Timings
from tasks.inbox import Reader
from tasks.timetable import Entry

PORT = int(os.environ["LEDGER_PORT"])
ORGANISATION = int(os.environ["ORGANISATION"])
OUTSIDE = os.environ.get("OUTSIDE", "")
"""Where the simulators of a run over the real adapters say how they are spoken to."""
VENDORS = {"xero": "K", "docusign": "R", "adobe_sign": "R", "sharepoint": "N", "sendgrid": "U", "twilio": "U"}  # fmt: skip
AT = os.environ.get("AT", "")
"""The one kind of promise that is made; all of them where it is empty."""
KINDS = VENDORS if OUTSIDE else {"k": "K", "n": "N", "r": "R", "u": "U"}
CLASSES = {kind: cls for kind, cls in KINDS.items() if AT in ("", kind)}
"""Kind of promise -> its class."""


def ask(method, cls, key):
    """Speak to the ledger; what has no answer is unclear."""
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
    try:
        line.connect()
    except OSError as error:
        raise Retryable(str(error)) from error
    try:
        line.request(method, f"/{cls}/{key}")
        if method == "PUT":
            crash_point("while_sending")
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"{type(error).__name__}: {error}") from error
    finally:
        line.close()


def settle(db, message, result):
    db.execute(
        text("UPDATE organisation SET legal_name = legal_name || :done"),
        {"done": f"{message.id}:{result.state} "},
    )


def courier_to(name, topic):
    """Return a courier whose send is a vendor's real adapter."""

    def send(_request, key):
        crash_point("while_sending")
        return topic.send(key)

    return Handler(
        f"crash.{name}",
        EffectClass(topic.cls),
        prepare=lambda db, _message: db.scalar(text("SELECT count(*) FROM organisation")),
        send=send,
        settle=settle,
        look_up=None if topic.look_up is None else lambda _request, key: topic.look_up(key),
        key_lifetime=topic.key_lifetime,
        looks_first=topic.looks_first,
    )


def couriers(config):
    """Return who keeps the promises of this run."""
    if not OUTSIDE:
        return [courier(cls) for cls in "KNRU"]
    from tests.crash.vendor_topics import topics  # noqa: PLC0415  only these processes carry SDKs

    providers.configure(config)
    return [courier_to(*one) for one in topics(Path(OUTSIDE), config).items()]


def courier(cls):
    def send(_request, key):
        status, body = ask("PUT", cls, key)
        if status == 503:
            raise Retryable("Refused.", status=503)
        return body["id"]

    def look_up(_request, key):
        status, body = ask("GET", cls, key)
        return body["id"] if status == 200 else None

    return Handler(
        f"crash.{cls.lower()}",
        EffectClass(cls),
        prepare=lambda db, _message: db.scalar(text("SELECT count(*) FROM organisation")),
        send=send,
        settle=settle,
        look_up=look_up,
    )


def promise_to(cls, db, key):
    """Promise something of this class, or of the one that this run has."""
    kind = next((one for one, its in CLASSES.items() if its == cls), next(iter(CLASSES)))
    outbox.promise(
        db,
        organisation_id=ORGANISATION,
        kind=f"crash.{kind}",
        key=key,
        payload={},
        cls=EffectClass(CLASSES[kind]),
    )


def tick(db, slot):
    promise_to("K", db, f"slot-{slot.isoformat()}")


def digest(db, notice):
    promise_to("N", db, f"notice-{notice.event_key}")


def mutate(name):
    """Break the algorithm as ``name`` says: one of its five rules is dropped."""
    renew, promise = claims.renew, outbox.promise
    match name:
        case "doubt":
            taking._doubt = lambda *_: None
        case "sent_at":
            claims.mark_sent = lambda _db, _claim, **_: True
            claims.renew = lambda db, claim, lease, **_: renew(db, claim, lease)
        case "fence":
            claims._still_mine = lambda: and_(
                OutboxMessage.id == bindparam("mine"), OutboxMessage.state == MessageState.leased
            )
        case "lease":
            claims.mark_sent = lambda db, claim, *, is_look=False, **_: sent(db, claim, not is_look)
            claims.renew = lambda db, claim, _lease, *, is_sending=False: sent(
                db, claim, is_sending
            )
            tasks_outbox.MARGIN_CALL = -1e9
        case "dedup":
            outbox.promise = lambda db, *, key, **more: promise(
                db, key=f"{key} {uuid.uuid4()}", **more
            )


def sent(db, claim, is_sending):
    """Write down that something is sent, whoever has the lease by now."""
    if is_sending:
        claims.note_attempt(db, claim, sent_at=claims.NOW)
    return True


def crew(config):
    made = engage(config)
    # The vendors' own libraries need a moment to load; the relations stay the same.
    made.handlers.timings = Timings().divided_by(5 if OUTSIDE else 20)
    for one in couriers(config):
        made.carry(one)
    made.repeat(Entry("crash.tick", timedelta(seconds=2), tick))
    made.read(Reader("ledger", digest))
    return made


def accept(number):
    """Promise a fact in one transaction, as a web request does; return its class and id."""
    kind, cls = list(CLASSES.items())[number % len(CLASSES)]
    act_as(Viewer(ORGANISATION, actor="staff:1", request_id=f"req-{number}"))
    with transaction() as db:
        message_id = outbox.promise(
            db,
            organisation_id=ORGANISATION,
            kind=f"crash.{kind}",
            key=f"fact-{number}",
            payload={"number": number},
            cls=EffectClass(cls),
        )
        crash_point("before_commit")
    crash_point("after_commit")
    forget()
    return f"{cls} {message_id}"


def hear(number, reference):
    """Keep a notice of the provider, as a webhook does."""
    with transaction() as db:
        inbox.keep(
            db, provider="ledger", event_key=f"e{number}", raw=b"{}", headers={},
            reference=reference,
        )  # fmt: skip
    crash_point("webhook_after_insert")
    forget()


def produce(config, first, last):
    """Promise and say so: whatever is printed was accepted."""
    bind(config.database_url)
    for number in range(first, last):
        sys.stdout.write(f"{accept(number)}\n")
        sys.stdout.flush()


def knock(config, reference, count):
    """Bring each notice until it was answered, and once more."""
    bind(config.database_url)
    for number in range(count):
        for _ in range(2):
            hear(number, reference)


class Door(BaseHTTPRequestHandler):
    """POST /fact/<number> and POST /notice/<number>/<reference>: 201 once it is kept."""

    def do_POST(self):
        match self.path.strip("/").split("/"):
            case ["fact", number]:
                self.answer(lambda: accept(int(number)))
            case ["notice", number, reference]:
                self.answer(lambda: hear(int(number), reference) or "kept")

    def answer(self, deed):
        try:
            status, said = 201, deed().encode()
        except Exception as error:  # noqa: BLE001  the caller is told and comes again
            forget()
            status, said = 503, type(error).__name__.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        return


def open_door(config):
    """Serve the door until killed, with the bell that the product's web rings."""
    bind(config.database_url, pool_size=4, max_overflow=4)
    queue.connect(config.redis_url, factory)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["DOOR_PORT"])), Door).serve_forever()


if __name__ == "__main__":
    settings = Config.load(os.environ)
    mutate(os.environ.get("MUTANT", ""))
    match sys.argv[1:]:
        case ["worker"]:
            worker.serve(settings, crew(settings))
        case ["sweeper"]:
            sweeper.serve(settings, crew(settings))
        case ["web"]:
            open_door(settings)
        case ["produce", first, last]:
            produce(settings, int(first), int(last))
        case ["knock", reference, count]:
            knock(settings, reference, int(count))
