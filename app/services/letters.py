"""The words of messages: one template an event, written once as text and set as HTML from it.

A template is `app/templates/messages/<event>.txt`: light Markdown whose first line is
``Subject: ...``. Staff and artists read the same words in either form.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "messages"


_house: dict[str, str] = {"base_url": ""}
"""Where the product stands, for the links in letters."""


def configure(base_url: str) -> None:
    """Tell letters under which address people reach us. Called once a process, by the roof."""
    _house["base_url"] = base_url


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says."""

    subject: str
    text: str
    html: str


def compose(event: str, **context: Any) -> Words:
    """Write the message of ``event``. A word that is missing is an error, never a gap in a letter."""
    written = _templates().get_template(f"{event}.txt").render(**_house, **context)
    first, _, body = written.partition("\n")
    if not first.startswith("Subject: "):
        raise ValueError(f"The first line of {event}.txt must be its subject.")
    body = body.strip() + "\n"
    subject = " ".join(first.removeprefix("Subject: ").split())
    return Words(subject, _plain(body), _html(event, body, context))


def _html(event: str, body: str, context: dict[str, Any]) -> str:
    page = _templates(as_html=True).get_template("layout.html")
    # Our own words with escaped values; raw HTML is switched off in the Markdown.
    words = Markup(_markdown().render(body))  # noqa: S704  raw HTML is off in the Markdown
    return page.render(event=event, words=words, **context)


def _plain(body: str) -> str:
    return body.replace("**", "")


@cache
def _markdown() -> MarkdownIt:
    # A link shows where it leads: words that hide another address would be a stranger's.
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
        ["link", "image", "reference"]
    )


@cache
def _templates(*, as_html: bool = False) -> Environment:
    # Text needs no escaping; a value with Markdown in it shows as it is typed, in the worst case bold.
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=as_html,  # noqa: S701  plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
