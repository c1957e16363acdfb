"""An artist comes in from the letter, reads, asks, declines, signs; the company countersigns and seals."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

from asn1crypto import pem, x509
from playwright.sync_api import Page, expect
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from app.cli.demo.cast import address_of
from tests.journeys.house import LINK, House, wait_for
from tests.journeys.looking import PHONE, look

NOEMIE = address_of("Noémie Lefèvre")
YUKI = address_of("Yuki Sakamoto")
MISS = "Þórdís Jónsdóttir"


def ask_for_letter(page: Page, house: House, address: str) -> str:
    """Ask for a link and return the letter."""
    had = len(house.letters(address, "Your code"))
    page.goto("/portal/sign-in")
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send me a link and a code").click()
    expect(page.get_by_role("heading", name="Look in your mail")).to_be_visible()
    return house.letter(address, "Your code", had)


def test_the_link_signs_in_where_it_was_asked_for_and_nowhere_else(open_browser, house):
    phone, laptop = open_browser(PHONE, zone="Europe/Paris"), open_browser()
    phone.goto("/portal/")
    look(phone, "artist-sign-in")
    link = LINK.search(ask_for_letter(phone, house, NOEMIE)).group(1)
    look(phone, "artist-look-in-your-mail")
    laptop.goto(link)
    look(laptop, "artist-link-opened")
    laptop.get_by_role("button", name="Sign in on this phone").click()
    expect(
        laptop.get_by_text("opened elsewhere than where somebody typed the address")
    ).to_be_visible()
    expect(laptop.get_by_label("Code")).to_be_visible()
    look(laptop, "artist-other-browser")
    phone.goto(link)
    phone.get_by_role("button", name="Sign in on this phone").click()
    phone.wait_for_url("**/portal/")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    look(phone, "artist-home")
    house.states[NOEMIE] = phone.context.storage_state()
    again = open_browser(PHONE)
    again.goto(link)
    again.get_by_role("button", name="Sign in on this phone").click()
    expect(again.get_by_role("heading", name="This was used already")).to_be_visible()
    look(again, "artist-link-used")


def test_a_link_that_ran_out_says_so_and_sends_a_new_one(open_browser, house):
    page = open_browser(PHONE)
    link = LINK.search(ask_for_letter(page, house, YUKI)).group(1)
    house.sql(
        "UPDATE login_token SET created_at = created_at - interval '1 hour',"
        " expires_at = expires_at - interval '1 hour' WHERE used_at IS NULL AND identity_id ="
        " (SELECT id FROM portal_identity WHERE email = :email)",
        email=YUKI,
    )
    page.goto(link)
    page.get_by_role("button", name="Sign in on this phone").click()
    expect(page.get_by_role("heading", name="This has run out")).to_be_visible()
    look(page, "artist-link-expired")
    had = len(house.letters(YUKI, "Your code"))
    page.get_by_role("button", name="Send me a new one").click()
    page.get_by_label("Code").fill("ABCD-2345")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That is not the code")).to_be_visible()
    look(page, "artist-wrong-code")
    page.get_by_label("Code").fill(house.code(YUKI, had))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")
    house.states[YUKI] = page.context.storage_state()


def test_an_unknown_address_gets_the_same_answer(open_browser, house):
    said = []
    for address in ("nobody.at.all@artists.example", address_of(MISS)):
        page = open_browser(PHONE)
        page.goto("/portal/")
        page.get_by_label("Your e-mail address").fill(address)
        page.get_by_role("button", name="Send me a link and a code").click()
        text = page.get_by_role("main").inner_text()
        said.append(re.sub(r"\d\d:\d\d", "hh:mm", text))
    assert said[0] == said[1]
    wait_for(lambda: house.letters(address_of(MISS), "Your code"), "the known one's letter")
    assert house.letters("nobody.at.all@artists.example") == []


def test_a_contract_is_declined_with_a_reason_that_the_company_reads(phone, desk, house):
    page = phone(YUKI)
    page.goto("/portal/contracts")
    look(page, "artist-contracts")
    page.get_by_role("link", name="Carmen").first.click()
    page.locator("summary", has_text="Decline this contract").click()
    page.get_by_role("button", name="Decline the contract").click()
    expect(page.locator("#reason")).to_have_attribute("aria-invalid", "true")
    look(page, "artist-decline-wrong")
    page.locator("#reason").fill("The first week of February is taken by Hamburg.")
    page.get_by_role("button", name="Decline the contract").click()
    expect(page.get_by_role("heading", name="Declined")).to_be_visible()
    look(page, "artist-declined")
    ruth = desk("Ruth")
    contract_of(ruth, "Yuki Sakamoto")
    expect(ruth.get_by_text("taken by Hamburg").first).to_be_visible()
    look(ruth, "contract-declined")


def test_a_contract_is_asked_about_signed_countersigned_and_sealed(phone, desk, house, tmp_path):
    page = phone(NOEMIE, zone="Europe/Paris")
    page.goto("/portal/contracts")
    page.get_by_role("link", name="Carmen").first.click()
    expect(page.get_by_role("heading", name="Key terms")).to_be_visible()
    look(page, "artist-contract")
    here = page.url
    ask_and_answer(page, desk)
    page.goto(here)
    expect(page.get_by_text("Two rehearsals, both before noon.")).to_be_visible()
    page.get_by_role("link", name="Read the whole contract").click()
    look(page, "artist-contract-text")
    page.goto(here)
    had = len(house.letters(NOEMIE, "Your code"))
    page.get_by_role("button", name="Send the code and sign").click()
    look(page, "artist-step-up")
    page.get_by_label("Code").fill("ABCD-2345")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("That is not the code")).to_be_visible()
    look(page, "artist-step-up-wrong")
    page.get_by_label("Code").fill(house.code(NOEMIE, had))
    page.get_by_role("button", name="Go on").click()
    look(page, "artist-last-page")
    page.get_by_role("button", name="I have read this contract and sign it").click()
    expect(page.get_by_role("heading", name="Signed. Now it is with")).to_be_visible()
    look(page, "artist-signed")
    page.go_back()
    page.goto(f"{here}/sign")
    expect(page.get_by_role("heading", name="Signed. Now it is with")).to_be_visible()
    countersign(desk)
    page.goto(here)
    expect(page.get_by_role("heading", name="Complete")).to_be_visible()
    wait_for(lambda: sealed(page), "the sealed copy", 60)
    look(page, "artist-complete")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Save the sealed PDF").click()
    coming.value.save_as(tmp_path / "sealed.pdf")
    content = (tmp_path / "sealed.pdf").read_bytes()
    assert is_valid(content, house.var / "seal" / "root.pem")
    broken = content.replace(b"Carmen", b"Carmem", 1) if b"Carmen" in content else None
    if broken is None:
        broken = content[:2000] + bytes([content[2000] ^ 1]) + content[2001:]
    assert not is_valid(broken, house.var / "seal" / "root.pem")
    assert len(house.letters(NOEMIE, "Carmen is complete")) <= 1


def ask_and_answer(page: Page, desk) -> None:
    """Ask on the phone, be refused once for saying nothing, and be answered from the desk."""
    page.locator("summary", has_text="Ask a question").click()
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_label("Your question")).to_have_attribute("aria-invalid", "true")
    look(page, "artist-question-wrong")
    page.get_by_label("Your question").fill("How many rehearsals are in the first week?")
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("How many rehearsals")).to_be_visible()
    ruth = desk("Ruth")
    contract_of(ruth, "Noémie Lefèvre")
    look(ruth, "contract-asked")
    ruth.get_by_label("Your answer").fill("Two rehearsals, both before noon.")
    ruth.get_by_role("button", name="Send the answer").click()
    expect(ruth.get_by_text("both before noon").first).to_be_visible()


def contract_of(page: Page, artist: str) -> None:
    """Open the artist's contract for Carmen on the desk."""
    page.goto("/admin/contracts/list/?view=all")
    look(page, "contracts")
    page.get_by_label("Artist, production or number").fill(artist)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("row", name=artist).filter(has_text="Carmen").get_by_role("link").first.click()


