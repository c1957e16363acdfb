"""The sweeper finds what waits; without Redis it does the work; the timetable runs once per slot."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.db.session import factory, forget
from app.domain.outbox import MessageState
from app.integrations.errors import Permanent
from app.models import CronTick, Organisation
from tasks import due, queue
from tasks.queue import PlainSerializer, Queue
from tasks.sweeper import Sweeper
from tasks.timetable import Entry, Timetable

MORNING = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


@pytest.fixture
def bell(redis_url):
    """A worker's end of the queue."""
    return Queue(redis_url, answers=True)


@pytest.fixture
def silent():
    """A queue whose Redis is not there."""
    return Queue("redis://127.0.0.1:1/0")


def answer(bell, crew):
    """Do what the bell rang for, and return how often it rang."""
    bell.serve(carry=crew.run_message, digest=crew.run_notice)
    count = 0
    while bell.waiting():
        bell.huey.execute(bell.huey.dequeue())
        count += 1
    return count


class TestPriority:
    def test_a_signature_goes_before_bulk_mail_that_waits_longer(
        self, crew, bell, promise, provider
    ):
        bulk = [promise(f"mail-{number}", priority=50) for number in range(30)]
        usual = promise("report")
        signature = promise("signature", priority=200)

        Sweeper(crew, bell).sweep()
        answer(bell, crew)

        assert provider.ledger[:2] == [str(signature), str(usual)]
        assert sorted(provider.ledger[2:]) == sorted(map(str, bulk))

    def test_a_backlog_is_swept_again_at_once_and_an_idle_house_is_not(self, crew, bell, promise):
        promise()

        busy = Sweeper(crew, bell).sweep()
        answer(bell, crew)
        idle = Sweeper(crew, bell).sweep()

        assert (busy, idle) == (True, False)


class TestSweeper:
    def test_it_rings_for_what_is_due(self, crew, bell, promise, stored):
        message_id = promise()

        Sweeper(crew, bell).sweep()

        assert answer(bell, crew) == 1
        assert stored(message_id).state is MessageState.done

    def test_it_works_itself_when_redis_is_away(self, crew, silent, promise, stored):
        message_id = promise()

        Sweeper(crew, silent).sweep()

        assert stored(message_id).state is MessageState.done

    def test_two_sweepers_double_nothing(self, crew, bell, provider, promise):
        promise()
        Sweeper(crew, bell).sweep()
        Sweeper(crew, bell).sweep()

        answer(bell, crew)

        assert len(provider.ledger) == 1

    def test_an_unanswered_bell_is_not_rung_for_ever(self, crew, bell, promise):
        for number in range(5):
            promise(f"fact-{number}")
        sweeper = Sweeper(crew, bell)

        for _ in range(60):
            sweeper.sweep()

        assert 200 <= bell.waiting() < 210

    def test_a_sweep_does_not_read_what_is_done(self, organisation_id, owner_session):
        owner_session.execute(
            text(
                "INSERT INTO outbox_message (id, organisation_id, kind, dedup_key, cls, payload, "
                "payload_sha256, state) SELECT gen_random_uuid(), :organisation, 'test.k', n, 'K', "
                "'{}', '', CASE n WHEN 1 THEN 'ready' ELSE 'done' END FROM generate_series(1, 20000) n"
            ),
            {"organisation": organisation_id},
        )
        owner_session.execute(text("ANALYZE outbox_message"))
        owner_session.execute(text("SET plan_cache_mode = force_generic_plan"))
        question = due.query(200).compile(
            owner_session.bind, compile_kwargs={"render_postcompile": True, "literal_binds": True}
        )

        plan = "\n".join(owner_session.scalars(text(f"EXPLAIN {question}")))

        assert "outbox_due" in plan
        assert "Seq Scan" not in plan


