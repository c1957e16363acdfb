"""Copying a day or a week through the real page: looked at first, told row by row, never twice."""

import re

import pytest


@pytest.fixture
def order(planner, house):
    """Return a hand that fills in the page which copies: ``order("look", to="2026-11-26")``."""

    def send(deed, *, venue=None, **typed):
        form = {
            "production": house.production.id, "production_words": "Giselle",
            "production_asked": "Giselle", "size": "1", "first": "2026-11-19", "to": "2026-11-26",
            "again": "once", "until": "", "venue_words": "", "venue_asked": "", "deed": deed,
        }  # fmt: skip
        if venue is not None:
            form |= {"venue": venue.id, "venue_words": venue.name, "venue_asked": venue.name}
        return planner.send("/admin/schedule/copy/", {**form, **typed})

    return send


@pytest.fixture
def copy(order):
    """Return a hand that looks, then copies what is ticked there."""

    def press(**typed):
        page = order("look", **typed).text
        look = re.search(r'name="look"[^>]*value="([^"]*)"', page).group(1)
        return order(
            "copy", look=look, take=re.findall(r'name="take" value="([^"]+)"', page), **typed
        )

    return press


class TestACopy:
    def test_is_looked_at_before_anything_is_made(self, enter, house, order):
        house.engage("Noémie")
        enter()

        page = order("look").text

        assert "1 copy, 1 to make" in page
        assert "Thu 26 Nov" in page
        assert len(house.calls()) == 1

    def test_keeps_the_clock_on_the_wall_at_the_new_venue(self, enter, house, copy):
        house.engage("Noémie")
        enter()

        answer = copy(venue=house.in_zone("Australia/Darwin", "Playhouse"))

        assert answer.status_code == 303
        _, made = house.calls()
        assert (f"{made.local_start:%H:%M}", made.zone) == ("14:00", "Australia/Darwin")
        assert made.starts_at.isoformat() == "2026-11-26T04:30:00+00:00"
        assert (made.status, made.title) == ("draft", "Spacing call")

    def test_of_a_week_takes_each_day_along_and_leaves_the_cancelled(
        self, enter, house, copy, planner
    ):
        house.engage("Noémie")
        enter(day_of="2026-11-16", title="Class")
        enter(day_of="2026-11-22", title="Late", local_start="23:30", local_end="00:40",
              end_day_offset="y")  # fmt: skip
        enter(day_of="2026-11-18", title="Gone")
        planner.send(f"/admin/calls/cancel/{house.calls()[-1].id}", {"reason": "Rain."})

        copy(size="7", first="2026-11-16", to="2026-11-23")

        made = house.calls()[3:]
        assert [(c.title, c.day_of.isoformat(), c.end_day_offset) for c in made] == [
            ("Class", "2026-11-23", 0),
            ("Late", "2026-11-29", 1),
        ]

    def test_again_every_week_keeps_the_hour_over_the_change_of_clocks(self, enter, house, copy):
        house.engage("Noémie")
        enter(day_of="2026-09-24", local_start="10:00", local_end="11:00")

        copy(first="2026-09-24", to="2026-10-01", again="weekly", until="2026-10-08")

        offsets = [c.starts_at.isoformat()[:16] for c in house.calls()]
        assert offsets == ["2026-09-24T00:30", "2026-10-01T00:30", "2026-10-07T23:30"]

    def test_made_twice_is_made_once(self, enter, house, copy, order):
        house.engage("Noémie")
        enter()
        copy()

        page = order("look").text
        again = copy()

        assert "It is there already." in page
        assert "0 to make" in page
        assert again.status_code == 200
        assert len(house.calls()) == 2

    def test_that_was_moved_since_is_not_made_again(self, enter, house, copy, planner):
        house.engage("Noémie")
        enter()
        copy()
        made = house.calls()[1]
        enter(f"/admin/calls/edit/{made.id}", day_of="2026-11-26", local_start="13:00",
              version=str(made.version))  # fmt: skip

        copy()

        assert len(house.calls()) == 2

    def test_that_was_cancelled_since_says_so(self, enter, house, copy, order, planner):
        house.engage("Noémie")
        enter()
        copy()
        planner.send(f"/admin/calls/cancel/{house.calls()[1].id}", {"reason": "Rain."})

        assert "Copied before and cancelled since." in order("look").text

    def test_takes_along_only_who_is_engaged_then(self, enter, house, copy, order, owner_session):
        stays, leaves = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=[str(stays.id), str(leaves.id)])
        leaves.ends_on = house.calls()[0].day_of
        owner_session.commit()

        page = order("look").text
        copy()

        assert "Without Tomáš: not engaged then." in page
        assert [a.engagement_id for a in house.calls()[1].assignments] == [stays.id]

    def test_for_nobody_is_refused_in_its_row(self, enter, house, order):
        mine = house.engage("Noémie")
        enter(is_for_everyone=None, called=str(mine.id))

        page = order("look", to="2027-08-01").text

        assert "Nobody of those called is engaged on that day." in page


