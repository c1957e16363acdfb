"""Two people decide what is dear, a delegate decides for one who is away, and two like expenses are compared."""

from playwright.sync_api import Page, expect

from tests.journeys.looking import look


def open_claim(page: Page, artist: str) -> None:
    page.goto("/admin/claims/list/?view=all")
    page.get_by_role("link", name=artist).first.click()


def decide(page: Page, choice: str, reason: str = "") -> None:
    page.get_by_role("radio", name=choice, exact=True).check()
    page.locator("#reason").fill(reason)
    page.get_by_role("button", name="Decide line").click()


def test_above_the_limit_somebody_else_approves_and_a_delegate_may(desk):
    ruth = desk("Ruth")
    ruth.goto("/admin/approval-limits/list/")
    look(ruth, "approval-limits")
    ruth.goto("/admin/expense-rules/")
    ruth.get_by_label("Days allowed").fill("many")
    ruth.get_by_role("button", name="Save the rules").click()
    expect(ruth.get_by_label("Days allowed")).to_have_attribute("aria-invalid", "true")
    look(ruth, "expense-rules-wrong")
    ruth.get_by_label("Days allowed").fill("90")
    ruth.get_by_role("button", name="Save the rules").click()
    expect(ruth.get_by_text("The rules hold from now on.")).to_be_visible()
    callum = desk("Callum")
    open_claim(callum, "Mia Calloway")
    callum.get_by_role("link", name="Hotel").click()
    expect(callum.get_by_text("You gave the first approval.")).to_be_visible()
    look(callum, "claim-first-approved")
    imogen = desk("Imogen")
    open_claim(imogen, "Mia Calloway")
    imogen.get_by_role("link", name="Hotel").click()
    decide(imogen, "Approve second")
    expect(imogen.get_by_text("Imogen Tāmihana for Walter Okafor").first).to_be_visible()
    look(imogen, "claim-second-approved")


def test_two_like_expenses_are_compared_and_both_kept(desk):
    priya = desk("Priya")
    open_claim(priya, "Þórdís Jónsdóttir")
    priya.get_by_role("link", name="Taxi").click()
    priya.get_by_role("link", name="Compare").first.click()
    look(priya, "claim-pair")
    priya.get_by_role("button", name="Keep both").click()
    expect(priya.get_by_label("Why both are kept")).to_have_attribute("aria-invalid", "true")
    look(priya, "claim-pair-wrong")
    priya.get_by_label("Why both are kept").fill("They shared the ride and each paid half.")
    priya.get_by_role("button", name="Keep both").press("Enter")
    expect(priya.get_by_text("Priya Raman kept both").first).to_be_visible()
