"""How much a text may do while it is merged: so many steps, so many characters, so deep.

Templates are written by staff and merged in the web process, so a loop in a loop in a loop must end
with a sentence and not with a server that stands still.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes

from app.domain.errors import Refused

STEPS: Final = 20_000
"""Turns of loops and clauses taken in, together."""
CHARACTERS: Final = 400_000
"""The longest contract, over a hundred pages; and the longest piece while it is put together."""
SOURCE: Final = 200_000
"""The longest text with fields."""
NESTED: Final = 4
"""How many loops may stand within each other."""

COUNTED, BOUNDED = "_counted", "_bounded"
"""Names of the filters that a compiled text calls by itself; nobody can type them."""
REFUSED: Final = (
    nodes.AssignBlock,
    nodes.FilterBlock,
    nodes.CallBlock,
    nodes.Macro,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Extends,
    nodes.Block,
)


@dataclass(slots=True)
class Budget:
    """What is left of the steps and characters of one merging."""

    steps: int = STEPS
    characters: int = CHARACTERS

    def step(self, count: int = 1) -> None:
        """Take steps, or refuse the text that needs too many."""
        self.steps -= count
        if self.steps < 0:
            raise Refused(
                f"The text takes more than {STEPS:,} steps to put together. "
                "Take a loop out, or a clause that takes in others.",
                field="body",
            )

    def counted(self, values: Any) -> Iterator[Any]:
        """Give the values of a loop one by one, counting the turns."""
        for value in values:
            self.step()
            yield value

    def bounded(self, value: Any) -> Any:
        """Return a value put together of others, unless it is longer than a contract."""
        if isinstance(value, str | list | tuple) and len(value) > CHARACTERS // 10:
            raise Refused("The text puts together something too long. Shorten it.", field="body")
        return value

    def written(self, pieces: Iterable[str]) -> str:
        """Return the pieces as one text, or refuse it as soon as it is too long."""
        kept: list[str] = []
        for piece in pieces:
            self.characters -= len(piece)
            if self.characters < 0:
                raise Refused(
                    f"The text comes to more than {CHARACTERS:,} characters. Shorten it.",
                    field="body",
                )
            kept.append(piece)
        return "".join(kept)


def check_source(source: str) -> None:
    """Refuse a text that is too long to be looked at."""
    if len(source) > SOURCE:
        raise Refused(f"Keep the text under {SOURCE:,} characters.", field="body")


def with_bounds(tree: nodes.Template) -> nodes.Template:
    """Return a parsed text whose loops and joins are counted; refuse what cannot be."""
    for node in tree.find_all(REFUSED):
        raise Refused(
            f"Line {node.lineno}: a text can use fields, if, for, set and clauses; nothing else.",
            field="body",
        )
    _check_depth(tree, 0)
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = _through(loop.iter, COUNTED)
    for parent in list(tree.find_all(nodes.Node)):
        _bound_joins(parent)
    return tree


def _bound_joins(parent: nodes.Node) -> None:
    for name, value in list(parent.iter_fields()):
        if _joins(value):
            setattr(parent, name, _through(value, BOUNDED))
        elif isinstance(value, list):
            bound = [_through(one, BOUNDED) if _joins(one) else one for one in value]
            setattr(parent, name, bound)


def _joins(value: Any) -> bool:
    is_join = isinstance(value, nodes.Filter) and value.name == "join"
    return is_join or isinstance(value, nodes.Concat | nodes.Add)


def _through(value: Any, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


def _check_depth(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if inner > NESTED:
            raise Refused(
                f"Line {child.lineno}: {NESTED} loops within each other are the most.",
                field="body",
            )
        _check_depth(child, inner)
