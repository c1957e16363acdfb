"""Publishing: differences, who is told, what the phone shows, and what stands in the way."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from app.models import CallSnapshot, ScheduleVersion
from app.services.schedules import plan


class TestPublishing:
    def test_the_page_says_what_changes_and_who_is_told_before_the_button(
        self, enter, house, planner
    ):
        house.engage("Noémie Lefèvre")
        enter()

        page = planner.get(
            f"/admin/schedule/publish/{house.production.id}?first=2026-11-16&last=2026-11-22"
        ).text

        assert "Publish version 1 and tell 1 person" in page
        assert "Noémie Lefèvre" in page
        assert "Thu 19 Nov 14:00 to 15:00, Adelaide +10:30" in page
        assert house.letters() == []

    def test_each_person_gets_one_letter_with_their_own_calls_only(self, enter, house, publish):
        mine, other = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=str(mine.id), title="Fitting")
        enter(is_for_everyone=None, called=str(other.id), title="Interview")
        enter(title="Company class", local_start="10:00", local_end="11:00")

        publish()

        letters = {letter.person_id: letter.text for letter in house.letters()}
        assert set(letters) == {mine.person_id, other.person_id}
        assert len(house.letters()) == 2
        assert "Fitting" in letters[mine.person_id]
        assert "Interview" not in letters[mine.person_id]
        assert "Company class" in letters[other.person_id]
        assert "Thu 19 Nov 14:00 to 15:00, Adelaide +10:30" in letters[mine.person_id]

    def test_two_people_who_share_an_address_get_a_letter_each(self, enter, house, publish):
        house.engage("Ana", email="both@house.example")
        house.engage("Ben", email="both@house.example")
        enter()

        publish()

        assert len({letter.person_id for letter in house.letters()}) == 2

    def test_one_person_in_two_engagements_gets_one_letter(self, enter, house, publish):
        first = house.engage("Noémie")
        house.engage("Noémie", person=first.person)
        enter()

        publish()

        assert len(house.letters()) == 1

    def test_a_second_version_tells_only_the_difference_old_and_new(self, enter, house, publish):
        mine, _other = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=str(mine.id), title="Fitting")
        enter(title="Company class", local_start="10:00", local_end="11:00")
        publish()
        told = len(house.letters())
        fitting = house.calls()[0]

        enter(
            f"/admin/calls/edit/{fitting.id}", title="Fitting", is_for_everyone=None,
            called=str(mine.id), local_start="13:30", local_end="15:00", version=str(fitting.version),
        )  # fmt: skip
        publish()

        (letter,) = house.letters()[told:]
        assert letter.person_id == mine.person_id
        assert (
            "Thu 19 Nov 14:00 to 15:00, Adelaide +10:30 -> "
            "Thu 19 Nov 13:30 to 15:00, Adelaide +10:30"
        ) in letter.text
        assert "Company class" not in letter.text

    def test_whoever_is_taken_off_a_call_is_told_it_is_cancelled_for_them(
        self, enter, house, publish
    ):
        mine, other = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=[str(mine.id), str(other.id)])
        publish()
        (call,) = house.calls()

        enter(
            f"/admin/calls/edit/{call.id}",
            is_for_everyone=None, called=str(mine.id), version=str(call.version),
        )  # fmt: skip
        publish()

        letter = house.letters()[-1]
        assert len(house.letters()) == 3
        assert letter.person_id == other.person_id
        assert "Cancelled: Spacing call" in letter.text

    def test_publishing_nothing_new_is_refused(self, enter, house, publish, owner_session):
        house.engage("Noémie")
        enter()
        publish()

        page = publish().text

        assert "Nothing has changed since version 1" in page
        assert owner_session.scalar(select(func.count()).select_from(ScheduleVersion)) == 1

    def test_the_button_pressed_twice_publishes_once(self, enter, house, planner, owner_session):
        house.engage("Noémie")
        enter()
        path = f"/admin/schedule/publish/{house.production.id}?first=2026-11-16&last=2026-11-22"
        page = planner.get(path).text
        digest = page.partition('name="digest"')[2].partition('value="')[2].partition('"')[0]

        first = planner.send(path, {"digest": digest, "urgency": "now"})
        second = planner.send(path, {"digest": digest, "urgency": "now"})

        assert (first.status_code, second.status_code) == (303, 200)
        assert "Nothing has changed since version 1" in second.text
        assert len(house.letters()) == 1

    def test_what_was_not_looked_at_does_not_go_out(self, enter, house, planner):
        house.engage("Noémie")
        enter()
        path = f"/admin/schedule/publish/{house.production.id}?first=2026-11-16&last=2026-11-22"
        page = planner.get(path).text
        digest = page.partition('name="digest"')[2].partition('value="')[2].partition('"')[0]
        enter(title="Notes", local_start="16:00", local_end="")

        answer = planner.send(path, {"digest": digest, "note": "Opening week."})

        assert "have changed while you were looking" in answer.text
        assert "Opening week." in answer.text
        assert house.letters() == []

    def test_the_first_version_may_be_silent_and_the_next_then_tells_all(
        self, enter, house, publish
    ):
        house.engage("Noémie")
        enter()

        publish(is_silent="y")
        silent = len(house.letters())
        publish()

        assert silent == 0
        assert "New: Spacing call" in house.letters()[0].text

    def test_after_a_silent_version_nobody_is_told_of_days_that_are_over(
        self, enter, house, publish, planner, monkeypatch
    ):
        house.engage("Noémie")
        enter(title="First class", day_of="2026-11-10")
        enter(title="Late show", day_of="2026-11-14", local_start="23:30", local_end="00:40",
              end_day_offset="1")  # fmt: skip
        enter()
        publish(is_silent="y")
        monkeypatch.setattr(plan, "now", lambda: datetime(2026, 11, 14, 13, 45, tzinfo=UTC))
        page = planner.get(
            f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
        ).text

        publish()

        (letter,) = house.letters()
        assert "New: Late show" in letter.text
        assert "New: Spacing call" in letter.text
        assert "First class" not in letter.text
        assert "Nobody is told of a call that is new to them and over." in page

    def test_a_venue_without_a_zone_stops_it_and_links_to_the_venue(
        self, enter, house, publish, planner, owner_session
    ):
        house.engage("Noémie")
        hall = house.in_zone(None, "Town Hall")
        enter(venue=hall)

        page = publish().text

        assert "Town Hall has no time zone, so its call cannot be published." in page
        assert f"/admin/venues/edit/{hall.id}" in page
        assert house.letters() == []

    def test_a_zone_given_later_brings_its_calls_their_instants(
        self, enter, house, publish, owner_session
    ):
        house.engage("Noémie")
        hall = house.in_zone(None, "Town Hall")
        enter(venue=hall)
        hall.zone = "Australia/Perth"
        owner_session.commit()

        publish()

        (call,) = house.calls()
        assert (call.zone, call.starts_at.isoformat()) == (
            "Australia/Perth",
            "2026-11-19T06:00:00+00:00",
        )

    def test_every_call_is_kept_as_the_version_said_it(self, enter, house, publish, owner_session):
        mine = house.engage("Noémie")
        enter()
        publish()

        shot = owner_session.scalars(select(CallSnapshot)).one()

        assert shot.change["kind"] == "added"
        assert shot.facts["called"] == [mine.id]
        assert shot.facts["local_start"] == "14:00"


class TestPages:
    def test_the_week_marks_what_nobody_knows_yet(self, enter, house, publish, planner):
        house.engage("Noémie Lefèvre")
        enter()
        publish()
        enter(title="Notes", local_start="16:00", local_end="")

        page = planner.get(
            f"/admin/schedule/?week=2026-11-16&production={house.production.id}"
        ).text

        assert '<p class="call new"><time>16:00</time><span>Notes</span></p>' in page
        assert '<p class="call"><time>14:00</time><span>Spacing call</span></p>' in page
        assert "Working copy, 1 change since version 1" in page
        assert 'aria-label="Week of people and calls" tabindex="0"' in page

    def test_the_history_shows_each_version_with_its_changes(self, enter, house, publish, planner):
        house.engage("Noémie")
        enter()
        publish(note="Opening week.")

        page = planner.get(f"/admin/schedule/versions/{house.production.id}").text

        assert "Version 1" in page
        assert "Opening week." in page
        assert "1 person told" in page

    def test_words_are_found_without_their_marks(self, enter, house, planner):
        house.engage("Noémie Lefèvre")
        house.engage("Tomáš Dvořák")
        enter()

        page = planner.get("/admin/schedule/?week=2026-11-16&q=lefevre").text

        assert "Noémie Lefèvre" in page
        assert "Tomáš Dvořák" not in page


class TestPhone:
    WEEK = "/portal/calls?week=2026-11-16"

    def test_a_published_call_stands_there_in_venue_time_and_a_draft_does_not(
        self, enter, house, publish, phone_of
    ):
        mine = house.engage("Noémie")
        enter()
        publish()
        enter(title="Secret", local_start="16:00", local_end="")

        page = phone_of(mine.person).get(self.WEEK).text

        assert '<time datetime="2026-11-19T14:00+10:30">14:00</time>' in page
        assert "Spacing call" in page
        assert "Secret" not in page

    def test_a_change_that_is_not_published_is_not_shown(self, enter, house, publish, phone_of):
        mine = house.engage("Noémie")
        enter()
        publish()
        (call,) = house.calls()
        enter(f"/admin/calls/edit/{call.id}", day_of="2026-11-20", version=str(call.version))

        phone = phone_of(mine.person)
        before = phone.get(self.WEEK).text
        publish()
        after = phone.get(self.WEEK).text

        assert 'datetime="2026-11-19T14:00+10:30"' in before
        assert 'datetime="2026-11-20T14:00+10:30"' in after
        assert 'datetime="2026-11-19T14:00+10:30"' not in after

    def test_a_cancelled_call_is_struck_through_and_a_cancelled_draft_was_never_there(
        self, enter, house, publish, phone_of, planner
    ):
        mine = house.engage("Noémie")
        enter(title="Fitting")
        publish()
        enter(title="Secret", local_start="16:00", local_end="")
        for call in house.calls():
            planner.send(f"/admin/calls/cancel/{call.id}", {"reason": "Rain."})
        publish()

        page = phone_of(mine.person).get(self.WEEK).text

        assert '<li class="off">' in page
        assert "You need not come. Rain." in page
        assert "Secret" not in page
        assert "Cancelled: Fitting" in house.letters()[-1].text

    def test_a_colleagues_call_is_not_there(self, enter, house, publish, phone_of):
        mine, other = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=str(other.id), title="Interview")
        publish()

        page = phone_of(mine.person).get(self.WEEK).text

        assert "Interview" not in page
