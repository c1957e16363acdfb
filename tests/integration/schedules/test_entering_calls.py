"""Calls through the real form: hours as the venue's clock shows them, and what is refused."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domain.schedules import CallStatus, CallType


class TestHours:
    def test_a_call_keeps_local_time_as_typed_and_its_instant_in_utc(self, enter, house):
        answer = enter()

        (call,) = house.calls()
        assert answer.status_code == 303
        assert (f"{call.local_start:%H:%M}", call.zone) == ("14:00", "Australia/Adelaide")
        assert call.starts_at == datetime(2026, 11, 19, 3, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("zone", "hour", "minute"),
        [("Australia/Darwin", 4, 30), ("Asia/Kathmandu", 8, 15), ("Australia/Lord_Howe", 3, 0)],
    )
    def test_zones_need_not_be_whole_hours(self, enter, house, zone, hour, minute):
        enter(venue=house.in_zone(zone))

        (call,) = house.calls()
        assert call.starts_at == datetime(2026, 11, 19, hour, minute, tzinfo=UTC)

    def test_a_title_that_no_call_sheet_can_show_is_refused_with_what_was_typed(self, enter, house):
        page = enter(title="Very long " * 30).text

        assert "Keep it under 120 characters; this has 299." in page
        assert 'id="title-say"' in page
        assert house.calls() == []

    def test_an_hour_that_clocks_jump_over_is_refused_beside_the_field(self, enter, house):
        page = enter(
            venue=house.in_zone("Australia/Sydney", "Opera House"),
            day_of="2026-10-04", local_start="02:30", local_end="", title="Night call",
        ).text  # fmt: skip

        assert "02:30 does not exist in Sydney on 4 October: clocks go from 02:00 to 03:00" in page
        assert 'id="local_start-say"' in page
        assert 'value="Night call"' in page
        assert house.calls() == []

    def test_an_hour_that_comes_twice_is_asked_about_and_both_offsets_are_offered(
        self, enter, house
    ):
        page = enter(
            venue=house.in_zone("Australia/Sydney"),
            day_of="2027-04-04", local_start="02:30", local_end="",
        ).text  # fmt: skip

        assert "02:30 comes twice in Sydney on 4 April" in page
        assert '<input type="radio" name="starts_fold" value="0"' in page
        assert "Before the clocks go back: Sydney +11:00" in page
        assert "After the clocks go back: Sydney +10:00" in page
        assert house.calls() == []

    @pytest.mark.parametrize(("fold", "hour"), [("0", 15), ("1", 16)])
    def test_the_chosen_one_of_two_equal_hours_is_kept(self, enter, house, fold, hour):
        enter(
            venue=house.in_zone("Australia/Sydney"),
            day_of="2027-04-04", local_start="02:30", local_end="", starts_fold=fold,
        )  # fmt: skip

        (call,) = house.calls()
        assert call.starts_at == datetime(2027, 4, 3, hour, 30, tzinfo=UTC)
        assert call.starts_fold == int(fold)

    def test_an_end_that_comes_twice_is_asked_about_and_kept(self, enter, house):
        typed = {
            "venue": house.in_zone("Australia/Sydney"), "day_of": "2027-04-03",
            "local_start": "22:00", "local_end": "02:30", "end_day_offset": "y",
        }  # fmt: skip

        page = enter(**typed).text
        enter(**typed, ends_fold="1")

        assert '<input type="radio" name="ends_fold" value="1"' in page
        assert 'name="starts_fold"' not in page
        (call,) = house.calls()
        assert (call.starts_fold, call.ends_fold) == (0, 1)
        assert call.ends_at == datetime(2027, 4, 3, 16, 30, tzinfo=UTC)

    def test_an_end_after_a_start_in_the_second_of_two_hours_is_asked_nothing(self, enter, house):
        enter(
            venue=house.in_zone("Australia/Sydney"), day_of="2027-04-04",
            local_start="02:15", local_end="02:45", starts_fold="1",
        )  # fmt: skip

        (call,) = house.calls()
        assert (call.starts_fold, call.ends_fold) == (1, 1)
        assert (call.ends_at - call.starts_at).total_seconds() == 30 * 60

    @pytest.mark.parametrize("kind", [kind.name for kind in CallType])
    def test_every_kind_of_call_can_be_entered(self, enter, house, kind):
        answer = enter(type=kind, title="")

        (call,) = house.calls()
        assert (answer.status_code, call.type.name) == (303, kind)

    @pytest.mark.parametrize("kind", ["exact", "about", "hidden"])
    def test_every_kind_of_time_keeps_its_hour_and_says_how_sure_it_is(
        self, enter, house, planner, kind
    ):
        enter(time_kind=kind)

        (call,) = house.calls()
        page = planner.get(f"/admin/calls/show/{call.id}").text
        said = {"exact": ">14:00 to", "about": "about 14:00", "hidden": "time not announced yet"}
        assert (call.time_kind.name, f"{call.local_start:%H:%M}") == (kind, "14:00")
        assert said[kind] in page

    def test_an_ordinary_hour_asks_nothing(self, enter, house, planner):
        enter()

        page = planner.get(f"/admin/calls/edit/{house.calls()[0].id}").text

        assert 'name="starts_fold"' not in page

    def test_a_show_after_midnight_stays_on_its_show_day(self, enter, house):
        enter(local_start="23:30", local_end="00:40", end_day_offset="y")

        (call,) = house.calls()
        assert call.day_of == date(2026, 11, 19)
        assert call.ends_at == datetime(2026, 11, 19, 14, 10, tzinfo=UTC)

    def test_an_end_before_the_start_says_what_to_do(self, enter, house):
        page = enter(local_start="23:30", local_end="00:40").text

        assert "If it ends after midnight, say so." in page
        assert house.calls() == []

    def test_a_time_to_be_confirmed_has_no_hour(self, enter, house):
        enter(time_kind="tbc", local_start="", local_end="")

        (call,) = house.calls()
        assert (call.local_start, call.starts_at) == (None, None)

    def test_an_hour_that_is_none_is_refused_and_nothing_typed_is_lost(self, enter, house):
        page = enter(local_start="25:99", note="Bring shoes").text

        assert "“25:99” is not a time. Write it like 13:30." in page
        assert "Bring shoes" in page
        assert house.calls() == []


class TestWho:
    def test_people_are_called_by_name(self, enter, house):
        mine, _other = house.engage("Noémie"), house.engage("Tomáš")

        enter(is_for_everyone=None, called=str(mine.id))

        (call,) = house.calls()
        assert [each.engagement_id for each in call.assignments] == [mine.id]

    def test_calling_nobody_is_refused(self, enter, house):
        page = enter(is_for_everyone=None).text

        assert "Choose who is called, or call everybody engaged on that day." in page

    def test_whoever_is_not_engaged_that_day_is_named(self, enter, house):
        mine = house.engage("Noémie")

        page = enter(is_for_everyone=None, called=str(mine.id), day_of="2026-08-30").text

        assert "Noémie is not engaged on Sun 30 Aug, but from Tue 1 Sep to Wed 30 Jun." in page

    def test_taking_one_off_keeps_what_the_others_have_seen(self, enter, house, owner_session):
        first, second = house.engage("Noémie"), house.engage("Tomáš")
        enter(is_for_everyone=None, called=[str(first.id), str(second.id)])
        (call,) = house.calls()
        kept = call.assignments[0].id

        enter(
            f"/admin/calls/edit/{call.id}",
            is_for_everyone=None, called=str(first.id), version=str(call.version),
        )  # fmt: skip

        assert [each.id for each in house.calls()[0].assignments] == [kept]


class TestCancelling:
    def test_a_call_is_cancelled_with_a_reason_and_never_deleted(self, enter, house, planner):
        enter()
        (call,) = house.calls()

        planner.send(f"/admin/calls/cancel/{call.id}", {"reason": "The dresser is ill."})

        (call,) = house.calls()
        assert (call.status, call.cancelled_reason) == (CallStatus.cancelled, "The dresser is ill.")
        assert planner.send(f"/admin/calls/delete/{call.id}", {}).status_code in (302, 403, 404)
        assert len(house.calls()) == 1

    def test_what_a_version_named_cannot_be_deleted_by_anybody(
        self, enter, house, publish, owner_session
    ):
        house.engage("Noémie")
        enter()
        publish()

        with pytest.raises(IntegrityError):
            owner_session.execute(text("DELETE FROM call"))

        owner_session.rollback()
        assert len(house.calls()) == 1

    def test_without_a_reason_it_stands(self, enter, house, planner):
        enter()
        (call,) = house.calls()

        page = planner.send(f"/admin/calls/cancel/{call.id}", {"reason": " "}).text

        assert 'id="reason-say"' in page
        assert house.calls()[0].status is CallStatus.draft

    def test_a_cancelled_call_is_brought_back_as_a_draft(self, enter, house, planner):
        enter()
        (call,) = house.calls()
        planner.send(f"/admin/calls/cancel/{call.id}", {"reason": "Rain."})

        planner.send(f"/admin/calls/action/reinstate/{call.id}", {})

        assert house.calls()[0].status is CallStatus.draft


class TestRights:
    def test_finance_looks_but_does_not_enter(self, staff, house):
        finance = staff("Finance")

        assert finance.get("/admin/schedule/").status_code == 200
        assert finance.get("/admin/calls/add").status_code in (302, 403)

    def test_another_companys_call_does_not_exist(self, enter, house, staff, owner_session):
        enter()
        (call,) = house.calls()
        other = type(house.organisation)(name="Other", slug="other", zone="Europe/Paris")
        owner_session.add(other)
        owner_session.commit()

        stranger = staff("Schedule", organisation_id=other.id)

        assert stranger.get(f"/admin/calls/show/{call.id}").status_code == 404
