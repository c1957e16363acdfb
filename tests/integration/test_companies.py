"""The platform's operator sees which companies there are, founds others, and sees nothing inside them."""

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.db import session as house
from app.domain.sign_in import StaffStatus
from app.models import AuditEntry, Message, Organisation, StaffProfile
from app.services import sessions
from tests.fixtures_sign_in import browser_of, user_of

TYPED = {
    "name": "Tasman Opera", "slug": "tasman-opera", "zone": "Pacific/Auckland", "currency": "NZD",
    "first_name": "Aroha", "last_name": "Ngata", "email": "Aroha@Tasman.example",
}  # fmt: skip


@pytest.fixture
def operator(seeded, owner_session, organisation):
    """Somebody with FAB's own role who works for no company."""
    user = user_of(owner_session, "Admin")
    with seeded.app_context(), house.transaction() as db:
        token = sessions.open_staff(
            db, user_id=user.id, organisation_id=None, device=sessions.Device()
        )
    house.forget()
    browser = browser_of(seeded)
    browser.set_cookie("__Host-staff", token, secure=True)
    browser.user_id = user.id
    return browser


def found(browser, **typed):
    return browser.send("/admin/platform/companies/found", {**TYPED, **typed})


class TestTheOperator:
    def test_sees_companies_and_how_many_work_there(self, operator, staff, organisation):
        staff("Finance")

        page = operator.get("/admin/platform/companies/").text

        assert organisation.name in page
        assert organisation.slug in page
        assert '<td class="r">1</td>' in page

    def test_founds_a_company_whose_administrator_is_invited(self, operator, owner_session):
        answer = found(operator)

        assert answer.status_code == 303, answer.text
        made = owner_session.scalars(
            select(Organisation).where(Organisation.slug == "tasman-opera")
        ).one()
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.organisation_id == made.id)
        ).one()
        user = owner_session.get_one(User, profile.user_id)
        letter = owner_session.scalars(
            select(Message).where(Message.organisation_id == made.id)
        ).one()
        assert (made.zone, made.base_currency) == ("Pacific/Auckland", "NZD")
        assert profile.status is StaffStatus.invited
        assert (user.email, [role.name for role in user.roles]) == (
            "aroha@tasman.example",
            ["Administrator"],
        )
        assert letter.event == "staff_invitation"
        assert "Tasman Opera" in operator.get("/admin/platform/companies/").text

    def test_who_founded_it_stands_in_the_log_of_the_company(self, operator, owner_session):
        found(operator)

        entry = owner_session.scalars(
            select(AuditEntry)
            .join(Organisation, Organisation.id == AuditEntry.organisation_id)
            .where(Organisation.slug == "tasman-opera", AuditEntry.entity == "organisation")
        ).one()
        assert (entry.action, entry.actor) == ("insert", f"staff:{operator.user_id}")

    def test_sees_nothing_inside_a_company_before_or_after_founding_one(
        self, operator, owner_session, person
    ):
        found(operator)

        for path in ("people", "engagements", "contracts", "staff", "audit"):
            page = operator.get(f"/admin/{path}/list/?view=all")
            assert (path, page.status_code) == (path, 403)
        assert operator.get(f"/admin/people/show/{person.id}").status_code in (403, 404)
        assert person.name not in operator.get("/admin/").text
        assert person.name not in operator.get("/admin/platform/companies/").text

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"slug": "Tasman Opera!"}, "small letters, digits and hyphens"),
            ({"zone": "Auckland"}, "Auckland"),
            ({"currency": "NZ"}, "currency"),
            ({"email": "aroha"}, "e-mail"),
            ({"name": " "}, "Type"),
        ],
    )
    def test_is_told_beside_the_field_what_is_wrong_and_loses_nothing(
        self, operator, owner_session, typed, said
    ):
        before = owner_session.scalar(select(func.count()).select_from(Organisation))

        answer = found(operator, **typed)

        assert answer.status_code == 422
        assert said.lower() in answer.text.lower()
        assert 'value="Ngata"' in answer.text
        owner_session.rollback()
        assert owner_session.scalar(select(func.count()).select_from(Organisation)) == before

    def test_cannot_take_a_word_or_an_address_that_is_taken(
        self, operator, organisation, staff, owner_session
    ):
        here = staff("Finance", email="taken@example.com")

        page = found(operator, slug=organisation.slug, email="Taken@example.com")

        assert here.user_id
        assert page.status_code == 422
        assert f"{organisation.slug} is taken" in page.text
        assert "has an account already" in page.text


class TestEverybodyElse:
    @pytest.mark.parametrize("role", ["Administrator", "Auditor", "Admin"])
    def test_of_a_company_is_refused(self, staff, role):
        browser = staff(role)

        assert browser.get("/admin/platform/companies/").status_code == 403
        assert found(browser).status_code == 403

    def test_is_not_answered_by_the_gate_either(self, seeded, staff, owner_session):
        browser = staff("Administrator", "Admin")
        token = browser.get_cookie("__Host-staff").value

        with seeded.app_context(), house.transaction() as db:
            told = db.execute(
                select(func.count()).select_from(
                    func.gate_companies(sessions.fingerprint(token), func.now()).table_valued(
                        "name"
                    )
                )
            ).scalar_one()

        house.forget()
        assert told == 0


class TestTheCommand:
    def run(self, seeded, *arguments):
        answer = seeded.test_cli_runner().invoke(args=["organisation", "add", *arguments])
        house.forget()
        return answer

    def test_founds_a_company_on_a_fresh_installation(self, seeded, owner_session):
        answer = self.run(seeded, "Tasman Opera", "--slug", "tasman-opera", "--administrator",
                          "aroha.ngata@tasman.example", "--zone", "Pacific/Auckland", "--currency", "NZD")  # fmt: skip

        assert answer.exit_code == 0, answer.output
        assert "Tasman Opera is founded as tasman-opera" in answer.output
        profile = owner_session.scalars(select(StaffProfile)).one()
        assert (profile.display_name, profile.status) == ("Aroha Ngata", StaffStatus.invited)
        assert owner_session.scalars(select(Message.event)).all() == ["staff_invitation"]

    def test_says_what_is_wrong(self, seeded):
        answer = self.run(seeded, "Tasman Opera", "--slug", "Tasman!", "--administrator", "aroha")

        assert answer.exit_code == 1
        assert "slug: Use small letters" in answer.output
        assert "email:" in answer.output
