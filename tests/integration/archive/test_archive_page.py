"""The archive at the desk: leave, site, library, comparing and filing again, by whoever may."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.models import Document, ProviderConnection
from tests.integration.archive.at_microsoft import Visit
from tests.integration.archive.conftest import TENANT, files
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


def follow(page):
    """Return the page that a browser shows after a form."""
    assert page.status_code == 303, page.text
    return page.location


class TestConnecting:
    def test_an_administrator_is_sent_to_microsoft_and_back_chooses_site_and_library(
        self, sharepoint, staff, vendor, work, filed, owner_session
    ):
        document = filed()
        desk = staff("Administrator")
        visit = Visit(desk, vendor)
        away = urlsplit(visit.begin())
        asked = {name: said for name, (said,) in parse_qs(away.query).items()}
        assert away.path == "/organizations/v2.0/adminconsent"
        assert asked["redirect_uri"] == "http://localhost/admin/archive/consented"

        follow(visit.come_back(visit.sign_in("member", visit.consent())))
        desk.send("/admin/archive/site", {"address": "https://contoso.example/sites/productions"})
        work()
        page = desk.get("/admin/archive/").text
        assert "Library of Productions" in page
        desk.send("/admin/archive/library", {"drive": vendor.simulator.drive.id})
        work()

        assert [kept.content for kept in files(vendor)] == [b"%PDF-1.7 signed"]
        assert owner_session.get(Document, document).filed_at is not None
        page = desk.get("/admin/archive/").text
        assert "SharePoint: Productions, Contracts." in page
        assert "Every paper lies where it was filed" in page

    @pytest.mark.parametrize("answer", [
        f"admin_consent=True&tenant={TENANT}&state=guessed",
        f"admin_consent=True&tenant={TENANT}&state=%C3%BC",
        f"admin_consent=True&tenant={TENANT}",
        "error=access_denied&state={state}",
        "admin_consent=True&tenant=%3Cscript%3E&state={state}",
    ])  # fmt: skip
    def test_an_answer_that_is_not_a_consent_to_our_question_connects_nothing(
        self, sharepoint, staff, vendor, owner_session, answer
    ):
        desk = staff("Administrator")
        state = re.search(r"state=([^&]+)", Visit(desk, vendor).begin())[1]

        follow(desk.get(f"/admin/archive/consented?{answer.replace('{state}', state)}"))

        assert owner_session.scalars(select(ProviderConnection)).all() == []

    def test_an_address_that_is_none_comes_back_with_the_reason(self, sharepoint, staff, connected):
        page = staff("Administrator").send("/admin/archive/site", {"address": "productions <b>"})

        assert page.status_code == 422
        assert "That is not the address of a site" in page.text
        assert 'value="productions &lt;b&gt;"' in page.text

    def test_a_site_that_is_not_there_is_said_here_and_needs_nobody_elsewhere(
        self, sharepoint, staff, connected, work
    ):
        desk = staff("Administrator")
        desk.send("/admin/archive/site", {"address": "https://contoso.example/sites/nowhere"})
        work()

        assert "There is no site contoso.example/sites/nowhere." in desk.get("/admin/archive/").text
        assert "Nothing needs a person" in desk.get("/admin/attention/").text

    def test_a_library_nobody_offered_comes_back_with_the_reason(
        self, sharepoint, staff, connected
    ):
        page = staff("Administrator").send("/admin/archive/library", {"drive": "b!other"})

        assert page.status_code == 422
        assert "Choose one of the libraries." in page.text

    def test_disconnected_papers_wait(self, sharepoint, staff, connected):
        desk = staff("Administrator")

        desk.send("/admin/archive/disconnect")

        assert "They wait until a library is chosen." in desk.get("/admin/archive/").text

    def test_by_hand_the_page_says_so_and_names_the_papers(
        self, sharepoint, staff, connected, filed
    ):
        filed()
        desk = staff("Administrator")

        desk.send("/admin/integrations/archive/turn/by_hand", {"reason": "SharePoint is away"})
        page = desk.get("/admin/archive/").text

        assert "put each paper that waits at its place there by hand" in page
        assert "To file by hand" in page
        assert "C-2026-0001, contract</a>" in page


class TestLookingAfter:
    def test_a_paper_that_was_deleted_is_named_and_filed_again_by_one_button(
        self, sharepoint, staff, connected, vendor, work, filed, later
    ):
        document = filed()
        work()
        later()
        vendor.simulator.drive.delete(files(vendor)[0])
        desk = staff("Contracts")
        desk.send("/admin/archive/compare")
        work()
        page = desk.get("/admin/archive/").text
        assert "C-2026-0001, contract is no longer in SharePoint" in page
        assert "In SharePoint: nowhere" in page

        desk.send(f"/admin/archive/again/{document}")
        work()

        assert len(files(vendor)) == 1
        assert "is no longer in SharePoint" not in desk.get("/admin/archive/").text

    @pytest.mark.parametrize(
        ("role", "path"),
        [("Auditor", "compare"), ("Auditor", "again/1"), ("Contracts", "connect"),
         ("Contracts", "site"), ("Contracts", "library"), ("Contracts", "disconnect")],
    )  # fmt: skip
    def test_nobody_does_what_is_not_theirs(
        self, sharepoint, staff, connected, owner_session, role, path
    ):
        answer = staff(role).send(f"/admin/archive/{path}")

        assert answer.status_code in (302, 303, 403)
        assert "/admin/archive/" not in (answer.location or "")

    def test_without_sharepoint_the_page_says_where_papers_go(self, app, staff):
        desk = staff("Administrator")

        assert "filed in a folder of this machine" in desk.get("/admin/archive/").text
        assert desk.send("/admin/archive/connect").status_code == 404
        assert desk.send("/admin/archive/again/77").status_code == 404

    def test_an_administrator_compares_from_the_integrations_desk(
        self, sharepoint, staff, connected, vendor, work, filed, later
    ):
        filed()
        work()
        later()
        vendor.simulator.drive.delete(files(vendor)[0])
        desk = staff("Administrator")

        begun = desk.send("/admin/integrations/archive/compare", follow_redirects=True).text
        work()
        page = desk.get("/admin/integrations/archive").text

        assert "Every paper is being compared" in begun
        assert "It is done every night." in page
        assert "Not yet" not in page
        assert "is no longer in SharePoint" in desk.get("/admin/attention/").text

    def test_what_is_not_connected_is_not_compared(self, sharepoint, staff):
        answer = staff("Administrator").send("/admin/integrations/archive/compare")

        assert answer.status_code == 422
        assert "SharePoint is not connected." in answer.text

    def test_only_an_administrator_compares_there(self, sharepoint, staff, connected):
        auditor = staff("Auditor")

        assert "Compare now" not in auditor.get("/admin/integrations/archive").text
        assert auditor.send("/admin/integrations/archive/compare").status_code == 403
