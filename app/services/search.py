"""Finding anything by a few words: people, productions, engagements, contracts and claims.

Words are compared folded, so that names are found without their accents. A name with a typing error
is found by the triples of letters it shares with what was typed (architecture.md decision 3).
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, join
from sqlalchemy.types import Text

from app.domain.names import fold, trigrams
from app.models import Contract, Engagement, ExpenseClaim, Person, Production

MOST: Final = 12
"""Found of one kind that are shown; whoever needs more uses the list of that kind."""

LONGEST: Final = 80
ENOUGH: Final = 0.4
"""Share of the typed triples that a misspelt name must have: a slip of one letter spoils three."""

KINDS: Final = ("person", "production", "engagement", "contract", "claim")


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that was found."""

    kind: str
    id: int
    title: str
    hint: str
    is_close: bool
    """Found by likeness: it is spelt otherwise than what was typed."""


def everywhere(session: Session, typed: str, kinds: tuple[str, ...] = KINDS) -> list[Hit]:
    """Return what the words lead to, the best of each kind first, in one statement."""
    folded = fold(" ".join(typed.translate(_WILD).split())[:LONGEST])
    if len(folded) < 2 or not kinds:
        return []
    words = folded.split()
    asked = [_QUESTIONS[kind](words, folded).subquery() for kind in kinds]
    rows = session.execute(union_all(*(select(part) for part in asked)))
    order = {kind: place for place, kind in enumerate(kinds)}
    found = sorted(rows, key=lambda row: (order[row.kind], row.is_close, -row.rank))
    return [Hit(row.kind, row.id, row.title, row.hint, row.is_close) for row in found]


def _people(words: list[str], folded: str) -> Select[Any]:
    hint = func.replace(cast(Person.kind, String), "_", " ")
    return _named(Person, Person.name, hint, "person", words, folded)


def _productions(words: list[str], folded: str) -> Select[Any]:
    return _named(Production, Production.title, Production.code, "production", words, folded)


def _named(
    model: Any, title: Any, hint: Any, kind: str, words: list[str], folded: str
) -> Select[Any]:
    """Ask for names that have the words, and for names that are nearly so spelt."""
    typed = cast(sorted(trigrams(folded)), ARRAY(Text))
    triple = func.unnest(model.trigrams).column_valued("triple")
    shared = select(func.count()).where(triple == func.any(typed)).scalar_subquery()
    exact = _has(model.folded, words)
    close = and_(model.trigrams.overlap(typed), shared >= ENOUGH * func.cardinality(typed))
    return (
        _row(kind, model.id, title, hint, rank=shared, close=~exact)
        .where(or_(exact, close), model.archived_at.is_(None))
        .order_by(~exact, shared.desc(), model.folded)
        .limit(MOST)
    )


def _engagements(words: list[str], _folded: str) -> Select[Any]:
    asked = _of_thread("engagement", Engagement, words)
    return asked.where(Engagement.archived_at.is_(None))


def _contracts(words: list[str], _folded: str) -> Select[Any]:
    asked = _of_thread("contract", Contract, words)
    return asked.where(Contract.archived_at.is_(None))


def _claims(words: list[str], _folded: str) -> Select[Any]:
    # What an artist has only begun is the artist's.
    asked = _of_thread("claim", ExpenseClaim, words)
    return asked.where(ExpenseClaim.submitted_at.is_not(None))


def _of_thread(kind: str, model: Any, words: list[str]) -> Select[Any]:
    """Ask for what hangs on an engagement, by artist, production or number; the newest first."""
    start = model if model is Engagement else join(model, Engagement, model.engagement)
    text = func.concat_ws(" ", Person.folded, Production.folded, func.lower(model.number))
    title = func.concat(Person.name, " in ", Production.title)
    return (
        _row(kind, model.id, title, model.number, rank=literal(0), close=false())
        .select_from(start)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .where(_has(text, words))
        .order_by(model.id.desc())
        .limit(MOST)
    )


def _row(kind: str, key: Any, title: Any, hint: Any, *, rank: Any, close: Any) -> Select[Any]:
    return select(
        literal(kind).label("kind"),
        key.label("id"),
        title.label("title"),
        hint.label("hint"),
        rank.label("rank"),
        close.label("is_close"),
    )


def _has(text: Any, words: list[str]) -> ColumnElement[bool]:
    return and_(*(text.like(f"%{word}%") for word in words))


_WILD: Final = str.maketrans("", "", "%_\\\0")

_QUESTIONS: Final = {
    "person": _people,
    "production": _productions,
    "engagement": _engagements,
    "contract": _contracts,
    "claim": _claims,
}
