"""In the night of those who are told, publishing asks whether it is urgent."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.models import OutboxMessage, ScheduleVersion
from app.services.schedules import plan as planning
from app.services.schedules import publishing, sleepers

NIGHT = datetime(2026, 11, 18, 13, 40, tzinfo=UTC)
"""23:40 in Brisbane, 00:10 in Adelaide."""


@pytest.fixture
def at(monkeypatch):
    """Return a hand that sets the clock of the house."""

    def put(moment):
        for room in (sleepers, planning, publishing):
            monkeypatch.setattr(room, "now", lambda: moment)

    return put


@pytest.fixture
def ask(planner, house):
    path = f"/admin/schedule/publish/{house.production.id}?first=2026-09-01&last=2027-06-30"
    return lambda: planner.get(path).text


def version(session):
    session.rollback()
    return session.scalars(select(ScheduleVersion)).one_or_none()


def letter(session):
    return session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == "mail.send")
        .order_by(OutboxMessage.id.desc())
    ).first()


def test_it_is_said_how_late_it_is_for_how_many_and_nothing_goes_out_unanswered(
    enter, house, publish, ask, at, owner_session
):
    house.engage("Noémie")
    enter()
    at(NIGHT)

    page, answer = ask(), publish(urgency="", note="Kept").text

    assert "It is 23:40, Brisbane +10:00, for 1 person who is told." in page
    assert "Say whether they are told now or in the morning." in answer
    assert "Kept" in answer
    assert version(owner_session) is None


def test_urgent_goes_out_at_once_and_is_kept_as_such(
    enter, house, publish, at, owner_session, planner
):
    house.engage("Noémie")
    enter()
    at(NIGHT)

    publish(urgency="now")

    assert version(owner_session).urgency == "now"
    assert letter(owner_session).not_before <= datetime.now(UTC) + timedelta(seconds=5)
    history = planner.get(f"/admin/schedule/versions/{house.production.id}").text
    assert "Urgent: told at night" in history


def test_in_the_morning_the_letter_waits_for_seven_at_their_place(
    enter, house, publish, at, owner_session
):
    mine = house.engage("Noémie")
    mine.home_zone = "Australia/Darwin"
    owner_session.commit()
    enter(day_of=f"{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}")
    night = datetime.now(UTC).replace(hour=13, minute=40) + timedelta(days=2)
    at(night)

    publish(urgency="morning")

    waits = letter(owner_session).not_before.astimezone(ZoneInfo("Australia/Darwin"))
    assert waits.time() == time(7)
    assert timedelta(0) < waits - night < timedelta(hours=12)
    assert version(owner_session).urgency == "morning"


def test_by_day_and_in_silence_nobody_is_asked(enter, house, publish, ask, at, owner_session):
    house.engage("Noémie")
    enter()
    at(NIGHT.replace(hour=2))
    by_day = ask()
    at(NIGHT)

    publish(urgency="", is_silent="y")

    assert "Is it urgent?" not in by_day
    assert version(owner_session).urgency is None


def test_whoever_is_near_a_call_is_where_the_call_is_and_on_stage_while_it_plays(
    enter, house, publish, ask, at, owner_session
):
    house.engage("Noémie")
    enter(type="performance", title="Giselle", local_start="19:30", local_end="21:45")
    publish()
    enter(title="Notes", local_start="23:00", local_end="23:15")
    at(datetime(2026, 11, 19, 10, 0, tzinfo=UTC))

    page = ask()

    assert "1 person who is told is in a performance now, 20:30, Adelaide +10:30." in page
