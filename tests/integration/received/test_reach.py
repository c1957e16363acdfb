"""Who has seen and confirmed a version; nudges, phone calls, and what goes to the managers."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.schedules import TimeKind
from app.models import ScheduleVersion
from app.services.schedules import pursuing
from tasks.couriers import calls
from tasks.crew import engage
from tasks.standing import as_organisation


@pytest.fixture
def three(tour, noemie):
    """Three people who are asked: one has a mobile, one no address at all."""
    return [noemie, tour.engage("Tomáš Dvořák"), tour.engage("Łucja", email="")]


@pytest.fixture
def version(tour, three):
    """A version that tells each of them of two calls."""
    tour.call("Company class", "10:00", "11:00")
    tour.call("Spacing call", "13:30", "15:00")
    return tour.publish()


@pytest.fixture
def desk(staff):
    return staff("Schedule")


def page_of(desk, version):
    answer = desk.get(f"/admin/reach/{version.id}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def confirm_all(phone):
    keys = re.findall(r'name="change" value="([^"]+)"', phone.get("/portal/changes").text)
    phone.send("/portal/changes/got-it", {"change": keys})


class TestThePage:
    def test_counts_who_has_seen_and_who_confirmed(self, desk, version, phone_of, three):
        first, second, _ = three
        phone_of(first.person).get("/portal/changes")
        confirm_all(phone_of(second.person))

        page = page_of(desk, version)

        assert "2 of 3 have seen, 1 confirmed" in page
        assert "Not confirmed, 2" in page
        assert "Know of it, 1" in page

    def test_names_the_missing_with_their_numbers(self, desk, version):
        page = page_of(desk, version)

        assert '<a href="tel:+61400000001">+61 400 000 001</a>' in page
        assert "No number known" in page
        assert "Not seen" in page

    def test_counts_by_call_too(self, desk, version, phone_of, three, tour):
        phone = phone_of(three[0].person)
        key = tour.notices(three[0].person)[0].public_id
        phone.send(f"/portal/changes/{key}/got-it")

        page = page_of(desk, version)

        rows = re.findall(r"New: ([\w ]+)</a>.*?(\d of \d)</td> <td[^>]*>(\d)</td>", page)
        assert rows == [("Company class", "1 of 3", "1"), ("Spacing call", "0 of 3", "0")]

    def test_what_a_later_version_overtook_is_asked_there(self, desk, version, tour, phone_of):
        call = tour.notices()[0].call
        tour.move(call, "09:00", "10:00")
        later = tour.publish()

        for one in tour.notices():
            confirm_all(phone_of(one.person)) if one.schedule_version_id == later.id else None

        assert "Not confirmed, 0" in page_of(desk, version)
        assert "3 confirmed" in page_of(desk, later)

    def test_of_a_silent_version_nobody_was_asked(self, desk, tour, noemie):
        tour.call("Company class")

        page = page_of(desk, tour.publish(is_silent=True))

        assert "Nobody was asked. The version was published without telling anybody." in page

    def test_week_versions_and_call_lead_to_it_with_the_figures(self, desk, version, tour):
        week = desk.get(f"/admin/schedule/?production={tour.production.id}").text
        versions = desk.get(f"/admin/schedule/versions/{tour.production.id}").text
        call = desk.get(f"/admin/calls/show/{tour.notices()[0].call_id}").text

        assert "0 of 3 have confirmed" in week
        assert f'href="/admin/reach/{version.id}"' in versions
        assert "0 of 3 have seen" in call


class TestNudge:
    def test_goes_to_those_who_have_not_confirmed_and_to_nobody_else(
        self, desk, version, tour, phone_of, three
    ):
        confirm_all(phone_of(three[1].person))

        desk.send(f"/admin/reach/{version.id}/nudge")

        (letter,) = tour.letters("calls_nudge")
        assert letter.person_id == three[0].person_id
        assert "Company class" in letter.text
        assert "Spacing call" in letter.text
        assert "http://localhost/portal/changes" in letter.text
        page = page_of(desk, version)
        assert "1 letter is on the way. 1 without an address: ring them up." in page
        assert "nudged today" in page

    def test_twice_a_day_it_is_one_letter_whatever_the_version(self, desk, version, tour):
        desk.send(f"/admin/reach/{version.id}/nudge")
        tour.call("Notes", "16:00", "17:00")
        later = tour.publish()

        desk.send(f"/admin/reach/{later.id}/nudge")

        assert len(tour.letters("calls_nudge")) == 2
        assert "2 had a nudge today already." in page_of(desk, later)

    def test_tomorrow_it_may_go_again(self, app, version, tour, owner_session):
        first = now()
        for at in (first, first + timedelta(seconds=1)):
            pursuing.nudge(owner_session, version, at)
        owner_session.commit()
        assert len(tour.letters("calls_nudge")) == 2

        tour.session.refresh(version)
        for notice in tour.notices():
            notice.known_by = first + timedelta(days=3)
        tour.session.commit()
        pursuing.nudge(owner_session, version, first + timedelta(days=1, minutes=1))
        owner_session.commit()

        assert len(tour.letters("calls_nudge")) == 4

    def test_two_presses_at_once_are_one_letter_each(self, app, version, tour, owner_engine):
        def press(_: int) -> int:
            with Session(owner_engine) as own, own.begin():
                return pursuing.nudge(own, own.get_one(ScheduleVersion, version.id), now()).told

        with ThreadPoolExecutor(2) as hands:
            told = sorted(hands.map(press, range(2)))

        assert told == [0, 2]
        assert len(tour.letters("calls_nudge")) == 2

    def test_of_calls_that_have_begun_nobody_is_reminded(self, app, version, owner_session):
        done = pursuing.nudge(owner_session, version, now() + timedelta(days=3))

        assert (done.told, done.already, done.without_address) == (0, 0, 0)


class TestToldByPhone:
    def test_is_written_down_with_who_when_and_what_they_said(
        self, desk, version, tour, three, phone_of
    ):
        who = three[2].person_id

        desk.send(f"/admin/reach/{version.id}/phoned", {"person": who, "note": "Will be there."})

        notices = tour.notices(three[2].person)
        assert {n.phoned_by for n in notices} == {f"staff:{desk.user_id}"}
        assert all(n.phoned_at for n in notices)
        page = page_of(desk, version)
        assert "Told by phone" in page
        assert "Will be there." in page
        assert "1 told by phone" in page
        assert "Nothing new" in phone_of(three[2].person).get("/portal/changes").text

    def test_again_it_says_that_nothing_waits(self, desk, version, tour, three):
        path = f"/admin/reach/{version.id}/phoned"
        desk.send(path, {"person": three[0].person_id})
        first = tour.notices(three[0].person)[0].phoned_at

        desk.send(path, {"person": three[0].person_id})

        assert "Nothing of this version waits for them any more." in page_of(desk, version)
        assert tour.notices(three[0].person)[0].phoned_at == first

    def test_a_new_change_asks_again(self, desk, version, tour, three, phone_of):
        desk.send(f"/admin/reach/{version.id}/phoned", {"person": three[0].person_id})
        tour.move(tour.notices()[0].call, "09:00", "10:00")
        tour.publish()

        assert "Company class is earlier" in phone_of(three[0].person).get("/portal/").text

    @pytest.mark.parametrize("key", ["", "x", "9" * 30])
    def test_nobody_is_not_found(self, desk, version, key):
        assert desk.send(f"/admin/reach/{version.id}/phoned", {"person": key}).status_code == 404


class TestRoles:
    def test_finance_reads_it_without_the_buttons(self, staff, version):
        finance = staff("Finance")

        page = page_of(finance, version)

        assert "Nudge those" not in page
        assert "I told them" not in page
        assert finance.send(f"/admin/reach/{version.id}/nudge").status_code == 403


class TestEscalation:
    @pytest.fixture
    def managers(self, staff, tour):
        return [staff("Manager", email="manager@tour.example"), staff("Finance")]

    def soon(self, tour, minutes=60):
        for notice in tour.notices():
            notice.known_by = now() + timedelta(minutes=minutes)
        tour.session.commit()

    def test_the_manager_hears_once_who_has_not_confirmed_a_call_that_is_near(
        self, app, managers, version, tour, phone_of, three
    ):
        confirm_all(phone_of(three[1].person))
        phone_of(three[0].person).get("/portal/changes")
        tour.grow_old(30)
        self.soon(tour)

        first = pursuing.escalate(tour.session, now())
        tour.session.commit()
        again = pursuing.escalate(tour.session, now())
        tour.session.commit()

        assert (first, again) == (4, 0)
        (letter,) = tour.letters("calls_unseen")
        assert letter.recipient == "manager@tour.example"
        assert "Noémie Lefèvre, +61 400 000 001, has seen it" in letter.text
        assert "Łucja, no mobile number is known" in letter.text
        assert "Tomáš" not in letter.text
        assert f"http://localhost/admin/reach/{version.id}" in letter.text

    @pytest.mark.parametrize(
        ("told_ago", "begins_in"), [(5, 60), (30, 5 * 60), (30, -5)],
    )  # fmt: skip
    def test_not_at_once_not_long_before_and_not_afterwards(
        self, app, managers, version, tour, told_ago, begins_in
    ):
        tour.grow_old(told_ago)
        self.soon(tour, begins_in)

        assert pursuing.escalate(tour.session, now()) == 0

    def test_without_a_manager_whoever_published_hears(self, app, desk, version, tour):
        version.published_by = f"staff:{desk.user_id}"
        tour.session.commit()
        tour.grow_old(30)
        self.soon(tour)

        pursuing.escalate(tour.session, now())
        tour.session.commit()

        assert len(tour.letters("calls_unseen")) == 1

    def test_the_timetable_brings_it_round_with_the_rights_of_the_product(
        self, app, managers, version, tour, config
    ):
        tour.grow_old(30)
        self.soon(tour)
        crew = engage(config)
        calls.join(crew)
        (entry,) = [one for one in crew.timetable.entries if one.name == "calls.escalate"]

        with as_organisation(Viewer(tour.organisation.id, actor="task:calls.escalate")) as db:
            entry.run(db, now())

        assert len(tour.letters("calls_unseen")) == 1

    def test_an_hour_that_is_open_counts_from_the_beginning_of_its_day(self, tour, noemie):
        tour.call("Fitting", "", "", time_kind=TimeKind.tbc)
        tour.publish()

        (notice,) = tour.notices()
        local = notice.known_by.astimezone(tour.midnight.tzinfo)
        assert (local.date(), local.hour) == (tour.tomorrow, 0)