def countersign(desk) -> None:
    """Sign for the company: not Ruth, but the director, and once."""
    ruth = desk("Ruth")
    contract_of(ruth, "Noémie Lefèvre")
    expect(ruth.get_by_text("It waits on the desk of Walter Okafor")).to_be_visible()
    walter = desk("Walter")
    contract_of(walter, "Noémie Lefèvre")
    look(walter, "contract-countersign")
    walter.get_by_role("button", name="Countersign for the company").click()
    expect(walter.get_by_role("button", name="Countersign for the company")).to_have_count(0)
    look(walter, "contract-executed")


def sealed(page: Page) -> bool:
    page.reload()
    return page.get_by_role("link", name="Save the sealed PDF").count() == 1


def is_valid(content: bytes, root: Path) -> bool:
    """Ask pyHanko's validator, trusting our root alone."""
    _, _, der = pem.unarmor(root.read_bytes())
    trust = ValidationContext(trust_roots=[x509.Certificate.load(der)])
    signature = PdfFileReader(BytesIO(content)).embedded_signatures[0]
    # Playwright's loop runs in this thread, and the validator opens one of its own.
    with ThreadPoolExecutor(1) as aside:
        status = aside.submit(validate_pdf_signature, signature, trust).result()
    return bool(status.bottom_line)
