"""Merge the facts of an engagement into a contract's Markdown, and find what is missing.

Templates are written by staff, so they run in Jinja's immutable sandbox with a short list of
filters and a single function, ``clause``. A field that is unknown or empty never raises: it is
marked in the text and its name is recorded.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from jinja2 import TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.domain.errors import Refused
from app.services.contracts.bounds import BOUNDED, COUNTED, Budget, check_source, with_bounds
from app.services.contracts.clauses import Picker, Wording

OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around the name of a missing field; private characters that no text of ours holds."""

FILTERS: Final = (
    "capitalize",
    "default",
    "first",
    "join",
    "last",
    "length",
    "lower",
    "trim",
    "upper",
)
DEPTH: Final = 5
"""How deep clauses may take in clauses."""

_MARKS = re.compile(f"[{OPEN}{CLOSE}]")
_MARKED = re.compile(f"({OPEN}.*?{CLOSE})")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>~|&#])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")


class Passage(str):
    """Markdown that is already text of the contract, not a value to be escaped."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """A contract's text and the fields it still lacks."""

    title: str
    markdown: str
    missing: tuple[str, ...]
    clauses: tuple[dict[str, Any], ...] = ()
    """Which clauses it took in: key, option, version."""


class Fields(dict[str, Any]):
    """A group of merge fields that knows its name, so that a missing one can be named."""

    def __init__(self, label: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.label = label


class Missing(Undefined):
    """A field without a value: false in a condition, marked in the text."""

    def path(self) -> str:
        """Return the name as the template wrote it: ``artist.legal_name``."""
        label = getattr(self._undefined_obj, "label", "")
        name = str(self._undefined_name)
        return f"{label}.{name}" if label else name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(name=f"{self.path()}.{name}")

    def __getitem__(self, name: Any) -> Any:
        return type(self)(name=f"{self.path()}.{name}")

    def __str__(self) -> str:
        return f"{OPEN}{self.path()}{CLOSE}"


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja for contracts: fields, conditions, loops over lists, clauses; nothing else can be called."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, budget: Budget | None = None) -> None:
        super().__init__(
            autoescape=False, undefined=Missing, finalize=_finalise, trim_blocks=True,
            lstrip_blocks=True, keep_trailing_newline=True,
        )  # fmt: skip
        self.globals.clear()
        self.budget = budget or Budget()
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.filters |= {COUNTED: self.budget.counted, BOUNDED: self.budget.bounded}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return with_bounds(super()._parse(source, name, filename))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field, or what stands for it where it is empty."""
        if isinstance(obj, Fields):
            return self._known(obj, attribute, obj.get(attribute))
        return self._known(obj, attribute, super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return a field by its name in brackets, likewise."""
        return self._known(obj, argument, super().getitem(obj, argument))

    def is_safe_callable(self, obj: Any) -> bool:
        """Let only clauses be called."""
        return isinstance(obj, Clauses)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse sums that could grow a text without end."""
        raise Refused(f"A contract's text cannot use {operator} between values.", field="body")

    def _known(self, obj: Any, name: Any, value: Any) -> Any:
        empty = value is None or (isinstance(value, str) and not value.strip())
        if empty:
            return self.undefined(obj=obj, name=name)
        return _MARKS.sub("", value) if isinstance(value, str) else value


class Clauses:
    """The function ``clause`` of a template: takes in a clause by its key, with options."""

    def __init__(
        self, render: Callable[[str, Mapping[str, Any]], str], picker: Picker, budget: Budget
    ) -> None:
        self._render = render
        self._picker = picker
        self._budget = budget
        self._depth = 0

    def __call__(self, key: str, option: str = "", **options: Any) -> Any:
        """Return the clause in the wording that fits, or a mark that it is missing."""
        self._budget.step(10)
        body = self._picker.pick(str(key), str(option), self._holds)
        if body is None:
            wanted = self._picker.chosen.get(key) or option
            return Missing(name=f"clause {key}, option {wanted}" if wanted else f"clause {key}")
        if self._depth >= DEPTH:
            raise Refused(f"The clause {key} takes itself in.", field="body")
        self._depth += 1
        try:
            return Passage(self._render(body, options).strip())
        finally:
            self._depth -= 1

    def _holds(self, condition: str) -> bool:
        return bool(self._render(f"{{% if {condition} %}}yes{{% endif %}}", {}))


@lru_cache(maxsize=256)
def compiled(source: str) -> CodeType:
    """Return a text compiled: a season's contracts are merged from the same few texts."""
    return Sandbox().compile(source)


def merge(
    body: str,
    title: str,
    fields: Mapping[str, Mapping[str, Any]],
    clauses: Mapping[str, Wording | str],
    chosen: Mapping[str, str] | None = None,
) -> Merged:
    """Write the contract. What the template itself gets wrong is refused with its line."""
    budget = Budget()
    sandbox = Sandbox(budget)
    picker = Picker(clauses, chosen or {})
    known: dict[str, Any] = {name: Fields(name, group) for name, group in fields.items()}

    def render(source: str, options: Mapping[str, Any]) -> str:
        check_source(source)
        words = sandbox.template_class.from_code(
            sandbox, compiled(source), sandbox.make_globals(None)
        )
        return budget.written(words.generate({**known, **options}))

    known["clause"] = Clauses(render, picker, budget)
    try:
        markdown, heading = render(body, {}), render(title, {})
    except TemplateSyntaxError as error:
        raise Refused(f"Line {error.lineno} of the text: {error.message}", field="body") from error
    except SecurityError as error:
        raise Refused(
            "A text can use fields and clauses, and call nothing else.", field="body"
        ) from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise Refused(f"The text cannot be merged: {error}", field="body") from error
    return Merged(
        _plain(heading), _tidy(markdown), missing_in(heading + markdown),
        tuple(picker.used.values()),
    )  # fmt: skip


def missing_in(text: str) -> tuple[str, ...]:
    """Return the names of the fields that are marked as missing, each once, in order."""
    return tuple(dict.fromkeys(re.findall(f"{OPEN}(.*?){CLOSE}", text)))


def check_syntax(body: str, field: str = "body") -> None:
    """Refuse a text whose fields and conditions are not well-formed, naming the line."""
    check_source(body)
    try:
        Sandbox().parse(body)
    except TemplateSyntaxError as error:
        raise Refused(f"Line {error.lineno}: {error.message}", field=field) from error
    except RecursionError as error:
        raise Refused("The text is nested too deeply. Take it apart.", field=field) from error


def _finalise(value: Any) -> Any:
    if isinstance(value, Passage | Missing):
        return str(value)
    # A filter may have turned a mark into plain text: "artist.nickname | upper".
    pieces = _MARKED.split(str(value))
    return "".join(piece if piece.startswith(OPEN) else escape(piece) for piece in pieces if piece)


def escape(value: str) -> str:
    """Write a value so that Markdown shows it as it is, on one line."""
    line = " ".join(value.split())
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", line))


def _plain(title: str) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(title.split()))


def _tidy(markdown: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", markdown).strip() + "\n"
