"""Call sheets: whole for staff, one's own for artists, and the same as PDF."""

import io
import re

import pytest
from pypdf import PdfReader

from app.domain.schedules import TimeKind
from app.services.schedules import entering


@pytest.fixture
def day(tour, noemie):
    """A day with a call for everybody, one for her, one for another, a hidden and a cancelled one."""
    other = tour.engage("Tomáš Dvořák")
    tour.venue.address, tour.venue.map_text = "58 Grote Street", "Stage door on Pitt Street"
    tour.call("Company class", "10:00", "11:15", space=tour.venue.spaces[0], note="Łatwe buty")
    tour.call("Fitting, Act II", "11:30", "12:15", called=[noemie])
    tour.call("Interview", "12:30", "13:00", called=[other])
    tour.call("Secret run", "20:17", "21:18", time_kind=TimeKind.hidden)
    off = tour.call("Notes", "16:00", "17:00")
    tour.publish()
    entering.cancel(tour.session, off, "The hall is taken.")
    tour.session.commit()
    tour.publish()
    tour.call("Draft", "22:00", "23:00")
    return tour.tomorrow


def words_of(answer):
    assert answer.mimetype == "application/pdf"
    paper = PdfReader(io.BytesIO(answer.data))
    text = "\n".join(page.extract_text() for page in paper.pages)
    return paper, re.sub(r"\s+", " ", text)


class TestOnTheDesk:
    def test_it_says_the_zone_first_and_who_is_called(self, staff, tour, day):
        page = staff("Schedule").get(f"/admin/call-sheet/{tour.production.id}?day={day}").text

        assert re.search(r'All times are <span class="zone">Adelaide \+\d\d:30</span>', page)
        assert "Version 2, published " in page
        titles = re.findall(r'<th scope="row">(?:<del>)?([^<]+)', page)
        assert titles == ["Company class", "Fitting, Act II", "Interview", "Notes", "Secret run"]
        assert "Tomáš Dvořák" in page
        assert "Everybody" in page
        assert "time not announced yet" in page
        assert "20:17" not in page
        assert "Cancelled. The hall is taken." in page
        assert "58 Grote Street" in page

    def test_as_paper_it_is_tagged_and_keeps_every_letter(self, staff, tour, day):
        answer = staff("Finance").get(f"/admin/call-sheet/{tour.production.id}/pdf?day={day}")

        paper, words = words_of(answer)
        assert bool(paper.trailer["/Root"]["/MarkInfo"]["/Marked"])
        assert "Tomáš Dvořák" in words
        assert "Łatwe buty" in words
        assert re.search(r"All times are Adelaide \+\d\d:30", words)
        assert "20:17" not in words
        assert "attachment" in answer.headers["Content-Disposition"]

    def test_an_empty_day_says_so(self, staff, tour):
        desk = staff("Schedule")

        assert (
            "Nothing is published for Giselle"
            in desk.get(f"/admin/call-sheet/{tour.production.id}").text
        )
        _, words = words_of(desk.get(f"/admin/call-sheet/{tour.production.id}/pdf"))
        assert "No calls on this day." in words
        assert "Nothing is published yet." in words

    def test_what_is_no_day_or_no_production_is_not_found(self, staff, tour):
        desk = staff("Schedule")

        assert desk.get(f"/admin/call-sheet/{tour.production.id}?day=x").status_code == 404
        assert desk.get("/admin/call-sheet/999999").status_code == 404


class TestOnThePhone:
    def test_it_has_ones_own_calls_and_those_of_everybody(self, phone, tour, day):
        page = phone.get(f"/portal/call-sheets/{tour.production.public_id}/{day}").text

        assert "10:00 to 11:15 Company class" in page
        assert "11:30 to 12:15 Fitting, Act II" in page
        assert "time not announced yet Secret run" in page
        for hidden in ("Interview", "Tomáš", "20:17", "Draft"):
            assert hidden not in page
        assert re.search(r"<del>16:00 to 17:00 Notes</del>", page)

    def test_as_paper_it_says_the_same(self, phone, tour, day):
        path = f"/portal/call-sheets/{tour.production.public_id}/{day}/pdf"

        _, words = words_of(phone.get(path))

        assert "Fitting, Act II" in words
        assert "Interview" not in words
        assert "Tomáš" not in words

    def test_the_day_leads_to_it(self, phone, tour, day):
        page = phone.get(f"/portal/days/{day}").text

        assert f'href="/portal/call-sheets/{tour.production.public_id}/{day}"' in page

    def test_a_production_of_others_is_not_found(self, phone_of, tour, day, person):
        stranger = phone_of(person)

        for end in ("", "/pdf"):
            path = f"/portal/call-sheets/{tour.production.public_id}/{day}{end}"
            assert stranger.get(path).status_code == 404

    def test_two_zones_are_named_call_by_call(self, phone, tour, noemie):
        perth = type(tour.venue)(
            organisation_id=tour.organisation.id, name="Capitol", zone="Australia/Perth"
        )
        tour.session.add(perth)
        tour.call("Class", "09:00", "10:00")
        tour.call("Show", "13:30", "14:00", venue=perth)
        tour.publish()

        page = phone.get(f"/portal/call-sheets/{tour.production.public_id}/{tour.tomorrow}").text

        assert "Each time names its own place" in page
        assert "Perth +08:00 Show" in page
