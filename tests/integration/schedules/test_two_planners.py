"""Two people plan at once: the second sees what the first did, and loses nothing that was typed."""

import re

from sqlalchemy import func, select

from app.models import ScheduleVersion


class TestTwoAtOneCall:
    def test_the_second_sees_theirs_beside_yours_and_who_it_was(self, enter, house, planner):
        enter()
        (call,) = house.calls()
        url, seen = f"/admin/calls/edit/{call.id}", str(call.version)
        enter(url, local_start="13:30", note="Orchestra at 15:00", version=seen)

        page = enter(url, title="Spacing, Act II", local_start="13:45", version=seen).text

        assert re.search(r"\w+ saved this call while you were typing, \w+ \d+ \w+ \d\d:\d\d", page)
        assert 'name="keep-local_start" value="theirs"> 13:30' in page
        assert 'name="keep-local_start" value="yours" checked> 13:45' in page
        assert 'name="keep-note" value="theirs"> Orchestra at 15:00' in page
        assert 'name="keep-day_of"' not in page
        assert 'value="Spacing, Act II"' in page
        assert f"{house.calls()[0].local_start:%H:%M}" == "13:30"

    def test_theirs_and_yours_are_kept_field_by_field(self, enter, house, planner):
        enter()
        (call,) = house.calls()
        url, seen = f"/admin/calls/edit/{call.id}", str(call.version)
        enter(url, local_start="13:30", note="Orchestra at 15:00", version=seen)
        page = enter(url, title="Spacing, Act II", local_start="13:45", version=seen).text
        now = re.search(r'name="version" type="hidden" value="(\d+)"', page).group(1)

        answer = enter(
            url, title="Spacing, Act II", local_start="13:45", version=now,
            **{"keep-note": "theirs", "keep-local_start": "yours", "keep-title": "yours"},
        )  # fmt: skip

        (call,) = house.calls()
        assert answer.status_code == 303
        assert (call.title, f"{call.local_start:%H:%M}", call.note) == (
            "Spacing, Act II",
            "13:45",
            "Orchestra at 15:00",
        )

    def test_a_choice_that_is_refused_comes_back_as_it_was_chosen(self, enter, house, planner):
        enter()
        (call,) = house.calls()
        url = f"/admin/calls/edit/{call.id}"
        enter(url, note="Theirs", version=str(call.version))
        version = str(house.calls()[0].version)

        page = enter(url, local_end="13:00", version=version, **{"keep-note": "theirs"}).text

        assert "does not come after the start" in page
        assert 'name="keep-note" value="theirs" checked> Theirs' in page

    def test_people_are_named(self, enter, house, planner):
        mine, other = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=str(mine.id))
        (call,) = house.calls()
        url, seen = f"/admin/calls/edit/{call.id}", str(call.version)
        enter(url, title="Theirs", is_for_everyone=None, called=str(mine.id), version=seen)

        page = enter(url, is_for_everyone=None, called=str(other.id), version=seen).text

        assert 'name="keep-called" value="theirs"> Noémie' in page
        assert 'name="keep-called" value="yours" checked> Tomáš' in page


class TestTwoWhoPublish:
    def test_the_second_sees_what_changed_since_and_keeps_the_note(
        self, enter, house, planner, publish, owner_session
    ):
        house.engage("Noémie")
        enter(title="Class", local_start="10:00", local_end="11:00")
        path = f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
        looked = re.search(r'name="digest"[^>]*value="([^"]*)"', planner.get(path).text).group(1)
        enter(title="Fitting", local_start="16:00", local_end="17:00")

        page = planner.send(path, {"digest": looked, "note": "Opening week", "urgency": "now"}).text

        assert "Since you looked" in page
        assert "New: Fitting, Thu 19 Nov 16:00 to 17:00, Adelaide +10:30." in page
        assert "New: Class, Thu" not in page
        assert "Opening week" in page
        assert owner_session.scalar(select(func.count()).select_from(ScheduleVersion)) == 0

    def test_the_second_of_two_versions_hears_of_the_first(
        self, enter, house, planner, publish, owner_session
    ):
        house.engage("Noémie")
        enter(title="Class", local_start="10:00", local_end="11:00")
        path = f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
        looked = re.search(r'name="digest"[^>]*value="([^"]*)"', planner.get(path).text).group(1)
        publish()
        enter(title="Fitting", local_start="16:00", local_end="17:00")

        page = planner.send(path, {"digest": looked, "note": "Kept", "urgency": "now"}).text

        assert "Version 1 was published." in page
        assert "Publish version 2" in page
        assert "Kept" in page
        assert len(house.letters()) == 1
