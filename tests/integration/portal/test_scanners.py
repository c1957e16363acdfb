"""Mail scanners open links that nobody asked them to open: nothing is used up, nobody is let in.

``make sign-in-proof`` does the same with 1,000 links and a real browser.
"""

import pytest
from sqlalchemy import func, select

from app.models.sign_in import LoginToken, WebSession
from tests.integration.portal.conftest import ask, send

EMAIL = "noemie@example.com"
LINKS = 40


@pytest.fixture
def artist(reader):
    return reader(EMAIL)


def sessions_open(owner_session) -> int:
    owner_session.rollback()
    return owner_session.scalar(select(func.count()).select_from(WebSession))


class TestScanners:
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_looking_at_the_link_changes_nothing(
        self, method, client, browser, artist, newest_letter
    ):
        ask(client, EMAIL)
        for _ in range(3):
            assert getattr(browser(), method)("/portal/in").status_code == 200

        assert send(client, "/portal/in", token=newest_letter().link).status_code == 303

    def test_the_page_of_the_link_tells_nobody_where_it_was(self, client):
        page = client.get("/portal/in")

        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Robots-Tag"] == "noindex"

    def test_a_scanner_that_posts_without_any_cookie_is_refused(
        self, client, browser, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter = newest_letter()

        assert browser().post("/portal/in", data={"token": letter.link}).status_code == 400
        assert sessions_open(owner_session) == 0
        assert send(client, "/portal/in", token=letter.link).status_code == 303

    def test_a_scanner_that_runs_scripts_and_presses_every_button_gets_no_session(
        self, client, browser, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter = newest_letter()
        scanner = browser()
        for _ in range(3):
            page = send(scanner, "/portal/in", token=letter.link)
            assert page.status_code == 200
            assert "Type the code from the same e-mail" in page.text

        assert sessions_open(owner_session) == 0
        assert scanner.get("/portal/").status_code == 401
        assert send(client, "/portal/in", token=letter.link).status_code == 303

    def test_a_scanner_that_has_a_new_letter_sent_and_opens_that_one_too_gets_no_session(
        self, client, browser, artist, newest_letter, owner_session
    ):
        ask(client, EMAIL)
        letter, scanner = newest_letter(), browser()
        send(scanner, "/portal/in", token=letter.link)

        page = send(scanner, "/portal/in/again", token=letter.link)
        caused = newest_letter()
        answer = send(scanner, "/portal/in", token=caused.link)

        assert page.status_code == 202
        assert caused.link != letter.link
        assert caused.code not in page.text
        assert "Type the code from the same e-mail" in answer.text
        assert sessions_open(owner_session) == 0
        assert send(client, "/portal/in", token=letter.link).status_code == 303

    def test_whoever_has_a_new_letter_sent_from_elsewhere_types_its_code_there(
        self, client, browser, artist, newest_letter
    ):
        ask(client, EMAIL)
        letter, laptop = newest_letter(), browser()
        send(laptop, "/portal/in/again", token=letter.link)

        answer = send(laptop, "/portal/in", code=newest_letter().code)

        assert answer.status_code == 303

    def test_many_links_opened_by_every_scanner_are_all_left_for_their_owners(
        self, browser, reader, newest_letter, owner_session
    ):
        scanner, asked = browser(), []
        for number in range(LINKS):
            address, owner = f"reader-{number}@example.com", browser()
            reader(address, name=f"Reader {number}")
            ask(owner, address)
            asked.append((owner, newest_letter().link))
        for _, link in asked:
            scanner.head("/portal/in")
            scanner.get(f"/portal/in?token={link}", follow_redirects=True)
            send(scanner, "/portal/in", token=link)
            send(scanner, "/portal/in", token=link, code="")
            send(scanner, "/portal/in/again", token=link)
            send(scanner, "/portal/in", token=newest_letter().link)
        used = select(func.count()).where(LoginToken.used_at.is_not(None))

        assert owner_session.scalars(used).one() == 0
        assert sessions_open(owner_session) == 0
        assert {send(owner, "/portal/in", token=link).status_code for owner, link in asked} == {303}