class TestBell:
    @pytest.fixture
    def listening(self, redis_url):
        queue.connect(redis_url, factory)
        yield
        queue._bells.pop().stop()

    def test_a_commit_rings(self, listening, crew, bell, promise, stored):
        message_id = promise()

        assert answer(bell, crew) == 1
        assert stored(message_id).state is MessageState.done

    def test_its_absence_fails_nothing(self, silent, promise):
        message_id = promise()

        assert (silent.hint(message_id), silent.waiting()) == (False, None)

    def test_urgent_messages_come_first(self, bell, promise):
        usual, urgent = promise("usual"), promise("urgent", priority=200)
        bell.hint(usual, 100)
        bell.hint(urgent, 200)

        first = bell.huey.dequeue()

        assert first.args[0] == str(urgent)

    def test_tasks_travel_as_plain_json(self, bell):
        message = bell.huey._registry.create_message(bell._carry.s("id-1"))
        serializer = PlainSerializer()

        again = serializer.deserialize(serializer.serialize(message))

        assert again._replace(args=tuple(again.args)) == message

    def test_nothing_but_tasks_goes_through(self):
        with pytest.raises(TypeError):
            PlainSerializer().serialize({"code": "os.system"})


class TestTimetable:
    @pytest.fixture
    def done(self):
        return []

    @pytest.fixture
    def house_entry(self, done):
        return Entry("test.daily", timedelta(days=1), lambda _db, slot: done.append(slot),
                     per_organisation=False, offset=timedelta(hours=6))  # fmt: skip

    def test_a_slot_is_worked_once_by_four_schedulers(self, as_worker_login, house_entry, done):
        for _ in range(4):
            table = Timetable([house_entry], clock=lambda: MORNING)
            table.tick()
            table.tick()

        assert done == [MORNING.replace(minute=0)]

    def test_the_next_slot_is_worked_again(self, as_worker_login, house_entry, done):
        for days in range(3):
            Timetable([house_entry], clock=lambda d=days: MORNING + timedelta(days=d)).tick()

        assert len(done) == 3

    def test_each_organisation_has_its_own_as_its_viewer(
        self, as_worker_login, organisation_id, owner_session
    ):
        owner_session.add(Organisation(name="Southern Opera", slug="southern"))
        owner_session.commit()
        seen = []
        entry = Entry(
            "test.each",
            timedelta(hours=1),
            lambda db, _slot: seen.extend(db.scalars(select(Organisation.name))),
        )

        Timetable([entry], clock=lambda: MORNING).tick()

        assert sorted(seen) == ["Northern Ballet", "Southern Opera"]

    def test_work_that_fails_leaves_its_slot_to_the_next(
        self, as_worker_login, owner_session, done
    ):
        failures = [ValueError("boom")]

        def run(_db, slot):
            if failures:
                raise failures.pop()
            done.append(slot)

        table = Timetable(
            [Entry("test.frail", timedelta(hours=1), run, per_organisation=False)],
            clock=lambda: MORNING,
        )

        table.tick()
        nothing = owner_session.scalars(select(CronTick)).all()
        table.tick()

        assert (nothing, len(done)) == ([], 1)

    def test_old_slots_are_forgotten(self, as_worker_login, crew, owner_session):
        owner_session.execute(text("INSERT INTO cron_tick VALUES ('old', now() - interval '40 d')"))
        owner_session.commit()

        crew.timetable.tick()
        forget()

        assert owner_session.scalars(select(CronTick.name)).all() == ["queue.forget_old"]


class TestCommand:
    @pytest.fixture
    def run(self, app, as_worker_login):
        return lambda *words: app.test_cli_runner().invoke(args=["outbox", *words])

    def test_list_and_decide(self, run, crew, provider, promise, stored, config):
        provider.plans = [Permanent("No such account.")]
        message_id = promise()
        crew.courier.run(message_id)

        listed = run("list")
        shown = run("show", str(message_id))
        refused = run("cancel", str(message_id), "--reason", " ")
        cancelled = run("cancel", str(message_id), "--reason", "Withdrawn.")

        assert "No such account." in listed.output
        assert '{"word": "•••"}' in shown.output
        assert "Say why" in refused.output
        assert cancelled.output == f"{message_id} is cancelled.\n"
        assert stored(message_id).state is MessageState.cancelled


def test_a_backlog_stands_behind_what_rings_by_itself_until_it_has_waited_for_ten_minutes(
    crew, bell, promise, provider, later
):
    waited = promise("waited")
    later(601)
    backlog = [promise(f"bill-{number}") for number in range(20)]

    Sweeper(crew, bell).sweep()
    new, urgent = promise("letter"), promise("signature", priority=200)
    bell.hint(new)
    bell.hint(urgent, 200)
    answer(bell, crew)

    assert provider.ledger[:3] == [str(urgent), str(waited), str(new)]
    assert sorted(provider.ledger[3:]) == sorted(map(str, backlog))
