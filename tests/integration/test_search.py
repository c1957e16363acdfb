import pytest
from sqlalchemy import event

from app.db import session as house
from app.db.clock import now
from app.models import ExpenseClaim
from app.models.base import uuid7
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory, ProductionFactory
from tests.factories.people import OrganisationFactory, PersonFactory


@pytest.fixture
def giselle(owner_session, organisation):
    at_home_in(owner_session)
    artist = PersonFactory(organisation_id=organisation.id, name="Noémie Lefèvre")
    production = ProductionFactory(organisation_id=organisation.id, title="Giselle", code="GIS")
    return EngagementFactory(person=artist, production=production, number="ENG-0147")


@pytest.fixture
def page(staff, giselle):
    browser = staff("Administrator")
    return lambda typed: browser.get("/admin/search/", query_string={"q": typed}).text


class TestWords:
    def test_a_name_is_found_without_its_accents(self, page, giselle):
        assert f'href="/admin/people/show/{giselle.person_id}"' in page("lefevre noemie")

    def test_a_name_with_a_typing_error_is_found_and_said_to_be_only_alike(self, page):
        found = page("Noemie Lefebre")

        assert "Noémie Lefèvre" in found
        assert "spelt like it" in found

    def test_a_family_name_alone_with_a_typing_error_is_found(self, page):
        assert "Noémie Lefèvre" in page("lefevere")

    def test_a_production_leads_to_everything_of_it(self, page, giselle):
        found = page("gisele")

        assert f'href="/admin/productions/show/{giselle.production_id}"' in found
        assert f'href="/admin/engagements/show/{giselle.id}"' in page("giselle")

    def test_a_number_leads_to_its_record(self, page, giselle):
        assert f'href="/admin/engagements/show/{giselle.id}"' in page("eng-0147")

    def test_wild_cards_and_nothing_are_only_letters(self, page):
        assert "Noémie" not in page("%_")
        assert "Type two letters" in page("")
        assert "Nothing is found" in page("zzzzzz")

    def test_hostile_input_is_found_nowhere(self, page):
        assert "Nothing is found" in page("\0' OR 1=1 --" * 40)


class TestWhoSees:
    def test_another_companys_people_are_not_found(self, staff, giselle, owner_session):
        stranger = staff("Administrator", organisation_id=OrganisationFactory().id)

        assert "Noémie" not in stranger.get("/admin/search/?q=noemie").text
        assert "Nothing is found" in stranger.get("/admin/search/?q=noemie").text

    def test_a_claim_not_yet_sent_is_the_artists_own(self, page, giselle, owner_session):
        for number, sent in (("CL-0001", None), ("CL-0002", now())):
            owner_session.add(
                ExpenseClaim(
                    organisation_id=giselle.organisation_id, number=number, client_uuid=uuid7(),
                    engagement_id=giselle.id, claimed_by="artist:1", currency="AUD", submitted_at=sent,
                )
            )  # fmt: skip
        owner_session.commit()

        found = page("noemie")

        assert ("CL-0001" in found, "CL-0002" in found) == (False, True)


class TestCost:
    def test_it_asks_few_questions(self, staff, giselle):
        browser = staff("Administrator")
        browser.get("/admin/search/?q=noemie")
        said: list[str] = []
        event.listen(
            house.factory.kw["bind"],
            "before_cursor_execute",
            lambda _c, _cu, statement, *_: said.append(statement),
        )

        browser.get("/admin/search/?q=noemie")

        assert len(said) <= 8

    def test_every_page_has_the_search_in_its_bar(self, staff):
        assert 'action="/admin/search/"' in staff("Auditor").get("/admin/").text
