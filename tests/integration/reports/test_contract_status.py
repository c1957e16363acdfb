"""Contract status by production: asked for on the page, made by the worker, the same whenever read."""

import hashlib
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

from app.domain.contracts import ContractStatus
from app.domain.outbox import MessageState
from app.domain.reports import ReportStatus
from app.models import OutboxMessage, StoredFile
from tests.integration.reports.asking import ask, file_of, tables


@pytest.fixture
def season(contract):
    """Return what stands in the tables: two productions, two currencies."""
    contract("GIS", ContractStatus.sent, "4600.00")
    contract("GIS", ContractStatus.sent, "1200.50")
    contract("GIS", ContractStatus.executed, "9000.00", "EUR", "=cmd|' /C calc'!A0")
    contract("CAR", ContractStatus.draft, "100.00", name="Łucja Wiśniewska")


class TestAsking:
    def test_a_manager_asks_waits_and_downloads(self, staff, season, work, runs):
        manager = staff("Manager")

        asked = ask(manager)
        waiting = manager.get("/admin/reports/")
        work()
        ready = manager.get("/admin/reports/")

        (run,) = runs()
        assert asked.status_code == 303
        assert "One report is being made" in waiting.text
        assert '<meta http-equiv="refresh" content="2">' in waiting.text
        assert "refresh" not in ready.text
        assert run.status is ReportStatus.ready
        assert run.data_sha256 in manager.get(f"/admin/reports/{run.public_id}").text
        assert file_of(manager, run).headers["Content-Disposition"].startswith("attachment")

    def test_the_worker_that_comes_twice_makes_one_file(
        self, staff, season, work, runs, owner_session
    ):
        ask(staff("Manager"))

        work()
        first = runs()[0].file_id
        owner_session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.kind == "report.make")
            .values(state=MessageState.ready, external_id=None, done_at=None)
        )
        owner_session.commit()
        work()

        assert runs()[0].file_id == first
        assert owner_session.scalar(select(func.count()).select_from(StoredFile)) == 1

    def test_the_file_stays_as_it_was_made(self, staff, season, contract, work, runs):
        manager = staff("Manager")
        ask(manager)
        work()
        (run,) = runs()

        before = file_of(manager, run).data
        contract("GIS", ContractStatus.sent, "777.00")
        after = file_of(manager, run).data

        assert before == after
        assert hashlib.sha256(before).hexdigest() == run.file.sha256

    def test_a_report_that_does_not_exist_is_not_found(self, staff, season, runs):
        assert ask(staff("Manager"), report="salaries").status_code == 404
        assert runs() == []

    def test_a_kind_of_file_that_does_not_exist_is_refused_beside_the_field(
        self, staff, season, runs
    ):
        page = ask(staff("Manager"), "docx").text

        assert "Choose one of these." in page
        assert runs() == []

    def test_it_can_be_narrowed_to_one_production(self, staff, season, work, runs):
        manager = staff("Manager")

        ask(manager, production_words="Title CAR")
        work()

        found = tables(file_of(manager, runs()[0]).data)
        assert ["Filters", "Production: Title CAR"] in found[""]
        assert len(found["Contracts"]) == 2


class TestCsv:
    def test_totals_equal_the_sum_of_the_rows(self, staff, season, work, runs):
        manager = staff("Manager")
        ask(manager)
        work()

        found = tables(file_of(manager, runs()[0]).data)

        rows = [
            dict(zip(found["Contracts"][0], row, strict=True)) for row in found["Contracts"][1:]
        ]
        for table in ("By production and status", "In all"):
            head, *lines = found[table]
            totals = [dict(zip(head, line, strict=True)) for line in lines]
            for currency in ("AUD", "EUR"):
                own = [row for row in rows if row["Currency"] == currency]
                sums = [line for line in totals if line["Currency"] == currency]
                assert sum(int(line["Contracts"]) for line in sums) == len(own)
                assert sum(Decimal(line["Fees"]) for line in sums) == sum(
                    Decimal(row["Fee"]) for row in own
                )

    def test_no_cell_is_a_formula(self, staff, season, work, runs):
        manager = staff("Manager")
        ask(manager)
        work()

        found = tables(file_of(manager, runs()[0]).data)

        names = [row[1] for row in found["Contracts"][1:]]
        assert "'=cmd|' /C calc'!A0" in names
        assert all(not name.startswith(tuple("=+-@")) for name in names)

    def test_it_says_of_when_it_is_how_it_was_narrowed_and_its_hash(
        self, staff, season, work, runs
    ):
        manager = staff("Manager")
        ask(manager)
        work()

        (run,) = runs()
        said = dict(tables(file_of(manager, run).data)[""])

        assert said["As of"].endswith("Brisbane +10:00")
        assert said["Filters"] == "All productions"
        assert said["SHA-256 of the data"] == run.data_sha256
        assert said["Rows"] == str(run.row_count)


class TestPdf:
    def test_it_is_tagged_numbered_and_says_the_same_as_the_csv(self, staff, season, work, runs):
        manager = staff("Manager")
        ask(manager, "csv")
        ask(manager, "pdf")
        work()

        as_csv, as_pdf = runs()
        paper = PdfReader(BytesIO(file_of(manager, as_pdf).data))
        text = "\n".join(page.extract_text() for page in paper.pages)
        assert as_pdf.data_sha256 == as_csv.data_sha256
        assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert "Page 1 of 2" in text
        assert "Łucja Wiśniewska" in text
        assert "4,600.00" in text
        assert as_pdf.data_sha256 in text.replace("\n", "")


class TestRoles:
    def test_who_may_not_see_fees_gets_no_such_column(self, staff, season, work, runs):
        planner = staff("Schedule")
        ask(planner)
        work()

        content = file_of(planner, runs()[0]).data

        found = tables(content)
        assert "Fee" not in found["Contracts"][0]
        assert "Fees" not in found["By production and status"][0]
        assert b"4600" not in content

    def test_who_may_not_see_fees_does_not_find_the_reports_that_hold_them(
        self, staff, season, work, runs
    ):
        ask(staff("Manager"))
        work()
        (run,) = runs()

        planner = staff("Schedule")

        assert str(run.public_id) not in planner.get("/admin/reports/").text
        assert file_of(planner, run).status_code == 404

    def test_another_companys_report_does_not_exist(
        self, staff, season, work, runs, organisation, owner_session
    ):
        ask(staff("Manager"))
        work()
        other = type(organisation)(name="Other", slug="other-company", zone="Europe/Paris")
        owner_session.add(other)
        owner_session.commit()

        stranger = staff("Manager", organisation_id=other.id)

        assert file_of(stranger, runs()[0]).status_code == 404
