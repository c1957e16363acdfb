"""Where an artist is signed in, and how that ends."""

import pytest

from tests.integration.portal.conftest import ask, send

EMAIL = "noemie@example.com"


@pytest.fixture
def artist(reader):
    return reader(EMAIL)


@pytest.fixture
def signed_in(browser, artist, newest_letter):
    def make():
        phone = browser()
        ask(phone, EMAIL)
        send(phone, "/portal/in", token=newest_letter().link)
        return phone

    return make


class TestYou:
    def test_shows_what_the_company_has(self, signed_in):
        page = signed_in().get("/portal/you").text

        assert "Noémie Lefèvre" in page
        assert EMAIL in page

    def test_lists_the_devices_and_marks_this_one(self, signed_in):
        signed_in()

        page = signed_in().get("/portal/you").text

        assert page.count("Sign out<span") == 2
        assert page.count("(this one)") == 1


class TestLeaving:
    def test_signing_out_wipes_what_the_browser_kept(self, signed_in):
        phone = signed_in()

        answer = send(phone, "/portal/sign-out")

        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert phone.get("/portal/").status_code == 401

    def test_a_copy_of_the_cookie_is_worth_nothing_after(self, signed_in, browser):
        phone, thief = signed_in(), browser()
        thief.set_cookie("__Host-artist", phone.get_cookie("__Host-artist").value, secure=True)
        assert thief.get("/portal/").status_code == 200

        send(phone, "/portal/sign-out")

        assert thief.get("/portal/").status_code == 401

    def test_one_device_is_signed_out_from_another(self, signed_in):
        old, new = signed_in(), signed_in()
        page = new.get("/portal/you").text
        other = page.split("/portal/devices/")[2].split("/end")[0]

        send(new, f"/portal/devices/{other}/end")

        assert old.get("/portal/").status_code == 401
        assert new.get("/portal/").status_code == 200

    def test_a_strangers_device_cannot_be_named(self, signed_in, person, phone_of):
        page = signed_in().get("/portal/you").text
        device = page.split("/portal/devices/")[1].split("/end")[0]

        answer = phone_of(person).send(f"/portal/devices/{device}/end")

        assert answer.status_code == 404

    def test_the_others_are_signed_out(self, signed_in):
        old, new = signed_in(), signed_in()

        send(new, "/portal/devices/others/end")

        assert old.get("/portal/").status_code == 401
        assert "Signed out elsewhere: 1." in new.get("/portal/you").text

    def test_everywhere_is_everywhere(self, signed_in):
        old, new = signed_in(), signed_in()

        answer = send(new, "/portal/devices/all/end")

        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert [old.get("/portal/").status_code, new.get("/portal/").status_code] == [401, 401]
