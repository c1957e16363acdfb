"""Whatever happens in whatever order: no effect is lost, none is doubled, and no doubt is hidden.

Hypothesis drives the real courier on the real database; time passes by moving what was written
down into the past. A kill is an exception that nothing catches, raised where no transaction is
open, which leaves behind exactly what ``kill -9`` leaves there. A freeze lets more time pass than the
lease and another courier do what it can, before the first goes on.

``ANY_ORDER=2000x50`` asks for as many examples and steps (``make torture`` does).
"""

import os
import time
from collections import Counter
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import and_, bindparam, select, text

from app.db.session import forget
from app.domain.outbox import EffectClass, MessageState
from app.integrations.errors import Retryable, Unclear
from app.models import OutboxMessage
from app.services import outbox
from tasks import claims, taking
from tasks import outbox as tasks_outbox
from tasks.crew import engage
from tasks.handlers import Handler
from tasks.standing import as_worker

OPEN = (MessageState.ready, MessageState.leased)
FATES = (
    "well", "refused", "lost before", "lost after", "killed claiming", "killed before",
    "killed after", "frozen after_claim", "frozen before_send", "frozen after_answer",
)  # fmt: skip
FROZEN = 61
"""Seconds: longer than the lease."""
MUTANTS = ("no doubt", "nothing marked as sent", "no fence", "no lease check", "no dedup")
EXAMPLES, STEPS = map(int, os.environ.get("ANY_ORDER", "60x25").split("x"))


class Killed(BaseException):
    """The process is gone."""


class Outside:
    """The provider: keys work for K and N, look-ups always tell the truth."""

    def __init__(self, has_lease):
        self.book = Counter()
        self.fate = "well"
        self.has_lease = has_lease
        self.sent_without_lease = []

    def handler(self, cls):
        return Handler(
            f"any.{cls.lower()}",
            cls,
            prepare=self.prepare,
            send=lambda _request, key: self.send(cls, key),
            look_up=lambda _request, key: f"ext-{key}" if self.book[key] else None,
        )

    def prepare(self, _db, _message):
        if self.fate == "killed claiming":
            raise Killed

    def send(self, cls, key):
        fate, self.fate = self.fate, "well"
        if fate == "refused":
            raise Retryable("Not now.", status=503)
        if fate == "lost before":
            raise Unclear("Cut off.")
        if fate == "killed before":
            raise Killed
        if not self.has_lease(key):
            self.sent_without_lease.append(key)
        if not (cls in (EffectClass.K, EffectClass.N) and self.book[key]):
            self.book[key] += 1
        if fate == "lost after":
            raise Unclear("Cut off.")
        if fate == "killed after":
            raise Killed
        return f"ext-{key}"


