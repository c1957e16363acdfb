"""Staff come in by Entra ID: only who was invited, only what the tenant signed, with roles from groups."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from werkzeug.security import generate_password_hash
from werkzeug.test import Client

from admin import entra_sign_in
from app.domain.entra_roles import read_roles, roles_of
from app.domain.sign_in import StaffStatus
from app.models import StaffProfile, WebSession
from app.settings import SettingError
from config import Config
from tests.fixtures_sign_in import browser_of, user_of
from tests.simulators import entra as simulated
from tests.simulators.entra import CLIENT, SECRET, TENANT, Person
from tests.simulators.serving import serve

FINANCE, APPROVERS = "11111111-aaaa-4bbb-8ccc-000000000001", "11111111-aaaa-4bbb-8ccc-000000000002"


@pytest.fixture
def tenant():
    simulator = simulated.Entra()
    with serve(simulator, unchecked=(r"/.*",)) as vendor:
        simulator.base = vendor.base
        simulator.faults = vendor.faults
        entra_sign_in._tenants.clear()
        yield simulator


@pytest.fixture
def house(seeded, config, tenant):
    """The product with Entra ID chosen."""

    def choose(**settings):
        vendor = {
            "ENTRA_TENANT_ID": TENANT, "ENTRA_CLIENT_ID": CLIENT, "ENTRA_CLIENT_SECRET": SECRET,
            "ENTRA_AUTHORITY": tenant.base, "ENTRA_ROLES": "",
        }  # fmt: skip
        seeded.config["HOUSE"] = replace(
            config, staff_sign_in="entra", vendor=vendor | settings, second_factor_required=True
        )
        return seeded

    choose()
    return choose


@pytest.fixture
def ruth(house, owner_session, organisation):
    user = user_of(
        owner_session, "Contracts", email="ruth@example.com",
        password=generate_password_hash("a short sentence is good", method="scrypt:1024:8:1"),
    )  # fmt: skip
    profile = StaffProfile(organisation_id=organisation.id, user_id=user.id, display_name="Ruth")
    owner_session.add(profile)
    owner_session.commit()
    return profile


@pytest.fixture
def browser(house):
    return browser_of(house())


@pytest.fixture
def visit(browser, tenant):
    """Go to Microsoft and come back, as the browser does; return the last answer."""

    def go(person=None, change=lambda _given: None, who=browser):
        tenant.person = person
        there = who.get("/admin/login/microsoft/?next=/admin/contracts/")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(there.location).query).items()}
        return who.get(_back(tenant, there.location, asked, change))

    return go


def _back(tenant, location, asked, change):
    answer = Client(tenant).get(f"{urlsplit(location).path}?{urlsplit(location).query}")
    given = {k: v[0] for k, v in parse_qs(urlsplit(answer.location).query).items()}
    change(given)
    words = "&".join(f"{k}={v}" for k, v in given.items())
    return f"{urlsplit(asked['redirect_uri']).path}?{words}"


def told(browser):
    return browser.get("/admin/login/").text


def sessions_of(db):
    db.expire_all()
    return db.scalars(select(WebSession)).all()


MFA = ("pwd", "mfa")


class TestComingIn:
    def test_who_was_invited_here_comes_in_and_keeps_the_number(
        self, visit, ruth, owner_session, browser
    ):
        person = Person("Ruth@Example.com", amr=MFA)

        answer = visit(person)

        owner_session.refresh(ruth)
        assert answer.location == "/admin/contracts/"
        assert ruth.entra_oid == person.oid
        assert browser.get("/admin/").status_code == 200

    def test_the_number_counts_when_the_address_has_changed(self, visit, ruth, owner_session):
        person = Person("ruth.okafor@example.com", amr=MFA)
        ruth.entra_oid = person.oid
        owner_session.commit()

        assert visit(person).location == "/admin/contracts/"

    def test_an_invitation_is_taken_up(self, visit, ruth, owner_session):
        ruth.status = StaffStatus.invited
        owner_session.commit()

        visit(Person("ruth@example.com", amr=MFA))

        owner_session.refresh(ruth)
        assert ruth.status is StaffStatus.active

    def test_without_a_second_factor_there_ours_is_asked_for(self, visit, ruth, owner_session):
        answer = visit(Person("ruth@example.com", amr=("pwd",)))

        assert answer.location == "/admin/login/authenticator/"
        assert sessions_of(owner_session) == []

    def test_the_button_stands_there_only_where_it_was_chosen(self, browser, house, config):
        offered = told(browser)
        house().config["HOUSE"] = config

        assert "Sign in with Microsoft" in offered
        assert "Sign in with Microsoft" not in told(browser)
        assert browser.get("/admin/login/microsoft/").location == "/admin/login/"

    def test_nobody_is_led_to_another_host_afterwards(self, browser, tenant, ruth):
        tenant.person = Person("ruth@example.com", amr=MFA)
        there = browser.get("/admin/login/microsoft/?next=https://evil.example/")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(there.location).query).items()}

        answer = browser.get(_back(tenant, there.location, asked, lambda _: None))

        assert answer.location == "/admin/"


class TestWhoIsRefused:
    @pytest.mark.parametrize(
        "person", [Person("stranger@example.com", amr=MFA), Person("", amr=MFA)]
    )
    def test_a_stranger_is_told_so_and_gets_no_account(
        self, visit, ruth, browser, owner_session, person
    ):
        answer = visit(person)

        assert answer.location == "/admin/login/"
        assert "nobody has invited it here" in told(browser)
        assert len(owner_session.scalars(select(StaffProfile)).all()) == 1
        assert sessions_of(owner_session) == []

    def test_whose_work_here_has_ended(self, visit, ruth, owner_session):
        ruth.status = StaffStatus.ended
        owner_session.commit()

        assert visit(Person("ruth@example.com", amr=MFA)).location == "/admin/login/"
        assert sessions_of(owner_session) == []

    def test_who_inherited_the_address_of_somebody_else(self, visit, ruth, owner_session):
        ruth.entra_oid = "another-number"
        owner_session.commit()

        assert visit(Person("ruth@example.com", amr=MFA)).location == "/admin/login/"

    def test_an_address_that_anybody_could_have_written(self, visit, ruth, owner_session):
        forged = Person("mallory@example.com", amr=MFA, more={"email": "ruth@example.com"})

        assert visit(forged).location == "/admin/login/"
        assert sessions_of(owner_session) == []

    def test_a_guest_of_the_tenant_is_not_taken_for_one_of_its_own(self, visit, ruth):
        guest = Person("ruth_example.com#ext#@tenant.example", amr=MFA)

        assert visit(guest).location == "/admin/login/"

    def test_an_address_that_the_tenant_has_proved_counts(self, visit, ruth):
        proved = Person(
            "r.okafor@tenant.example", amr=MFA, more={"email": "ruth@example.com", "xms_edov": True}
        )

        assert visit(proved).location == "/admin/contracts/"


class TestForgedAnswers:
    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"aud": "another-application"}, "not valid"),
            ({"tid": "another-tenant"}, "belongs to another organisation"),
            ({"iss": "https://login.example/other/v2.0"}, "belongs to another organisation"),
            ({"nonce": "of-another-sign-in"}, "not valid"),
            ({"nonce": None}, "not valid"),
            ({"oid": None}, "not valid"),
            ({"exp": 1_700_000_000}, "tell the platform&#39;s operator to set the clock"),
            ({"nbf": 4_000_000_000}, "tell the platform&#39;s operator to set the clock"),
        ],
        ids=str,
    )
    def test_a_claim_that_is_not_as_it_must_be(
        self, visit, ruth, owner_session, browser, claims, words
    ):
        answer = visit(Person("ruth@example.com", amr=MFA, more=claims))

        assert answer.location == "/admin/login/"
        page = told(browser)
        assert words in page
        assert "password" in page
        assert sessions_of(owner_session) == []

    @pytest.mark.parametrize(
        "signing",
        [
            {"algorithm": "none", "key": None},
            {"algorithm": "HS256", "key": "a" * 64},
        ],
        ids=["unsigned", "by a shared word"],
    )
    def test_a_token_that_is_not_signed_by_the_tenant(self, visit, ruth, tenant, signing):
        tenant.signing = signing

        assert visit(Person("ruth@example.com", amr=MFA)).location == "/admin/login/"

    def test_a_key_that_is_not_published(self, visit, ruth, tenant, owner_session):
        tenant.rotate(is_published=False)

        assert visit(Person("ruth@example.com", amr=MFA)).location == "/admin/login/"
        assert sessions_of(owner_session) == []

    def test_a_new_key_is_fetched_and_an_unknown_one_not_for_ever(
        self, visit, ruth, tenant, house, monkeypatch
    ):
        person = Person("ruth@example.com", amr=MFA)
        visit(person)
        monkeypatch.setattr("app.integrations.identity.entra.ASKED_AGAIN", 0.0)
        tenant.rotate()
        renewed = visit(person, who=browser_of(house()))
        monkeypatch.setattr("app.integrations.identity.entra.ASKED_AGAIN", 30.0)
        tenant.rotate(is_published=False)
        before = tenant.faults.count("GET", r".*/keys")
        for _ in range(5):
            visit(person, who=browser_of(house()))

        assert renewed.location == "/admin/contracts/"
        assert tenant.faults.count("GET", r".*/keys") == before

    @pytest.mark.parametrize("change", ["other state", "odd state", "no state", "other code"])
    def test_an_answer_to_another_browser(self, visit, ruth, browser, owner_session, change):
        def other(given):
            if change == "other code":
                given["code"] = "made-up"
            elif change == "other state":
                given["state"] = "of-mallory"
            elif change == "odd state":
                given["state"] = "ü"
            else:
                del given["state"]

        answer = visit(Person("ruth@example.com", amr=MFA), other)

        assert answer.location == "/admin/login/"
        assert sessions_of(owner_session) == []

    def test_an_answer_that_comes_twice(self, browser, tenant, ruth, house):
        tenant.person = Person("ruth@example.com", amr=MFA)
        there = browser.get("/admin/login/microsoft/")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(there.location).query).items()}
        link = _back(tenant, there.location, asked, lambda _: None)

        first, again = browser.get(link), browser_of(house()).get(link)

        assert (first.location, again.location) == ("/admin/", "/admin/login/")


class TestRoles:
    def roles(self, db, profile):
        db.expire_all()
        return {role.name for role in db.get_one(User, profile.user_id).roles}

    def test_groups_give_and_take_roles_at_every_sign_in(self, house, visit, ruth, owner_session):
        house(ENTRA_ROLES=f"{FINANCE}=Finance, {APPROVERS}=approver")

        visit(Person("ruth@example.com", amr=MFA, groups=[FINANCE.upper(), APPROVERS, "other"]))

        assert self.roles(owner_session, ruth) == {"Finance", "Approver"}

    def test_who_is_in_no_group_with_a_role_is_refused(
        self, house, visit, ruth, owner_session, browser
    ):
        house(ENTRA_ROLES=f"{FINANCE}=Finance")

        visit(Person("ruth@example.com", amr=MFA, groups=["other"]))

        assert "in no group that has a role here" in told(browser)
        assert self.roles(owner_session, ruth) == {"Contracts"}

    def test_who_was_taken_out_of_every_group_is_refused(
        self, house, visit, ruth, owner_session, browser
    ):
        house(ENTRA_ROLES=f"{FINANCE}=Finance")

        visit(Person("ruth@example.com", amr=MFA))

        assert "in no group that has a role here" in told(browser)
        assert sessions_of(owner_session) == []

    def test_where_the_groups_are_too_many_to_be_named_roles_stay(
        self, house, visit, ruth, owner_session
    ):
        house(ENTRA_ROLES=f"{FINANCE}=Finance")
        more = {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "x"}}}

        answer = visit(Person("ruth@example.com", amr=MFA, more=more))

        assert answer.location == "/admin/contracts/"
        assert self.roles(owner_session, ruth) == {"Contracts"}

    @pytest.mark.parametrize("text", ["group=Admin", "group", "=Finance"])
    def test_the_operators_role_cannot_be_given_and_a_wrong_table_is_refused(self, text):
        with pytest.raises(ValueError, match="is not a group's id"):
            read_roles(text, ("Finance",))

    def test_a_table_is_read_whatever_its_case(self):
        assert roles_of(["A"], read_roles(" a = FINANCE ,", ("Finance",))) == {"Finance"}


class TestOutage:
    def test_the_password_stays_the_way_in(self, browser, tenant, ruth):
        tenant.faults.plan("fail_before")

        answer = browser.get("/admin/login/microsoft/", follow_redirects=True)

        assert "Microsoft does not answer. Sign in with your password" in answer.text
        assert 'name="password"' in answer.text

    def test_when_it_breaks_half_way_nobody_is_let_in(
        self, visit, ruth, tenant, browser, owner_session
    ):
        tenant.faults.plan("drop_before", method="POST")

        visit(Person("ruth@example.com", amr=MFA))

        assert "Microsoft does not answer" in told(browser)
        assert sessions_of(owner_session) == []

    @pytest.mark.parametrize(
        ("refusal", "words"),
        [
            ("access_denied", "You stopped at Microsoft"),
            ("interaction_required", "Microsoft wants something of you first"),
            ("server_error", "Microsoft did not let you in"),
        ],
    )
    def test_what_microsoft_refuses_is_said(self, visit, browser, tenant, ruth, refusal, words):
        tenant.refuses = refusal

        visit(None)

        assert words in told(browser)

    def test_a_secret_that_ran_out_is_named_for_the_operator(self, house, visit, browser, ruth):
        house(ENTRA_CLIENT_SECRET="of last year")

        visit(Person("ruth@example.com", amr=MFA))

        assert "renew ENTRA_CLIENT_SECRET" in told(browser)

    def test_who_came_in_by_one_step_reads_why_ours_is_asked_for(self, visit, browser, ruth):
        answer = visit(Person("ruth@example.com"))

        page = browser.get(answer.location).text

        assert "Microsoft let you in by one step alone" in page

    def test_another_issuer_is_not_believed(self, browser, tenant):
        tenant.base = "http://127.0.0.1:9"

        answer = browser.get("/admin/login/microsoft/", follow_redirects=True)

        assert "Microsoft does not answer" in answer.text


class TestSettings:
    def test_what_is_missing_or_wrong_is_named_at_the_start(self, tmp_path):
        with pytest.raises(SettingError, match="ENTRA_TENANT_ID"):
            Config.load({"VAR": str(tmp_path), "STAFF_SIGN_IN": "entra"})
