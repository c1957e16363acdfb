"""Asking for a report as a browser does, and reading what came of it."""

import csv
from io import StringIO
from typing import Any

from werkzeug.test import TestResponse

from tests.fixtures_sign_in import Browser


def ask(
    browser: Browser, report_format: str = "csv", report: str = "contract_status", **typed: Any
) -> TestResponse:
    """Ask for a report on its page."""
    empty = {
        f"{field}_{part}": "" for field in ("production", "artist") for part in ("words", "asked")
    }
    return browser.send(f"/admin/reports/new/{report}", {"format": report_format, **empty, **typed})


def file_of(browser: Browser, run: Any) -> TestResponse:
    """Download what came of a run."""
    return browser.get(f"/admin/reports/{run.public_id}/file", buffered=True)


def tables(content: bytes) -> dict[str, list[list[str]]]:
    """Return the rows of a CSV report by the title of their table, headings first."""
    found: dict[str, list[list[str]]] = {"": []}
    title, after_gap = "", False
    for line in csv.reader(StringIO(content.decode("utf-8-sig"))):
        row = line if any(line) else []
        while row and row[-1] == "" and title == "":
            row = row[:-1]
        if not row:
            title, after_gap = "", True
        elif len(row) == 1 and after_gap:
            title, after_gap = row[0], False
            found[title] = []
        else:
            found[title].append(row)
            after_gap = False
    return {name: _trimmed(rows) for name, rows in found.items()}


def dicts(content: bytes, title: str) -> list[dict[str, str]]:
    """Return the rows of one table by their headings."""
    head, *rows = tables(content)[title]
    return [dict(zip(head, row, strict=True)) for row in rows]


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Cut the rows to their headings: every line of the file is as wide as its widest table."""
    if not rows:
        return rows
    width = max(len(rows[0]) - [*reversed([bool(cell) for cell in rows[0]]), True].index(True), 1)
    return [row[:width] for row in rows]
