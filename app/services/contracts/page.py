"""Set a contract's Markdown as HTML that reads well on a phone and aloud."""

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import escape

from app.services.contracts.merge import CLOSE, OPEN

_MISSING = re.compile(f"{OPEN}(.*?){CLOSE}")


@cache
def reader() -> MarkdownIt:
    """Return the Markdown we read: CommonMark with tables; no raw HTML, no pictures."""
    return (
        MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_inline"])
    )


def html(markdown: str) -> str:
    """Return the contract as HTML below a page's ``h1``; missing fields are marked, and say so."""
    tokens = reader().parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        elif token.attrs.pop("style", None) == "text-align:right":
            token.attrs["class"] = "r"
    return _mark(reader().renderer.render(_wrap_tables(tokens), reader().options, {}))


def _wrap_tables(tokens: list[Token]) -> list[Token]:
    """Let a wide table scroll in its own named region instead of widening the page."""
    wrapped: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            wrapped.append(
                _raw('<div class="scroll" role="region" aria-label="Table" tabindex="0">')
            )
        wrapped.append(token)
        if token.type == "table_close":
            wrapped.append(_raw("</div>"))
    return wrapped


def _raw(words: str) -> Token:
    return Token("html_block", "", 0, content=words)


def _mark(page: str) -> str:
    def shown(found: re.Match[str]) -> str:
        name = escape(spoken(found.group(1)))
        return f'<mark class="missing"><span class="hush">Missing: </span>{name}</mark>'

    return _MISSING.sub(shown, page)


def spoken(name: str) -> str:
    """Return a field's name for people: ``artist.legal_name`` is "artist legal name"."""
    return name.replace(".", " ").replace("_", " ")
