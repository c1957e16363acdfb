"""The person's page says where nothing arrives, what became of each letter, and what can be done."""

import pytest

from app.db.clock import now
from app.domain.messages import Channel, DeliveryStatus
from app.domain.people import ContactKind
from app.models import ContactPoint, Message, NotificationDelivery


@pytest.fixture
def lost(owner_session, person):
    point = ContactPoint(
        organisation_id=person.organisation_id, person_id=person.id, kind=ContactKind.email,
        value="noemie@example.com", normalised="noemie@example.com", bounced_at=now(),
        lost_because="550 no such user",
    )  # fmt: skip
    owner_session.add(point)
    owner_session.commit()
    return point


@pytest.fixture
def letter(owner_session, person):
    def write(event="contract_sent", status=DeliveryStatus.bounced, link="/portal/contracts/7"):
        message = Message(
            organisation_id=person.organisation_id, key=f"{event}-{link}", event=event,
            person_id=person.id, channel=Channel.email, recipient="noemie@example.com",
            subject=f"About {event}", text=f"Sign here: https://portal.example{link}\n",
        )  # fmt: skip
        message.delivery = NotificationDelivery(
            organisation_id=person.organisation_id, status=status, error="550 no such user"
        )
        owner_session.add(message)
        owner_session.commit()

    return write


def page_of(browser, person):
    return browser.get(f"/admin/people/show/{person.id}").text


class TestTheAddress:
    def test_says_since_when_and_why_nothing_is_sent_there(self, staff, person, lost):
        page = page_of(staff("Contracts"), person)

        assert "Nothing arrives here, since" in page
        assert "550 no such user" in page

    def test_is_used_again_when_staff_say_so(self, staff, person, lost, owner_session):
        browser = staff("Contracts")

        browser.send(f"/admin/addresses/action/use_again/{lost.id}")

        owner_session.refresh(lost)
        assert lost.is_open
        assert lost.reopened_at is not None
        assert "Nothing arrives here" not in page_of(browser, person)

    def test_of_a_phone_that_answered_stop_waits_for_start(
        self, staff, person, lost, owner_session
    ):
        lost.kind, lost.value, lost.normalised = ContactKind.mobile, "+61400000211", "+61400000211"
        lost.bounced_at, lost.stopped_at = None, now()
        owner_session.commit()
        browser = staff("Contracts")

        browser.send(f"/admin/addresses/action/use_again/{lost.id}")

        owner_session.refresh(lost)
        assert not lost.is_open
        assert "Nothing more is wanted here" in page_of(browser, person)

    def test_that_is_corrected_is_a_new_one(self, staff, person, lost, owner_session):
        staff("Contracts").send(
            f"/admin/addresses/edit/{lost.id}",
            {"person": person.id, "kind": "email", "value": "noemie.new@example.com"},
        )

        owner_session.refresh(lost)
        assert (lost.normalised, lost.is_open) == ("noemie.new@example.com", True)
        assert lost.lost_because == ""


class TestLetters:
    def test_are_listed_with_what_became_of_them_and_a_link_where_one_is_lost(
        self, staff, person, letter
    ):
        letter()
        letter("calls_published", DeliveryStatus.delivered, "/portal/calls")

        page = page_of(staff("Contracts"), person)

        assert "About contract_sent" in page
        assert 'value="https://portal.example/portal/contracts/7"' in page
        assert "portal.example/portal/calls" not in page

    def test_never_show_a_secret(self, staff, person, letter):
        letter("invitation", link="/portal/in#abcdefghijklmnopqrstuvwxyz")

        assert "portal.example/portal/in" not in page_of(staff("Contracts"), person)

    def test_that_may_name_a_sum_are_absent_for_who_sees_no_fees(self, staff, person, letter):
        letter()
        letter("calls_published")

        page = page_of(staff("Schedule"), person)

        assert "About calls_published" in page
        assert "About contract_sent" not in page
