"""Plain pages on which a person signs, declines, voids and sends notices again at a simulated provider."""

from markupsafe import Markup, escape
from werkzeug.wrappers import Response

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
FRAME = Markup(
    "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' "
    "content='width=device-width'><title>{title}</title><style>body{{font:16px/1.5 sans-serif;"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}}li{{margin:0 0 2rem}}button{{margin:.2rem;"
    "min-height:2.5rem}}</style><main><h1>{title}</h1>{body}</main></html>"
)


def deed(account, envelope, word):
    """Do what a button says, and return the event that the return address gets."""
    if word in ("again", "late", "forged"):
        account.deliver(envelope, forged=word == "forged", late=40 if word == "late" else 0)
    elif word in ("view", "sign", "decline", "void", "expire"):
        getattr(account, word)(envelope)
    return WORDS.get(word, "cancel")


def signing_page(vendor, title, name):
    """Return the page that a signing link leads to."""
    body = Markup("<p>{} is asked to sign <b>{}</b>.</p><form method='post'>{}</form>").format(
        name, title, Markup("").join(_button(*one) for one in
            (("sign", "Sign"), ("decline", "Decline"), ("later", "Finish later"))),
    )  # fmt: skip
    return _page(f"{vendor} (simulated)", body)


def listing(vendor, rows, refused):
    """Return the page with every paper and what may be done to it."""
    items = Markup("").join(
        Markup("<li><b>{}</b>, {}<br><small>{}; {} notices</small><br>{}<form method='post' action='/sim/{}'>{}</form></li>").format(
            title, status, envelope, notices,
            ", ".join(f"{name}: {state}" for name, state in people), envelope,
            Markup("").join(_button(*one) for one in DEEDS),
        )
        for envelope, title, status, people, notices in rows
    )  # fmt: skip
    body = Markup("<p>{} notices were not taken.</p><ul>{}</ul>").format(
        len(refused), items or Markup("<li>Nothing was sent yet.</li>")
    )
    return _page(f"{vendor} (simulated): what was sent", body)


def _button(word, words):
    return Markup("<button name='deed' value='{}'>{}</button>").format(word, words)


def _page(title, body):
    return Response(FRAME.format(title=escape(title), body=body), content_type="text/html")
