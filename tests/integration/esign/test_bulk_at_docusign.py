"""A bulk run at DocuSign: two calls and one paper a contract, and a run taken up again touches the rest only."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.bulk_runs import RowStatus
from app.domain.outbox import MessageState
from app.models import BulkRun, BulkRunRow, OutboxMessage, SignatureRequest
from app.services.bulk_runs import runs
from app.services.contracts import paper
from tests.integration.contracts.conftest import begun, ready  # noqa: F401 -- fixtures used by name
from tests.simulators.gate import needs_specs

pytestmark = needs_specs

ENVELOPES = r"/restapi/.*/envelopes"


@pytest.fixture
def papers(monkeypatch):
    """Count the papers that are made."""
    made = []
    own = paper.pdf
    monkeypatch.setattr(paper, "pdf", lambda one: (made.append(one.number), own(one))[1])
    return made


@pytest.fixture
def carry(as_worker, owner_session):
    """Keep promises of these kinds that are due, the most urgent first, so many at most."""

    def run(*kinds, most=100):
        kept = 0
        while kept < most:
            owner_session.rollback()
            asked = select(OutboxMessage.id).where(
                OutboxMessage.kind.in_(kinds), OutboxMessage.state == MessageState.ready,
                OutboxMessage.not_before <= now(),
            ).order_by(OutboxMessage.priority.desc(), OutboxMessage.id).limit(most - kept)  # fmt: skip
            due = owner_session.scalars(asked).all()
            owner_session.rollback()
            if not due:
                return
            as_worker(lambda crew, due=due: [crew.courier.run(each) for each in due])
            kept += len(due)

    return run


@pytest.fixture
def confirm(as_staff, organisation):
    """Mean it, with no time to undo."""

    def run(run_id, count):
        with as_staff() as db:
            runs.confirm(
                db, run_id, typed=str(count), user_id=organisation.signatory_user_id,
                undo=timedelta(),
            )  # fmt: skip

    return run


def test_two_calls_a_contract_and_what_is_taken_up_again_touches_only_the_rest(
    ready, begun, carry, confirm, as_staff, account, vendor, papers, owner_session  # noqa: F811
):  # fmt: skip
    run_id = begun(ready(5))
    carry("bulk.check")
    confirm(run_id, 5)
    carry("bulk.start")
    carry("bulk.row", most=2)
    carry("esign.send")
    first = set(account.envelopes)
    with as_staff() as db:
        runs.cancel(db, run_id)
        runs.again(db, run_id)
    carry("bulk.check")
    confirm(run_id, 3)
    carry("bulk.start", "bulk.row", "esign.send")

    looks, creations = (vendor.faults.count(how, ENVELOPES) for how in ("GET", "POST"))
    assert len(first) == 2
    assert first <= set(account.envelopes)
    assert (looks, creations, vendor.simulator.granted) == (5, 5, 1)
    assert set(Counter(one.subject for one in account.envelopes.values()).values()) == {1}
    assert sorted(Counter(papers).values()) == [1] * 5
    requests = owner_session.scalars(select(SignatureRequest)).all()
    assert {one.external_id for one in requests} == set(account.envelopes)


def test_sends_go_before_the_rows_behind_them_and_after_single_ones(
    ready, begun, carry, confirm, owner_session  # noqa: F811
):  # fmt: skip
    run_id = begun(ready(2))
    carry("bulk.check")
    confirm(run_id, 2)
    carry("bulk.start", "bulk.row", "esign.send")

    owner_session.rollback()
    asked = select(OutboxMessage.kind, OutboxMessage.priority).distinct()
    known = dict(owner_session.execute(asked).all())
    assert known["bulk.row"] < known["esign.send"] < 100
    assert known["mail.send"] <= known["esign.send"]


def test_the_page_says_of_each_row_where_its_contract_is_and_draws_what_changed(
    ready, begun, carry, confirm, staff, organisation, owner_session  # noqa: F811
):  # fmt: skip
    run_id = begun(ready(3))
    carry("bulk.check")
    confirm(run_id, 3)
    carry("bulk.start", "bulk.row")
    desk = staff("Contracts", organisation_id=organisation.id)
    where = f"/admin/bulk-runs/{owner_session.get_one(BulkRun, run_id).public_id}"
    waiting = desk.get(where).text
    since = desk.get(f"{where}/state").json["at"].replace("+", "%2B")
    carry("esign.send", most=1)
    news = desk.get(f"{where}/state?since={since}").json

    assert waiting.count("On its way to DocuSign") == 3
    assert "3 on their way" in waiting
    assert "data-state" in waiting
    assert news["is_at_work"]
    assert "1 out for signature, 2 on their way" in news["words"]
    assert news["rows"].count("Out at DocuSign") == 1
    rows = owner_session.scalars(select(BulkRunRow.status)).all()
    assert set(rows) == {RowStatus.done}
    carry("esign.send")
    after = desk.get(where).text
    assert after.count("Out at DocuSign") == 3
    assert "data-state" not in after


def test_a_contract_that_did_not_go_out_stands_first_with_the_reason(
    ready, begun, carry, confirm, staff, organisation, owner_session, config  # noqa: F811
):  # fmt: skip
    run_id = begun(ready(2))
    carry("bulk.check")
    confirm(run_id, 2)
    carry("bulk.start", "bulk.row")
    config.vendor["DOCUSIGN_TEMPLATE_ID"] = "nobody-knows-it"
    carry("esign.send", most=1)
    desk = staff("Contracts", organisation_id=organisation.id)
    where = f"/admin/bulk-runs/{owner_session.get_one(BulkRun, run_id).public_id}"

    page = desk.get(where).text

    assert "1 on their way, 1 did not go out" in page.replace("1 did not go out, 1 on", "1 on")
    assert page.index("Did not go out to DocuSign") < page.index("On its way to DocuSign")
    assert "TEMPLATE_ID_INVALID" in page
    assert desk.get(f"{where}/state?since=nonsense").json["rows"] == ""
