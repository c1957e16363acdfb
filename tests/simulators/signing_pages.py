"""Plain pages on which a person signs, declines, voids and sends notices again at a simulated provider."""

from markupsafe import Markup
from urllib3.exceptions import HTTPError

from tests.simulators.sim_page import answered, article, back, deeds, page

WORDS = {
    "sign": "signing_complete",
    "decline": "decline",
    "view": "viewing_complete",
    "later": "cancel",
}
"""What DocuSign adds to the return address (prose: returnUrl events)."""
DEEDS = (
    ("view", "Open"), ("sign", "Sign (whoever is next)"), ("decline", "Decline"), ("void", "Void"),
    ("expire", "Let it expire"), ("again", "Send the last notice again"),
    ("late", "Send it 40 days late"), ("forged", "Send it forged"),
)  # fmt: skip


def deed(account, envelope, word):
    """Do what a button says, and return the event that the return address gets."""
    if word in ("again", "late", "forged"):
        account.deliver(envelope, forged=word == "forged", late=40 if word == "late" else 0)
    elif word in ("view", "sign", "decline", "void", "expire"):
        getattr(account, word)(envelope)
    return WORDS.get(word, "cancel")


def act(account, envelope, word):
    """Do what a button on the page says, go back there and say what came of it."""
    if word in ("again", "late", "forged"):
        late = 40 if word == "late" else 0
        try:
            status = account.deliver(envelope, forged=word == "forged", late=late)
        except HTTPError as error:
            return back(f"The product cannot be reached: {type(error).__name__}.")
        return back(answered([status]))
    before = account.envelopes[envelope].status
    deed(account, envelope, word)
    one = account.envelopes[envelope]
    moved = "" if one.status == before else f", {before} until now"
    return back(f"{one.subject}: {one.status}{moved}.")


def signing_page(request, vendor, title, name):
    """Return the page that a signing link leads to."""
    asked = Markup("<p>{} is asked to sign <b>{}</b>.</p>").format(name, title)
    known = (("sign", "Sign"), ("decline", "Decline"), ("later", "Finish later"))
    return page(request, vendor, asked, deeds("", known))


def listing(request, vendor, rows, refused):
    """Return the page with every paper and what may be done to it."""
    items = [
        article(
            title,
            f"{status}; {', '.join(f'{name}: {state}' for name, state in people)}; {envelope}; "
            f"{notices} notices",
            "",
            deeds(f"/sim/{envelope}", DEEDS),
        )
        for envelope, title, status, people, notices in reversed(rows)
    ]
    heading = Markup("<h2>What was sent</h2><p>{} notices were not taken by the product.</p>")
    empty = Markup("<p>Nothing was sent yet.</p>")
    return page(request, vendor, heading.format(len(refused)), *(items or [empty]))
