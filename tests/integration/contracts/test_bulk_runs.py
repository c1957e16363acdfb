"""Bulk runs on the real database: tried, confirmed, undone, killed half way, taken up again, watched."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.db import session as house
from app.db.clock import now
from app.domain.bulk_runs import BulkKind, BulkStatus, RowStatus
from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.integrations import providers
from app.models import (
    BulkRun,
    BulkRunRow,
    ContactPoint,
    Contract,
    Message,
    OutboxMessage,
    Production,
    SignatureRequest,
)
from app.services import outbox
from app.services.bulk_runs import runs
from tasks.couriers import gather
from tasks.crew import engage
from tests.integration.contracts.conftest import send as send_one
from tests.integration.contracts.conftest import stored

ROOT = Path(__file__).resolve().parents[3]
CARRY = """
import os, sys, uuid
from app.db.session import bind
from app.integrations import providers
from config import Config
from tasks.couriers import gather
from tasks.crew import engage
config = Config.load(os.environ)
providers.configure(config)
bind(config.database_worker_url)
crew = gather(engage(config))
for each in sys.argv[1:]:
    crew.run_message(each)
"""


@pytest.fixture
def carry(config, owner_session) -> Callable[..., int]:
    """Return the worker: it keeps promises of bulk runs that are due, the most urgent first."""
    crew = gather(engage(config))

    def run(most: int = 1000) -> int:
        kept = 0
        while due := due_of(owner_session)[: most - kept]:
            before, worker = house.factory.kw["bind"], house.bind(config.database_worker_url)
            try:
                for message_id in due:
                    crew.courier.run(message_id)
                    kept += 1
            finally:
                house.forget()
                worker.dispose()
                house.factory.configure(bind=before)
        return kept

    return run


def due_of(session):
    session.rollback()
    asked = select(OutboxMessage.id).where(
        OutboxMessage.kind.startswith("bulk."), OutboxMessage.state == MessageState.ready,
        OutboxMessage.not_before <= now(),
    )  # fmt: skip
    return list(session.scalars(asked.order_by(OutboxMessage.priority.desc(), OutboxMessage.id)))


def confirmed(as_staff, organisation, run_id, typed, *, undo=timedelta()):
    with as_staff() as db:
        runs.confirm(
            db, run_id, typed=str(typed), user_id=organisation.signatory_user_id, undo=undo
        )


def rows_of(session, run_id):
    session.rollback()
    session.expire_all()
    asked = select(BulkRunRow).where(BulkRunRow.run_id == run_id).order_by(BulkRunRow.position)
    return list(session.scalars(asked))


def letters(session, event="contract_sent"):
    """Count the letters of an event for each engagement."""
    session.rollback()
    asked = select(Message.engagement_id, func.count()).where(Message.event == event)
    return dict(session.execute(asked.group_by(Message.engagement_id)).all())


class TestADryRun:
    def test_says_of_each_row_why_not_and_where_that_is_mended(
        self, ready, begun, carry, owner_session
    ):
        ids = ready(3)
        broken = owner_session.get_one(Contract, ids[0])
        broken.engagement.fee += 1
        nobody = owner_session.get_one(Contract, ids[1])
        owner_session.execute(
            text("UPDATE contact_point SET verified_at = NULL WHERE person_id = :id"),
            {"id": nobody.engagement.person_id},
        )
        owner_session.commit()

        run_id = begun(ids)
        carry()

        first, second, third = rows_of(owner_session, run_id)
        assert (first.status, first.fix) == (RowStatus.blocked, "engagement_edit")
        assert "Instalments add up to" in first.reason
        assert (second.status, second.fix) == (RowStatus.blocked, "contract")
        assert "no verified e-mail" in second.reason
        assert third.status is RowStatus.ready
        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.checked
        assert letters(owner_session) == {}

    def test_records_of_nobody_are_refused(self, begun, organisation, as_staff):
        with pytest.raises(Refused, match="not there any more"):
            begun([99])


class TestARun:
    def test_sends_each_once_below_single_sends_and_keeps_its_results(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        ids = ready(3)
        run_id = begun(ids)
        carry()
        confirmed(as_staff, organisation, run_id, 3)
        carry(1)
        waiting = owner_session.scalars(
            select(OutboxMessage.priority).where(OutboxMessage.kind == "bulk.row")
        ).all()
        carry()

        run = stored(owner_session, BulkRun, run_id)
        assert run.status is BulkStatus.done
        assert set(waiting) == {50}
        assert {row.status for row in rows_of(owner_session, run_id)} == {RowStatus.done}
        assert sorted(letters(owner_session).values()) == [1, 1, 1]
        sent = owner_session.scalars(select(OutboxMessage.priority).where(OutboxMessage.kind == "mail.send"))  # fmt: skip
        assert set(sent) == {50}
        assert {owner_session.get_one(Contract, each).status for each in ids} == {
            ContractStatus.sent
        }
        kept = providers.files().read(run.report.sha256).decode()
        assert kept.count(",done,Sent,") == 3

    def test_the_number_is_typed(self, ready, begun, carry, as_staff, organisation, owner_session):
        run_id = begun(ready(1))
        carry()

        with pytest.raises(Refused, match="Type 1"):
            confirmed(as_staff, organisation, run_id, 2)

        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.checked

    def test_can_be_undone_while_it_is_held_and_then_nothing_ever_goes(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        run_id = begun(ready(2))
        carry()
        confirmed(as_staff, organisation, run_id, 2, undo=timedelta(minutes=10))
        carry()
        with as_staff() as db:
            runs.undo(db, run_id)
        owner_session.execute(text("UPDATE outbox_message SET not_before = now()"))
        owner_session.commit()
        carry()

        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.undone
        assert letters(owner_session) == {}
        with as_staff() as db, pytest.raises(Refused, match="undone"):
            runs.release(db, run_id)

    def test_can_be_started_early_and_starts_once(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        run_id = begun(ready(1))
        carry()
        confirmed(as_staff, organisation, run_id, 1, undo=timedelta(minutes=10))
        with as_staff() as db:
            runs.release(db, run_id)
        carry()
        owner_session.execute(text("UPDATE outbox_message SET not_before = now() WHERE state = 'ready'"))  # fmt: skip
        owner_session.commit()
        carry()

        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.done
        assert list(letters(owner_session).values()) == [1]

    def test_looks_again_at_the_moment_of_doing(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        ids = ready(2)
        run_id = begun(ids)
        carry()
        confirmed(as_staff, organisation, run_id, 2)
        carry(1)
        changed = owner_session.get_one(Contract, ids[0])
        changed.engagement.fee += 5
        owner_session.commit()
        carry()

        first, second = rows_of(owner_session, run_id)
        assert (first.status, second.status) == (RowStatus.refused, RowStatus.done)
        assert "Instalments add up to" in first.reason
        assert stored(owner_session, Contract, ids[0]).status is ContractStatus.ready
        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.done
        stopped = select(func.count()).where(OutboxMessage.state == MessageState.dead)
        assert owner_session.scalar(stopped) == 0

    def test_a_contract_that_somebody_sent_meanwhile_is_not_sent_twice(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        ids = ready(1)
        one, other = begun(ids), begun(ids)
        carry()
        for run_id in (one, other):
            confirmed(as_staff, organisation, run_id, 1)
        carry()

        assert list(letters(owner_session).values()) == [1]
        assert {rows_of(owner_session, each)[0].status for each in (one, other)} == {
            RowStatus.done, RowStatus.refused,
        }  # fmt: skip

    def test_stopped_half_way_the_rest_is_left_and_taken_up_again_without_the_done(
        self, ready, begun, carry, as_staff, organisation, owner_session
    ):
        run_id = begun(ready(4))
        carry()
        confirmed(as_staff, organisation, run_id, 4)
        carry(3)  # the start and two rows
        with as_staff() as db:
            left = runs.cancel(db, run_id)
        carry()
        halfway = sorted(row.status.value for row in rows_of(owner_session, run_id))
        with as_staff() as db:
            runs.again(db, run_id)
        carry()
        confirmed(as_staff, organisation, run_id, 2)
        carry()

        assert left == 2
        assert halfway == ["done", "done", "left", "left"]
        assert {row.status for row in rows_of(owner_session, run_id)} == {RowStatus.done}
        assert sorted(letters(owner_session).values()) == [1, 1, 1, 1]
        with as_staff() as db, pytest.raises(Refused):
            runs.cancel(db, run_id)

    def test_two_people_confirm_and_one_is_told(self, ready, begun, carry, as_staff, organisation):
        run_id = begun(ready(1))
        carry()
        confirmed(as_staff, organisation, run_id, 1)

        with pytest.raises(Refused, match="held"):
            confirmed(as_staff, organisation, run_id, 1)

    def test_a_worker_killed_in_mid_run_leaves_no_double_and_nothing_undone(
        self, ready, begun, carry, as_staff, organisation, owner_session, config, database, tmp_path
    ):
        run_id = begun(ready(4))
        carry()
        confirmed(as_staff, organisation, run_id, 4)
        carry(1)
        fuses = tmp_path / "fuses"
        fuses.mkdir()
        for fuse in ("bulk_row_made", "bulk_row_settled"):
            (fuses / fuse).touch()
            died = killed(config, fuses, due_of(owner_session))
            assert died == -9
            assert list(fuses.iterdir()) == []
        owner_session.execute(text("UPDATE outbox_message SET lease_until = now() - interval '1 s', leased_at = now() WHERE state = 'leased'"))  # fmt: skip
        owner_session.execute(text("UPDATE outbox_message SET state = 'ready' WHERE state = 'leased'"))  # fmt: skip
        owner_session.commit()
        carry()

        assert {row.status for row in rows_of(owner_session, run_id)} == {RowStatus.done}
        assert stored(owner_session, BulkRun, run_id).status is BulkStatus.done
        assert sorted(letters(owner_session).values()) == [1, 1, 1, 1]
        assert owner_session.scalar(select(func.count()).select_from(SignatureRequest)) == 4


def killed(config, fuses, ids) -> int:
    """Let a process of its own keep these promises until its fuse kills it."""
    own = {
        "DATABASE_URL": config.database_url, "DATABASE_WORKER_URL": config.database_worker_url,
        "DATABASE_OWNER_URL": config.database_owner_url, "REDIS_URL": config.redis_url,
        "BASE_URL": config.base_url, "VAR": str(config.var), "TESTING": "1", "CRASH_AT": str(fuses),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", CARRY, *map(str, ids)], env={**os.environ, **own}, cwd=ROOT,
        check=False, capture_output=True, timeout=120,
    )  # fmt: skip
    return done.returncode


class TestNudging:
    @pytest.fixture
    def unsigned(self, as_staff, drafted, organisation):
        send_one(as_staff, drafted, organisation)
        return drafted

    def test_reminds_once_a_day(
        self, unsigned, begun, carry, as_staff, organisation, owner_session
    ):
        run_id = begun([unsigned], BulkKind.nudge_unsigned)
        carry()
        confirmed(as_staff, organisation, run_id, 1)
        carry()
        again = begun([unsigned], BulkKind.nudge_unsigned)
        carry()

        assert rows_of(owner_session, run_id)[0].outcome == "Reminded"
        assert list(letters(owner_session, "contract_reminder").values()) == [1]
        (row,) = rows_of(owner_session, again)
        assert (row.status, "reminded today" in row.reason) == (RowStatus.blocked, True)

    def test_leaves_out_who_is_not_asked_or_not_reached(
        self, unsigned, ready, begun, carry, owner_session
    ):
        (unsent,) = ready(1)
        owner_session.query(ContactPoint).update({ContactPoint.verified_at: None})
        owner_session.commit()

        run_id = begun([unsigned, unsent], BulkKind.nudge_unsigned)
        carry()

        first, second = rows_of(owner_session, run_id)
        assert "no verified e-mail" in first.reason
        assert "nobody is asked to sign it" in second.reason


class TestOnTheDesk:
    def test_from_choosing_to_the_results(self, staff, ready, carry, organisation, owner_session):
        ready(2)
        browser = staff("Contracts", organisation_id=organisation.id)

        page = browser.get("/admin/bulk-runs/choose/send_contracts").text
        ids = re.findall(r'name="rowid" value="(\d+)" checked', page)
        where = browser.send("/admin/bulk-runs/begin/send_contracts", {"rowid": ids}).location
        trying = browser.get(where).text
        carry()
        tried = browser.get(where).text
        wrong = browser.send(f"{where}/confirm", {"count": "3"})
        browser.send(f"{where}/confirm", {"count": "2"})
        held = browser.get(where).text
        browser.send(f"{where}/move/release")
        carry()
        done = browser.get(where).text
        with browser.get(f"{where}/results") as answer:
            results = answer.text

        assert len(ids) == 2
        assert "looked at" in trying
        assert "http-equiv" in trying
        assert "Type 2 to confirm" in tried
        assert wrong.status_code == 422
        assert 'value="3"' in wrong.text
        assert "Start now" in held
        assert "2 of 2 are done" in done
        assert "http-equiv" not in done
        assert results.count(",done,") == 2
        assert "Send 2 contracts for signature" in browser.get("/admin/bulk-runs/").text
        state = browser.get(f"{where}/state").json
        assert (state["is_at_work"], state["words"]) == (False, "2 of 2 are done.")
        assert (state["status"], state["ended"], state["rows"]) == ("done", 2, "")

    def test_nothing_chosen_is_said_and_everything_may_be(self, staff, ready, organisation):
        ready(2)
        browser = staff("Contracts", organisation_id=organisation.id)

        none = browser.send("/admin/bulk-runs/begin/send_contracts", {"q": ""})
        every = browser.send("/admin/bulk-runs/begin/send_contracts", {"everything": "1"})

        assert (none.status_code, "Choose at least one" in none.text) == (422, True)
        assert "2 contracts" in browser.get(every.location).text

    def test_candidates_are_narrowed(self, staff, ready, organisation, owner_session):
        ready(1)
        ready(1)
        first, second = owner_session.scalars(select(Production).order_by(Production.id))
        browser = staff("Administrator", organisation_id=organisation.id)
        where = "/admin/bulk-runs/choose/send_contracts"

        assert browser.get(where).text.count('name="rowid"') == 2
        assert browser.get(f"{where}?production={first.id}").text.count('name="rowid"') == 1
        assert browser.get(f"{where}?q=nobody").text.count('name="rowid"') == 0
        assert browser.get(f"{where}?from=2099-01-01").text.count('name="rowid"') == 0
        assert (
            browser.get(f"{where}?from=tomorrow&production={second.id}").text.count('name="rowid"')
            == 1
        )
        assert browser.get("/admin/bulk-runs/choose/explode").status_code == 404

    def test_chosen_in_the_list_of_contracts_it_begins_there(self, staff, ready, organisation):
        ids = ready(2)
        browser = staff("Contracts", organisation_id=organisation.id)

        answer = browser.send(
            "/admin/contracts/action_post", {"action": "send_many", "rowid": [str(i) for i in ids]}
        )

        assert "Send 2 contracts for signature" in browser.get(answer.location).text

    def test_a_move_that_does_not_fit_is_said(
        self, staff, begun, ready, organisation, owner_session
    ):
        run = owner_session.get_one(BulkRun, begun(ready(1)))
        browser = staff("Contracts", organisation_id=organisation.id)

        answer = browser.send(f"/admin/bulk-runs/{run.public_id}/move/undo", follow_redirects=True)

        assert "cannot be undone" in answer.text or "cannot undo" in answer.text
        assert browser.send(f"/admin/bulk-runs/{run.public_id}/move/explode").status_code == 404
        stopped = browser.send(
            f"/admin/bulk-runs/{run.public_id}/move/cancel", follow_redirects=True
        )
        assert "It is stopped" in stopped.text

    def test_an_auditor_only_looks_and_others_see_nothing(self, staff, begun, ready, organisation, owner_session):  # fmt: skip
        run = owner_session.get_one(BulkRun, begun(ready(1)))
        auditor = staff("Auditor", organisation_id=organisation.id)

        assert auditor.get(f"/admin/bulk-runs/{run.public_id}").status_code == 200
        assert auditor.send(f"/admin/bulk-runs/{run.public_id}/move/cancel").status_code == 403
        for role in ("Finance", "Schedule", "Approver", "Manager"):
            assert (
                staff(role, organisation_id=organisation.id).get("/admin/bulk-runs/").status_code
                == 403
            )


def test_what_is_promised_below_is_never_hurried(as_staff, organisation, owner_session):
    with as_staff() as db, outbox.below(db, 50):
        low = outbox.promise(db, organisation_id=organisation.id, kind="x.y", key="1", payload={})
    with as_staff() as db:
        usual = outbox.promise(db, organisation_id=organisation.id, kind="x.y", key="2", payload={})

    assert stored(owner_session, OutboxMessage, low).priority == 50
    assert stored(owner_session, OutboxMessage, usual).priority == 100
