"""Icons and marks of state: a page names what it uses, and carries the drawing of just those.

``icon('i-paper')`` writes a reference and remembers the name; ``sprite()``, at the end of the layout,
writes the remembered symbols. No request for a picture, no unused drawing.
"""

import re
from pathlib import Path
from typing import Final

from flask import Flask, g
from markupsafe import Markup

SOURCE: Final = Path(__file__).with_name("templates") / "icons.svg"
SYMBOLS: Final[dict[str, str]] = {
    found.group(1): found.group(0)
    for found in re.finditer(
        r'<symbol id="([is]-[a-z]+)".*?</symbol>', SOURCE.read_text("utf-8"), re.DOTALL
    )
}


def icon(name: str, *, flip: bool = False) -> Markup:
    """Return a reference to a symbol, which the page will carry. Arrows ``flip`` right-to-left."""
    if name not in SYMBOLS:
        raise LookupError(f"icons.svg has no symbol {name!r}.")
    g.setdefault("symbols", {})[name] = True
    extra = " flip" if flip else ""
    return Markup('<svg class="i%s" aria-hidden="true"><use href="#%s"/></svg>') % (extra, name)


def sprite() -> Markup:
    """Return the drawings of all symbols that this page has named so far."""
    used = "".join(SYMBOLS[name] for name in g.get("symbols", {}))
    # The drawings are our own file, never anybody's input.
    return Markup('<svg class="sprite" width="0" height="0" aria-hidden="true">%s</svg>') % (
        Markup(used)  # noqa: S704  our own file, never input
    )


def install(app: Flask) -> None:
    """Give both functions to every template."""
    app.add_template_global(icon)
    app.add_template_global(sprite)
