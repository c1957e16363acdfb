"""What is different between two versions of a text, in passages a person can read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

Kind = Literal["same", "old", "new"]
AROUND: Final = 12
"""Words shown on either side of a change."""

_MARKS: Final = re.compile(r"\\(.)|[*`]+|^\s*(?:[-+]|\d+\.)\s+|[#>|]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, went, or came."""

    kind: Kind
    words: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A changed passage, and the heading it stands under."""

    heading: str
    pieces: tuple[Piece, ...]


def text_changes(old: str, new: str) -> list[Passage]:
    """Return the passages that differ, in the order of the new text."""
    before, after = list(_paragraphs(old)), list(_paragraphs(new))
    match = SequenceMatcher(
        None, [words for _, words in before], [words for _, words in after], autojunk=False
    )
    found: list[Passage] = []
    for tag, i1, i2, j1, j2 in match.get_opcodes():
        if tag != "equal":
            found += _passages(before[i1:i2], after[j1:j2])
    return found


def _passages(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Iterator[Passage]:
    for place in range(max(len(old), len(new))):
        before = old[place][1] if place < len(old) else ""
        after = new[place][1] if place < len(new) else ""
        heading = new[place][0] if place < len(new) else old[place][0]
        pieces = tuple(_shortened(list(_pieces(before.split(), after.split()))))
        yield Passage(heading, pieces)


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", " ".join(old[i1:i2]))
            continue
        if i2 > i1:
            yield Piece("old", " ".join(old[i1:i2]))
        if j2 > j1:
            yield Piece("new", " ".join(new[j1:j2]))


def _shortened(pieces: list[Piece]) -> Iterator[Piece]:
    """Leave out the middle of long passages that stayed."""
    for place, piece in enumerate(pieces):
        words = piece.words.split()
        if piece.kind != "same" or len(words) <= 2 * AROUND:
            yield piece
        elif place == 0:
            yield Piece("same", "… " + " ".join(words[-AROUND:]))
        elif place == len(pieces) - 1:
            yield Piece("same", " ".join(words[:AROUND]) + " …")
        else:
            yield Piece("same", " ".join([*words[:AROUND], "…", *words[-AROUND:]]))


def _plain(found: re.Match[str]) -> str:
    """Write an escaped letter as itself; emphasis leaves nothing, a cell of a table a blank."""
    return found.group(1) or ("" if found.group()[0] in "*`" else " ")


def _paragraphs(markdown: str) -> Iterator[tuple[str, str]]:
    heading = ""
    for line in markdown.splitlines():
        words = _MARKS.sub(_plain, line).strip()
        if line.startswith("#"):
            heading = words
        if words and set(words) - set("-: "):
            yield heading, " ".join(words.split())
