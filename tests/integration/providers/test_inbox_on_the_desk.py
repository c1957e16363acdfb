"""The inbox as staff read it: who told what, about which record, what became of it, and reading it again."""

import json
from datetime import date
from decimal import Decimal

import pytest

from app.domain.outbox import MessageState, NoticeState
from app.models import InboxNotice, LedgerDocument, Payable
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.factories.people import ContactPointFactory, PersonFactory
from tests.integration.providers.conftest import stored


@pytest.fixture(autouse=True)
def home(owner_session):
    at_home_in(owner_session)


def said(**words):
    return json.dumps(words).encode()


class TestARow:
    def test_says_what_happened_about_which_record_and_what_became_of_it(
        self, staff, heard, promised
    ):
        promised("esign.send", state=MessageState.done, external_id="env-1")
        heard(
            "docusign", reference="env-1", raw=said(event="envelope-completed", data={}),
            state=NoticeState.done, reason="Our records followed.",
        )  # fmt: skip

        page = staff("Administrator").get("/admin/inbox/list/").text

        for words in ("Everybody has signed", "DocuSign", "CLM-0042", "Our records followed."):
            assert words in page

    def test_leads_from_a_carriers_notice_to_the_message_by_our_own_number(
        self, staff, heard, promised
    ):
        made = promised("mail.send", state=MessageState.done)
        heard("sendgrid", reference=str(made), raw=said(event="bounce"), state=NoticeState.done)

        page = staff("Administrator").get("/admin/inbox/list/").text

        assert "The letter bounced" in page
        assert f'<a href="/admin/outbox/show/{made}">CLM-0042</a>' in page

    def test_says_so_where_it_leads_to_nothing_of_ours(self, staff, heard):
        heard("docusign", reference="env-9", raw=b"{}", state=NoticeState.refused)
        heard("xero", reference=None, raw=said(eventCategory="CONTACT"), state=NoticeState.refused)

        page = staff("Administrator").get("/admin/inbox/list/").text

        assert "Number env-9" in page
        assert "No record of ours" in page

    def test_names_whoever_wrote_a_text(self, staff, heard, organisation):
        person = PersonFactory(organisation_id=organisation.id, name="Petra Novak")
        ContactPointFactory(
            person=person, kind="mobile", value="+61400000001", normalised="+61400000001"
        )
        told = {"Body": "STOP", "From": "+61400000001"}
        heard("twilio", reference=None, raw=said(kind="inbound", said=told))
        stranger = {"Body": "hello", "From": "+61400000009"}
        heard("twilio", reference=None, raw=said(kind="inbound", said=stranger), event_key="two")

        page = staff("Administrator").get("/admin/inbox/list/").text

        assert f'<a href="/admin/people/show/{person.id}">Petra Novak</a>' in page
        assert "the number +61400000009" in page

    def test_names_the_bill_that_xero_means_by_its_own_number(
        self, staff, heard, organisation, owner_session
    ):
        engagement = EngagementFactory(person=PersonFactory(organisation_id=organisation.id))
        owed = Payable(
            organisation_id=organisation.id, number="CLM-0042", source="fee", source_key="fee-1",
            engagement_id=engagement.id, payee_name="Petra Novak", amount=Decimal(90), currency="AUD", due_on=date(2026, 9, 1),
        )  # fmt: skip
        owed.ledger_document = LedgerDocument(
            organisation_id=organisation.id, provider="xero", external_id="bill-1", number="CLM-0042"
        )  # fmt: skip
        owner_session.add(owed)
        owner_session.commit()
        heard("xero", reference=None, raw=said(eventCategory="INVOICE", resourceId="bill-1"))

        page = staff("Administrator").get("/admin/inbox/list/").text

        assert "A bill was changed" in page
        assert f'<a href="/admin/payables/show/{owed.id}">CLM-0042 for Petra Novak</a>' in page


class TestReadingAgain:
    def test_keeps_who_asked_why_and_what_came_of_it(self, staff, heard, owner_session):
        notice = heard(state=NoticeState.failed, reason="KeyError: 'x'", attempts=16)
        browser = staff("Administrator")

        browser.send(f"/admin/inbox/replay/{notice}", {"reason": "The reader is mended"})
        waiting = browser.get(f"/admin/inbox/show/{notice}").text
        kept = stored(owner_session, InboxNotice, notice)
        earlier = kept.reason
        kept.state, kept.reason = NoticeState.done, "Our records followed."
        owner_session.commit()
        page = browser.get(f"/admin/inbox/show/{notice}").text
        row = browser.get("/admin/inbox/list/").text

        assert earlier is None
        assert "It is being read again" in waiting
        assert "Read again by" in page
        assert "The reader is mended" in page
        assert "Our records followed." in page
        assert "Read again because: The reader is mended" in row
