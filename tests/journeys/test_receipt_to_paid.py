"""An artist photographs a receipt; finance decides line by line; another person pays; the phone says so."""

from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from app.cli.demo.cast import address_of
from tests.journeys.house import wait_for
from tests.journeys.looking import look

ARTIST = "Łucja Wiśniewska"
PHONE_OF = address_of(ARTIST)


def picture(words: str) -> Image.Image:
    """Draw a receipt that looks like no other."""
    image = Image.new("RGB", (900, 1200), "white")
    pen = ImageDraw.Draw(image)
    for line in range(20):
        pen.text((80, 60 + 50 * line), f"{words} {line} " * 3, fill="black")
    return image


@pytest.fixture
def receipts(tmp_path: Path) -> dict[str, Path]:
    """Return a JPEG, a HEIC and a broken file."""
    jpeg, heic, broken = (tmp_path / name for name in ("taxi.jpg", "meal.heic", "broken.jpg"))
    picture("Taxi Adelaide 42.10").save(jpeg, quality=80)
    pillow_heif.from_pillow(picture("Lunch 23.00")).save(heic)
    content = BytesIO()
    picture("Broken").save(content, "JPEG")
    broken.write_bytes(content.getvalue()[:900])
    return {"jpeg": jpeg, "heic": heic, "broken": broken}


def fill_expense(page: Page, kind: str, amount: str, why: str) -> None:
    page.get_by_role("radio", name=kind, exact=True).check()
    page.get_by_label("Amount", exact=True).fill(amount)
    page.get_by_label("Why (optional)").fill(why)


