"""Tax number and passport: sealed, masked on every page, whole only with a reason that the history keeps."""

import pytest
from sqlalchemy import select, text

from app.models import ArtistProfile, AuditEntry, PayeeProfile

PASSPORT = "PA1234567"
TAX = "51 824 753 556"
SEALED = "51824753556"


@pytest.fixture
def profile(owner_session, person):
    made = owner_session.scalars(
        select(ArtistProfile).where(ArtistProfile.person_id == person.id)
    ).one_or_none() or ArtistProfile(organisation_id=person.organisation_id, person_id=person.id)
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def payee(owner_session, person):
    made = PayeeProfile(organisation_id=person.organisation_id, person_id=person.id, name="Lefèvre")
    owner_session.add(made)
    owner_session.commit()
    return made


def stamp(browser, profile):
    page = browser.get(f"/admin/travel/{profile.id}").text
    return page.partition('name="stamp" value="')[2].partition('"')[0]


def travel(browser, profile, **typed):
    sent = {"stamp": stamp(browser, profile), **typed}
    return browser.send(f"/admin/travel/{profile.id}/change", sent)


class TestAPassport:
    def test_is_kept_sealed_and_shown_by_its_ending(self, staff, profile, owner_session):
        browser = staff("Contracts")

        answer = travel(browser, profile, passport="pa 1234567", dietary="No nuts")

        page = browser.get(f"/admin/travel/{profile.id}").text
        stored = owner_session.execute(text("SELECT passport FROM artist_profile")).scalar_one()
        assert answer.status_code == 303
        assert PASSPORT not in stored
        assert PASSPORT not in page
        assert "ending 567" in page
        assert "No nuts" in page

    def test_is_shown_whole_once_to_who_says_why(self, staff, profile, owner_session):
        browser = staff("Contracts")
        travel(browser, profile, passport=PASSPORT)

        silent = browser.send(f"/admin/travel/{profile.id}/unmask", {"why": " "})
        shown = browser.send(f"/admin/travel/{profile.id}/unmask", {"why": "Visa for Perth"})
        after = browser.get(f"/admin/travel/{profile.id}").text

        entry = owner_session.scalars(select(AuditEntry).where(AuditEntry.action == "view")).one()
        assert silent.status_code == 422
        assert "Say why you look" in silent.text
        assert PASSPORT not in silent.text
        assert PASSPORT in shown.text
        assert shown.headers["Cache-Control"] == "private, no-store"
        assert PASSPORT not in after
        assert "looked at passport. Visa for Perth" in after
        assert (entry.entity, entry.reason) == ("artist_profile", "Visa for Perth")

    def test_stays_when_the_rest_is_changed_and_is_refused_where_it_is_none(self, staff, profile):
        browser = staff("Administrator")
        travel(browser, profile, passport=PASSPORT)

        travel(browser, profile, seat_preference="Aisle")
        wrong = travel(browser, profile, passport="?", dietary="Typed with care")

        page = browser.get(f"/admin/travel/{profile.id}").text
        assert "ending 567" in page
        assert "Aisle" in page
        assert wrong.status_code == 422
        assert "as it stands on the paper" in wrong.text
        assert "Typed with care" in wrong.text

    def test_of_two_who_change_at_once_the_second_is_told(self, staff, profile):
        browser = staff("Contracts")
        seen = stamp(browser, profile)
        travel(browser, profile, dietary="Vegan")

        late = travel(browser, profile, stamp=seen, dietary="Fish")

        assert late.status_code == 422
        assert "Somebody changed this" in late.text
        assert "Vegan" in browser.get(f"/admin/travel/{profile.id}").text

    @pytest.mark.parametrize("role", ["Schedule", "Finance", "Approver", "Manager", "Auditor"])
    def test_is_absent_for_who_does_not_need_it(self, staff, profile, person, role):
        travel(staff("Contracts"), profile, passport=PASSPORT, emergency_contact="Ring Odile")
        browser = staff(role)

        pages = [
            browser.get(f"/admin/people/{page}/{person.id}").text for page in ("show", "history")
        ]

        assert browser.get(f"/admin/travel/{profile.id}").status_code == 403
        assert person.name in pages[0]
        assert not any("Ring Odile" in page or "ending 567" in page for page in pages)


class TestATaxNumber:
    def test_is_kept_sealed_and_shown_whole_with_a_reason(self, staff, payee, owner_session):
        browser = staff("Finance")

        answer = browser.send(f"/admin/tax-number/{payee.id}/change", {"tax_number": TAX})
        page = browser.get(f"/admin/tax-number/{payee.id}").text
        shown = browser.send(f"/admin/tax-number/{payee.id}/unmask", {"why": "Payment summary"})

        stored = owner_session.execute(text("SELECT tax_number FROM payee_profile")).scalar_one()
        assert answer.status_code == 303
        assert SEALED not in stored
        assert SEALED not in page
        assert "ending 556" in page
        assert SEALED in shown.text
        assert "Payment summary" in browser.get(f"/admin/tax-number/{payee.id}").text

    def test_the_same_again_changes_nothing(self, staff, payee, owner_session):
        browser = staff("Finance")
        for _ in range(2):
            browser.send(f"/admin/tax-number/{payee.id}/change", {"tax_number": TAX})

        changes = owner_session.scalars(
            select(AuditEntry).where(
                AuditEntry.entity == "payee_profile", AuditEntry.action == "update"
            )
        ).all()
        assert len(changes) == 1
        assert SEALED not in str(changes[0].after)

    def test_who_enters_it_need_not_see_it(self, staff, payee):
        browser = staff("Contracts")
        browser.send(f"/admin/tax-number/{payee.id}/change", {"tax_number": TAX})

        answer = browser.send(f"/admin/tax-number/{payee.id}/unmask", {"why": "Curious"})

        assert answer.status_code == 403
        assert "ending 556" in browser.get(f"/admin/tax-number/{payee.id}").text

    @pytest.mark.parametrize("role", ["Schedule", "Approver", "Manager"])
    def test_is_closed_to_the_others(self, staff, payee, role):
        assert staff(role).get(f"/admin/tax-number/{payee.id}").status_code == 403

    def test_of_another_company_is_not_there(self, staff, payee, organisation, owner_session):
        other = type(organisation)(name="Other", slug="other-company", zone="Europe/Paris")
        owner_session.add(other)
        owner_session.commit()
        assert staff("Finance").get(f"/admin/tax-number/{payee.id}").status_code == 200

        stranger = staff("Finance", organisation_id=other.id)

        assert stranger.get(f"/admin/tax-number/{payee.id}").status_code == 404
