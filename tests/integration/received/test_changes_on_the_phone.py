"""A change asks to be noted, old beside new; "Got it" once is enough, and a new change asks again."""

import re
from datetime import timedelta

import pytest

from app.domain.schedules import ChangeKind, TimeKind
from app.services.schedules import entering


@pytest.fixture
def spacing(tour, noemie):
    """A call that she knows of."""
    call = tour.call("Spacing call")
    tour.publish()
    return call


def got_it(phone, path="/portal/"):
    """Press the first button of a page, and return where it leads."""
    action = re.search(r'action="(/portal/changes/[0-9a-f-]+/got-it)"', phone.get(path).text)
    assert action is not None
    return phone.send(action[1], {"next": path})


def newest(tour, noemie):
    return tour.notices(noemie.person)[-1]


class TestAChange:
    def test_is_shown_old_beside_new_with_its_note(self, phone, tour, noemie, spacing):
        got_it(phone)
        tour.move(spacing, "13:30", "15:00")
        tour.publish(note="The orchestra needs the stage from 15:00.")

        page = phone.get("/portal/").text

        assert '<h2 id="changed">Spacing call is earlier</h2>' in page
        assert re.search(r"<del>14:00 to 15:00, Adelaide \+\d\d:30</del>", page)
        assert re.search(r"<ins>13:30 to 15:00, Adelaide \+\d\d:30</ins>", page)
        assert "The orchestra needs the stage from 15:00." in page

    def test_is_seen_when_the_page_is_opened_and_confirmed_by_the_button(
        self, phone, tour, noemie, spacing
    ):
        assert newest(tour, noemie).seen_at is None

        phone.get("/portal/")
        seen = newest(tour, noemie)
        assert (seen.seen_at is not None, seen.confirmed_at) == (True, None)

        answer = got_it(phone)
        confirmed = newest(tour, noemie)
        assert answer.status_code == 303
        assert answer.location == "/portal/"
        assert confirmed.confirmed_at is not None
        assert confirmed.confirmed_by == f"artist:{noemie.person_id}"
        assert 'id="changed"' not in phone.get("/portal/").text

    def test_pressed_twice_is_noted_once(self, phone, tour, noemie, spacing):
        path = f"/portal/changes/{newest(tour, noemie).public_id}/got-it"
        phone.send(path)
        first = newest(tour, noemie).confirmed_at

        again = phone.send(path)

        assert again.status_code == 303
        assert newest(tour, noemie).confirmed_at == first

    def test_a_new_change_asks_again(self, phone, tour, noemie, spacing):
        got_it(phone)
        tour.move(spacing, "13:30", "15:00")
        tour.publish()
        got_it(phone)
        tour.move(spacing, "13:30", "16:00")
        tour.publish()

        page = phone.get("/portal/").text

        assert "Spacing call ends at another time" in page
        assert [n.schedule_version.number for n in tour.notices() if n.confirmed_at] == [1, 2]

    def test_over_two_versions_it_says_what_was_known_last(self, phone, tour, noemie, spacing):
        got_it(phone)
        for hour in ("13:30", "16:00"):
            tour.move(spacing, hour, "17:00")
            tour.publish()

        page = phone.get("/portal/changes").text

        assert "Spacing call is later" in page
        assert "<del>14:00 to 15:00" in page
        assert "<ins>16:00 to 17:00" in page
        assert "13:30" not in page
        got_it(phone, "/portal/changes")
        assert all(notice.confirmed_at for notice in tour.notices())

    def test_an_overtaken_page_confirms_nothing_and_says_so(self, phone, tour, noemie, spacing):
        old = newest(tour, noemie).public_id
        tour.move(spacing, "16:00", "17:00")
        tour.publish()

        phone.send(f"/portal/changes/{old}/got-it")

        assert [n.confirmed_at for n in tour.notices()] == [None, None]
        assert "It has changed again since." in phone.get("/portal/").text

    def test_moved_and_moved_back_still_says_the_last_word(self, phone, tour, noemie, spacing):
        got_it(phone)
        for hour in ("13:30", "14:00"):
            tour.move(spacing, hour, "15:00")
            tour.publish()

        page = phone.get("/portal/").text

        assert "<del>13:30 to 15:00" in page
        assert "<ins>14:00 to 15:00" in page

    def test_of_a_silent_version_nobody_is_asked_but_its_words_are_the_old_ones(
        self, phone, tour, noemie
    ):
        call = tour.call("Spacing call")
        tour.call("Company class", "10:00", "11:00")
        tour.publish(is_silent=True)
        assert tour.notices() == []
        tour.move(call, "13:30", "15:00")

        tour.publish()

        assert [(n.kind, bool(n.before)) for n in tour.notices()] == [
            (ChangeKind.moved, True),
            (ChangeKind.added, False),
        ]

    def test_of_a_past_day_nobody_is_asked(self, phone, tour, noemie):
        tour.call("Old call", day_of=tour.today - timedelta(days=4))
        tour.publish()

        assert "Nothing new" in phone.get("/portal/changes").text

    def test_an_hour_that_is_hidden_stays_hidden(self, phone, tour, noemie):
        tour.call("Secret run", "21:15", "22:45", time_kind=TimeKind.hidden)
        tour.publish()

        pages = [phone.get(path).text for path in ("/portal/", "/portal/changes")]

        assert all("Secret run" in page for page in pages)
        assert all("time not announced yet" in page for page in pages)
        assert not any("21:15" in page or "22:45" in page for page in pages)
        assert newest(tour, noemie).after["local_start"] is None


