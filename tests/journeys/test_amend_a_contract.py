"""An amendment from the desk's draft over review and two signatures to the terms in force on both sides."""

import re

from playwright.sync_api import Page, expect

from app.cli.demo.cast import address_of
from tests.journeys.house import House, today
from tests.journeys.looking import look

ARTIST = "Łucja Wiśniewska"


def open_contract(page: Page) -> None:
    """Open the artist's executed contract on the desk."""
    page.goto("/admin/contracts/list/?view=all")
    page.get_by_label("Artist, production or number").fill(ARTIST)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("row", name=ARTIST).filter(has_text="Giselle").get_by_role(
        "link"
    ).first.click()


def draft(page: Page) -> None:
    """Write the amendment; a fee that its parts do not add up to is said beside the payments."""
    page.get_by_role("link", name="Draft an amendment").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Amend")
    look(page, "amendment-form")
    fee = page.get_by_label("The whole fee")
    whole = float(fee.input_value())
    page.get_by_label("What it is about").fill("One performance more")
    page.get_by_label("In force from").fill(today().isoformat())
    fee.fill(f"{whole + 600:.2f}")
    page.get_by_label("In words").fill("She dances Giselle once more, on the last day in Brisbane.")
    page.get_by_role("button", name="Keep the amendment").click()
    expect(page.get_by_text("Instalments add up to").first).to_be_visible()
    expect(fee).to_have_value(f"{whole + 600:.2f}")
    look(page, "amendment-form-wrong")
    last = page.get_by_role("group", name=re.compile(r"^Payment \d")).last.get_by_label("Amount")
    last.fill(f"{float(last.input_value()) + 600:.2f}")
    page.get_by_role("button", name="Keep the amendment").press("Enter")
    expect(page.get_by_text("The amendment is kept as a draft.")).to_be_visible()
    look(page, "amendment-draft")


def press(page: Page, name: str) -> None:
    """Press a move, and once more in the dialog where the page asks whether it is meant."""
    page.get_by_role("button", name=name).first.click()
    dialog = page.get_by_role("dialog")
    if dialog.count():
        dialog.get_by_role("button", name=name).click()


def sign(page: Page, house: House) -> None:
    """Find it among what waits, read it, prove oneself, and sign."""
    page.goto("/portal/")
    page.get_by_role("link", name="Sign a change of your contract for Giselle").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look(page, "artist-amendment")
    had = len(house.letters(address_of(ARTIST), "Your code"))
    page.get_by_role("button", name="Send the code and sign").click()
    page.get_by_label("Code").fill(house.code(address_of(ARTIST), had))
    page.get_by_role("button", name="Go on").click()
    look(page, "artist-amendment-last-page")
    page.get_by_role("button", name="I have read this amendment and sign it").click()
    expect(page.get_by_text("Signed").first).to_be_visible()
    look(page, "artist-amendment-signed")


def test_an_amendment_is_drafted_reviewed_signed_and_in_force_on_both_sides(desk, phone, house):
    ruth, walter = desk("Ruth"), desk("Walter")
    open_contract(ruth)
    contract = ruth.url
    draft(ruth)
    amendment = ruth.url
    press(ruth, "Pass on to review")
    expect(ruth.get_by_text("Somebody else approves it.")).to_be_visible()
    press(ruth, "Approve")
    expect(ruth.get_by_text("Somebody else approves it.")).to_be_visible()
    expect(ruth.get_by_text("is ready to send.")).to_have_count(0)
    walter.goto(amendment)
    press(walter, "Approve")
    expect(walter.get_by_text("is ready to send.")).to_be_visible()
    ruth.goto(amendment)
    press(ruth, "Send for signature")
    expect(ruth.get_by_text("is sent.")).to_be_visible()
    page = phone(address_of(ARTIST), zone="Europe/Warsaw")
    sign(page, house)
    walter.goto(amendment)
    look(walter, "amendment-countersign")
    press(walter, "Countersign for the company")
    expect(walter.get_by_text("is executed; its terms hold from")).to_be_visible()
    look(walter, "amendment-executed")
    ruth.goto(contract)
    expect(ruth.get_by_role("heading", name="Terms in force today")).to_be_visible()
    expect(ruth.get_by_role("link", name="amendment 1, from").first).to_be_visible()
    look(ruth, "contract-terms-in-force")
    page.goto("/portal/contracts")
    page.get_by_role("link", name="Giselle").first.click()
    expect(page.get_by_role("link", name="by amendment 1, since").first).to_be_visible()
    look(page, "artist-terms-in-force")


def test_the_administrator_settles_who_signs_and_when_is_reminded(desk):
    page = desk("Ruth")
    page.goto("/admin/signing-rules/")
    page.get_by_label("Remind after so many days").fill("soon")
    page.get_by_role("button", name="Save the rules").click()
    expect(page.get_by_label("Remind after so many days")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Remind after so many days")).to_have_value("soon")
    look(page, "signing-rules-wrong")
    page.get_by_label("Remind after so many days").fill("3, 7, 12")
    page.get_by_role("button", name="Save the rules").press("Enter")
    expect(page.get_by_text("The rules hold for what is sent from now on.")).to_be_visible()
    look(page, "signing-rules")
