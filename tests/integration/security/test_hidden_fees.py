"""Who plans calls does not see what artists are paid; whoever may, does."""

import pytest

from app.domain.messages import Channel
from app.models import Message
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory

SUMS = ("21,600", "10,800", "96.00", "within 14 days")


@pytest.fixture
def engagement(owner_session, person):
    at_home_in(owner_session)
    return EngagementFactory(person=person)


def sums_on(browser, engagement):
    pages = [
        browser.get("/admin/engagements/list/?view=all&sort=fee").text,
        browser.get(f"/admin/engagements/show/{engagement.id}").text,
        browser.get(f"/admin/people/show/{engagement.person_id}").text,
        browser.get(f"/admin/productions/show/{engagement.production_id}").text,
    ]
    assert all(engagement.person.name in page for page in pages)
    return {words for words in SUMS for page in pages if words in page}


def test_who_plans_calls_finds_no_sum_anywhere(staff, engagement):
    assert sums_on(staff("Schedule"), engagement) == set()


@pytest.mark.parametrize("role", ["Contracts", "Finance", "Auditor"])
def test_who_may_sees_them(staff, engagement, role):
    assert sums_on(staff(role), engagement) == set(SUMS)


def test_contracts_are_closed_to_who_plans_calls(staff):
    planner = staff("Schedule")

    assert planner.get("/admin/contracts/list/").status_code == 403
    assert planner.get("/admin/contracts/show/1").status_code == 403


def test_letters_with_sums_are_in_the_thread_for_who_may_see_them_alone(
    staff, engagement, owner_session
):
    for event, subject in (
        ("claim_decided", "Decided: your claim CL-0001, 196.80 AUD"),
        ("calls_published", "Your calls have changed"),
    ):
        owner_session.add(
            Message(
                organisation_id=engagement.organisation_id, engagement_id=engagement.id, key=event,
                event=event, channel=Channel.email, recipient="n@example.com", subject=subject, text="",
            )
        )  # fmt: skip
    owner_session.commit()

    seen = {
        role: staff(role).get(f"/admin/engagements/show/{engagement.id}").text
        for role in ("Schedule", "Finance")
    }

    assert "Your calls have changed" in seen["Schedule"]
    assert "196.80" not in seen["Schedule"]
    assert "196.80" in seen["Finance"]