class TestManyChanges:
    def test_one_button_confirms_those_that_were_on_the_page(self, phone, tour, noemie):
        for hour in ("10:00", "12:00", "14:00"):
            tour.call(f"Call at {hour}", hour, "")
        tour.publish()
        assert "All 3 changes" in phone.get("/portal/").text
        keys = re.findall(r'name="change" value="([^"]+)"', phone.get("/portal/changes").text)

        phone.send("/portal/changes/got-it", {"change": keys[:2]})

        assert [bool(notice.confirmed_at) for notice in tour.notices()] == [True, True, False]

    def test_what_is_no_key_is_not_found(self, phone):
        assert phone.send("/portal/changes/got-it", {"change": "x"}).status_code == 404

    def test_what_moved_stands_before_what_is_new(self, phone, tour, noemie, spacing):
        got_it(phone)
        tour.call("Early class", "08:00", "09:00")
        tour.move(spacing, "13:30", "15:00")
        tour.publish()

        heads = re.findall(r'<h2 id="change-\d">([^<]+)', phone.get("/portal/changes").text)

        assert heads == ["Spacing call is earlier", "New: Early class"]

    def test_on_a_days_own_page_what_is_new_is_confirmed_together(self, phone, tour, noemie):
        for hour in ("10:00", "12:00"):
            tour.call(f"Call at {hour}", hour, "")
        tour.publish()
        page = phone.get(f"/portal/days/{tour.tomorrow}").text
        assert "2 calls are new to you" in page
        assert "<p>Call at 10:00, Call at 12:00</p>" in page
        keys = re.findall(r'name="change" value="([^"]+)"', page)

        answer = phone.send(
            "/portal/changes/got-it", {"change": keys, "next": f"/portal/days/{tour.tomorrow}"}
        )

        assert answer.location == f"/portal/days/{tour.tomorrow}"
        assert all(notice.confirmed_at for notice in tour.notices())


