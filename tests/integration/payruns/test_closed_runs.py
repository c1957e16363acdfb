"""Pay runs whose payables changed meanwhile: nothing is paid that nobody decided."""

from datetime import timedelta

import pytest

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.payables import LedgerStatus, PayableStatus
from app.models.pay_runs import PayRun
from app.services import payables
from app.services.pay_runs import checking, exporting, making, reading


@pytest.fixture
def begin(account, finance, as_staff, owner_session):
    """Return a maker of runs of some payables."""

    def make(*chosen):
        return making.begin(
            owner_session, account.id, file=None, pay_on=now().date() + timedelta(days=2),
            chosen=[one.id for one in chosen], by=finance.user_id,
        )  # fmt: skip

    return make


@pytest.fixture
def mine(owner_session):
    """Return a record as the owner's session has it."""
    return lambda record: owner_session.get_one(type(record), record.id)


def test_what_is_gone_held_or_frozen_is_not_put_into_a_run(begin, owe, mine, owner_session):
    first, second = (mine(owe(f"FEE-0147-{place}")) for place in (1, 2))
    run = begin(first)

    with pytest.raises(Refused, match="is not there any more"):
        making.add(owner_session, run, [second.id, 987654], by=1)
    payables.hold(owner_session, second, reason="New account")
    with pytest.raises(Refused, match=r"is held\. Choose what is open"):
        making.add(owner_session, run, [second.id], by=1)
    with pytest.raises(Refused, match="Take it out there first"):
        making.add(owner_session, run, [first.id], by=1)
    with pytest.raises(Refused, match="This payable is not in the run any more"):
        making.take_out(owner_session, run, 987654)
    making.cancel(owner_session, run, reason="Another week.")
    with pytest.raises(Refused, match="is cancelled: nothing in it changes any more"):
        making.add(owner_session, run, [second.id], by=1)


def test_an_empty_run_is_not_checked_and_a_full_one_takes_no_more(
    begin, owe, mine, owner_session, monkeypatch
):  # fmt: skip
    first, second = (mine(owe(f"FEE-0147-{place}")) for place in (1, 2))
    run = begin(first)
    monkeypatch.setattr(making, "MOST", 1)

    with pytest.raises(Refused, match="A pay run has at most 1 payments"):
        making.add(owner_session, run, [second.id], by=1)
    making.take_out(owner_session, run, run.lines[0].id)
    with pytest.raises(Refused, match="There is nothing in this run"):
        checking.check(owner_session, run)
    with pytest.raises(Refused, match="It is approved first"):
        exporting.export(owner_session, run, by=1, keep=lambda _content: "")
    assert isinstance(owner_session.get(PayRun, run.id), PayRun)
    assert (
        list(reading.remittance(owner_session, run.number, person_id=first.engagement.person_id))
        == []
    )


def test_what_is_on_its_way_to_the_ledger_is_held_instead_of_voided(owe, mine, owner_session):
    payable = mine(owe(post=False))
    document = payable.ledger_document
    assert document.status is LedgerStatus.posting

    with pytest.raises(Refused, match="is on its way to the ledger"):
        payables.void(owner_session, payable, reason="Twice")
    for _ in range(2):
        payables.drop(owner_session, payable, reason="Cancelled")

    assert (payable.status, payable.held_reason) == (PayableStatus.held, "Cancelled")
