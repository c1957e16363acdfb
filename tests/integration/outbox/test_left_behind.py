"""What a killed worker held is taken over soon; who is frozen is not dead, and every doubt stays a doubt."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import func, select

from app.db.session import factory
from app.domain.outbox import EffectClass, MessageState
from tasks import claims, taking
from tasks.claims import NOW
from tasks.left_behind import end_leases, take_over
from tasks.lives import Lives
from tasks.standing import as_worker
from tasks.sweeper import Sweeper

LIFE = """
import os, sys, time
from pathlib import Path
from tasks.lives import Lives
lives = Lives(Path(sys.argv[1]))
print(lives.mine(), flush=True)
if sys.argv[2:] == ["fork"] and os.fork():
    os.kill(os.getpid(), 9)
time.sleep(60)
"""


@pytest.fixture
def live(crew):
    """Start processes that live as workers do, and end them with the test."""
    running = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "-c", LIFE, str(crew.lives.folder), *words],
            stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture
def claimed(promise):
    """Claim something as another process, and send it if asked."""

    def claim(owner, cls=EffectClass.K, *, sent=False, **more):
        message_id = promise(cls=cls, **more)
        with as_worker() as db:
            taken = taking.take(db, message_id, lease=60, leases={}, owner=owner, started=0)
        if sent:
            with as_worker() as db:
                assert claims.mark_sent(db, taken, cls=cls, needed=20.3)
        return message_id

    return claim


@pytest.fixture
def left(stored):
    """Say how many seconds of its lease a message has left."""

    def seconds(message_id):
        with as_worker() as db:
            now = db.scalar(select(NOW))
        return (stored(message_id).lease_until - now).total_seconds()

    return seconds


def end(owner, crew):
    with as_worker() as db:
        return end_leases(db, owner, crew.handlers)


class TestWhoIsDead:
    def test_the_living_are_not_and_the_killed_are(self, live, crew):
        process, name = live()
        assert crew.lives.dead() == []

        process.kill()
        process.wait()

        assert crew.lives.dead() == [name]
        crew.lives.bury(name)
        assert crew.lives.dead() == []

    def test_who_is_frozen_is_not(self, live, crew):
        process, name = live()

        process.send_signal(signal.SIGSTOP)
        assert crew.lives.dead() == []
        process.kill()
        process.wait()

        assert crew.lives.dead() == [name]

    def test_who_left_a_fork_that_goes_on_is_not(self, live, crew):
        process, name = live("fork")
        process.wait()
        assert crew.lives.dead() == []

        os.killpg(process.pid, signal.SIGKILL)

        wait_until(lambda: crew.lives.dead() == [name])

    def test_another_start_of_the_machine_is_not_judged_and_is_cleared_away_after_a_day(
        self, tmp_path
    ):
        earlier = Lives(tmp_path, kernel="earlier")
        name = earlier.mine()
        os.close(earlier.file)
        assert earlier.dead() == [name]
        now = Lives(tmp_path, kernel="now")
        now.mine()
        assert now.dead() == []
        (file,) = tmp_path.glob("*@earlier")
        day = time.time() - 90_000
        os.utime(file, (day, day))

        Lives(tmp_path, kernel="now").mine()

        assert not file.exists()

    @pytest.mark.parametrize("kernel", ["", "now"])
    def test_where_nothing_can_be_locked_nobody_is_dead(self, tmp_path, kernel):
        (tmp_path / "no-folder").write_text("")
        lives = Lives(tmp_path / "no-folder", kernel=kernel)

        assert lives.mine() == lives.mine() != ""
        assert lives.dead() == []


class TestLeasesOfTheDead:
    @pytest.mark.parametrize("cls", EffectClass)
    def test_what_was_not_sent_is_due_at_once(self, crew, claimed, left, cls):
        message_id = claimed("dead", cls)

        assert end("dead", crew) == 1

        assert left(message_id) <= 0

    @pytest.mark.parametrize("cls", [EffectClass.K, EffectClass.N])
    def test_what_can_be_repeated_gets_the_time_of_its_call(
        self, crew, provider, claimed, left, cls
    ):
        crew.carry(provider.handler("test.out", cls, provider="xero"))
        message_id = claimed("dead", cls, sent=True, kind="test.out")

        end("dead", crew)

        assert 18 < left(message_id) <= 20

    def test_what_is_done_in_this_house_ended_with_it(self, crew, claimed, left):
        message_id = claimed("dead", EffectClass.N, sent=True)

        end("dead", crew)

        assert left(message_id) <= 0

    @pytest.mark.parametrize("cls", [EffectClass.R, EffectClass.U])
    def test_what_may_have_happened_and_cannot_be_repeated_waits_as_ever(
        self, crew, claimed, left, cls
    ):
        message_id = claimed("dead", cls, sent=True)

        end("dead", crew)

        assert left(message_id) > 58

    def test_a_key_that_may_be_forgotten_waits_as_ever(self, crew, provider, claimed, left, later):
        lasting = timedelta(minutes=5)
        crew.carry(provider.handler("test.key", EffectClass.K, key_lifetime=lasting))
        message_id = claimed("dead before", EffectClass.K, sent=True, kind="test.key")
        later(61)
        with as_worker() as db:
            again = taking.take(db, message_id, lease=60, leases={}, owner="dead", started=0)
            assert claims.mark_sent(db, again, cls=EffectClass.K, needed=20.3)

        end("dead", crew)

        assert left(message_id) > 58

    def test_the_living_keep_theirs_and_an_unknown_kind_is_left(self, crew, claimed, left):
        theirs = claimed("alive", key="one")
        unknown = claimed("dead", key="two", kind="test.unheard_of")

        end("dead", crew)

        assert left(theirs) > 58
        assert left(unknown) > 58

    def test_a_promise_that_kills_its_couriers_spends_its_attempts_slowly(
        self, crew, promise, left, later
    ):
        message_id = promise()
        waits = []
        for _ in range(7):
            with as_worker() as db:
                taking.take(db, message_id, lease=60, leases={}, owner="dead", started=0)
            end("dead", crew)
            waits.append(round(left(message_id)))
            later(61)

        assert waits == [0, 2, 6, 14, 30, 60, 60]


class TestTakingOver:
    def test_a_sweep_finds_the_dead_and_their_promise_is_kept_once(
        self, crew, live, claimed, stored, provider
    ):
        process, name = live()
        message_id = claimed(name)
        sweeper = Sweeper(crew, NoBell())
        sweeper.sweep()
        assert stored(message_id).state is MessageState.leased

        process.kill()
        process.wait()
        sweeper.sweep()

        message = stored(message_id)
        assert (message.state, message.attempts) == (MessageState.done, 2)
        assert provider.ledger == [str(message_id)]
        assert list(crew.lives.folder.glob(f"{name}*")) == []

    def test_while_the_database_still_does_what_they_asked_they_are_waited_for(
        self, crew, config, live, claimed, left
    ):
        process, name = live()
        message_id = claimed(name, EffectClass.N)
        url = config.database_worker_url.replace("+psycopg", "")
        with psycopg.connect(url, application_name=name):
            process.kill()
            process.wait()
            take_over(crew.lives, crew.handlers)
            assert left(message_id) > 55

        wait_until(lambda: take_over(crew.lives, crew.handlers) or left(message_id) <= 0)

        assert crew.lives.dead() == []

    def test_this_process_is_known_to_the_database_by_the_name_of_its_leases(
        self, crew, config, promise, stored
    ):
        crew.open_database(config.database_worker_url)
        message_id = promise()

        crew.courier.run(message_id)

        with as_worker() as db:
            shown = db.scalar(select(func.current_setting("application_name")))
        factory.kw["bind"].dispose()
        assert stored(message_id).lease_owner == shown == crew.lives.mine()


class NoBell:
    """A queue whose Redis is away, so that the sweeper does the work."""

    def waiting(self):
        return None


def wait_until(condition, limit=10):
    over = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < over
        time.sleep(0.02)
