"""Names as workbooks write them: ``Ades [Adès], Thomas``, ``ELDER, CLAYBOURNE``, ``Canadian Brass``."""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.names import fold, parse_name
from app.domain.people import PersonKind

_ROUND: Final = re.compile(r"(\S+)\s*\(([^()]+)\)")
_SMALL: Final = frozenset(
    [
        "de",
        "da",
        "di",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "du",
        "dos",
        "of",
        "and",
        "the",
        "at",
        "for",
    ]
)


@dataclass(frozen=True, slots=True)
class WrittenName:
    """A name as somebody wrote it, and how we show, sort and find it."""

    name: str
    """As on a programme: Thomas Adès."""
    sort_name: str
    """Adès, Thomas; an ensemble sorts under its name."""
    kind: PersonKind
    keys: tuple[str, ...]
    """The keys of every spelling, the fuller one first."""

    @property
    def key(self) -> str:
        """Return the key under which the person is kept."""
        return self.keys[0]


def read_name(written: str) -> WrittenName:
    """Read a name: ``Last, First`` is a person, a name without a comma an ensemble.

    Capitals throughout are how a list shouts, not how a programme prints, so they are lowered. Round
    brackets hold another spelling where it folds to the same word, ``Renee (Renée)``, and otherwise
    belong to the name, ``Theo (Hayes)``.
    """
    tidy = " ".join(written.split())
    shouted = tidy.isupper() and len(tidy) > 4
    taken = parse_name(_ROUND.sub(_squared, _lowered(tidy) if shouted else tidy))
    kind = PersonKind.ensemble if taken.is_ensemble else PersonKind.individual
    return WrittenName(taken.name, taken.sort_name, kind, taken.keys)


def _squared(found: re.Match[str]) -> str:
    if fold(found[1].rstrip(",")) == fold(found[2]):
        return f"{found[1]} [{found[2]}]"
    return found[0]


def _lowered(capitals: str) -> str:
    return " ".join(
        word if place and word in _SMALL else _capital(word)
        for place, word in enumerate(capitals.lower().split(" "))
    )


def _capital(word: str) -> str:
    return re.sub(r"(^|[-'(\[])(\w)", lambda found: found[1] + found[2].upper(), word)
