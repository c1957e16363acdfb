"""A tenant is kept only when its own signature says that whoever connects it belongs to it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.models import ProviderConnection
from tests.factories.base import at_home_in
from tests.factories.people import OrganisationFactory
from tests.integration.archive.at_microsoft import Visit, asked_in, changed
from tests.simulators.gate import needs_specs
from tests.simulators.graph_tenants import GUEST, HOME, MEMBER, OTHER, TENANT, guest, member

pytestmark = needs_specs

LIST = "/admin/archive/"


@pytest.fixture
def desk(sharepoint, staff):
    return staff("Administrator")


@pytest.fixture
def visit(desk, vendor):
    return Visit(desk, vendor)


@pytest.fixture
def tenants(vendor):
    return vendor.simulator.tenants


@pytest.fixture
def kept(owner_session):
    """Return whose libraries are connected."""

    def read():
        owner_session.rollback()
        owner_session.expire_all()
        return [one.external_id for one in owner_session.scalars(select(ProviderConnection))]

    return read


def said(visit, answer):
    """Return the page that a browser shows after an answer of the desk."""
    assert (answer.status_code, answer.location) == (303, LIST), answer.text
    return visit.desk.get(LIST).text


class TestOneOfItsOwn:
    def test_is_sent_on_to_sign_in_there_and_the_tenant_is_kept(self, visit, kept):
        sent = visit.consent()
        before = kept()
        page = said(visit, visit.come_back(visit.sign_in(MEMBER, sent)))

        asked = asked_in(sent.location)
        assert sent.location.startswith(f"{visit.base}/{TENANT}/oauth2/v2.0/authorize?")
        assert asked["redirect_uri"] == "http://localhost/admin/archive/proved"
        assert (asked["client_id"], asked["code_challenge_method"]) == ("app-id", "S256")
        assert (before, kept()) == ([], [TENANT])
        assert "SharePoint lets us in." in page

    def test_is_known_however_the_tenant_is_written(self, visit, kept):
        sent = visit.consent(tenant=TENANT.upper())

        visit.come_back(visit.sign_in(MEMBER, sent))

        assert kept() == [TENANT]

    def test_whose_token_names_the_tenant_as_who_let_them_in_is_no_guest(
        self, visit, tenants, kept
    ):
        own = replace(member(), more={"idp": f"{visit.base}/{TENANT}/v2.0", "acct": 0})
        tenants[TENANT].person = own

        visit.come_back(visit.sign_in("", visit.consent()))

        assert kept() == [TENANT]

    def test_connects_it_for_each_company_of_a_group(
        self, visit, staff, vendor, kept, owner_session
    ):
        at_home_in(owner_session)
        second = OrganisationFactory()
        owner_session.commit()
        other = Visit(staff("Administrator", organisation_id=second.id), vendor)

        for one in (visit, other):
            one.come_back(one.sign_in(MEMBER, one.consent()))

        assert kept() == [TENANT, TENANT]


class TestAnEditedAddress:
    """Another company's tenant has consented to the same application; its id is no secret."""

    def test_leads_to_a_tenant_where_the_editor_has_no_account(self, visit, kept):
        sent = visit.consent(tenant=OTHER)
        page = said(visit, visit.come_back(visit.sign_in("nobody", sent)))

        assert sent.location.startswith(f"{visit.base}/{OTHER}/")
        assert "Nobody signed in at Microsoft to show that the library is theirs" in page
        assert kept() == []

    def test_does_not_let_in_a_guest_of_that_tenant(self, visit, kept):
        sent = visit.consent(tenant=OTHER)

        page = said(visit, visit.come_back(visit.sign_in(GUEST, sent)))

        assert "you are a guest there, so nothing is connected" in page
        assert kept() == []

    def test_is_not_helped_by_signing_in_at_ones_own_tenant_instead(self, visit, tenants, kept):
        sent = visit.consent(tenant=OTHER)
        tenants[TENANT].person = member()
        sent.location = sent.location.replace(OTHER, TENANT)

        page = said(visit, visit.come_back(visit.sign_in("", sent)))

        assert "does not confirm that you belong" in page
        assert kept() == []

    def test_leaves_the_library_that_is_connected_as_it_was(self, visit, connected, kept, stored):
        before = dict(connected.settings)

        visit.come_back(visit.sign_in(GUEST, visit.consent(tenant=OTHER)))

        assert kept() == [TENANT]
        assert stored(ProviderConnection, connected.id).settings == before

    def test_of_a_tenant_that_is_none_is_refused_at_once(self, visit, kept):
        page = said(visit, visit.consent(tenant="00000000-0000-0000-0000-000000000000"))

        assert "does not confirm that you belong" in page
        assert kept() == []

    @pytest.mark.parametrize(
        "tenant", ["", "-" * 36, "organizations", f"{TENANT}\n", "../../common/v2.0/evil.example/aaaaaa"]
    )  # fmt: skip
    def test_that_names_no_tenant_asks_microsoft_nothing(self, visit, vendor, kept, tenant):
        page = said(visit, visit.consent(tenant=tenant))

        assert "Microsoft did not say whose library it is." in page
        assert vendor.faults.count("GET", r".*openid-configuration") == 0
        assert kept() == []


