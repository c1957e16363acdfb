"""Set a contract's Markdown as typst markup, every word as a string literal so that none is code."""

import re
from collections.abc import Callable
from typing import Final

from markdown_it.token import Token

from app.services.contracts.merge import CLOSE, OPEN
from app.services.contracts.page import reader, spoken

_DISALLOWED: Final = str.maketrans("", "", "\0\ufeff\ufffe")
"""What PDF/A forbids in text (ISO 19005-3, 6.2.11.7); pasted words bring the second, unseen."""

_PIECES: Final = re.compile(f"({OPEN}.*?{CLOSE})")

INLINE: Final = {
    "em_open": "#emph[", "em_close": "]", "strong_open": "#strong[", "strong_close": "]",
    "softbreak": " ", "hardbreak": "#linebreak()", "link_close": "]",
}  # fmt: skip

BLOCK: Final = {
    "paragraph_open": "", "paragraph_close": "\n\n", "bullet_list_open": "#list(",
    "bullet_list_close": ")\n\n", "ordered_list_close": ")\n\n", "list_item_open": "[",
    "list_item_close": "],", "blockquote_open": "#quote(block: true)[", "blockquote_close": "]\n\n",
    "hr": "#line(length: 100%, stroke: 0.5pt)\n\n", "table_close": ")\n\n",
    "thead_open": "table.header(", "thead_close": "),", "tr_open": "", "tr_close": "",
    "tbody_open": "", "tbody_close": "", "th_open": "[#strong[", "th_close": "]],",
    "td_open": "[", "td_close": "],", "heading_close": "]\n\n",
}  # fmt: skip


def literal(text: str) -> str:
    """Return ``text`` as a typst string."""
    escaped = (
        text.translate(_DISALLOWED).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    )
    return f'"{escaped}"'


def said(text: str) -> str:
    """Return markup that shows ``text`` as it is, with missing fields in red."""
    return "".join(_piece(piece) for piece in _PIECES.split(text) if piece)


def markup(markdown: str) -> str:
    """Return the typst markup of a contract's Markdown."""
    tokens = reader().parse(markdown)
    return "".join(_block(token, tokens[place:]) for place, token in enumerate(tokens))


def _piece(piece: str) -> str:
    if piece.startswith(OPEN):
        return f"#missing({literal(spoken(piece[1:-1]))})"
    return f"#{literal(piece)};"


def _block(token: Token, rest: list[Token]) -> str:
    maker = MAKERS.get(token.type)
    return maker(token, rest) if maker else BLOCK[token.type]


def _heading(token: Token, _rest: list[Token]) -> str:
    return f"#heading(level: {int(token.tag[1])})["


def _ordered(token: Token, _rest: list[Token]) -> str:
    start = int(str(token.attrs.get("start", 1)))
    return f"#enum(start: {start},"


def _table(_token: Token, rest: list[Token]) -> str:
    row = rest[: next(i for i, token in enumerate(rest) if token.type == "tr_close")]
    heads = [token for token in row if token.type == "th_open"]
    sides = ", ".join("end" if "right" in str(t.attrs.get("style", "")) else "start" for t in heads)
    return f"#table(columns: {len(heads)}, align: ({sides},),"


def _code(token: Token, _rest: list[Token]) -> str:
    return f"#raw({literal(token.content)}, block: true)\n\n"


def _inline(token: Token, _rest: list[Token]) -> str:
    return "".join(_inline_piece(child) for child in token.children or [])


def _inline_piece(token: Token) -> str:
    if token.type == "text":
        return said(token.content)
    if token.type == "code_inline":
        return f"#raw({literal(token.content)})"
    if token.type == "link_open":
        return f"#link({literal(str(token.attrs['href']))})["
    return INLINE[token.type]


MAKERS: Final[dict[str, Callable[[Token, list[Token]], str]]] = {
    "heading_open": _heading, "ordered_list_open": _ordered, "table_open": _table,
    "fence": _code, "code_block": _code, "inline": _inline,
}  # fmt: skip
