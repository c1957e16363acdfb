"""What a worker and a sweeper hold in memory: nothing that only the desk or a rare paper needs."""

import subprocess
import sys
from pathlib import Path

import flask_appbuilder.security.sqla.models as fab
import pytest

from app.models import Base
from app.models.accounts import OWNER

ROOT = Path(__file__).parents[2]
STARTED = """
import sys
from pathlib import Path
import {street}
from app.integrations import providers
from config import Config
from tasks.couriers import gather
from tasks.crew import engage
config = Config.load({{"VAR": sys.argv[1], "DATABASE_WORKER_URL": "postgresql+psycopg://nobody@127.0.0.1/none",
                      "REDIS_URL": "redis://127.0.0.1:1/0"}})
providers.configure(config)
gather(engage(config))
providers.files()
print(*sys.modules)
"""
ANSWERED = """
import sys
import wsgi
import admin.accounting, app.webhooks.xero
from app.integrations import providers
from config import Config
providers.configure(Config.load({"VAR": sys.argv[1], "ACCOUNTING": "xero", "XERO_CLIENT_ID": "a",
                                 "XERO_CLIENT_SECRET": "b"}))
providers.xero_sign_in()
print(*sys.modules)
"""
VENDORS = {
    "xero_python",
    "docusign_esign",
    "msgraph",
    "azure",
    "sendgrid",
    "twilio.rest",
    "pywebpush",
}
WEB = """
import sys
from app.factory import create_app
from app.integrations import providers
from config import Config
create_app(Config.load({"VAR": sys.argv[1], "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0", "ESIGN": "docusign", "DOCUSIGN_INTEGRATION_KEY": "k",
    "DOCUSIGN_USER_ID": "u", "DOCUSIGN_ACCOUNT_ID": "a", "DOCUSIGN_PRIVATE_KEY": "p",
    "DOCUSIGN_HMAC_KEYS": "h"}))
providers.signing_links("docusign")
print(*sys.modules)
"""
SHARED = """
import gc, sys
from app.integrations import providers
from config import Config
from tasks import worker
providers.configure(Config.load({"VAR": sys.argv[1], "EMAIL": "sendgrid", "SENDGRID_API_KEY": "k",
                                 "SENDGRID_WEBHOOK_PUBLIC_KEY": "k"}))
worker.share()
print(*sys.modules, f"frozen={gc.get_freeze_count() > 100_000}")
"""
ELSEWHERE = {
    "flask",
    "flask_appbuilder",
    "requests",
    "pyhanko",
    "openpyxl",
    "pikepdf",
    "PIL",
    "pillow_heif",
    "pandas",
    *VENDORS,
}
COMMANDS = {"app.cli.db", "app.cli.demo", "alembic"}
"""Commands and what they alone need: loaded by ``flask``, never by the web."""
NOT_FOR_REPORTS = {
    "app.integrations",
    "tasks",
    "huey",
    "redis",
    "jinja2",
    "markdown_it",
    "typst",
    *ELSEWHERE,
}

LIGHT_DOORS = """
import sys
import app.factory, app.webhooks.graph, app.integrations.files.azure, app.integrations.events.defaults
print(*sys.modules)
"""
VENDORS_OF_FILES_AND_FACTS = {"azure", "msgraph", "msgraph_core", "kiota_abstractions", "httpx"}


class TestWhatProcessesCarry:
    def test_the_web_keeps_files_in_azure_and_hears_graph_without_a_library_of_theirs(self):
        told = subprocess.run(
            [sys.executable, "-c", LIGHT_DOORS],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert VENDORS_OF_FILES_AND_FACTS & set(told) == set()

    @pytest.mark.parametrize("street", ["tasks.worker", "tasks.sweeper"])
    def test_neither_worker_nor_sweeper_carries_the_desk_or_a_library_of_rare_use(
        self, street, tmp_path
    ):
        program = STARTED.format(street=street)

        told = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert {"tasks.couriers.reports", "sqlalchemy"} <= set(told)
        assert ELSEWHERE & set(told) == set()

    def test_the_process_of_a_long_report_carries_what_reports_need_alone(self):
        told = subprocess.run(
            [sys.executable, "-c", "import sys, reports.child; print(*sys.modules)"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert {"reports.catalogue", "sqlalchemy"} <= set(told)
        assert NOT_FOR_REPORTS & set(told) == set()

    def test_workers_share_the_libraries_that_were_chosen_and_no_others(self, tmp_path):
        told = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SHARED, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert {"sendgrid", "pyhanko", "frozen=True"} <= set(told)
        assert (VENDORS - {"sendgrid"}) & set(told) == set()

    def test_the_web_carries_no_library_of_a_vendor_whoever_is_chosen(self, tmp_path):
        told = subprocess.run(
            [sys.executable, "-c", ANSWERED, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert {"admin.accounting", "app.webhooks.xero"} <= set(told)
        assert VENDORS & set(told) == set()

    def test_the_web_makes_a_signing_link_without_any_vendors_library(self, tmp_path):
        told = subprocess.run(
            [sys.executable, "-c", WEB, str(tmp_path)],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip

        assert "app.integrations.esign.docusign_links" in told
        assert VENDORS & set(told) == set()
        assert COMMANDS & set(told) == set()

    def test_the_tables_of_accounts_that_records_refer_to_are_flask_app_builders(self):
        theirs = fab.Model.metadata.tables
        ours = [table for name, table in Base.metadata.tables.items() if name.startswith(OWNER)]

        shapes = {table.name: _shape(table) for table in ours}

        assert len(ours) == 6
        assert shapes == {name: _shape(theirs[name]) for name in shapes}


def _shape(table):
    return {
        (
            column.name,
            str(column.type),
            column.nullable,
            column.primary_key,
            *(key.target_fullname for key in column.foreign_keys),
        )
        for column in table.columns
    }
