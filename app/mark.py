"""One mark: the symbol, word and colour of a state."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A symbol of icons.svg, the word for staff, and the colour role (empty: ink)."""

    symbol: str
    word: str
    role: str = ""
    loud: bool = False


def marked(symbol: str, word: str, role: str = "", *, loud: bool = False) -> Mark:
    """Return a mark by the name of its symbol."""
    return Mark(f"s-{symbol}", word, role, loud)
