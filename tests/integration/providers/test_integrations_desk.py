"""The integrations desk by role: how providers are doing, what is switched, what needs a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.db.clock import now
from app.domain.outbox import AttemptOutcome, MessageState, NoticeState
from app.domain.providers import PORTS, port_of
from app.models import AttentionItem, OutboxMessage, ProviderConnection, ProviderSwitch
from app.services import attention
from app.webhooks import refuse
from tasks.couriers.provider_tests import TRIALS
from tests.integration.providers.conftest import stored


class TestTheDesk:
    def test_names_who_serves_each_need(self, staff):
        page = staff("Auditor").get("/admin/integrations/").text

        assert [port.label for port in PORTS if port.label not in page] == []
        assert "Post room" in page
        assert "Built-in signing" in page

    def test_says_what_waits_since_when_it_could_have_gone(self, staff, promised, tried):
        promised(not_before=now() - timedelta(minutes=40))
        promised(key="tomorrow", not_before=now() + timedelta(days=1))

        page = staff("Administrator").get("/admin/integrations/").text

        assert "2 messages wait to go out" in page
        assert "Letter CLM-0042 by Post room" in page

    def test_says_how_the_last_call_ended_and_how_many_there_were(self, staff, promised, tried):
        made = promised("ledger.payable", state=MessageState.ready, last_error="Too many calls.")
        tried(made, outcome=AttemptOutcome.retry)
        browser = staff("Administrator")

        assert "Did not answer" in browser.get("/admin/integrations/").text
        assert "Too many calls." in browser.get("/admin/integrations/accounting").text

    def test_counts_what_was_heard_set_aside_and_turned_away(self, staff, app, heard):
        heard("postroom", state=NoticeState.refused)
        with app.test_request_context():
            for _ in range(3):
                refuse("postroom")

        page = staff("Administrator").get("/admin/integrations/").text

        assert "3 forged or stale, 1 set aside" in page

    def test_an_unknown_need_has_no_page(self, staff):
        assert staff("Administrator").get("/admin/integrations/teleport").status_code == 404

    def test_says_until_when_it_may_act_for_the_company(self, staff, owner_session, organisation):
        owner_session.add(
            ProviderConnection(
                organisation_id=organisation.id, provider="ledger", external_name="Demo books",
                access_until=now() + timedelta(days=3), connected_at=now(), connected_by="Ruth",
                settings={},
            )
        )  # fmt: skip
        owner_session.commit()

        page = staff("Administrator").get("/admin/integrations/accounting").text

        assert "Demo books" in page
        assert "Sign-in until" in page

    @pytest.mark.parametrize("role", ["Contracts", "Schedule", "Finance", "Approver", "Manager"])
    def test_others_do_not_see_it(self, staff, role):
        browser = staff(role)

        assert browser.get("/admin/integrations/").status_code == 403
        attention = browser.get("/admin/attention/").status_code
        assert attention == (200 if role == "Finance" else 403)


class TestSwitching:
    def test_a_pause_asks_why_and_is_kept_with_its_reason(self, staff, owner_session):
        browser = staff("Administrator")

        silent = browser.send("/admin/integrations/email/turn/pause", {"reason": ""})
        browser.send("/admin/integrations/email/turn/pause", {"reason": "Moving house"})
        twice = browser.send("/admin/integrations/email/turn/pause", {"reason": "Again"})

        assert (silent.status_code, "Say why" in silent.text) == (422, True)
        assert "paused already" in twice.text
        switch = owner_session.query(ProviderSwitch).one()
        assert (switch.provider, switch.is_paused, switch.reason) == (
            "postroom",
            True,
            "Moving house",
        )
        told = owner_session.scalar(text("SELECT reason FROM audit_entry WHERE entity = 'provider_switch' AND action = 'update'"))  # fmt: skip
        assert told == "Moving house"
        assert "Paused by" in browser.get("/admin/integrations/").text

    def test_it_carries_on(self, staff, owner_session):
        browser = staff("Administrator")
        browser.send("/admin/integrations/email/turn/pause", {"reason": "x"})

        browser.send("/admin/integrations/email/turn/carry_on", {"reason": "y"})
        twice = browser.send("/admin/integrations/email/turn/carry_on", {"reason": "y"})

        assert owner_session.query(ProviderSwitch).one().is_paused is False
        assert "It is not paused" in twice.text

    def test_work_goes_by_hand_and_back(self, staff, owner_session):
        browser = staff("Administrator")

        browser.send("/admin/integrations/accounting/turn/by_hand", {"reason": "Xero is away"})
        twice = browser.send("/admin/integrations/accounting/turn/by_hand", {"reason": "x"})
        was = owner_session.query(ProviderSwitch).one().is_manual
        browser.send("/admin/integrations/accounting/turn/by_provider", {"reason": "It is back"})
        back = browser.send("/admin/integrations/accounting/turn/by_provider", {"reason": "x"})
        owner_session.rollback()

        assert was is True
        assert "by hand already" in twice.text
        assert stored(owner_session, ProviderSwitch, owner_session.query(ProviderSwitch).one().id).is_manual is False  # fmt: skip
        assert "used already" in back.text
        assert (
            browser.send("/admin/integrations/email/turn/by_hand", {"reason": "x"}).status_code
            == 404
        )
        assert (
            browser.send("/admin/integrations/email/turn/over", {"reason": "x"}).status_code == 404
        )

    def test_an_auditor_only_looks(self, staff):
        browser = staff("Auditor")

        assert "Pause" not in browser.get("/admin/integrations/email").text
        assert (
            browser.send("/admin/integrations/email/turn/pause", {"reason": "x"}).status_code == 403
        )
        assert browser.send("/admin/integrations/email/test").status_code == 403

    def test_what_is_our_own_cannot_be_paused(self, staff):
        browser = staff("Administrator")

        assert "nothing to pause" in browser.get("/admin/integrations/esign").text
        assert (
            browser.send("/admin/integrations/esign/turn/pause", {"reason": "x"}).status_code == 404
        )


class TestComparing:
    def test_what_is_our_own_is_not_compared(self, staff):
        browser = staff("Administrator")

        assert "Compare now" not in browser.get("/admin/integrations/archive").text
        assert browser.send("/admin/integrations/archive/compare").status_code == 404


class TestTesting:
    @pytest.mark.parametrize(
        ("port", "said"),
        [("email", "The post room can be written."), ("archive", "The archive folder can be written."),
         ("accounting", "it answers"), ("files", "The folder of files can be written."),
         ("esign", "The seal of the house is there"), ("events", "Redis answers."),
         ("push", "Our key for notices can be used.")],
    )  # fmt: skip
    def test_what_is_embedded_is_tested_by_using_it(self, staff, work, port, said):
        browser = staff("Administrator")

        browser.send(f"/admin/integrations/{port}/test")
        waiting = browser.get(f"/admin/integrations/{port}").text
        work("provider")

        assert "is being tested" in waiting
        assert said in browser.get(f"/admin/integrations/{port}").text

    def test_a_folder_that_cannot_be_written_is_said(self, staff, work, config):
        config.var.mkdir(parents=True, exist_ok=True)
        (config.var / "archive").write_text("in the way")
        browser = staff("Administrator")

        browser.send("/admin/integrations/archive/test")
        work("provider")
        page = browser.get("/admin/integrations/archive").text

        assert "archive cannot be written" in page
        assert "Nothing needs a person" in browser.get("/admin/attention/").text

    def test_what_has_no_test_says_so(self, staff, work, monkeypatch):
        monkeypatch.delitem(TRIALS, ("events", "redis"))
        browser = staff("Administrator")

        browser.send("/admin/integrations/events/test")
        work("provider")

        assert "has no test that does no harm" in browser.get("/admin/integrations/events").text


@pytest.fixture
def asked(as_staff):
    with as_staff() as db:
        attention.ask(
            db, provider="xero", problem="locked_period", subject="payable:7",
            title="Xero: the period of FEE-0147 is locked", advice="Unlock June, then try again.",
            href="/admin/payables/show/7", deed="See the bill", facts={"Period": "June"},
        )  # fmt: skip


class TestAttention:
    def test_the_hundredth_asking_of_one_worker_finds_the_open_item_as_the_first_did(
        self, as_staff, owner_session
    ):
        # PostgreSQL plans a statement anew for all values once a connection has asked ten times.
        with as_staff() as db:
            for time in range(100):
                attention.ask(
                    db, provider="sharepoint", problem="no_library", subject="library",
                    title=f"Papers wait {time}", advice="Choose the library.",
                )  # fmt: skip

        titles = owner_session.scalars(select(AttentionItem.title)).all()
        assert titles == ["Papers wait 99"]

    def test_what_was_asked_for_and_what_stopped_stand_on_one_page(
        self, staff, asked, promised, heard
    ):
        promised("ledger.payable", state=MessageState.in_doubt, last_error="No answer.")
        heard(state=NoticeState.failed, reason="KeyError: status")

        page = staff("Administrator").get("/admin/attention/").text

        assert "3 things need a person" in page
        assert "Unlock June, then try again." in page
        assert "Bill CLM-0042 to Built-in ledger is in doubt" in page
        assert "KeyError: status" in page
        assert 'Needs attention</span><span class="count">3' in page

    def test_one_is_closed_with_how_it_ended(self, staff, asked, owner_session):
        browser = staff("Administrator")
        item = owner_session.query(AttentionItem).one()

        silent = browser.send(f"/admin/attention/close/{item.public_id}", {"how": ""})
        browser.send(f"/admin/attention/close/{item.public_id}", {"how": "Unlocked and posted"})

        assert (silent.status_code, "Say what was done" in silent.text) == (422, True)
        closed = stored(owner_session, AttentionItem, item.id)
        assert (closed.closing, closed.closed_by) == (
            "Unlocked and posted",
            f"staff:{browser.user_id}",
        )
        assert "Nothing needs a person" in browser.get("/admin/attention/").text

    def test_it_is_a_line_of_the_first_page(self, staff, asked):
        page = staff("Administrator").get("/admin/").text

        assert "One provider needs a person" in page
        assert "needs a person" not in staff("Contracts").get("/admin/").text

    @pytest.fixture
    def of_all_kinds(self, asked, as_staff, promised, heard):
        """One of each that waits: of money and of others, asked for, stopped and unread."""
        with as_staff() as db:
            attention.ask(
                db, provider="docusign", problem="envelope_differs", subject="request:1",
                title="DocuSign says otherwise about CON-0007", advice="Look at it.",
            )  # fmt: skip
        promised("ledger.payable", key="a", state=MessageState.dead, last_error="Period locked.")
        promised("archive.file", key="b", state=MessageState.dead, last_error="No room there.")
        heard("xero", state=NoticeState.failed, reason="KeyError: resourceId")

    def test_finance_sees_what_concerns_money_and_nothing_else(self, staff, of_all_kinds):
        everybody, finance = staff("Administrator"), staff("Finance")

        whole, page = (one.get("/admin/attention/").text for one in (everybody, finance))

        others = ("CON-0007", "No room there.", "KeyError: resourceId")
        assert [word for word in others if word not in whole] == []
        assert [word for word in others if word in page] == []
        assert "2 things need a person" in page
        assert "Unlock June, then try again." in page
        assert "Period locked." in page
        assert 'Needs attention</span><span class="count">2' in page
        assert 'Needs attention</span><span class="count">5' in whole

    def test_finance_is_told_on_the_first_page_of_what_is_theirs(self, staff, of_all_kinds):
        first = staff("Finance").get("/admin/").text

        assert "One provider needs a person" in first
        assert "the period of FEE-0147 is locked" in first
        assert (
            "2 things about providers need a person" in staff("Administrator").get("/admin/").text
        )

    def test_finance_closes_what_is_theirs_and_reaches_nothing_else(
        self, staff, of_all_kinds, owner_session
    ):
        browser = staff("Finance")
        bill, envelope = (
            owner_session.query(AttentionItem).filter_by(provider=name).one()
            for name in ("xero", "docusign")
        )

        theirs = browser.send(f"/admin/attention/close/{bill.public_id}", {"how": "Posted"})
        others = browser.send(f"/admin/attention/close/{envelope.public_id}", {"how": "Posted"})

        assert (theirs.status_code, others.status_code) == (303, 404)
        assert stored(owner_session, AttentionItem, bill.id).closing == "Posted"
        assert stored(owner_session, AttentionItem, envelope.id).closed_at is None

    def test_who_has_both_roles_sees_everything(self, staff, of_all_kinds):
        page = staff("Administrator", "Finance").get("/admin/attention/").text

        assert "5 things need a person" in page

    def test_an_auditor_sees_everything_and_closes_nothing(
        self, staff, of_all_kinds, owner_session
    ):
        browser = staff("Auditor")
        item = owner_session.query(AttentionItem).first()

        page = browser.get("/admin/attention/").text
        answer = browser.send(f"/admin/attention/close/{item.public_id}", {"how": "x"})

        assert "5 things need a person" in page
        assert "Close it by hand" not in page
        assert answer.status_code == 403

    def test_an_address_outside_is_no_link(self, staff, as_staff):
        with as_staff() as db:
            attention.ask(db, provider="xero", problem="x", subject="y", title="T", advice="A", href="//evil.example/")  # fmt: skip

        assert "evil.example" not in staff("Administrator").get("/admin/attention/").text


def test_a_promise_names_who_brought_it_about(staff, promised, owner_session):
    browser = staff("Administrator")
    made = promised(promised_by=f"staff:{browser.user_id}")

    assert "<dt>By</dt><dd>Sam Staff" in browser.get(f"/admin/outbox/show/{made}").text
    assert stored(owner_session, OutboxMessage, made).request_id == "req-1"


def test_every_kind_serves_one_need():
    assert port_of("ledger.payable").name == "accounting"
    assert port_of("report.make").name == "house"
