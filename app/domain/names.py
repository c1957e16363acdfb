"""Names: how they are compared, found again, and taken apart."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from app.domain.errors import Refused

_MARKS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
        "ŧ": "t",
    }
)
"""Letters that no decomposition takes apart (Unicode gives them no base letter)."""
_LARGE_AND_SMALL: Final = {
    **_LETTERS,
    **{
        ord(chr(letter).upper()): base.capitalize()
        for letter, base in _LETTERS.items()
        if len(chr(letter).upper()) == 1
    },
    ord("ẞ"): "SS",
}

_VARIANT: Final = re.compile(r"(\S+)\s*\[([^\[\]]+)\]")
_SPLITS: Final = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as a list wrote it, taken apart."""

    is_ensemble: bool
    name: str
    sort_name: str
    keys: tuple[str, ...]


def fold(text: str) -> str:
    """Return text as it is searched: decomposed (NFKD), in small letters, without marks.

    The database's function ``fold`` says the same, letter by letter; small letters are made one
    letter at a time, since Python alone knows the Greek sigma at a word's end.
    """
    small = "".join(letter.lower() for letter in unicodedata.normalize("NFKD", text))
    return _MARKS.sub("", small).translate(_LETTERS)


def unmarked(text: str) -> str:
    """Return text without the marks on its letters, which stay large or small."""
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_LARGE_AND_SMALL)


def trigrams(folded: str) -> frozenset[str]:
    """Return the triples of letters of a folded text, as the database's ``trigrams`` makes them."""
    padded = f"  {folded} "
    return frozenset(padded[place : place + 3] for place in range(len(folded) + 1))


def likeness(one: str, other: str) -> float:
    """Return how alike two folded texts are, from 0 to 1: shared triples among all."""
    ours, theirs = trigrams(one), trigrams(other)
    return len(ours & theirs) / len(ours | theirs)


def name_key(text: str) -> str:
    """Return the key by which a person is found again: one for all ways to write the same name."""
    return name_keys(text)[0]


def name_keys(text: str) -> tuple[str, ...]:
    """Return the keys of every spelling in a name: ``Tchaikovsky [Chaikovskii], Pyotr`` has two."""
    return tuple(dict.fromkeys(_key(spelling) for spelling in _spellings(text)))


def parse_name(text: str, field: str = "name") -> Name:
    """Take apart a name from a list: ``Last, First``; without a comma it is an ensemble's."""
    keys = name_keys(text)
    if not keys[0]:
        raise Refused("Write the name.", field=field)
    written = _spellings(text)[0]
    name = _in_order(written)
    return Name("," not in written, name, written, keys)


def _spellings(text: str) -> tuple[str, ...]:
    """Give the spelling in brackets first, for it is the fuller one, then the one before them."""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    fuller, plainer = _VARIANT.sub(r"\2", tidy), _VARIANT.sub(r"\1", tidy)
    return (fuller, plainer) if fuller != plainer else (tidy,)


def _in_order(written: str) -> str:
    """Turn ``Last, First, Jr.`` into ``First Last, Jr.``."""
    last, *rest = [part.strip() for part in written.split(",")]
    first, *suffixes = rest or [""]
    return ", ".join([f"{first} {last}".strip(), *(part for part in suffixes if part)])


def _key(spelling: str) -> str:
    plain = fold(_in_order(spelling)).replace("'", "").replace("\u2019", "")
    return " ".join(word for word in _SPLITS.split(plain.replace("_", " ")) if word)
