"""Long reports are made in a process of their own: the same file, and nothing left however it ends."""

import os
import signal
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.domain.contracts import ContractStatus
from app.domain.outbox import MessageState
from app.domain.reports import LONG_PAPER_ROWS, LONG_ROWS, Job, ReportFormat, ReportStatus, is_long
from app.models import OutboxMessage, StoredFile
from app.services import reports as services
from reports import apart, child
from tasks.couriers import reports as courier
from tests.integration.reports.asking import ask, file_of


@pytest.fixture(autouse=True)
def every_report_is_long(monkeypatch):
    monkeypatch.setattr(courier, "is_long", lambda *_: True)
    monkeypatch.setattr(courier, "EVERY", 0.0)


@pytest.fixture
def promise_state(owner_session):
    """Read how the promise of the only report stands."""

    def read():
        owner_session.rollback()
        made = select(OutboxMessage.state).where(OutboxMessage.kind == "report.make")
        return owner_session.scalars(made).one()

    return read


@pytest.fixture
def order(config, organisation, tmp_path):
    """Return an order as the process reads it."""

    def make(**changed):
        job = Job(
            1, organisation.id, "request", "reference", "contract_status", ReportFormat.csv,
            {}, "All", True, "Australia/Brisbane", "AUD", date(2026, 11, 25), "Company", "Rosa",
        )  # fmt: skip
        told = {
            "job": {**asdict(job), "today": "2026-11-25", **changed.pop("job", {})},
            "url": config.database_replica_url,
            "place": str(tmp_path / "report.csv"),
            "total": 1,
        }
        return told | changed

    return make


def children() -> list[int]:
    """Return the processes that this one has started and that are still there."""
    return [
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
        if b"reports.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


class TestLongReports:
    @pytest.mark.parametrize("report_format", ["csv", "xlsx", "pdf"])
    def test_say_the_same_as_those_made_in_the_worker(
        self, report_format, staff, work, runs, contract, monkeypatch
    ):
        contract("GIS", ContractStatus.sent, "4600.00")
        contract("SWL", ContractStatus.executed, "120.00", "EUR")
        manager = staff("Manager")
        ask(manager, report_format)
        work()
        monkeypatch.setattr(courier, "is_long", is_long)
        ask(manager, report_format)
        work()

        apart_, here = runs()
        assert (apart_.status, here.status) == (ReportStatus.ready, ReportStatus.ready)
        assert (apart_.data_sha256, apart_.row_count) == (here.data_sha256, here.row_count)
        assert apart_.glance.tables == here.glance.tables
        assert file_of(manager, apart_).status_code == 200
        assert children() == []

    def test_tell_how_far_they_are(self, staff, work, runs, contract, monkeypatch):
        contract("GIS", ContractStatus.sent, "4600.00")
        told = []
        noted = services.progress
        monkeypatch.setattr(
            services, "progress", lambda *seen: told.append(seen[2:]) or noted(*seen)
        )
        ask(staff("Manager"))

        work()

        (run,) = runs()
        assert run.status is ReportStatus.ready
        assert {(0, run.row_count), (run.row_count, run.row_count)} <= set(told)

    def test_that_somebody_cancels_end_with_their_process_and_leave_nothing(
        self, staff, work, runs, owner_session, config, monkeypatch
    ):
        seen = []
        noted = services.progress
        monkeypatch.setattr(apart, "SILENCE", 0.01)

        def give_up(db, run_id, *far):
            seen.append(len(children()))
            (run,) = runs()
            if run.status is ReportStatus.running:
                services.cancel(owner_session, run)
                owner_session.commit()
            return noted(db, run_id, *far)

        monkeypatch.setattr(services, "progress", give_up)
        ask(staff("Manager"))

        work()

        assert seen[0] == 1
        assert children() == []
        assert runs()[0].status is ReportStatus.cancelled
        assert owner_session.scalar(select(func.count()).select_from(StoredFile)) == 0
        assert list((config.var / "reports").iterdir()) == []

    def test_whose_process_is_killed_are_tried_again_and_made_once(
        self, staff, work, runs, owner_session, promise_state, monkeypatch
    ):
        killed = []
        noted = services.progress
        monkeypatch.setattr(apart, "SILENCE", 0.01)

        def kill(*seen):
            for pid in children():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            return noted(*seen)

        ask(staff("Manager"))
        with monkeypatch.context() as killing:
            killing.setattr(services, "progress", kill)
            work()
        after_the_kill = promise_state(), runs()[0].status
        owner_session.execute(update(OutboxMessage).values(not_before=func.now()))
        owner_session.commit()

        work()

        assert len(killed) == 1
        assert after_the_kill == (MessageState.ready, ReportStatus.running)
        assert (promise_state(), runs()[0].status) == (MessageState.done, ReportStatus.ready)
        assert owner_session.scalar(select(func.count()).select_from(StoredFile)) == 1


class TestWhichAreLong:
    @pytest.mark.parametrize(
        ("report_format", "rows", "expected"),
        [
            ("csv", LONG_ROWS, False),
            ("csv", LONG_ROWS + 1, True),
            ("xlsx", LONG_ROWS + 1, True),
            ("pdf", LONG_PAPER_ROWS, False),
            ("pdf", LONG_PAPER_ROWS + 1, True),
        ],
    )
    def test_depends_on_what_the_format_holds_at_once(self, report_format, rows, expected):
        assert is_long(ReportFormat(report_format), rows) is expected


class TestWhatTheProcessAnswers:
    def test_what_was_made_with_its_hash(self, order, contract, tmp_path, capfdbinary):
        contract("GIS", ContractStatus.sent, "4600.00")

        said = child.answer(order())

        rows, data_sha256, _tables = said["made"]
        text = (tmp_path / "report.csv").read_text()
        assert rows > 0
        assert data_sha256 in text
        assert b'{"so_far": [0, 1]}' in capfdbinary.readouterr().out

    @pytest.mark.parametrize(
        ("changed", "kind"),
        [
            ({"job": {"report": "horoscope"}}, "refused"),
            ({"url": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "database"),
            ({"place": "/nowhere/report.csv"}, "disk"),
            ({"job": {"parameters": {"since": "never"}}}, "broken"),
        ],
    )
    def test_what_stopped_it_is_told_apart(self, order, changed, kind):
        said = child.answer(order(**changed))

        assert list(said) == [kind]

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"report": "horoscope"}, courier.Refused),
            ({"parameters": {"since": "never"}}, apart.Broken),
        ],
    )
    def test_and_comes_back_as_what_it_is(self, order, changed, error, config, tmp_path):
        told = order(job=changed)["job"]

        with pytest.raises(error):
            apart.read(
                child.job_of(told), config.database_replica_url, tmp_path / "r", 0, lambda *_: None
            )

    def test_a_database_that_is_away_is_not_the_reports_fault(self, order, tmp_path):
        nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"

        with pytest.raises(apart.DatabaseFailed) as failed:
            apart.read(child.job_of(order()["job"]), nowhere, tmp_path / "r", 0, lambda *_: None)

        assert failed.value.sqlstate == ""

    def test_a_disk_that_is_full_is_said_with_its_reason(self, order, config):
        with pytest.raises(OSError, match="No such file or directory"):
            apart.read(
                child.job_of(order()["job"]), config.database_replica_url, Path("/nowhere/r"), 0,
                lambda *_: None,
            )  # fmt: skip
