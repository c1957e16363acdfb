"""Personal calendars, read back with the library that calendars are written with."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from app.domain.schedules import TimeKind
from app.models import CalendarFeed
from app.services.schedules import entering, publishing
from tests.integration.received.conftest import ADELAIDE


@pytest.fixture
def make(phone):
    """Make an address on her phone: ``make("timed")`` returns its path."""

    def press(kind="timed", browser=None):
        hand = browser or phone
        page = hand.get(hand.send("/portal/calendar", {"kind": kind}).location).text
        found = re.search(r">http://localhost(/feeds/[\w-]+\.ics)<", page)
        assert found is not None
        return found[1]

    return press


@pytest.fixture
def read(client):
    """Fetch an address as a calendar does, and return its entries by title."""

    def fetch(path):
        answer = client.get(path)
        assert answer.status_code == 200
        events = Calendar.from_ical(answer.data).events
        return {str(event["summary"]).partition(" · ")[0]: event for event in events}

    return fetch


def in_adelaide(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ADELAIDE))


class TestEachCallAtItsHour:
    def test_an_exact_call_stands_at_its_instant_with_its_place(self, tour, noemie, make, read):
        tour.call("Spacing call", "13:30", "15:00", space=tour.venue.spaces[0], note="Bring shoes.")
        tour.publish()

        event = read(make())["Spacing call"]

        assert event.start == in_adelaide(tour.tomorrow, 13, 30)
        assert event.end == in_adelaide(tour.tomorrow, 15)
        assert event.start.utcoffset() == timedelta()
        assert str(event["location"]) == "Stage, Her Majesty’s"
        assert event.status == "CONFIRMED"
        assert "Bring shoes." in event.description
        assert re.search(r"13:30 to 15:00, Adelaide \+\d\d:30", event.description)

    @pytest.mark.parametrize(
        ("kind", "start", "end", "title"),
        [
            (TimeKind.about, "13:30", "15:00", "Run (about 13:30 to 15:00)"),
            (TimeKind.tbc, "", "", "Run (time to be confirmed)"),
            (TimeKind.hidden, "13:30", "15:00", "Run (time not announced yet)"),
        ],
    )
    def test_what_is_not_sure_stands_on_its_day_and_never_at_an_hour(
        self, tour, noemie, make, client, read, kind, start, end, title
    ):
        tour.call("Run", start, end, time_kind=kind)
        tour.publish()
        path = make()

        event = read(path)[title]

        assert (event.start, event.end) == (tour.tomorrow, tour.tomorrow + timedelta(days=1))
        assert type(event.start) is date
        assert str(event["transp"]) == "TRANSPARENT"
        if kind is TimeKind.hidden:
            assert "13:30" not in client.get(path).text

    def test_after_midnight_it_stands_at_its_instant_and_names_its_show_day(
        self, tour, noemie, make, read
    ):
        tour.call("Bump-out", "00:30", "02:00", start_day_offset=1, end_day_offset=1)
        tour.publish()

        event = read(make())["Bump-out"]

        assert event.start == in_adelaide(tour.tomorrow + timedelta(days=1), 0, 30)
        assert "After midnight, of the show day" in event.description

    def test_the_hour_that_comes_twice_is_two_instants(self, tour, noemie, make, read):
        year = tour.today.year + (tour.today > date(tour.today.year, 3, 20))
        night = next(
            day
            for day in (date(year, 4, 1) + timedelta(days=n) for n in range(7))
            if day.weekday() == 6
        )
        noemie.ends_on = night
        for title, fold in (("First", 0), ("Second", 1)):
            tour.call(title, "02:30", "", day_of=night, starts_fold=fold)
        tour.session.commit()
        tour.production.ends_on = night
        publishing.publish(tour.session, tour.production, night, night, by="staff:1")
        tour.session.commit()

        found = read(make())

        assert found["Second"].start - found["First"].start == timedelta(hours=1)
        assert found["First"].start == datetime(
            night.year, night.month, night.day - 1, 16, 0, tzinfo=UTC
        )

    def test_a_change_keeps_its_name_and_raises_its_sequence(self, tour, noemie, make, read):
        call = tour.call("Spacing call")
        other = tour.call("Company class", "10:00", "11:00")
        tour.publish()
        path = make()
        tour.grow_old()
        before = read(path)
        tour.move(call, "13:30", "15:00")
        tour.publish()

        after = read(path)

        assert after["Spacing call"].uid == before["Spacing call"].uid
        assert after["Spacing call"].sequence > before["Spacing call"].sequence
        assert after["Spacing call"].DTSTAMP > before["Spacing call"].DTSTAMP
        assert after["Spacing call"].last_modified == after["Spacing call"].DTSTAMP
        assert after["Company class"].sequence == before["Company class"].sequence
        assert other.id != call.id

    def test_a_cancelled_call_says_so_and_why(self, tour, noemie, make, read):
        call = tour.call("Fitting")
        tour.publish()
        path = make()
        before = read(path)["Fitting"]
        entering.cancel(tour.session, call, "The dresser is ill.")
        tour.session.commit()
        tour.publish()

        event = read(path)["Cancelled: Fitting"]

        assert (event.uid, event.status) == (before.uid, "CANCELLED")
        assert event.sequence > before.sequence
        assert "You need not come. The dresser is ill." in event.description

    def test_whoever_is_taken_off_has_it_cancelled_under_the_same_name(
        self, tour, noemie, make, read
    ):
        other = tour.engage("Tomáš")
        call = tour.call("Fitting", called=[noemie, other])
        tour.publish()
        path = make()
        before = read(path)["Fitting"]
        call.called = [other]
        tour.session.commit()
        tour.publish()

        event = read(path)["Cancelled: Fitting"]

        assert (event.uid, event.status) == (before.uid, "CANCELLED")
        assert event.sequence > before.sequence

    def test_only_ones_own_published_calls_are_in_it(self, tour, noemie, make, read):
        other = tour.engage("Tomáš")
        tour.call("Mine", called=[noemie])
        tour.call("His", called=[other])
        tour.publish()
        tour.call("Draft", "20:00", "21:00")

        assert set(read(make())) == {"Mine"}


class TestEachDayAsOneEntry:
    def test_it_lists_the_day_in_the_time_of_the_place(self, tour, noemie, make, read):
        tour.call("Company class", "10:00", "11:15")
        tour.call("Notes", "12:30", "", time_kind=TimeKind.about)
        tour.call("Fitting", "", "", time_kind=TimeKind.tbc)
        tour.publish()

        (title, event), *rest = read(make("daily")).items()

        assert rest == []
        assert re.fullmatch(r"3 calls from 10:00, Adelaide \+\d\d:30", title)
        assert (event.start, event.end) == (tour.tomorrow, tour.tomorrow + timedelta(days=1))
        lines = event.description.splitlines()
        assert re.fullmatch(
            r"10:00 to 11:15, Adelaide \+\d\d:30: Company class, Her Majesty’s", lines[0]
        )
        assert lines[1].startswith("about 12:30, Adelaide")
        assert lines[2] == "time to be confirmed: Fitting, Her Majesty’s"

    def test_a_day_whose_calls_are_all_cancelled_is_cancelled(self, tour, noemie, make, read):
        call = tour.call("Fitting")
        tour.publish()
        path = make("daily")
        tour.grow_old()
        before = next(iter(read(path).values()))
        entering.cancel(tour.session, call, "The dresser is ill.")
        tour.session.commit()
        tour.publish()

        event = read(path)["All calls cancelled"]

        assert (event.uid, event.status) == (before.uid, "CANCELLED")
        assert event.sequence > before.sequence
        assert event.description.startswith("CANCELLED 14:00 to 15:00")


class TestFreshness:
    def test_name_and_text_say_version_age_and_where_the_truth_is(
        self, tour, noemie, make, client, read
    ):
        tour.call("Spacing call")
        tour.publish()
        path = make()

        made = Calendar.from_ical(client.get(path).data)
        said = read(path)["Spacing call"].description

        assert made.calendar_name.endswith(": Giselle version 1")
        assert made.refresh_interval == timedelta(hours=1)
        assert re.search(r"Made \w{3} \d+ \w{3} \d\d:\d\d, Adelaide", said)
        assert "from Giselle version 1, published " in said
        assert "up to a day late. The portal is the truth." in said
        assert said.endswith(f"http://localhost/portal/days/{tour.tomorrow}")

    def test_unchanged_it_is_not_sent_twice_and_a_change_is(self, tour, noemie, make, client):
        call = tour.call("Spacing call")
        tour.publish()
        path = make()
        first = client.get(path)

        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        tour.move(call, "13:30", "15:00")
        tour.publish()
        changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert changed.status_code == 200
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert first.content_type == "text/calendar; charset=utf-8"

    def test_a_head_has_the_headers_and_no_body(self, tour, noemie, make, client):
        answer = client.head(make())

        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["ETag"].startswith('W/"')

    def test_without_calls_it_is_an_empty_calendar_that_says_so(self, noemie, make, client):
        made = Calendar.from_ical(client.get(make()).data)

        assert made.events == []
        assert "Nothing is published yet." in made.description


class TestTheAddress:
    def test_sets_no_cookie_and_needs_none(self, noemie, make, client):
        assert "Set-Cookie" not in client.get(make()).headers

    def test_only_its_hash_is_kept(self, noemie, make, owner_session):
        token = make().removeprefix("/feeds/").removesuffix(".ics")

        (row,) = owner_session.execute(text("SELECT calendar_feed::text FROM calendar_feed")).all()

        assert len(token) == 43
        assert token not in row[0]

    def test_pressed_twice_it_is_one_address(self, noemie, make, owner_session):
        assert make() == make()
        assert len(owner_session.scalars(select(CalendarFeed)).all()) == 1

    def test_renewed_the_old_one_is_closed(self, phone, noemie, make, client):
        old = make()
        page = phone.get("/portal/calendar").text
        key = re.search(r'/portal/calendar/([0-9a-f-]{36})"', page)[1]

        shown = phone.get(phone.send(f"/portal/calendar/{key}/renew").location).text

        new = re.search(r">http://localhost(/feeds/[\w-]+\.ics)<", shown)[1]
        assert new != old
        assert client.get(old).status_code == 404
        assert client.get(new).status_code == 200

    def test_revoked_unknown_and_odd_ones_are_answered_alike(self, phone, noemie, make, client):
        path = make()
        key = re.search(r'/portal/calendar/([0-9a-f-]{36})"', phone.get("/portal/calendar").text)[1]
        phone.send(f"/portal/calendar/{key}/revoke")

        answers = [
            client.get(one)
            for one in (path, f"/feeds/{'A' * 43}.ics", "/feeds/x.ics", "/feeds/%C3%A9%20'.ics")
        ]

        assert {answer.status_code for answer in answers} == {404}
        bodies = {re.sub(r"[0-9a-f]{24}", "", answer.text) for answer in answers}
        assert len(bodies) == 1
        assert "Make an address" in phone.get("/portal/calendar").text

    def test_a_person_who_is_put_away_has_no_calendar(self, tour, noemie, make, client):
        path = make()
        noemie.person.archived_at = datetime.now(UTC)
        tour.session.commit()

        assert client.get(path).status_code == 404

    def test_guessing_is_slowed_down_and_a_known_one_goes_on(
        self, noemie, make, client, monkeypatch
    ):
        monkeypatch.setattr("app.limits.FEED_GUESSES", "2/minute")
        path = make()

        codes = [client.get(f"/feeds/{n}.ics").status_code for n in range(3)]

        assert codes == [404, 404, 429]
        assert client.get(path).status_code == 200

    def test_one_address_is_not_fetched_without_end(self, noemie, make, client, monkeypatch):
        monkeypatch.setattr("app.limits.FEED", "2/minute")
        path = make()

        assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]

    def test_when_it_was_fetched_is_noted_once_a_day(self, phone, noemie, make, client, tour):
        path = make()
        assert "No calendar has fetched it yet." in phone.get("/portal/calendar").text

        client.get(path)
        first = tour.session.scalar(select(CalendarFeed.read_at))
        client.get(path)
        tour.session.rollback()

        assert tour.session.scalar(select(CalendarFeed.read_at)) == first
        assert "Last fetched" in phone.get("/portal/calendar").text

    def test_an_agent_makes_none_and_sees_none(self, phone_of, tour, noemie, make):
        make()
        agent = phone_of(noemie.person, agent=tour.engage("Agent Smith").person)
        key = tour.session.scalar(select(CalendarFeed.public_id))

        page = agent.get("/portal/calendar").text

        assert "Only the artist can make an address" in page
        assert "Show the address" not in page
        assert agent.send("/portal/calendar", {"kind": "daily"}).status_code == 403
        assert agent.get(f"/portal/calendar/{key}").status_code == 404

    def test_an_unknown_kind_is_not_found(self, phone):
        assert phone.send("/portal/calendar", {"kind": "hourly"}).status_code == 404
