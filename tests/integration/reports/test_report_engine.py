"""The engine of reports: progress, giving up, failing in words, keeping, and who still sees what."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from app.db.clock import now
from app.domain.reports import KEEP_FOR, PAPER_ROWS, ReportStatus
from app.integrations import providers
from app.integrations.errors import Permanent
from app.models import Message, ReportGlance, StoredFile, accounts
from app.services import reports as services
from reports import catalogue
from tasks.couriers import reports as courier
from tests.integration.reports import trial
from tests.integration.reports.asking import ask, file_of


@pytest.fixture
def offer(monkeypatch):
    """Put a report into the catalogue for the length of a test."""

    def put(report):
        monkeypatch.setitem(catalogue.REPORTS, "trial", report)

    return put


@pytest.fixture
def run_of(runs):
    """Return the only report that was asked for."""

    def read():
        (run,) = runs()
        return run

    return read


class TestProgress:
    def test_rows_so_far_are_told_with_how_many_there_are(
        self, staff, work, runs, run_of, offer, monkeypatch
    ):
        monkeypatch.setattr(courier, "EVERY", 0.0)
        told = []
        noted = services.progress
        monkeypatch.setattr(
            services, "progress", lambda *seen: told.append(seen[2:]) or noted(*seen)
        )
        offer(trial.of_length(1_200))
        manager = staff("Manager")
        ask(manager, report="trial")
        waiting = manager.get(f"/admin/reports/{run_of().public_id}/state").json

        work()

        ready = manager.get(f"/admin/reports/{run_of().public_id}/state").json
        assert (waiting["words"], waiting["is_at_work"]) == ("Waits for the worker.", True)
        assert told == [(0, 1200), (500, 1200), (1000, 1200), (1200, 1200), (1200, 1200)]
        assert (ready["words"], ready["is_at_work"]) == ("1,200 of 1,200 rows.", False)

    def test_the_page_shows_the_first_rows_and_says_how_many_more(self, staff, work, run_of, offer):
        offer(trial.of_length(100))
        manager = staff("Manager")
        ask(manager, report="trial")
        work()

        page = manager.get(f"/admin/reports/{run_of().public_id}").text

        assert "60 more in the file." in page
        assert f"/admin/reports/{run_of().public_id}/file" in page


class TestGivingUp:
    def test_what_waits_is_cancelled_and_never_made(self, staff, work, run_of, owner_session):
        manager = staff("Manager")
        ask(manager)

        manager.send(f"/admin/reports/{run_of().public_id}/cancel")
        work()

        assert run_of().status is ReportStatus.cancelled
        assert owner_session.scalar(select(func.count()).select_from(StoredFile)) == 0

    @pytest.mark.parametrize("report_format", ["csv", "xlsx", "pdf"])
    def test_what_is_being_made_stops_and_leaves_nothing(
        self, report_format, staff, work, run_of, offer, monkeypatch, owner_session, config
    ):
        monkeypatch.setattr(courier, "EVERY", 0.0)
        after = []

        def give_up():
            services.cancel(owner_session, run_of())
            owner_session.commit()
            after.append(run_of().status)

        offer(trial.that_stops(give_up))
        ask(staff("Manager"), report_format, report="trial")

        work()

        assert after == [ReportStatus.cancelled]
        assert run_of().status is ReportStatus.cancelled
        assert owner_session.scalar(select(func.count()).select_from(StoredFile)) == 0
        assert owner_session.scalar(select(ReportGlance.tables)) == []
        assert list((config.var / "reports").iterdir()) == []
        assert [each for each in (config.var / "files").rglob("*") if each.is_file()] == []

    def test_what_is_made_cannot_be_cancelled(self, staff, work, run_of):
        manager = staff("Manager")
        ask(manager)
        work()

        page = manager.send(
            f"/admin/reports/{run_of().public_id}/cancel", follow_redirects=True
        ).text

        assert "cannot be cancelled" in page
        assert run_of().status is ReportStatus.ready

    def test_what_a_killed_worker_left_is_swept_out(self, staff, work, run_of, config):
        ask(staff("Manager"))
        left = config.var / "reports" / f"report-{run_of().id}-killed"
        left.mkdir(parents=True)
        (left / "report.csv").write_text("half")

        work()

        assert run_of().status is ReportStatus.ready
        assert not left.exists()


class TestFailing:
    def test_a_paper_nobody_could_read_is_refused_and_the_others_offered(
        self, staff, work, runs, run_of, offer
    ):
        offer(trial.of_length(PAPER_ROWS + 1))
        manager = staff("Manager")
        ask(manager, "pdf", report="trial")
        work()

        page = manager.get(f"/admin/reports/{run_of().public_id}").text
        manager.send(f"/admin/reports/{run_of().public_id}/again", {"format": "xlsx"})
        work()

        assert "It has 2,001 rows, and a PDF takes 2,000. Make it as XLSX or CSV" in page
        assert "Make as XLSX" in page
        assert [run.status for run in runs()] == [ReportStatus.failed, ReportStatus.ready]

    def test_what_breaks_half_way_says_so_and_can_be_tried_again(
        self, staff, work, runs, run_of, offer
    ):
        def break_down():
            raise ValueError("a row nobody expected")

        offer(trial.that_stops(break_down))
        manager = staff("Manager")
        ask(manager, report="trial")
        work()
        page = manager.get(f"/admin/reports/{run_of().public_id}").text
        offer(trial.of_length(3))
        manager.send(f"/admin/reports/{run_of().public_id}/again", {"format": "csv"})
        work()

        failed, made = runs()
        assert "It could not be made, and nothing of it was kept." in page
        assert "a row nobody expected" not in page
        assert (failed.status, made.status) == (ReportStatus.failed, ReportStatus.ready)

    def test_reading_that_takes_too_long_says_what_to_do(self, staff, work, run_of, offer):
        def doze(session, _filters):
            session.execute(text("SET LOCAL statement_timeout = '50ms'"))
            session.execute(text("SELECT pg_sleep(5)"))
            yield from ()

        slow = trial.of_length(1)
        section = trial.Section("Slow", slow.sections[0].columns, rows=doze)
        offer(trial.Report("trial", "Trial", "Slow.", (section,)))
        ask(staff("Manager"), report="trial")

        work()

        assert run_of().error == "Reading it took too long. Narrow it down and ask again."

    def test_as_what_it_is_asked_for_again_has_to_be_known(self, staff, work, run_of):
        manager = staff("Manager")
        ask(manager)

        answer = manager.send(f"/admin/reports/{run_of().public_id}/again", {"format": "docx"})

        assert answer.status_code == 400


class TestLetters:
    def test_the_link_comes_by_mail_where_it_was_asked_for(self, staff, work, owner_session):
        manager = staff("Manager", email="walter@company.example")
        ask(manager, mail="y")
        ask(manager)

        work()

        (letter,) = owner_session.scalars(select(Message).where(Message.event == "report_ready"))
        assert letter.recipient == "walter@company.example"
        assert "/admin/reports/" in letter.text
        assert "signature" not in letter.text

    def test_a_stranger_who_has_the_link_gets_nothing(self, staff, work, run_of, client):
        ask(staff("Manager"))
        work()

        answer = client.get(f"/admin/reports/{run_of().public_id}/file")

        assert answer.status_code == 302
        assert "/admin/login/" in answer.headers["Location"]


class TestReaders:
    def test_whoever_lost_the_role_finds_the_report_no_more(
        self, staff, work, run_of, owner_session
    ):
        finance = staff("Finance")
        ask(finance, report="expenses")
        work()
        address = f"/admin/reports/{run_of().public_id}"
        before = [finance.get(address).status_code, file_of(finance, run_of()).status_code]
        held, role = accounts.HELD, accounts.ROLES
        schedule = owner_session.scalar(select(role.c.id).where(role.c.name == "Schedule"))
        owner_session.execute(
            update(held).where(held.c.user_id == finance.user_id).values(role_id=schedule)
        )
        owner_session.commit()

        after = [finance.get(address).status_code, file_of(finance, run_of()).status_code]

        assert (before, after) == ([200, 200], [404, 404])
        assert str(run_of().public_id) not in finance.get("/admin/reports/").text

    @pytest.mark.parametrize(
        ("role", "readable"),
        [
            ("Schedule", {"contract_status", "compliance"}),
            ("Contracts", {"contract_status", "compliance"}),
            ("Approver", {"contract_status", "compliance", "cost_position", "expenses", "artist_statement"}),
            ("Auditor", set(catalogue.REPORTS)),
        ],
    )  # fmt: skip
    def test_each_role_is_offered_its_own(self, staff, role, readable):
        browser = staff(role)

        found = {
            name
            for name in catalogue.REPORTS
            if browser.get(f"/admin/reports/new/{name}").status_code == 200
        }

        assert found == readable


class TestKeeping:
    def test_a_file_that_was_kept_long_enough_goes_and_its_facts_stay(
        self, staff, work, run_of, owner_session, config
    ):
        manager = staff("Manager")
        ask(manager)
        work()
        sha256 = run_of().file.sha256
        run_of().finished_at = now() - KEEP_FOR - timedelta(days=1)
        owner_session.commit()
        made = run_of().data_sha256

        cleared = services.clear_out(owner_session, now())
        owner_session.commit()
        work("report.remove")

        assert cleared == 1
        assert (run_of().file, run_of().data_sha256) == (None, made)
        assert not providers.files().has(sha256)
        assert (
            "Its file was kept for two years"
            in manager.get(f"/admin/reports/{run_of().public_id}").text
        )

    def test_a_younger_file_stays(self, staff, work, run_of, owner_session):
        ask(staff("Manager"))
        work()

        assert services.clear_out(owner_session, now()) == 0
        assert run_of().file is not None

    def test_bytes_that_were_changed_in_the_store_are_not_handed_out(
        self, staff, work, run_of, config
    ):
        manager = staff("Manager")
        ask(manager)
        work()
        sha256 = run_of().file.sha256
        place = config.var / "files" / sha256[:2] / sha256[2:4] / sha256
        place.write_bytes(place.read_bytes() + b"and more")

        with pytest.raises(Permanent, match="is not what was kept"):
            file_of(manager, run_of())