class TestCancelled:
    def test_it_is_struck_through_says_why_and_asks(self, phone, tour, noemie, spacing):
        got_it(phone)
        entering.cancel(tour.session, spacing, "The dresser is ill.")
        tour.session.commit()
        tour.publish()

        page = phone.get(f"/portal/days/{tour.tomorrow}").text

        assert "Spacing call is cancelled" in page
        assert re.findall("<ins>(.*?)</ins>", page) == ["The dresser is ill."]
        assert '<li class="off">' in page

    def test_whoever_is_taken_off_sees_it_struck_through(self, phone, tour, noemie):
        other = tour.engage("Tomáš")
        call = tour.call("Fitting", called=[noemie, other])
        tour.publish()
        got_it(phone)
        call.called = [other]
        tour.session.commit()
        tour.publish()

        page = phone.get(f"/portal/days/{tour.tomorrow}").text

        assert "You are no longer called: Fitting" in page
        assert '<li class="off">' in page
        assert "You need not come. You are no longer called to it." in page


class TestWhoLooks:
    def test_an_agents_looking_is_not_the_artists_but_the_agent_may_answer(
        self, phone_of, tour, noemie, spacing
    ):
        agent = tour.engage("Agent Smith").person
        phone = phone_of(noemie.person, agent=agent)

        phone.get("/portal/")
        assert newest(tour, noemie).seen_at is None

        got_it(phone)
        assert newest(tour, noemie).confirmed_by == f"agent:{agent.id}"

    def test_a_browser_that_loads_ahead_has_seen_nothing(self, phone, tour, noemie, spacing):
        phone.get("/portal/", headers={"Sec-Purpose": "prefetch;prerender"})

        assert newest(tour, noemie).seen_at is None

    def test_nobody_answers_for_a_colleague(self, phone_of, tour, noemie, spacing):
        other = tour.engage("Tomáš")
        stranger = phone_of(other.person)
        key = newest(tour, noemie).public_id

        one = stranger.send(f"/portal/changes/{key}/got-it")
        stranger.send("/portal/changes/got-it", {"change": str(key)})

        assert one.status_code == 404
        assert newest(tour, noemie).confirmed_at is None
        assert "Spacing call" not in stranger.get("/portal/changes").text


class TestADay:
    def test_is_written_as_text_with_its_zone_first(self, phone, tour, noemie):
        tour.call("Company class", "14:00", "15:15", space=tour.venue.spaces[0])
        tour.call("Fitting", "", "", time_kind=TimeKind.tbc)
        tour.call("Notes", "15:30", "", time_kind=TimeKind.about)
        tour.call("Bump-out", "00:10", "00:30", start_day_offset=1, end_day_offset=1)
        tour.publish()

        answer = phone.get(f"/portal/days/{tour.tomorrow}/text")

        assert answer.mimetype == "text/plain"
        lines = answer.text.splitlines()
        assert re.fullmatch(r"Times are Adelaide \+\d\d:30\.", lines[2])
        assert lines[3:7] == [
            "14:00 to 15:15  Company class, Stage, Her Majesty’s",
            "about 15:30  Notes, Her Majesty’s",
            "00:10 to 00:30 (after midnight)  Bump-out, Her Majesty’s",
            "Time TBC  Fitting, Her Majesty’s",
        ]
        assert lines[7].startswith("Version 1, published ")

    def test_an_empty_day_says_so(self, phone, tour, noemie):
        day = tour.today + timedelta(days=40)

        assert "No calls on " in phone.get(f"/portal/days/{day}").text
        assert "No calls." in phone.get(f"/portal/days/{day}/text").text

    @pytest.mark.parametrize("day", ["x", "0001-01-01", "2026-02-30"])
    def test_what_is_no_day_is_not_found(self, phone, day):
        assert phone.get(f"/portal/days/{day}").status_code == 404

    def test_coming_days_lead_to_their_own_pages(self, phone, tour, noemie):
        for ahead in (1, 2, 3):
            tour.call("Company class", "10:00", "11:00", day_of=tour.today + timedelta(days=ahead))
        tour.publish()

        page = phone.get("/portal/").text

        for ahead in (2, 3):
            assert f'href="/portal/days/{tour.today + timedelta(days=ahead)}"' in page
