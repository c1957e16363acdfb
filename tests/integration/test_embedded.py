"""The servers that come with the product."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.embedded import Postgres, home
from app.embedded.process import Account

ORPHANS = """
import os, signal, sys
from app.embedded.process import spawn
child = spawn(["sleep", "60"], last_signal=signal.SIGTERM)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


class TestPostgres:
    @pytest.mark.parametrize(
        ("login", "acts_as"),
        [
            ("portal_app", "portal_app"),
            ("portal_worker", "portal_worker"),
            ("portal_report", "portal_report"),
            ("portal_migrator", "portal_owner"),
        ],
    )
    def test_each_login_acts_as_its_role(self, engine_of, login, acts_as):
        with engine_of(login).connect() as connection:
            assert connection.scalar(text("SELECT current_user")) == acts_as

    def test_the_worker_can_step_down(self, engine_of):
        with engine_of("portal_worker").begin() as connection:
            connection.execute(text("SET LOCAL ROLE portal_app"))

            assert connection.scalar(text("SELECT current_user")) == "portal_app"

    @pytest.mark.parametrize("role", ["portal_owner", "portal_gate"])
    def test_nobody_signs_in_as_owner_or_gate(self, ground, role):
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            psycopg.connect(ground.url(role).replace("+psycopg", ""))

    def test_no_role_of_ours_passes_by_the_policies(self, ground):
        with ground.postgres.connect() as connection:
            names = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'portal%'"
                " AND (rolsuper OR rolbypassrls OR rolcreaterole)"
            ).fetchall()

        assert names == []

    def test_reports_cannot_write(self, engine_of):
        with engine_of("portal_report").connect() as connection:
            assert connection.scalar(text("SHOW transaction_read_only")) == "on"

    def test_a_test_never_sees_what_another_wrote(self, owner_engine):
        with owner_engine.begin() as connection:
            connection.execute(text("CREATE TABLE left_behind (id int)"))

    def test_a_test_never_sees_what_another_wrote_either(self, owner_engine):
        with owner_engine.begin() as connection:
            connection.execute(text("CREATE TABLE left_behind (id int)"))

    def test_what_was_kept_is_there_after_a_restart(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            Path(folder).chmod(0o711)
            server = Postgres(
                Path(folder) / "a-folder-with-quite-a-long-name" / ("x" * 80), durable=False
            )
            server.start()
            assert server.is_new
            with server.connect("portal") as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
            server.stop()

            again = Postgres(
                Path(folder) / "a-folder-with-quite-a-long-name" / ("x" * 80), durable=False
            )
            again.start()
            with again.connect("portal") as connection:
                rows = connection.execute("SELECT id FROM kept").fetchall()
            again.stop()

            assert (again.is_new, rows) == (False, [(1,)])

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
    def test_a_folder_out_of_reach_is_not_opened(self, tmp_path):
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        nobody = Account(65534, 65534, "nobody")

        assert home._reaches(nobody, closed / "pg") is False
        assert closed.stat().st_mode & 0o077 == 0


class TestProcesses:
    @pytest.mark.skipif(sys.platform != "linux", reason="the kernel's leash is Linux's")
    @pytest.mark.crash
    def test_a_child_does_not_outlive_a_killed_parent(self):
        parent = subprocess.run(
            [sys.executable, "-c", ORPHANS], capture_output=True, text=True, check=False
        )
        child = int(parent.stdout)

        end = time.monotonic() + 5
        while lives(child) and time.monotonic() < end:
            time.sleep(0.02)

        assert not lives(child)
