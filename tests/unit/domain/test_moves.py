from itertools import product

import pytest

from app.domain import (
    alerts,
    bulk_runs,
    contracts,
    expenses,
    imports,
    outbox,
    outbox_decisions,
    outbox_moves,
    payables,
    people,
    reports,
    schedules,
    sign_in,
)
from app.domain.errors import MoveRefused, Refused
from app.domain.messages import DeliveryStatus, next_delivery_status

LIVES = [
    (contracts.MOVES, contracts.next_status, contracts.ContractStatus, contracts.ContractEvent),
    (
        contracts.AMENDMENT_MOVES,
        contracts.next_amendment_status,
        contracts.AmendmentStatus,
        contracts.AmendmentEvent,
    ),
    (
        contracts.SIGNATURE_REQUEST_MOVES,
        contracts.next_signature_request_status,
        contracts.SignatureRequestStatus,
        contracts.SignatureRequestEvent,
    ),
    (expenses.MOVES, expenses.next_line_status, expenses.LineStatus, expenses.LineEvent),
    (alerts.MOVES, alerts.next_alert_status, alerts.AlertStatus, alerts.AlertEvent),
    (
        bulk_runs.MOVES,
        bulk_runs.next_bulk_status,
        bulk_runs.BulkStatus,
        bulk_runs.BulkEvent,
    ),
    (
        bulk_runs.ROW_MOVES,
        bulk_runs.next_row_status,
        bulk_runs.RowStatus,
        bulk_runs.RowEvent,
    ),
    (
        outbox_decisions.MOVES,
        outbox_decisions.next_decision_status,
        outbox_decisions.DecisionStatus,
        outbox_decisions.DecisionEvent,
    ),
    (imports.MOVES, imports.next_import_status, imports.ImportStatus, imports.ImportEvent),
    (
        outbox_moves.MOVES,
        outbox_moves.next_message_state,
        outbox.MessageState,
        outbox_moves.MessageEvent,
    ),
    (payables.MOVES, payables.next_payable_status, payables.PayableStatus, payables.PayableEvent),
    (
        payables.LEDGER_MOVES,
        payables.next_ledger_status,
        payables.LedgerStatus,
        payables.LedgerEvent,
    ),
    (
        people.ENGAGEMENT_MOVES,
        people.next_engagement_status,
        people.EngagementStatus,
        people.EngagementEvent,
    ),
    (
        people.AVAILABILITY_MOVES,
        people.next_availability_status,
        people.AvailabilityStatus,
        people.AvailabilityEvent,
    ),
    (
        people.BANK_DETAIL_MOVES,
        people.next_bank_detail_status,
        people.BankDetailStatus,
        people.BankDetailEvent,
    ),
    (reports.MOVES, reports.next_report_status, reports.ReportStatus, reports.ReportEvent),
    (schedules.MOVES, schedules.next_call_status, schedules.CallStatus, schedules.CallEvent),
    (sign_in.MOVES, sign_in.next_staff_status, sign_in.StaffStatus, sign_in.StaffEvent),
]


@pytest.mark.parametrize(
    ("moves", "follow", "statuses", "events"), LIVES, ids=[life[2].__name__ for life in LIVES]
)
class TestEveryLife:
    def test_each_move_is_in_the_table_or_refused(self, moves, follow, statuses, events):
        for status, event in product(statuses, events):
            if (status, event) in moves:
                assert follow(status, event) is moves[status, event]
            else:
                with pytest.raises(MoveRefused):
                    follow(status, event)

    def test_every_event_moves_something(self, moves, follow, statuses, events):
        assert {event for _, event in moves} == set(events)

    def test_every_status_is_in_the_story(self, moves, follow, statuses, events):
        assert {status for status, _ in moves} | set(moves.values()) == set(statuses)


class TestARefusedMove:
    def test_says_what_the_record_is_and_what_it_cannot(self):
        with pytest.raises(MoveRefused) as refusal:
            contracts.next_status(contracts.ContractStatus.executed, contracts.ContractEvent.send)

        assert str(refusal.value) == "A contract that is executed cannot be sent."

    def test_takes_the_article_of_its_noun(self):
        with pytest.raises(MoveRefused) as refusal:
            people.next_engagement_status(
                people.EngagementStatus.released, people.EngagementEvent.complete
            )

        assert str(refusal.value) == "An engagement that is released cannot be completed."


class TestContract:
    def test_executed_ends_in_nothing_but_completed_or_terminated(self):
        after = {
            follows for (status, _), follows in contracts.MOVES.items() if status == "executed"
        }

        assert after == {"completed", "terminated"}

    @pytest.mark.parametrize(
        "status",
        ["draft", "in_review", "ready", "sent", "part_signed", "signed_by_artist", "external"],
    )
    def test_a_signed_paper_executes_any_open_contract(self, status):
        event = contracts.ContractEvent.upload_signed

        assert contracts.next_status(contracts.ContractStatus(status), event) == "executed"


class TestNewsOfAMessage:
    @pytest.mark.parametrize(
        ("status", "reported", "after"),
        [
            ("queued", "accepted", "accepted"),
            ("delivered", "accepted", "delivered"),
            ("delivered", "bounced", "bounced"),
            ("in_doubt", "delivered", "delivered"),
            ("bounced", "failed", "bounced"),
            ("accepted", "in_doubt", "accepted"),
        ],
    )
    def test_only_raises_its_rank(self, status, reported, after):
        assert next_delivery_status(DeliveryStatus(status), DeliveryStatus(reported)) == after


class TestVerifier:
    @pytest.mark.parametrize(("verifier", "caller"), [(1, 1), (1, None)])
    def test_is_never_who_phoned_and_never_without_a_call(self, verifier, caller):
        with pytest.raises(Refused):
            people.check_verifier(verifier, caller)

    def test_is_a_second_person(self):
        assert people.check_verifier(1, 2) is None
