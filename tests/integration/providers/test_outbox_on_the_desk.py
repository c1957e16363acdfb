"""The outbox and the inbox as staff read them, and what they decide there."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.db.clock import now
from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.domain.outbox_decisions import DecisionStatus
from app.models import InboxNotice, OutboxDecision, OutboxMessage
from app.services import inbox, outbox
from tests.integration.providers.conftest import stored

DONE = {"deed": "done", "reason": "Seen in the list of bills", "external_id": "INV-7", "attested": "1"}  # fmt: skip


class TestTheList:
    def test_says_what_it_is_in_words_of_the_trade(self, staff, promised):
        promised("ledger.payable", state=MessageState.dead, last_error="The period is locked.")

        page = staff("Administrator").get("/admin/outbox/list/").text

        assert "Bill CLM-0042 to Built-in ledger" in page
        assert "The period is locked." in page
        assert "Needs a person" in page

    def test_a_sign_in_letter_never_shows(self, staff, app, owner_session):
        message = OutboxMessage(
            kind="mail.sign_in", dedup_key="sign-in-1", cls="U", payload={"address": "a@b.example"},
            payload_sha256=b"", state=MessageState.dead,
        )  # fmt: skip
        owner_session.add(message)
        owner_session.commit()
        browser = staff("Administrator")

        assert (
            "Mail sign in"
            not in browser.get("/admin/outbox/list/?view=all").text.split("<table")[-1]
        )
        assert browser.get(f"/admin/outbox/show/{message.id}").status_code == 404

    def test_is_narrowed_by_provider_state_kind_and_day(self, staff, promised):
        promised("ledger.payable", "a", payload={"about": "ONE"})
        promised("mail.send", "b", payload={"about": "TWO"}, state=MessageState.done)
        promised("report.make", "c", payload={"about": "THREE"})
        browser = staff("Administrator")

        def shown(query):
            page = browser.get(f"/admin/outbox/list/?view=all&{query}").text
            return {word for word in ("ONE", "TWO", "THREE") if word in page}

        assert shown("port=accounting") == {"ONE"}
        assert shown("port=house") == {"THREE"}
        assert shown("state=done") == {"TWO"}
        assert shown("kind=report.make") == {"THREE"}
        assert shown(f"from={(now() + timedelta(days=2)).date()}") == set()
        assert shown("q=fact") == set()

    def test_who_sees_to_money_sees_what_concerns_money_alone(self, staff, promised):
        bill = promised("ledger.payable", "a", state=MessageState.dead)
        letter = promised("mail.send", "b", state=MessageState.dead)
        browser = staff("Finance")

        page = browser.get("/admin/outbox/list/").text

        assert "Bill CLM-0042" in page
        assert "Letter CLM-0042" not in page
        assert browser.get(f"/admin/outbox/show/{bill}").status_code == 200
        assert browser.get(f"/admin/outbox/show/{letter}").status_code == 404

    @pytest.mark.parametrize("role", ["Contracts", "Schedule", "Approver", "Manager"])
    def test_nobody_else_reads_it(self, staff, role):
        assert staff(role).get("/admin/outbox/list/").status_code == 403
        assert staff(role).get("/admin/inbox/list/").status_code == 403


class TestOnePromise:
    def test_shows_every_attempt_and_what_was_said(self, staff, promised, tried):
        made = promised(state=MessageState.in_doubt, last_error="No answer within 20 s.")
        said = {"method": "PUT", "url": "https://api.example/Invoices", "request": {"Total": "9"},
                "status": None, "headers": {}, "answer": None}  # fmt: skip
        tried(made, exchanges=[said])

        page = staff("Auditor").get(f"/admin/outbox/show/{made}").text

        assert "PUT https://api.example/Invoices, no answer" in page
        assert "No answer" in page
        assert "Nobody knows whether it happened" in page
        assert "Try again" not in page

    @pytest.mark.parametrize(
        ("cls", "outcome", "words"),
        [
            ("K", AttemptOutcome.unknown, "(500). It is tried again <time"),
            (
                "R",
                AttemptOutcome.unknown,
                "Built-in ledger is asked before it is sent again: <time",
            ),
            ("R", AttemptOutcome.not_found, "is asked once more before it is sent again: <time"),
            ("U", AttemptOutcome.unknown, "it is not simply sent again. It is looked at: <time"),
            ("K", AttemptOutcome.released, "(500).</p>"),
        ],
    )
    def test_says_what_went_wrong_and_what_comes_next(
        self, staff, promised, tried, cls, outcome, words
    ):
        made = promised("ledger.payable", cls=cls, last_error="Xero had an error of its own (500).")
        tried(made, outcome=outcome, http_status=500)

        page = staff("Administrator").get(f"/admin/outbox/show/{made}").text

        assert "Xero had an error of its own (500)." in page
        assert words in page

    def test_in_doubt_says_what_the_provider_answered(self, staff, promised, tried):
        words = "SendGrid had an error of its own (500). It may have happened all the same."
        made = promised(state=MessageState.in_doubt, last_error=words)
        tried(made, http_status=500)

        page = staff("Administrator").get(f"/admin/outbox/show/{made}").text

        assert f"{words} Nothing is sent again by itself. Look at" in page

    def test_is_tried_again_for_a_reason_which_the_log_keeps(self, staff, promised, owner_session):
        made = promised(state=MessageState.dead)
        browser = staff("Administrator")

        refused = browser.send(f"/admin/outbox/decide/{made}", {"deed": "retry", "reason": " "})
        taken = browser.send(
            f"/admin/outbox/decide/{made}", {"deed": "retry", "reason": "It is up"}
        )

        assert (refused.status_code, taken.status_code) == (422, 303)
        assert "Say why" in refused.text
        assert stored(owner_session, OutboxMessage, made).state is MessageState.ready
        told = owner_session.scalar(text("SELECT actor || ' ' || reason FROM audit_entry WHERE entity = 'outbox_message'"))  # fmt: skip
        assert told == f"staff:{browser.user_id} It is up"

    def test_done_by_hand_asks_for_number_and_word_and_keeps_what_was_typed(self, staff, promised):
        made = promised(state=MessageState.in_doubt)
        browser = staff("Administrator")
        where = f"/admin/outbox/decide/{made}"

        without_number = browser.send(where, {**DONE, "external_id": ""})
        without_word = browser.send(where, {**DONE, "attested": ""})

        assert "own number" in without_number.text
        assert "Tick that you have seen it" in without_word.text
        assert 'value="INV-7"' in without_word.text
        assert without_word.status_code == 422

    def test_what_is_over_is_left_alone(self, staff, promised):
        made = promised(state=MessageState.done)
        browser = staff("Administrator")

        answer = browser.send(f"/admin/outbox/decide/{made}", {"deed": "cancel", "reason": "x"})

        assert answer.status_code == 422
        assert "nothing to decide" in answer.text
        assert browser.send(f"/admin/outbox/decide/{made}", {"deed": "explode"}).status_code == 400

    def test_taken_as_done_our_records_learn_of_it_from_the_courier(
        self, staff, work, promised, owner_session, organisation, as_staff
    ):
        made = promised("report.remove", state=MessageState.in_doubt, payload={"sha256": "00"})

        staff("Administrator").send(f"/admin/outbox/decide/{made}", DONE)
        work("report")

        message = stored(owner_session, OutboxMessage, made)
        assert (message.state, message.external_id) == (MessageState.done, "INV-7")


class TestMoney:
    def test_one_proposes_and_another_agrees(self, staff, promised, owner_session):
        made = promised("ledger.payable", state=MessageState.dead)
        first, second = staff("Administrator"), staff("Finance")

        proposed = first.send(f"/admin/outbox/decide/{made}", {**DONE, "deed": "cancel"})
        again = first.send(f"/admin/outbox/decide/{made}", {**DONE, "deed": "retry"})
        alone = first.send(f"/admin/outbox/agree/{made}")
        before = stored(owner_session, OutboxMessage, made).state
        agreed = second.send(f"/admin/outbox/agree/{made}")

        assert proposed.status_code == 303
        assert "proposed something already" in again.text
        assert "Somebody else approves it" in alone.text
        assert before is MessageState.dead
        assert agreed.status_code == 303
        assert stored(owner_session, OutboxMessage, made).state is MessageState.cancelled
        decision = owner_session.query(OutboxDecision).one()
        assert decision.status is DecisionStatus.agreed
        assert decision.decided_by_id == second.user_id

    def test_a_proposal_is_refused_with_a_reason_or_taken_back(
        self, staff, promised, owner_session
    ):
        made = promised("ledger.payable", state=MessageState.dead)
        first, second = staff("Administrator"), staff("Finance")
        first.send(f"/admin/outbox/decide/{made}", {**DONE, "deed": "retry"})

        silent = second.send(f"/admin/outbox/refuse/{made}", {"answer": ""})
        second.send(f"/admin/outbox/refuse/{made}", {"answer": "The period is still locked"})
        first.send(f"/admin/outbox/decide/{made}", {**DONE, "deed": "retry"})
        first.send(f"/admin/outbox/refuse/{made}", {"answer": "Too early"})
        late = second.send(f"/admin/outbox/agree/{made}")

        assert silent.status_code == 422
        assert "Nothing is proposed any more" in late.text
        assert stored(owner_session, OutboxMessage, made).state is MessageState.dead
        assert {d.status for d in owner_session.query(OutboxDecision)} == {DecisionStatus.refused}

    def test_the_database_holds_the_two_apart(self, promised, owner_session, staff, organisation):
        made = promised("ledger.payable", state=MessageState.dead)
        browser = staff("Administrator")
        browser.send(f"/admin/outbox/decide/{made}", {**DONE, "deed": "retry"})

        with pytest.raises(Exception, match="ck_outbox_decision_apart"):
            owner_session.execute(text("UPDATE outbox_decision SET decided_by_id = proposed_by_id"))


class TestTheInbox:
    def test_shows_a_notice_masked_and_reads_it_again_for_a_reason(
        self, staff, heard, owner_session
    ):
        notice = heard(state=NoticeState.failed, reason="KeyError", attempts=16)
        browser = staff("Administrator")

        page = browser.get(f"/admin/inbox/show/{notice}").text
        silent = browser.send(f"/admin/inbox/replay/{notice}", {"reason": ""})
        browser.send(f"/admin/inbox/replay/{notice}", {"reason": "The reader is mended"})

        assert "PAID" in page
        assert "very-secret" not in page
        assert (silent.status_code, "Say why" in silent.text) == (422, True)
        kept = stored(owner_session, InboxNotice, notice)
        assert (kept.state, kept.attempts) == (NoticeState.new, 0)
        told = owner_session.scalar(text("SELECT reason FROM audit_entry WHERE entity = 'inbox_notice'"))  # fmt: skip
        assert told == "The reader is mended"

    def test_what_waits_to_be_read_is_not_read_twice(self, staff, heard):
        notice = heard()

        answer = staff("Administrator").send(f"/admin/inbox/replay/{notice}", {"reason": "again"})

        assert "waits to be read already" in answer.text

    def test_leads_to_the_promise_it_answers(self, staff, heard, promised):
        promised("ledger.payable", state=MessageState.done, external_id="INV-7")
        notice = heard(state=NoticeState.done)

        assert "Bill CLM-0042" in staff("Auditor").get(f"/admin/inbox/show/{notice}").text

    def test_reading_again_is_refused_for_what_is_not_there(self, as_staff):
        with as_staff() as db, pytest.raises(Exception, match="no such notice"):
            inbox.replay(db, 99, reason="x")


class TestAttempts:
    def test_an_outcome_by_hand_resolves_the_doubt(self, promised, tried, as_staff, owner_session):
        made = promised(state=MessageState.in_doubt)
        tried(made)

        with as_staff() as db:
            outbox.done_by_hand(db, made, external_id=" 7 ", reason="seen")

        found = owner_session.execute(text("SELECT outcome FROM outbox_attempt")).scalar_one()
        assert found == AttemptOutcome.found
        with as_staff() as db, pytest.raises(Exception, match="own number"):
            outbox.done_by_hand(db, made, external_id=" ", reason="seen")
