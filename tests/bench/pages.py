"""Looking at one page many times: how fast, how heavy, how many statements, and where the time goes."""

import cProfile
import pstats
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

ASSET = re.compile(r'<(?:link|script|img|use)\b[^>]*?\s(?:href|src)="([^"#]+)')
GROUPS = (
    ("the database and its driver", ("/psycopg",)),
    ("SQLAlchemy: statements and records", ("/sqlalchemy/",)),
    ("templates", ("/jinja2/", ".html", "/markupsafe/", "app/presentation", "app/marks", "app/assets")),
    ("who is there: session, user, rights", ("app/sessions", "app/session_cache", "/redis/", "/flask_login/",
                                             "app/services/sessions", "admin/security", "admin/access",
                                             "/itsdangerous/")),
    ("the list: rows, filters, columns, forms", ("/admin/", "/wtforms/", "/flask_wtf/")),
    ("Flask-AppBuilder", ("/flask_appbuilder/", "/flask_babel/", "/babel/")),
    ("Flask and Werkzeug", ("/flask/", "/werkzeug/", "/app/")),
)  # fmt: skip
"""Name of a group, and what the path of its files contains; the first that fits."""


@dataclass(slots=True)
class Figures:
    """What was measured of one page."""

    name: str
    seconds: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    """Seconds of our own processor time, which a busy machine does not stretch."""
    statements: int = 0
    html: int = 0
    assets: int = 0
    files: int = 0

    @property
    def median_ms(self) -> float:
        """Return the median time of one page in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def work_ms(self) -> float:
        """Return the median processor time of one page, the database's left out."""
        return statistics.median(self.worked) * 1000

    @property
    def per_second(self) -> float:
        """Return how many pages one process serves in a second."""
        return len(self.seconds) / sum(self.seconds)


@dataclass(slots=True)
class Page:
    """A page that somebody signed in looks at."""

    name: str
    href: str
    browser: FlaskClient
    engine: Engine
    form: Callable[[], dict[str, Any]] | None = None
    """What is sent, where the page is a form that is kept."""

    def get(self) -> str:
        """Read the page, or keep its form; anything but the page, or going on, is an error."""
        data = None if self.form is None else self.form()
        answer = (
            self.browser.get(self.href) if data is None else self.browser.post(self.href, data=data)
        )
        if answer.status_code not in ((200,) if data is None else (302, 303)):
            said = re.sub(r"<[^>]*>|\s+", " ", answer.text)[-600:]
            raise SystemExit(f"{self.href} answered {answer.status}: {said}")
        return str(answer.text)

    def weigh(self) -> Figures:
        """Read the page twice to warm up, then count statements and bytes."""
        html = [self.get() for _ in range(2)][-1]
        with counted(self.engine) as said:
            self.get()
        assets = [self.browser.get(href) for href in sorted(set(ASSET.findall(html)))]
        sizes = [len(asset.data) for asset in assets if asset.status_code == 200]
        return Figures(self.name, [], [], len(said), len(html.encode()), sum(sizes), len(sizes))

    def look(self, figures: Figures, seconds: float) -> None:
        """Read the page again and again for that long, at least once."""
        end = time.perf_counter() + seconds
        while not figures.seconds or time.perf_counter() < end:
            begun, worked = time.perf_counter(), time.process_time()
            self.get()
            figures.worked.append(time.process_time() - worked)
            figures.seconds.append(time.perf_counter() - begun)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def where_time_goes(page: Page, looks: int) -> list[tuple[str, float]]:
    """Return the share of each group of files in the time of a page, by cProfile."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(looks):
        page.get()
    profile.disable()
    spent: Counter[str] = Counter()
    for (path, _line, _name), (_cc, _nc, own, _total, callers) in pstats.Stats(
        profile
    ).stats.items():
        if path == "~" and callers:
            for (caller, _l, _n), (_c, _k, theirs, _t) in callers.items():
                spent[group_of(caller)] += theirs
        else:
            spent[group_of(path)] += own
    whole = sum(spent.values())
    return [(name, share / whole) for name, share in spent.most_common()]


def group_of(path: str) -> str:
    """Name the group of a file."""
    return next((name for name, marks in GROUPS if any(m in path for m in marks)), "Python's own")