class TestAnAnswerThatDoesNotHold:
    @pytest.mark.parametrize("claims", [
        {"tid": OTHER}, {"iss": "https://login.example/other/v2.0"}, {"nonce": "of-another-sign-in"},
        {"nonce": None}, {"aud": "another-application"}, {"exp": 1_700_000_000},
    ], ids=lambda claims: next(iter(claims)))  # fmt: skip
    def test_by_what_it_claims(self, visit, tenants, kept, claims):
        tenants[TENANT].person = replace(member(), more=claims)

        page = said(visit, visit.come_back(visit.sign_in("", visit.consent())))

        assert "does not confirm that you belong" in page
        assert kept() == []

    def test_by_who_signed_it(self, visit, tenants, kept):
        tenants[TENANT].person = member()
        tenants[TENANT].rotate(is_published=False)

        page = said(visit, visit.come_back(visit.sign_in("", visit.consent())))

        assert "does not confirm that you belong" in page
        assert kept() == []

    @pytest.mark.parametrize("more", [{"idp": HOME}, {"idp": "live.com"}, {"idp": ""}, {"acct": 1}])
    def test_from_a_guest_however_that_is_told(self, visit, tenants, kept, more):
        tenants[TENANT].person = replace(guest(), more=more)

        page = said(visit, visit.come_back(visit.sign_in("", visit.consent())))

        assert "you are a guest there" in page
        assert kept() == []

    @pytest.mark.parametrize(("edited", "words"), [
        ({"state": "guessed"}, "not to a question of yours"),
        ({"state": "ü"}, "not to a question of yours"),
        ({"state": None}, "not to a question of yours"),
        ({"code": "made-up"}, "does not confirm that you belong"),
        ({"code": None}, "Nobody signed in at Microsoft"),
        ({"error": "access_denied"}, "Nobody signed in at Microsoft"),
    ], ids=str)  # fmt: skip
    def test_by_what_came_back(self, visit, kept, edited, words):
        link = visit.sign_in(MEMBER, visit.consent())

        page = said(visit, visit.come_back(changed(link, **edited)))
        again = said(visit, visit.come_back(link))

        assert words in page
        assert "not to a question of yours" in again
        assert kept() == []

    def test_because_nothing_was_asked(self, visit, kept):
        page = said(visit, visit.come_back("/admin/archive/proved?code=made-up&state="))

        assert "not to a question of yours" in page
        assert kept() == []

    def test_in_the_browser_of_another_administrator(self, visit, staff, kept):
        link = visit.sign_in(MEMBER, visit.consent())

        visit.come_back(link, desk=staff("Administrator"))

        assert kept() == []

    def test_from_somebody_who_may_not_connect(self, visit, staff, kept):
        link = visit.sign_in(MEMBER, visit.consent())

        answer = visit.come_back(link, desk=staff("Contracts"))

        assert LIST not in (answer.location or "")
        assert kept() == []

    def test_a_second_time(self, visit, kept):
        link = visit.sign_in(MEMBER, visit.consent())
        visit.come_back(link)
        visit.desk.send("/admin/archive/disconnect")

        page = said(visit, visit.come_back(link))

        assert "not to a question of yours" in page
        assert "not given yet" in page


class TestWhenMicrosoftDoesNotAnswer:
    def test_nobody_is_sent_on_and_nothing_is_kept(self, visit, vendor, kept):
        vendor.faults.plan("fail_before", path=r".*openid-configuration")

        page = said(visit, visit.consent())

        assert "Microsoft does not answer, so nothing is connected." in page
        assert kept() == []

    @pytest.mark.parametrize("path", [r".*/token", r".*/keys"])
    @pytest.mark.parametrize("kind", ["drop_before", "refuse"])
    def test_half_way_nothing_is_kept_and_it_can_be_begun_again(
        self, visit, vendor, kept, kind, path
    ):
        link = visit.sign_in(MEMBER, visit.consent())
        vendor.faults.plan(kind, path=path)

        page = said(visit, visit.come_back(link))
        before = kept()
        visit.come_back(visit.sign_in(MEMBER, visit.consent()))

        assert "Microsoft does not answer, so nothing is connected." in page
        assert (before, kept()) == ([], [TENANT])