class TestHoursThatAreNotThere:
    def test_a_time_that_does_not_exist_is_told_in_its_row_and_the_others_are_copied(
        self, enter, house, copy, order
    ):
        house.engage("Noémie")
        enter(title="Night bus", local_start="02:30", local_end="")
        enter(title="Class", local_start="10:00", local_end="11:00")
        sydney = house.in_zone("Australia/Sydney", "Opera House")

        page = order("look", to="2026-10-04", venue=sydney).text
        copy(to="2026-10-04", venue=sydney)

        assert "02:30 does not exist in Sydney on 4 October: clocks go from 02:00 to 03:00" in page
        assert [c.title for c in house.calls()] == ["Night bus", "Class", "Class"]

    def test_an_hour_that_comes_twice_is_asked_in_its_row_and_kept(self, enter, house, order):
        house.engage("Noémie")
        enter(title="Night bus", local_start="02:30", local_end="")
        sydney = house.in_zone("Australia/Sydney", "Opera House")
        target = {"to": "2027-04-04", "venue": sydney}

        page = order("look", **target).text
        key = re.search(r'name="take" value="([^"]+)"', page).group(1)
        unanswered = order("copy", take=key, look="", **target)
        answered = order("copy", take=key, **{f"fold:local_start:{key}": "1"}, **target)

        assert "After the clocks go back: Sydney +10:00" in page
        assert unanswered.status_code == 200
        assert answered.status_code == 303
        made = house.calls()[1]
        assert (made.starts_fold, made.starts_at.isoformat()) == (1, "2027-04-03T16:30:00+00:00")

    def test_an_end_that_comes_twice_is_asked_about_too(self, enter, house, order):
        house.engage("Noémie")
        enter(title="Party", local_start="22:00", local_end="02:30", end_day_offset="y")
        sydney = house.in_zone("Australia/Sydney", "Opera House")
        target = {"to": "2027-04-03", "venue": sydney}
        key = re.search(r'name="take" value="([^"]+)"', order("look", **target).text).group(1)

        order("copy", take=key, **{f"fold:local_end:{key}": "1"}, **target)

        made = house.calls()[1]
        assert (made.ends_fold, made.ends_at.isoformat()) == (1, "2027-04-03T16:30:00+00:00")


class TestRefusals:
    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"first": "2026-12-24"}, "There is no call on these days."),
            ({"size": "7", "again": "daily", "until": "2026-12-24"}, "A week is copied weekly."),
            ({"again": "daily"}, "Write until when it is copied again."),
            ({"again": "daily", "until": "2026-11-20"}, "Until lies before the first day."),
            ({"again": "daily", "until": "2027-11-20"}, "60 is the most."),
            ({"size": "9"}, "Choose one of these."),
        ],
    )
    def test_stand_beside_their_field(self, enter, house, order, typed, said):
        enter()

        assert said in order("look", **typed).text

    def test_come_when_nothing_is_ticked_or_the_calls_have_changed(self, enter, house, order):
        house.engage("Noémie")
        enter()

        assert "have changed while you were looking" in order("copy", take="x", look="old").text
        page = order("look").text
        look = re.search(r'name="look"[^>]*value="([^"]*)"', page).group(1)
        assert "Nothing is chosen." in order("copy", look=look).text
        assert len(house.calls()) == 1

    def test_finance_cannot_copy(self, staff, house):
        assert staff("Finance").get("/admin/schedule/copy/").status_code in (302, 403)
