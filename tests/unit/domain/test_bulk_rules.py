"""The rules of bulk runs: what follows what, what is confirmed, what is never done twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bulk_runs import (
    FIXES,
    MOST,
    MOVES,
    REST,
    ROW_MOVES,
    UNDO,
    BulkEvent,
    BulkStatus,
    RowEvent,
    RowStatus,
    check_chosen,
    check_confirmed,
    fix_for,
    next_bulk_status,
    next_row_status,
    release_at,
)
from app.domain.errors import MoveRefused, Refused


@given(st.lists(st.sampled_from(RowEvent), max_size=40))
def test_a_row_that_is_done_is_never_taken_up_again(events):
    status, done = RowStatus.unchecked, 0
    for event in events:
        try:
            status = next_row_status(status, event)
        except MoveRefused:
            continue
        done += event is RowEvent.succeed

    assert done <= 1
    assert (done == 1) == (status is RowStatus.done)


@given(st.lists(st.sampled_from(BulkEvent), max_size=40))
def test_no_run_starts_that_nobody_confirmed_since_it_was_tried(events):
    status, trace = BulkStatus.checking, []
    for event in events:
        try:
            status = next_bulk_status(status, event)
        except MoveRefused:
            continue
        trace.append(event)

    for place, event in enumerate(trace):
        if event is BulkEvent.start:
            assert trace[place - 2 : place] == [BulkEvent.check, BulkEvent.confirm]


def test_only_a_held_run_can_be_undone():
    able = {status for status, event in MOVES if event is BulkEvent.undo}

    assert able == {BulkStatus.held}


def test_another_try_takes_up_exactly_what_is_not_done_and_not_under_way():
    able = {status for status, event in ROW_MOVES if event is RowEvent.again}

    assert able == REST
    assert RowStatus.done not in REST
    assert RowStatus.waiting not in REST


@given(st.integers(1, MOST))
def test_a_run_is_confirmed_by_its_number_alone(ready):
    check_confirmed(f" {ready:,} ", ready)

    for typed in ("", "yes", str(ready + 1), f"{ready}.0", f"-{ready}"):
        with pytest.raises(Refused, match=f"Type {ready}"):
            check_confirmed(typed, ready)


def test_nothing_ready_is_nothing_to_confirm():
    with pytest.raises(Refused, match="Nothing is ready"):
        check_confirmed("0", 0)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=80))
def test_each_record_is_taken_along_once_in_the_order_it_was_chosen(ids):
    chosen = check_chosen(ids)

    assert sorted(chosen) == sorted(set(ids))
    assert chosen == sorted(chosen, key=ids.index)


def test_none_and_too_many_are_refused():
    with pytest.raises(Refused, match="at least one"):
        check_chosen([])
    with pytest.raises(Refused, match="2,001 are too many"):
        check_chosen(range(MOST + 1))


def test_a_run_starts_by_itself_when_it_cannot_be_undone_any_more():
    at = datetime(2026, 11, 25, 9, tzinfo=UTC)

    assert release_at(at) == at + UNDO
    assert release_at(at, timedelta()) == at


def test_the_first_complaint_that_a_page_can_mend_names_the_page():
    assert fix_for(["missing", "signer_id"]) == "contract_text"
    assert fix_for([None, "instalments"]) == "engagement_edit"
    assert fix_for([None]) == "contract"
    assert set(FIXES.values()) == {"contract", "contract_text", "engagement_edit", "engagement"}
