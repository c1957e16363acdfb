"""Edges of the schedule: rooms and their houses, copies that are too many, silence that came too late."""

from datetime import date, time, timedelta

import pytest

from app.domain.errors import Invalid, Refused
from app.domain.quiet_hours import Night
from app.domain.schedules import CallStatus, CallType, TimeKind
from app.models import Call, Production, Space
from app.services.schedules import entering, plan, publishing
from app.services.schedules.checks import check
from app.services.schedules.copying import CopyOrder, copy, preview
from app.services.schedules.hours_rules import Rulebook
from app.services.schedules.week import read_week

DAY = date(2026, 11, 19)
SEASON = (date(2026, 9, 1), date(2027, 6, 30))


@pytest.fixture
def call(house, owner_session):
    """Return a maker of calls of the working copy, entered by the service."""

    def make(**facts):
        made = Call(
            **{
                "organisation_id": house.organisation.id, "production": house.production, "venue": house.venue,
                "type": CallType.rehearsal, "title": "Spacing call", "day_of": DAY, "time_kind": TimeKind.exact,
                "local_start": time(14), "local_end": time(15), "start_day_offset": 0, "end_day_offset": 0,
                "starts_fold": 0, "is_for_everyone": True, "note": "", **facts,
            }
        )  # fmt: skip
        with owner_session.no_autoflush:
            entering.enter(owner_session, made)
        owner_session.add(made)
        owner_session.commit()
        return made

    return make


@pytest.fixture
def studio(house, owner_session):
    """Return a maker of rooms."""

    def make(venue, name="Studio 2"):
        made = Space(organisation_id=house.organisation.id, venue=venue, name=name)
        owner_session.add(made)
        owner_session.commit()
        return made

    return make


class TestACall:
    def test_in_a_room_is_at_the_rooms_house(self, call, studio, house):
        room = studio(house.venue)

        made = call(space=room, venue=None)

        assert (made.venue, made.zone) == (house.venue, "Australia/Adelaide")
        with pytest.raises(
            Refused, match=r"Studio 2.* is in Her Majesty’s, not in House"
        ) as refusal:
            call(space=room, venue=house.in_zone("Australia/Darwin"))
        assert refusal.value.field == "space"

    def test_without_a_house_needs_a_zone_that_exists(self, call):
        assert call(venue=None, zone="Australia/Perth").zone == "Australia/Perth"
        with pytest.raises(Refused) as refusal:
            call(venue=None, zone="Perth")
        assert refusal.value.field == "zone"

    def test_that_is_cancelled_is_brought_back_before_it_changes(self, call, owner_session):
        made = call()
        entering.cancel(owner_session, made, "The floor is wet.")

        with pytest.raises(Refused, match="Bring it back first, then change it"):
            entering.revise(owner_session, made)

    def test_stays_with_its_production(self, call, owner_session, house):
        made = call()
        other = Production(organisation_id=house.organisation.id, code="CAR", title="Carmen")
        owner_session.add(other)
        owner_session.commit()

        made.production = other

        with pytest.raises(Refused, match="A call stays with its production") as refusal:
            entering.revise(owner_session, made)
        assert refusal.value.field == "production"


class TestCopies:
    def test_of_a_room_find_the_room_of_that_name_in_the_other_house(
        self, call, studio, house, owner_session
    ):
        darwin = house.in_zone("Australia/Darwin")
        room, there = studio(house.venue), studio(darwin)
        house.engage("Noémie")
        call(space=room)
        week = timedelta(days=7)
        orders = [
            CopyOrder(house.production, DAY, 1, (DAY + week,)),
            CopyOrder(house.production, DAY, 1, (DAY + 2 * week,), darwin),
        ]

        made = [
            copy(owner_session, order, [row.key for row in preview(owner_session, order)])[0]
            for order in orders
        ]

        assert [one.space for one in made] == [room, there]

    def test_are_not_more_than_anybody_reads_and_not_none(self, call, house, owner_session):
        house.engage("Noémie")
        call()
        many = tuple(DAY + timedelta(days=n) for n in range(1, 402))

        with pytest.raises(Refused, match="More than 400 copies at once") as refusal:
            preview(owner_session, CopyOrder(house.production, DAY, 1, many))
        assert refusal.value.field == "until"
        with pytest.raises(Refused, match="Nothing was left to copy"):
            copy(owner_session, CopyOrder(house.production, DAY, 1, many[:1]), [])


class TestPublishing:
    def test_in_silence_is_over_once_people_were_told(self, call, house, owner_session):
        house.engage("Noémie")
        made = call()
        publishing.publish(owner_session, house.production, *SEASON, by="staff:1")
        made.title = "Notes"
        entering.revise(owner_session, made)

        with pytest.raises(
            Refused, match="People have been told of this schedule before"
        ) as refusal:
            publishing.publish(
                owner_session, house.production, *SEASON, by="staff:1", is_silent=True
            )

        assert refusal.value.field == "is_silent"

    def test_of_too_little_rest_asks_for_a_reason_beside_it(self, call, house, owner_session):
        house.engage("Noémie")
        call(local_start=time(21), local_end=time(23))
        call(day_of=DAY + timedelta(days=1), local_start=time(7), local_end=time(9))

        with pytest.raises(Invalid, match="Say why it goes out all the same") as refusal:
            publishing.publish(owner_session, house.production, *SEASON, by="staff:1")

        assert all(field.startswith("reason-") for field in refusal.value.errors)

    def test_needs_days_in_order_and_says_what_went_meanwhile(self, call, house, owner_session):
        house.engage("Noémie")
        first, second = call(), call(title="Notes", local_start=time(16), local_end=time(17))
        seen = plan.plan(owner_session, house.production, *SEASON).digest
        owner_session.delete(second)
        owner_session.commit()

        said = plan.meanwhile(plan.plan(owner_session, house.production, *SEASON), seen)

        assert said == ["1 call is no longer there."]
        assert first.status is CallStatus.draft
        with pytest.raises(Refused, match="The last day is before the first") as refusal:
            plan.plan(owner_session, house.production, SEASON[1], SEASON[0])
        assert refusal.value.field == "last"


class TestTheWeek:
    def test_is_called_by_what_matters_most_of_a_day(self, call, house, owner_session):
        monday = date(2026, 11, 16)
        call(day_of=monday, type=CallType.performance)
        for place in (0, 1):
            call(day_of=monday + timedelta(days=1), type=CallType.performance, local_start=time(14 + 4 * place), local_end=time(16 + 4 * place))  # fmt: skip
        call(day_of=monday + timedelta(days=2), type=CallType.bump_in)
        call(
            day_of=monday + timedelta(days=3),
            time_kind=TimeKind.tbc,
            local_start=None,
            local_end=None,
        )
        call(day_of=monday + timedelta(days=4), venue=None, zone=None, time_kind=TimeKind.hidden, local_start=None, local_end=None)  # fmt: skip

        shown = read_week(owner_session, monday, production_id=house.production.id)

        assert [day.label for day in shown.days][:6] == [
            "Show", "2 shows", "Bump in", "1 call", "1 call", "No calls",
        ]  # fmt: skip


class TestHours:
    def test_of_a_country_nobody_gave_rules_for_are_not_checked_and_said_so(
        self, call, house, owner_session
    ):
        nobody = Rulebook("NZ", "Pacific/Auckland", ())
        house.organisation.jurisdiction = "NZ"
        owner_session.commit()

        checked = check(owner_session, [call()])

        assert (nobody.on(DAY), nobody.night(DAY)) == (None, Night())
        assert any("There are no hours rules for NZ" in said for said in checked.unchecked)
