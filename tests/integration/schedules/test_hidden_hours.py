"""An hour that is known but not announced stands in no version, no letter and on no phone."""

from sqlalchemy import select

from app.models import CallSnapshot


def test_it_is_kept_for_the_planner_and_told_to_nobody(
    enter, house, publish, phone_of, owner_session
):
    mine = house.engage("Noémie")
    enter(time_kind="hidden", title="Surprise", local_start="14:10", local_end="15:20")

    publish()

    (call,) = house.calls()
    (shot,) = owner_session.scalars(select(CallSnapshot))
    page = phone_of(mine.person).get("/portal/calls?week=2026-11-16").text
    (letter,) = house.letters()
    assert f"{call.local_start:%H:%M}" == "14:10"
    assert (shot.facts["local_start"], shot.facts["starts_at"]) == (None, None)
    assert "Surprise" in page
    assert "time not announced yet" in letter.text
    for told in (page, letter.text):
        assert "14:10" not in told
        assert "15:20" not in told


def test_moving_it_tells_nobody_and_announcing_it_tells_when(enter, house, publish):
    house.engage("Noémie")
    enter(time_kind="hidden", title="Surprise", local_start="14:10", local_end="")
    publish()
    (call,) = house.calls()
    url = f"/admin/calls/edit/{call.id}"
    kept = {"title": "Surprise", "local_end": ""}
    enter(url, time_kind="hidden", local_start="16:10", version=str(call.version), **kept)

    nothing = publish().text
    enter(url, local_start="16:10", version=str(house.calls()[0].version), **kept)
    publish()

    assert "Nothing has changed since version 1." in nothing
    assert len(house.letters()) == 2
    said = "time not announced yet -> Thu 19 Nov 16:10, Adelaide +10:30"
    assert said in house.letters()[-1].text


def test_it_counts_when_two_calls_meet_but_is_not_sure(enter, house, planner):
    house.engage("Noémie")
    enter(time_kind="hidden", title="Surprise", local_start="14:10", local_end="15:20")
    enter(title="Interview", venue=house.in_zone("Australia/Adelaide", "Grote Street"))

    page = planner.get(
        f"/admin/schedule/publish/{house.production.id}?first=2026-11-16&last=2026-11-22"
    ).text

    assert "Noémie is called twice at once" in page
    assert "must be solved" not in page
