"""A day of calls as a phone shows it: venue time, past calls kept, cancelled ones struck through."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models import Call, Engagement, Production, RoleAssignment, Space, Venue
from app.services.calls import OwnCall
from portal.days import days_of

ADELAIDE = "Australia/Adelaide"
THURSDAY = date(2026, 11, 19)
GISELLE = Production(id=1, title="Giselle", code="GIS")
HOUSE = Venue(name="Her Majesty’s", city="Adelaide", zone=ADELAIDE)
MORNING = datetime(2026, 11, 19, 1, 8, tzinfo=UTC)
"""11:38 in Adelaide."""


def own(start="13:30", end="15:00", *, zone=ADELAIDE, on=THURSDAY, **facts) -> OwnCall:
    begins = start and time.fromisoformat(start)
    finishes = end and time.fromisoformat(end)
    late = timedelta(days=bool(begins and finishes and finishes < begins))
    there = ZoneInfo(zone)
    call = Call(
        **{
            "id": facts.pop("id", hash((start, end, on)) & 0xFFFF),
            "type": CallType.rehearsal,
            "title": "Spacing call",
            "note": "",
            "cancelled_reason": "",
            "status": CallStatus.published,
            "time_kind": TimeKind.exact if start else TimeKind.tbc,
            "day_of": on,
            "zone": zone,
            "local_start": begins,
            "local_end": finishes,
            "starts_at": begins and datetime.combine(on, begins, there).astimezone(UTC),
            "ends_at": finishes and datetime.combine(on + late, finishes, there).astimezone(UTC),
            "production": GISELLE,
            "production_id": 1,
            "venue": HOUSE,
            "space": Space(name="Stage"),
            **facts,
        }
    )
    engagement = Engagement(number="ENG-1", roles=[RoleAssignment(role="Myrtha", cast="A")])
    return OwnCall(call, engagement)


def day(*calls: OwnCall, at: datetime = MORNING):
    [only] = days_of(calls, at, home_zone="Australia/Brisbane")
    return only


class TestDay:
    def test_names_the_day_its_production_and_house(self):
        shown = day(own())

        assert shown.title == "Thursday 19 November"
        assert shown.headline == "Giselle · Her Majesty’s"

    def test_names_the_zone_once_with_its_offset(self):
        shown = day(own())

        assert (shown.place_of_zone, shown.offset) == ("Adelaide", "+10:30")

    def test_two_zones_are_both_known(self):
        shown = day(own(), own("20:00", "21:00", zone="Australia/Darwin"))

        assert shown.zones == [ADELAIDE, "Australia/Darwin"]
        assert [call.zone_label for call in shown.calls] == ["Adelaide +10:30", "Darwin +09:30"]

    def test_the_next_call_says_how_long_there_is(self):
        shown = day(own("10:00", "11:15"), own("13:30", "15:00"), own("19:30", "21:45"))

        assert [call.is_past for call in shown.calls] == [True, False, False]
        assert [call.is_next for call in shown.calls] == [False, True, False]
        assert shown.calls[1].wait == "1 h 52 min"

    def test_a_cancelled_call_stays_and_is_never_next(self):
        shown = day(own("12:00", "13:00", status=CallStatus.cancelled), own("13:30", "15:00"))

        assert [call.is_cancelled for call in shown.calls] == [True, False]
        assert [call.is_next for call in shown.calls] == [False, True]

    def test_an_hour_that_is_open_is_not_written(self):
        shown = day(own(None, None), own("14:00", None, time_kind=TimeKind.hidden))

        assert [call.is_timed for call in shown.calls] == [False, False]
        assert shown.calls[1].local_start is None

    def test_roles_stand_with_what_is_on_stage(self):
        shown = day(own(), own("19:30", "21:45", type=CallType.performance))

        assert [call.roles for call in shown.calls] == [[], ["Myrtha (cast A)"]]

    def test_a_show_after_midnight_keeps_its_day_open(self):
        shown = day(own("23:30", "00:40"))
        after_midnight = datetime(2026, 11, 20, 0, 20, tzinfo=ZoneInfo(ADELAIDE))

        assert not shown.is_over(after_midnight)
        assert shown.is_over(after_midnight + timedelta(minutes=30))

    def test_the_day_ends_at_midnight_of_its_place(self):
        shown = day(own("10:00", "11:00"))
        midnight = datetime(2026, 11, 20, tzinfo=ZoneInfo(ADELAIDE))

        assert not shown.is_over(midnight - timedelta(seconds=1))
        assert shown.is_over(midnight)

    def test_says_a_day_in_a_sentence(self):
        shown = day(own(title="company class"), own("14:00", "15:00"), own("19:30", "21:45"))

        assert (
            shown.summary
            == "Company class, Stage, Her Majesty’s. Then Spacing call and Spacing call."
        )
