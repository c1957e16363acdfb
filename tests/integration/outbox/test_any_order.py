"""Whatever happens in whatever order: no effect is lost, none is doubled, and no doubt is hidden.

Hypothesis drives the real courier on the real database; time passes by moving what was written
down into the past. A kill is an exception that nothing catches, raised where no transaction is
open, which leaves behind exactly what ``kill -9`` leaves there.
"""

from collections import Counter

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
from sqlalchemy import select, text

from app.db.session import forget
from app.domain.outbox import EffectClass, MessageState
from app.integrations.errors import Retryable, Unclear
from app.models import OutboxMessage
from app.services import outbox
from tasks import claims
from tasks.crew import engage
from tasks.handlers import Handler
from tasks.standing import as_worker

OPEN = (MessageState.ready, MessageState.leased)
FATES = (
    "well", "refused", "lost before", "lost after", "killed claiming", "killed before",
    "killed after",
)  # fmt: skip


class Killed(BaseException):
    """The process is gone."""


class Outside:
    """The provider: keys work for K and N, look-ups always tell the truth."""

    def __init__(self):
        self.book = Counter()
        self.fate = "well"

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
            connection.execute(text("TRUNCATE outbox_message, outbox_attempt"))
        self.outside = Outside()
        crew = engage(self.config)
        for cls in EffectClass:
            crew.carry(self.outside.handler(cls))
        self.courier = crew.courier
        self.promised = {}

    @rule(number=st.integers(0, 5), cls=st.sampled_from(EffectClass))
    def enqueue(self, number, cls):
        key = f"fact-{number}"
        message_id = self.promise(key, cls, kind=f"any.{cls.lower()}")
        assert self.promised.setdefault((key, cls), message_id) == message_id

    @precondition(lambda self: self.promised)
    @rule(data=st.data(), fate=st.sampled_from(FATES))
    def run(self, data, fate):
        message_id = data.draw(st.sampled_from(sorted(self.promised.values())))
        self.outside.fate = fate
        try:
            self.courier.run(message_id)
        except Killed:
            forget()
        finally:
            self.outside.fate = "well"

    @rule(seconds=st.sampled_from([1, 30, 61, 130, 1000]))
    def time_passes(self, seconds):
        self.later(seconds)

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
def machine(config, promise, later, owner_engine):
    tools = {"promise": staticmethod(promise), "later": staticmethod(later)}
    return type("Tied", (AnyOrder,), {**tools, "config": config, "engine": owner_engine})


def drive(machine, **more):
    """Run the machine, the same way every time."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_any_order_of_events_keeps_every_promise_once(machine):
    drive(machine)


@pytest.mark.parametrize("mutant", ["no doubt", "nothing marked as sent"])
def test_the_machine_notices_a_broken_courier(machine, monkeypatch, mutant):
    if mutant == "no doubt":
        monkeypatch.setattr(claims, "_doubt", lambda _db, _message: None)
    else:
        monkeypatch.setattr(claims, "mark_sent", lambda _db, _claim, **_: True)

    with pytest.raises(AssertionError):
        drive(machine, phases=[Phase.generate])