class AnyOrder(RuleBasedStateMachine):
    """The life of a queue. ``machine`` ties it to a test's database."""

    def __init__(self):
        super().__init__()
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE outbox_message, outbox_attempt, outbox_decision"))
        self.outside = Outside(self.has_lease)
        crew = engage(self.config)
        for cls in EffectClass:
            crew.carry(self.outside.handler(cls))
        self.courier = crew.courier
        self.slept = 0.0
        self.courier.monotonic = lambda: time.monotonic() + self.slept
        self.promised = {}
        tasks_outbox.crash_point = self.pass_point
        self.running = None
        self.others = "nobody"
        self.frozen_in_the_end = False

    @rule(number=st.integers(0, 5), cls=st.sampled_from(EffectClass))
    def enqueue(self, number, cls):
        key = f"fact-{number}"
        message_id = self.promise(key, cls, kind=f"any.{cls.lower()}")
        assert self.promised.setdefault((key, cls), message_id) == message_id

    @precondition(lambda self: self.promised)
    @rule(data=st.data(), fate=st.sampled_from(FATES))
    def run(self, data, fate):
        message_id = data.draw(st.sampled_from(sorted(self.promised.values())))
        self.others = data.draw(st.sampled_from(("well", "lost after", "killed after", "nobody")))
        self.running = message_id
        self.carry(message_id, fate)
        self.running = None

    def carry(self, message_id, fate):
        self.outside.fate = fate
        self.frozen_in_the_end = fate == "frozen after_answer"
        try:
            self.courier.run(message_id)
        except Killed:
            forget()
        finally:
            self.outside.fate = "well"

    def pass_point(self, name):
        """Freeze here if that is the fate: time goes on, and so does another courier."""
        if self.outside.fate != f"frozen {name}" and not (
            name == "after_answer" and self.frozen_in_the_end
        ):
            return
        self.outside.fate, self.frozen_in_the_end = "well", False
        self.later(FROZEN)
        self.slept += FROZEN
        if self.others != "nobody":
            forget()
            self.carry(self.running, self.others)
            forget()

    def has_lease(self, key):
        with self.engine.connect() as connection:
            return connection.scalar(
                text(
                    "SELECT state = 'leased' AND lease_until > clock_timestamp()"
                    " FROM outbox_message WHERE id::text = :key"
                ),
                {"key": key},
            )

    @rule(seconds=st.sampled_from([1, 30, 61, 130, 1000]))
    def time_passes(self, seconds):
        self.later(seconds)
        self.slept += seconds

    @rule()
    def a_person_decides(self):
        with as_worker() as db:
            stuck = db.scalars(
                select(OutboxMessage).where(OutboxMessage.state == MessageState.in_doubt)
            ).first()
            if stuck is None:
                return
            if self.outside.book[str(stuck.id)]:
                outbox.mark_done(db, stuck.id, external_id="seen", reason="Seen there.")
            else:
                outbox.redrive(db, stuck.id, reason="Nothing came.")

    @invariant()
    def nothing_is_doubled(self):
        assert [key for key, count in self.outside.book.items() if count > 1] == []

    @invariant()
    def done_means_it_happened(self):
        done = [key for key, state in self.states().items() if state is MessageState.done]
        assert [key for key in done if self.outside.book[key] != 1] == []

    @invariant()
    def nothing_is_sent_without_a_lease(self):
        assert self.outside.sent_without_lease == []

    @invariant()
    def an_ending_is_written_by_whoever_has_the_fence(self):
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT m.id FROM outbox_message m JOIN outbox_attempt a"
                    " ON a.message_id = m.id AND a.fence = m.fence"
                    " WHERE m.state <> 'leased' AND a.outcome IS NULL"
                )
            ).all()
        assert rows == []

    def states(self):
        with as_worker() as db:
            rows = db.execute(select(OutboxMessage.id, OutboxMessage.state)).all()
        return {str(row.id): row.state for row in rows}

    def teardown(self):
        for _ in range(40):
            waiting = [key for key, state in self.states().items() if state in OPEN]
            if not waiting:
                break
            self.later(1000)
            for message_id in self.promised.values():
                self.courier.run(message_id)
        left = self.states()
        assert set(left) == {str(message_id) for message_id in self.promised.values()}
        assert [key for key, state in left.items() if state in OPEN] == []
        self.nothing_is_doubled()
        self.done_means_it_happened()
        unclear = {key for key, state in left.items() if state is MessageState.in_doubt}
        never_repeated = {
            str(message_id)
            for (_, cls), message_id in self.promised.items()
            if cls is EffectClass.U
        }
        assert unclear <= never_repeated


@pytest.fixture
def machine(config, promise, later, owner_engine, monkeypatch):
    monkeypatch.setattr(tasks_outbox, "crash_point", tasks_outbox.crash_point)
    tools = {"promise": staticmethod(promise), "later": staticmethod(later)}
    return type("Tied", (AnyOrder,), {**tools, "config": config, "engine": owner_engine})


def drive(machine, examples, steps, **more):
    """Run the machine, the same way every time."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


@pytest.mark.timeout(3600 if EXAMPLES > 60 else 300)
def test_any_order_of_events_keeps_every_promise_once(machine):
    drive(machine, EXAMPLES, STEPS)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_notices_a_broken_courier(machine, monkeypatch, mutant):
    match mutant:
        case "no doubt":
            monkeypatch.setattr(taking, "_doubt", lambda *_: None)
        case "nothing marked as sent":
            monkeypatch.setattr(claims, "mark_sent", lambda _db, _claim, **_: True)
        case "no fence":
            monkeypatch.setattr(claims, "_still_mine", lease_alone)
            built_anew(monkeypatch)
        case "no lease check":
            monkeypatch.setattr(claims, "mark_sent", sent_whatever_the_lease)
            monkeypatch.setattr(tasks_outbox, "MARGIN_CALL", -1e9)
        case "no dedup":
            machine.promise = staticmethod(under_a_new_key(machine.promise))

    with pytest.raises(AssertionError):
        drive(machine, 200, 25, phases=[Phase.generate])


def lease_alone():
    return and_(OutboxMessage.id == bindparam("mine"), OutboxMessage.state == MessageState.leased)


def built_anew(monkeypatch):
    """Let the statements that are kept be built from what is broken, for this test alone."""
    for name in ("_sending", "_finishing"):
        monkeypatch.setattr(claims, name, getattr(claims, name).__wrapped__)


def sent_whatever_the_lease(db, claim, **_):
    claims.note_attempt(db, claim, sent_at=claims.NOW)
    return True


def under_a_new_key(promise):
    return lambda key, cls, **more: promise(f"{key}-{uuid4()}", cls, **more)