def claim_with_three_lines(page: Page, receipts: dict[str, Path]) -> str:
    """Enter three expenses, each with its own kind of trouble; return the claim's number."""
    page.goto("/portal/expenses")
    look(page, "artist-expenses")
    page.get_by_role("link", name="New expense").click()
    look(page, "artist-expense-new")
    fill_expense(page, "Taxi", "forty", "Airport to hotel")
    page.locator("#photo").set_input_files(receipts["broken"])
    page.get_by_role("button", name="Keep and add another").click()
    expect(page.locator("#photo")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#amount")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#amount")).to_have_value("forty")
    expect(page.get_by_label("Why (optional)")).to_have_value("Airport to hotel")
    look(page, "artist-expense-wrong")
    page.locator("#photo").set_input_files(receipts["jpeg"])
    page.get_by_role("button", name="Keep and add another").click()
    expect(page.get_by_text("taxi.jpg")).to_be_visible()
    look(page, "artist-expense-photo-kept")
    page.locator("#amount").fill("62.10")
    page.get_by_role("button", name="Keep and add another").click()
    expect(page.get_by_text("Kept. Add the next expense")).to_be_visible()
    look(page, "artist-claim-begun")
    page.get_by_role("link", name="Add another expense").click()
    fill_expense(page, "Meal", "23.00", "Lunch between the shows")
    page.locator("#photo").set_input_files(receipts["heic"])
    page.get_by_role("button", name="Keep and add another").click()
    page.get_by_role("link", name="Add another expense").click()
    fill_expense(page, "Baggage", "65.00", "Second bag")
    page.get_by_label("No receipt? Say why").fill("The machine at the gate had no paper.")
    twice = page.locator("form").filter(has=page.locator("#amount"))
    number = send_twice(page, twice)
    look(page, "artist-claim-sent")
    return number


def send_twice(page: Page, form) -> str:
    """Press Send twice, as an impatient thumb does: one claim, one line."""
    page.evaluate(
        """() => {
          const form = document.querySelector("#amount").form;
          const button = form.querySelector("button[value=send]");
          const sent = new FormData(form, button);
          window.first = fetch(form.action, {method: "POST", body: sent, redirect: "manual"});
        }"""
    )
    form.get_by_role("button", name="Add and send the claim").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Claim ")
    expect(page.get_by_role("heading", name="3 expenses")).to_be_visible()
    return page.get_by_role("heading", level=1).inner_text().removeprefix("Claim ").strip()


def decide(page: Page, choice: str, *, amount: str = "", reason: str = "") -> None:
    """Decide the line in hand."""
    page.get_by_role("radio", name=choice, exact=True).check()
    page.get_by_label("Reduce to, AUD").fill(amount)
    page.locator("#reason").fill(reason)
    page.get_by_role("button", name="Decide line").click()


def open_claim(page: Page, number: str) -> None:
    page.goto(f"/admin/claims/list/?view=all&q={number}")
    page.get_by_role("link", name=ARTIST).first.click()


def decide_everything(page: Page, artist: Page, number: str) -> None:
    """Reduce with a reason, refuse, ask and be answered; each refusal beside its field."""
    page.goto("/admin/claims/list/")
    look(page, "claims")
    open_claim(page, number)
    look(page, "claim")
    decide(page, "Reduce", amount="45.00")
    expect(page.locator("#reason")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Reduce to, AUD")).to_have_value("45.00")
    look(page, "claim-wrong")
    decide(page, "Reduce", amount="45.00", reason="Taxi cap of 45.00 a ride in your contract.")
    expect(page.get_by_text("Line 1: 45.00 AUD approved.")).to_be_visible()
    decide(page, "Refuse", reason="The per diem covers meals on tour days.")
    expect(page.get_by_text("Line 2 is refused.")).to_be_visible()
    decide(page, "Ask", reason="Which flight was the bag on?")
    expect(page.get_by_text("The question on line 3")).to_be_visible()
    look(page, "claim-asked")
    artist.reload()
    expect(artist.get_by_text("Which flight was the bag on?").first).to_be_visible()
    look(artist, "artist-claim-asked")
    artist.get_by_role("button", name="Send the answer").click()
    expect(artist.get_by_label("Your answer")).to_have_attribute("aria-invalid", "true")
    artist.get_by_label("Your answer").fill("BIG 402 to Adelaide.")
    artist.get_by_role("button", name="Send the answer").click()
    page.reload()
    expect(page.get_by_text("BIG 402 to Adelaide.").first).to_be_visible()
    decide(page, "Approve")
    expect(page.get_by_text("3 of 3 decided")).to_be_visible()
    look(page, "claim-decided")


def pay(desk, number: str) -> None:
    """Put it into a pay run as Callum; approve as Walter, export, and pay as Priya."""
    callum = desk("Callum")
    open_claim(callum, number)
    callum.get_by_role("link", name="PAY-").or_(callum.locator("dl.kv a")).first.click()
    payable = callum.url
    wait_for(lambda: is_in_ledger(callum), "the bill in the ledger", 60)
    look(callum, "payable")
    callum.get_by_role("button", name="Decide on withholding").click()
    callum.get_by_label("What is decided").fill("A reimbursement of receipts: nothing is withheld.")
    callum.get_by_role("button", name="Decide on withholding").click()
    run = make_run(callum, number)
    walter = desk("Walter")
    walter.goto(run)
    look(walter, "pay-run-to-approve")
    walter.get_by_role("button", name="Approve 110.00").click()
    expect(walter.get_by_text("Nothing in it changes any more.")).to_be_visible()
    callum.reload()
    with callum.expect_download() as coming:
        callum.get_by_role("button", name="Export the file").click()
    lines = Path(coming.value.path()).read_text("ascii").splitlines()
    assert {len(line) for line in lines} == {120}
    assert lines[-1][20:30] == "0000011000"
    callum.reload()
    callum.get_by_label("Bank's reference").fill("CBA 7731")
    callum.get_by_role("button", name="Mark all paid").click()
    expect(callum.get_by_role("alert").first).to_be_visible()
    look(callum, "pay-run-refused")
    priya = desk("Priya")
    priya.goto("/admin/payables/list/")
    look(priya, "payables")
    priya.goto(payable)
    priya.get_by_role("button", name="Mark paid").click()
    look(priya, "payable-pay")
    priya.get_by_role("button", name="Mark").click()
    expect(priya.get_by_label("Bank's reference")).to_have_attribute("aria-invalid", "true")
    look(priya, "payable-pay-wrong")
    priya.goto(run)
    priya.get_by_role("button", name="Mark all paid").click()
    expect(priya.get_by_label("Bank's reference")).to_have_attribute("aria-invalid", "true")
    look(priya, "pay-run-wrong")
    priya.get_by_label("Bank's reference").fill("CBA 7731")
    priya.get_by_role("button", name="Mark all paid").click()
    expect(priya.get_by_text("1 marked paid. Each payee is told once.")).to_be_visible()
    look(priya, "pay-run-paid")


def make_run(page: Page, number: str) -> str:
    """Choose one payable, be told what is wrong, and have the run checked; return its address."""
    page.goto("/admin/pay-runs/begin?currency=AUD&payee=Wisniewska")
    page.get_by_role("button", name="Make the pay run").click()
    expect(page.get_by_text("Choose what is paid.").first).to_be_visible()
    look(page, "pay-run-wrong-choice")
    page.get_by_role("checkbox", name=number).check()
    page.get_by_role("button", name="Make the pay run").click()
    look(page, "pay-run-draft")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Nothing stops it.")).to_be_visible()
    return page.url


def is_in_ledger(page: Page) -> bool:
    """Look again whether the worker has entered the bill."""
    page.reload()
    return page.locator("dl.kv dt", has_text="Entered").count() == 1


def test_a_receipt_becomes_a_payment_that_the_phone_shows(phone, desk, receipts):
    artist = phone(PHONE_OF)
    number = claim_with_three_lines(artist, receipts)
    here = artist.url
    artist.goto("/portal/expenses")
    expect(artist.locator("a.row", has_text=number)).to_have_count(1)
    artist.goto(here)
    decide_everything(desk("Callum"), artist, number)
    artist.goto(here)
    expect(artist.get_by_text("Taxi cap of 45.00 a ride").first).to_be_visible()
    expect(artist.get_by_text("110.00").first).to_be_visible()
    look(artist, "artist-claim-decided")
    pay(desk, number)

    def seen() -> bool:
        artist.goto("/portal/money")
        return artist.get_by_text("CBA 7731").count() > 0

    wait_for(seen, "the payment on the phone")
    look(artist, "artist-money")
    artist.goto(here)
    expect(artist.get_by_text("CBA 7731").first).to_be_visible()
    look(artist, "artist-claim-paid")
