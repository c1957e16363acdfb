"""From an engagement to a contract: missing fields in red, the text, the review, the letter."""

from datetime import timedelta
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.journeys.house import LINK, House, today
from tests.journeys.looking import PHONE, look

SURNAME = "".join(chr(ord("a") + ord(byte) % 26) for byte in uuid4().hex[:8]).capitalize()
ARTIST, ADDRESS = f"Petra {SURNAME}", f"petra.{SURNAME.lower()}@artists.example"


def engage_somebody(page: Page) -> None:
    """Add a person with an address, and engage her, with her fee still open."""
    page.goto("/admin/people/add")
    page.get_by_label("Name", exact=True).fill(ARTIST)
    page.get_by_role("button", name="Save person", exact=True).click()
    page.get_by_role("link", name="Add an address").click()
    page.get_by_label("E-mail address or mobile number").fill("petra at home")
    page.get_by_role("radio", name="Email").check()
    page.get_by_role("button", name="Save address", exact=True).click()
    expect(page.get_by_label("E-mail address or mobile number")).to_have_value("petra at home")
    look(page, "address-wrong")
    page.get_by_label("E-mail address or mobile number").fill(ADDRESS)
    page.get_by_role("button", name="Save address", exact=True).click()
    page.get_by_role("link", name="Add a payee").click()
    page.get_by_label("Name", exact=True).fill(ARTIST)
    page.get_by_role("button", name="Save payee", exact=True).click()
    page.get_by_role("button", name="Invite to the portal").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    look(page, "person-invited")
    page.get_by_role("link", name=f"Engage {ARTIST}").click()
    expect(page.get_by_role("radio", name=ARTIST)).to_be_checked()
    page.get_by_role("textbox", name="Production", exact=True).fill("Carmen")
    page.get_by_role("button", name="Find Production").click()
    page.get_by_role("radio", name="Carmen").check()
    page.get_by_role("button", name="Save engagement", exact=True).click()
    expect(page.get_by_label("First day")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("radio", name="Carmen")).to_be_checked()
    look(page, "engagement-form-found")
    page.get_by_label("First day").fill((today() + timedelta(days=75)).isoformat())
    page.get_by_label("Last day").fill((today() + timedelta(days=140)).isoformat())
    page.get_by_role("button", name="Save engagement", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ARTIST)


def settle_terms(page: Page) -> None:
    """Give the engagement what its contract still misses."""
    page.get_by_role("link", name="Add a role", exact=True).click()
    page.get_by_label("Role", exact=True).fill("Mercédès")
    page.get_by_role("button", name="Save role", exact=True).click()
    page.get_by_role("link", name="Add a part of the fee").click()
    page.get_by_label("Amount", exact=True).fill("12000")
    page.get_by_label("Due on (optional)").fill((today() + timedelta(days=140)).isoformat())
    page.get_by_role("button", name="Save fee line", exact=True).click()
    page.get_by_role("link", name="Edit engagement").click()
    page.get_by_role("textbox", name="Payee (optional)").fill(SURNAME)
    page.get_by_role("button", name="Find Payee").click()
    page.get_by_role("group", name="Payee: found").get_by_role("radio").first.check()
    page.get_by_label("Fee", exact=True).fill("twelve thousand")
    page.get_by_label("Basis", exact=True).select_option(label="Contractor")
    page.get_by_role("button", name="Save engagement", exact=True).click()
    expect(page.get_by_label("Fee", exact=True)).to_have_value("twelve thousand")
    page.get_by_label("Fee", exact=True).fill("12000")
    page.get_by_role("button", name="Save engagement", exact=True).click()
    expect(page.get_by_role("heading", name="Everything that happened")).to_be_visible()


def come_in_by_invitation(page: Page, house: House) -> None:
    """Open the link of the invitation; the code that it sends proves the address."""
    page.goto(LINK.search(house.letter(ADDRESS, "invites you")).group(1))
    page.get_by_role("button", name="Sign in on this phone").click()
    expect(page.get_by_role("heading", name="Open your portal")).to_be_visible()
    look(page, "artist-invited")
    page.get_by_role("button", name="Send me a code now").click()
    page.get_by_label("Code").fill(house.code(ADDRESS, 0))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
    look(page, "artist-home-empty")


def change_text(page: Page) -> None:
    """Write a field that does not exist, be told so, and put it right."""
    page.get_by_role("link", name="Change the text").first.click()
    source = page.get_by_role("textbox", name="Text of this contract alone")
    written = source.input_value()
    source.fill(written + "\n\nShoes: {{ artist.shoe_size }}.")
    page.get_by_role("button", name="Preview").click()
    look(page, "contract-text")
    page.get_by_role("textbox", name="Text of this contract alone").fill(written + "\n\n{{ broken")
    page.get_by_role("button", name="Save the text").click()
    expect(source).to_have_attribute("aria-invalid", "true")
    look(page, "contract-text-wrong")
    source.fill(written + "\n\nThe company pays for pointe shoes.")
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_text("The company pays for pointe shoes.").first).to_be_visible()


def test_a_contract_is_drawn_up_reviewed_and_sent(desk, house, open_browser):
    page = desk("Ruth")
    engage_somebody(page)
    engagement = page.url
    page.get_by_role("link", name="Draw up the contract").click()
    page.get_by_role("button", name="Save contract", exact=True).click()
    expect(page.locator("#template")).to_have_attribute("aria-invalid", "true")
    look(page, "contract-form")
    page.locator("#template").select_option(label="Guest artist agreement")
    page.get_by_role("button", name="Save contract", exact=True).click()
    contract = page.url
    expect(page.get_by_role("heading", name="Before it can be sent")).to_be_visible()
    look(page, "contract-draft")
    page.goto(engagement)
    settle_terms(page)
    page.goto(contract)
    page.get_by_role("button", name="Take in the engagement's facts").click()
    change_text(page)
    look(page, "contract-draft-whole")
    page.get_by_role("button", name="Pass on to review").click()
    look(page, "contract-in-review")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Somebody else approves it.")).to_be_visible()
    checker = desk("Walter")
    checker.goto(contract)
    checker.get_by_role("button", name="Approve").click()
    page.goto(contract)
    page.get_by_role("button", name="Send for signature").click()
    expect(page.get_by_text("has no verified e-mail address").first).to_be_visible()
    look(page, "contract-not-sendable")
    come_in_by_invitation(open_browser(PHONE), house)
    page.goto(contract)
    page.get_by_label("Remind after so many days").fill("soon")
    page.get_by_role("button", name="Send for signature").click()
    expect(page.get_by_label("Remind after so many days")).to_have_attribute("aria-invalid", "true")
    look(page, "contract-send")
    page.get_by_label("Remind after so many days").fill("2, 5")
    page.get_by_role("button", name="Send for signature").click()
    expect(page.get_by_text("Sent, not opened").first).to_be_visible()
    look(page, "contract-sent")
    assert "Carmen" in house.letter(ADDRESS, "ready to sign")
    assert len(house.letters(ADDRESS, "ready to sign")) == 1
