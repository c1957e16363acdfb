"""The artist's first page: today and next in venue time, and what waits (journey A3)."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignerRole
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus
from app.domain.schedules import CallStatus
from app.models import (
    Contract,
    ContractVersion,
    ExpenseClaim,
    ExpenseLine,
    Person,
    ScheduleVersion,
    SignatureEvidence,
    SignatureRequest,
)
from app.models.base import uuid7
from portal import home


@pytest.fixture
def engaged(tour, person):
    return tour.engage(person)


@pytest.fixture
def phone(phone_of, person):
    return phone_of(person)


class TestToday:
    def test_names_the_day_the_house_and_the_zone(self, phone, tour, engaged):
        tour.call(engaged)

        page = phone.get("/portal/").text

        local = tour.local_now
        assert f"<h1>{local:%A} {local.day} {local:%B}</h1>" in page
        assert "Giselle · Her Majesty’s" in page
        assert re.search(r"All times are .+ time <span class=\"zone\">[+-]\d\d:\d\d</span>", page)

    def test_past_calls_stay_and_the_next_one_is_marked(self, phone, tour, engaged):
        tour.call(engaged, hours=-3, title="Company class")
        tour.call(engaged, hours=2)
        tour.call(engaged, hours=5, title="The half")

        page = phone.get("/portal/").text

        assert re.findall(r'<li(?: class="(\w+)")?>\s*<p class="when">', page) == [
            "past",
            "now",
            "",
        ]
        assert "Next, in " in page

    def test_a_cancelled_call_is_struck_through_and_says_why(self, phone, tour, engaged):
        call = tour.call(
            engaged, status=CallStatus.cancelled, cancelled_reason="The dresser is ill."
        )
        tour.publish(call)

        page = phone.get("/portal/").text

        assert '<li class="off">' in page
        assert "You need not come. The dresser is ill." in page

    def test_the_phones_own_time_is_left_to_the_phone(self, phone, tour, engaged):
        call = tour.call(engaged)

        page = phone.get("/portal/").text

        assert f'data-phone-time="{call.starts_at.astimezone(now().tzinfo).isoformat()}"' in page
        assert f'data-venue-zone="{tour.zone}" hidden' in page

    def test_the_version_and_its_age_are_named(self, phone, tour, engaged, owner_session):
        tour.call(engaged)
        for number in (13, 14):
            owner_session.add(
                ScheduleVersion(
                    organisation_id=tour.production.organisation_id,
                    production_id=tour.production.id,
                    number=number,
                    published_at=now() - timedelta(hours=1),
                    published_by="staff:1",
                    starts_on=tour.local_now.date(),
                    ends_on=tour.local_now.date(),
                )
            )
        owner_session.commit()

        page = phone.get("/portal/").text

        assert re.search(r"Version 14, published \w{3} \d\d:\d\d, checked \d\d:\d\d", page)
        assert "Version 13" not in page

    def test_without_calls_the_page_says_so(self, phone):
        page = phone.get("/portal/").text

        assert "No calls today." in page
        assert "No later call is published for you yet." in page

    def test_tomorrow_is_announced_with_its_first_hour(self, phone, tour, engaged):
        call = tour.call(engaged, hours=24, title="Company class")

        page = phone.get("/portal/").text

        assert re.search(r"Tomorrow starts at\s*<time[^>]*>" + f"{call.local_start:%H:%M}", page)
        assert "Company class, Her Majesty’s." in page

    def test_who_is_called_seldom_sees_the_days_that_are_far_away(self, phone, tour, engaged):
        for day in (1, 40):
            tour.call(engaged, hours=24 * day)

        page = phone.get("/portal/").text

        assert f"{tour.local_now + timedelta(days=40):%B}" in page
        assert page.count("/portal/days/") >= 2

    def test_who_is_called_daily_sees_the_days_that_come_next(self, phone, tour, engaged):
        for day in range(1, 20):
            tour.call(engaged, hours=24 * day)

        page = phone.get("/portal/").text

        coming = [tour.local_now.date() + timedelta(days=day) for day in range(2, 7)]
        shown = [on for on in coming if f"/portal/days/{on}" in page]
        assert shown == coming[:4]


class TestWhoseCalls:
    def test_drafts_are_not_shown(self, phone, tour, engaged):
        tour.call(engaged, status=CallStatus.draft, title="Secret")

        assert "Secret" not in phone.get("/portal/").text

    def test_what_is_not_published_yet_is_not_told(self, phone, tour, engaged, owner_session):
        call = tour.call(engaged, title="Spacing call")
        tour.publish(call)
        call.title = "Working copy"
        owner_session.commit()

        page = phone.get("/portal/").text
        assert "Spacing call" in page
        assert "Working copy" not in page

        tour.publish(call, number=2)
        assert "Working copy" in phone.get("/portal/").text

    def test_a_call_that_moved_stands_on_its_new_day_only(
        self, phone, tour, engaged, owner_session
    ):
        call = tour.call(engaged)
        tour.publish(call)
        first = call.day_of
        call.day_of = first + timedelta(days=14)
        owner_session.commit()
        tour.publish(call, number=2)

        assert "Spacing call" not in phone.get(f"/portal/calls?week={first}").text
        assert "Spacing call" in phone.get(f"/portal/calls?week={call.day_of}").text

    def test_a_colleagues_call_does_not_exist(self, phone, tour, engaged, owner_session):
        colleague = Person(organisation_id=engaged.organisation_id, name="Ana Ruiz")
        owner_session.add(colleague)
        owner_session.commit()
        tour.call(tour.engage(colleague), title="Her fitting")

        assert "Her fitting" not in phone.get("/portal/").text

    def test_a_call_for_everyone_is_for_the_engaged(self, phone, tour, engaged):
        tour.call(is_for_everyone=True, title="Safety talk")

        assert "Safety talk" in phone.get("/portal/").text

    def test_a_call_for_everyone_is_not_for_who_has_left(self, phone, tour, engaged, owner_session):
        engaged.ends_on = tour.local_now.date() - timedelta(days=1)
        owner_session.commit()
        tour.call(is_for_everyone=True, title="Safety talk")

        assert "Safety talk" not in phone.get("/portal/").text


class TestWaiting:
    def test_a_contract_to_sign_leads_to_its_page(self, phone, engaged, owner_session):
        contract = Contract(
            organisation_id=engaged.organisation_id,
            number="C-1",
            engagement_id=engaged.id,
            title="Giselle",
            status=ContractStatus.sent,
            expires_at=now() + timedelta(days=7),
        )
        owner_session.add(contract)
        owner_session.commit()

        page = phone.get("/portal/").text

        assert "Sign your contract for Giselle" in page
        assert f'href="/portal/contracts/{contract.public_id}"' in page
        assert re.search(r"By \w{3} \d+ \w{3}, \d\d:\d\d Brisbane \+10:00", page)

    def test_a_signature_on_one_contract_hides_no_other(self, phone, engaged, owner_session):
        signed, waiting = (
            Contract(
                organisation_id=engaged.organisation_id,
                number=f"C-{number}",
                engagement_id=engaged.id,
                title="Giselle",
                status=ContractStatus.sent,
                versions=[
                    ContractVersion(
                        organisation_id=engaged.organisation_id,
                        number=1,
                        source="",
                        markdown="",
                        terms={},
                        missing=[],
                        frozen_at=now(),
                    )
                ],
            )
            for number in (1, 2)
        )
        owner_session.add_all([signed, waiting])
        owner_session.flush()
        request = SignatureRequest(
            organisation_id=engaged.organisation_id, contract_version_id=signed.versions[0].id
        )
        owner_session.add(request)
        owner_session.flush()
        owner_session.add(
            SignatureEvidence(
                organisation_id=engaged.organisation_id,
                request_id=request.id,
                signer_role=SignerRole.artist,
                signer_name="Noémie Lefèvre",
                signer_person_id=engaged.person_id,
                document_sha256="0" * 64,
                signed_at=now(),
                zone="UTC",
                address="127.0.0.1",
                device="phone",
                step_up="code",
                intent="Sign",
                seal=b"",
            )
        )
        owner_session.commit()

        page = phone.get("/portal/").text

        assert f"/portal/contracts/{waiting.public_id}" in page
        assert f"/portal/contracts/{signed.public_id}" not in page

    def test_a_draft_does_not_wait(self, phone, engaged, owner_session):
        owner_session.add(
            Contract(
                organisation_id=engaged.organisation_id,
                number="C-1",
                engagement_id=engaged.id,
                title="Giselle",
            )
        )
        owner_session.commit()

        assert "Waiting for you" not in phone.get("/portal/").text

    def test_a_question_about_a_receipt_waits(self, phone, engaged, person, owner_session):
        claim = ExpenseClaim(
            organisation_id=engaged.organisation_id,
            number="CL-1",
            client_uuid=uuid7(),
            engagement_id=engaged.id,
            status=ClaimStatus.under_review,
            claimed_by=f"artist:{person.id}",
            currency="AUD",
        )
        claim.lines = [
            ExpenseLine(
                organisation_id=engaged.organisation_id,
                position=1,
                kind=ExpenseKind.taxi,
                spent_on=engaged.starts_on,
                amount=Decimal("42.10"),
                currency="AUD",
                base_amount=Decimal("42.10"),
                base_currency="AUD",
                claimant_id=person.id,
                status=LineStatus.queried,
            )
        ]
        owner_session.add(claim)
        owner_session.commit()

        page = phone.get("/portal/").text

        assert "Answer a question about a receipt" in page
        assert "42.10" in page
        assert f'href="/portal/expenses/{claim.public_id}"' in page


class TestWeek:
    def test_shows_seven_days_from_monday(self, phone, tour, engaged):
        call = tour.call(engaged)

        page = phone.get(f"/portal/calls?week={call.day_of}").text

        assert len(re.findall(r'<h2 id="day-\d">', page)) == 7
        assert page.index("Monday") < page.index("Sunday")
        assert page.count("Spacing call") == 1

    def test_leads_to_the_weeks_beside_it(self, phone):
        page = phone.get("/portal/calls?week=2026-11-19").text

        assert "/portal/calls?week=2026-11-09" in page
        assert "/portal/calls?week=2026-11-23" in page

    def test_begins_on_monday_morning_of_the_company_though_it_is_sunday_in_greenwich(
        self, phone, monkeypatch
    ):
        monkeypatch.setattr(home, "now", lambda: datetime(2026, 11, 22, 21, 30, tzinfo=UTC))

        page = phone.get("/portal/calls").text

        assert "/portal/calls?week=2026-11-16" in page
        assert "/portal/calls?week=2026-11-30" in page

    @pytest.mark.parametrize("week", ["yesterday", "2026-02-30", "9999-12-31", "0001-01-01"])
    def test_a_week_that_does_not_exist_is_no_error_of_ours(self, week, phone):
        assert phone.get(f"/portal/calls?week={week}").status_code in {200, 404}
