"""What stands against a plan is said before it is published; a warning is overridden with a reason."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.domain.people import AvailabilityStatus
from app.models import Availability, RulePack, ScheduleException, ScheduleVersion, VenueDistance


def reason_names(page):
    """Return the names of the fields that ask for a reason."""
    return re.findall(r'name="(reason-[0-9a-f]+)"', page)


@pytest.fixture
def ask(planner, house):
    """Return a hand that opens the page which publishes."""
    path = f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
    return lambda: planner.get(path).text


@pytest.fixture
def versions(owner_session):
    def read():
        owner_session.rollback()
        return list(owner_session.scalars(select(ScheduleVersion)))

    return read


class TestTwoPlacesAtOnce:
    def test_stop_the_version_and_name_person_hours_and_both_calls(
        self, enter, house, publish, ask, versions
    ):
        house.engage("Tomáš Dvořák")
        enter(title="Spacing call")
        enter(title="Interview", venue=house.in_zone("Australia/Adelaide", "Grote Street"))

        page, answer = ask(), publish().text

        said = "Tomáš Dvořák is called in two places, Thu 19 Nov 14:00 to 15:00, Adelaide +10:30"
        assert said in page
        assert "1 must be solved before you publish" in page
        assert "Publish version 1 and tell" not in page
        assert said in answer
        assert versions() == []

    def test_are_seen_across_productions(self, enter, house, ask, owner_session):
        mine = house.engage("Tomáš")
        enter(title="Spacing call")
        other = type(house.production)(
            organisation_id=house.organisation.id, code="NUT", title="Nutcracker"
        )
        owner_session.add(other)
        owner_session.commit()
        first, house.production = house.production, other
        house.engage("Tomáš", person=mine.person)
        enter(
            production=other.id, production_words="Nutcracker", production_asked="Nutcracker",
            title="Snow scene", venue=house.in_zone("Australia/Adelaide", "Studio"),
        )  # fmt: skip
        house.production = first

        assert "Tomáš is called in two places" in ask()


class TestWarnings:
    def test_ask_for_a_reason_that_is_kept_with_the_version(
        self, enter, house, publish, ask, versions, planner, owner_session
    ):
        mine = house.engage("Noémie Lefèvre")
        enter(title="Notes", local_start="22:00", local_end="22:15")
        enter(title="Class", day_of="2026-11-20", local_start="09:00", local_end="10:00")
        (name,) = reason_names(ask())

        refused = publish(note="Kept").text

        assert versions() == []
        assert "Noémie Lefèvre rests 10 h 45 min" in refused
        assert "Say why it goes out all the same, or solve it." in refused
        assert "Class at 10:15 or later would satisfy it." in refused
        assert "Kept" in refused

        publish(**{name: "Her own wish, by telephone."})

        (kept,) = owner_session.scalars(select(ScheduleException))
        assert (kept.reason, kept.people) == ("Her own wish, by telephone.", [mine.person_id])
        history = planner.get(f"/admin/schedule/versions/{house.production.id}").text
        assert "Her own wish, by telephone." in history
        assert "rests 10 h 45 min" in history

    def test_that_were_accepted_before_are_not_asked_about_again_for_the_same_people(
        self, enter, house, publish, ask, versions
    ):
        house.engage("Noémie")
        enter(title="Notes", local_start="22:00", local_end="22:15")
        enter(title="Class", day_of="2026-11-20", local_start="09:00", local_end="10:00")
        publish(**{reason_names(ask())[0]: "Agreed."})
        morning = house.calls()[1]
        enter(
            f"/admin/calls/edit/{morning.id}", title="Class", day_of="2026-11-20", note="Bring shoes",
            local_start="09:00", local_end="10:00", version=str(morning.version),
        )  # fmt: skip

        page = ask()
        publish()

        assert reason_names(page) == []
        assert "Version 1: Agreed." in page
        assert len(versions()) == 2

        house.engage("Tomáš")

        assert "Noémie and Tomáš rest 10 h 45 min" in ask()

    @pytest.mark.parametrize(("day", "hours"), [("2026-10-03", "10 h"), ("2027-04-03", None)])
    def test_rest_is_counted_in_hours_that_pass_on_the_night_clocks_change(
        self, enter, house, ask, owner_session, day, hours
    ):
        house.engage("Noémie")
        sydney = house.in_zone("Australia/Sydney", "Opera House")
        enter(title="Show", venue=sydney, day_of=day, local_start="20:00", local_end="23:00")
        morning = date.fromisoformat(day).replace(day=4).isoformat()
        enter(title="Class", venue=sydney, day_of=morning, local_start="10:00", local_end="11:00")

        page = ask()

        assert ("rests 10 h" in page) is (hours is not None)
        assert ("The clock shows 11 h, but clocks go forward in between." in page) is bool(hours)

    def test_come_of_the_rules_that_the_company_set_for_that_day(
        self, enter, house, ask, planner, owner_session
    ):
        house.engage("Noémie")
        enter(title="Notes", local_start="22:00", local_end="22:15")
        enter(title="Class", day_of="2026-11-20", local_start="09:00", local_end="10:00")

        saved = planner.send("/admin/hours-rules/add", {
            "valid_from": "2026-11-01", "source": "house rules 2026, part 4", "rest_hours": "10.5",
            "span_hours": "", "night_begins": "", "night_ends": "",
        })  # fmt: skip

        assert saved.status_code == 303
        assert reason_names(ask()) == []
        pack = owner_session.scalars(select(RulePack)).one()
        assert (pack.number, pack.jurisdiction, pack.is_example) == (1, "AU", False)

        planner.send("/admin/hours-rules/add", {
            "valid_from": "2026-11-20", "source": "house rules 2026, part 5", "rest_hours": "11",
            "span_hours": "", "night_begins": "", "night_ends": "",
        })  # fmt: skip

        assert "Rule: 11 h between two days (house rules 2026, part 5, from 20 Nov 2026)." in ask()

    def test_of_days_that_are_not_available_come_from_the_persons_page(
        self, enter, house, ask, planner, staff, owner_session
    ):
        mine = house.engage("Siân")
        enter()
        form = {
            "person": mine.person_id, "person_words": "Siân", "person_asked": "Siân",
            "starts_on": "2026-11-19", "ends_on": "2026-11-19", "note": "Dentist",
        }  # fmt: skip

        planner.send("/admin/absences/add", form)

        (absence,) = owner_session.scalars(select(Availability))
        assert absence.status is AvailabilityStatus.accepted
        page = ask()
        assert "Siân is not available, Thu 19 Nov" in page
        assert "Dentist" not in page
        person = planner.get(f"/admin/people/show/{mine.person_id}").text
        assert f"/admin/absences/edit/{absence.id}" in person

    def test_of_two_venues_come_from_their_distance(self, enter, house, ask, planner):
        house.engage("Tomáš")
        studio = house.in_zone("Australia/Adelaide", "Studio")
        enter(title="Class", local_start="10:00", local_end="11:00")
        enter(title="Interview", venue=studio, local_start="11:10", local_end="12:00")
        noted = ask()
        ends = {
            "from_venue": house.venue.id, "from_venue_words": house.venue.name,
            "from_venue_asked": house.venue.name,
            "to_venue": studio.id, "to_venue_words": "Studio", "to_venue_asked": "Studio",
            "minutes": "25",
        }  # fmt: skip

        saved = planner.send("/admin/distances/add", ends)
        warned = ask()

        assert "nobody has said how long that takes" in noted
        assert reason_names(noted) == []
        assert saved.status_code == 303
        assert "Tomáš has 10 min to get there" in warned
        assert "Interview at 11:25" in warned
        assert len(reason_names(warned)) == 1

    def test_of_a_day_off_name_both(self, enter, house, ask):
        house.engage("Tomáš")
        enter(type="day_off", title="Day off", time_kind="tbc", local_start="", local_end="")
        enter(title="Class")

        assert "Tomáš has a day off and is called, Thu 19 Nov" in ask()

    def test_of_dates_outside_the_contract_follow_a_change_of_the_engagement(
        self, enter, house, ask, owner_session
    ):
        mine = house.engage("Tomáš")
        enter(is_for_everyone=None, called=str(mine.id))
        mine.ends_on = date(2026, 11, 1)
        owner_session.commit()

        assert "Tomáš is called outside the contract, Thu 19 Nov" in ask()


class TestDistances:
    def test_are_one_way_or_the_other_and_never_from_a_venue_to_itself(
        self, house, planner, owner_session
    ):
        here, there = house.venue, house.in_zone("Australia/Adelaide", "Studio")

        def send(one, other, minutes):
            form = {"minutes": minutes}
            for name, venue in (("from_venue", one), ("to_venue", other)):
                form |= {name: venue.id, f"{name}_words": venue.name, f"{name}_asked": venue.name}
            return planner.send("/admin/distances/add", form).text

        assert "the same venue" in send(here, here, "5")
        assert "Between 1 and 1,440 minutes" in send(here, there, "0")
        send(here, there, "5")
        assert "Her Majesty’s to Studio is known: 5 minutes" in send(there, here, "6")
        owner_session.rollback()
        assert len(list(owner_session.scalars(select(VenueDistance)))) == 1


class TestHoursRules:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"rest_hours": "25"}, "Between 0 and 24 hours"),
            ({"span_hours": "0"}, "Between 0 and 24 hours"),
            ({"night_begins": "21:00"}, "A night has a beginning and an end."),
            ({"night_begins": "21:00", "night_ends": "21:00"}, "The night ends when it begins."),
        ],
    )
    def test_are_refused_beside_their_field(self, planner, house, typed, said):
        form = {"valid_from": "2026-11-01", "source": "Kept", "rest_hours": "", "span_hours": ""}

        page = planner.send("/admin/hours-rules/add", {**form, **typed}).text

        assert said in page
        assert "Kept" in page


class TestTheWeek:
    def test_shows_conflicts_on_top_and_in_the_cell_with_a_way_out(self, enter, house, planner):
        house.engage("Noémie")
        enter(title="Notes", local_start="22:00", local_end="22:15")
        enter(title="Class", day_of="2026-11-20", local_start="09:00", local_end="10:00")

        page = planner.get(
            f"/admin/schedule/?week=2026-11-16&production={house.production.id}"
        ).text

        assert "1 conflict. 1 needs a reason before you publish" in page
        assert '<span class="why">Rest 10 h 45 min</span>' in page
        assert '<td class="care">' in page
        calls = house.calls()
        assert f"/admin/calls/edit/{calls[1].id}?local_start=10:15" in page
        form = planner.get(f"/admin/calls/edit/{calls[1].id}?local_start=10:15").text
        assert 'value="10:15:00"' in form
        assert house.calls()[1].starts_at == datetime(2026, 11, 19, 22, 30, tzinfo=UTC)

    def test_is_narrowed_to_a_venue_and_a_person(self, enter, house, planner):
        mine, other = house.engage("Noémie Lefèvre"), house.engage("Tomáš Dvořák")
        studio = house.in_zone("Australia/Adelaide", "Studio")
        enter(title="Class", is_for_everyone=None, called=[str(mine.id), str(other.id)])
        enter(title="Fitting", venue=studio, local_start="16:00", local_end="17:00",
              is_for_everyone=None, called=str(other.id))  # fmt: skip

        at = planner.get(f"/admin/schedule/?week=2026-11-16&venue={studio.id}").text
        who = planner.get("/admin/schedule/?week=2026-11-16&q=lefevre").text

        assert "Fitting" in at
        assert "<span>Class</span>" not in at
        assert ">Class</a>" in who
        assert ">Fitting</a>" not in who
