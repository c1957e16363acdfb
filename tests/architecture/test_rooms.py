"""The house keeps its sizes: small files, small functions, a sentence on every door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "admin", "portal", "tasks", "reports")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")) + [
    ROOT / "config.py",
    ROOT / "wsgi.py",
]
LEFTOVERS = {"utils", "helpers", "common", "misc"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
class TestEveryFile:
    def test_is_not_longer_than_300_lines(self, path: Path) -> None:
        assert len(path.read_text("utf-8").splitlines()) <= 300

    def test_has_no_function_longer_than_40_lines(self, path: Path) -> None:
        long = [f.name for f in functions(path) if (f.end_lineno or 0) - f.lineno >= 40]

        assert long == []

    def test_begins_with_a_sentence(self, path: Path) -> None:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))

    def test_is_no_room_for_leftovers(self, path: Path) -> None:
        assert path.stem not in LEFTOVERS


def test_nothing_stands_at_the_top_but_what_was_agreed() -> None:
    agreed = set(
        "app portal admin tasks reports migrations config.py wsgi.py docker tests setup.cfg "
        "infrastructure docs README.md CONTRIBUTING.md SECURITY.md Makefile pyproject.toml "
        "alembic.ini __pycache__ package.json package-lock.json var build".split()
    )

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert {name for name in found - agreed if not name.startswith("requirements")} == set()
