"""The phone's first page beside a bare Flask page: ``python -m tests.bench.home``.

The bare page announces the same viewer and says the same SQL over one connection, as text, and draws the
same template with the same words; nothing else. Same server, same database at the size of a large
company, one process; the pages take turns.
"""

import gc
import sys
import time
from typing import Any

from flask import Flask, g, render_template, template_rendered
from sqlalchemy import Engine, event

import portal
from app import presentation
from app.cli.demo.story import tell as tell_the_demo
from app.db import session as house
from app.services import sessions
from tests.bench.lists import TURNS, Ground, ground
from tests.bench.pages import Figures, Page
from tests.load.company import enlarge

HOME = "/portal/"
SECONDS = 2.0
ENOUGH = 0.5
"""Of the bare page's requests a second."""
Said = list[tuple[str, Any]]


def main() -> int:
    """Measure, print, and end with 1 where our page is less than half as fast."""
    with ground() as here:
        ours = Page("ours", HOME, phone_of(here), house.factory.kw["bind"])
        ours.get()
        said, drawn = what_it_takes(here.app, ours)
        bare = Page(
            "bare Flask", "/", bare_app(ours.engine, said, drawn).test_client(), ours.engine
        )
        if bare.get().count("<li>") != ours.get().count("<li>"):
            raise SystemExit("The bare page does not show what ours shows.")
        pages = [ours, bare]
        figures = [page.weigh() for page in pages]
        gc.collect()
        gc.freeze()
        for _ in range(TURNS):
            for page, found in zip(pages, figures, strict=True):
                page.look(found, SECONDS)
    return tell(*figures)


def tell(ours: Figures, bare: Figures) -> int:
    """Print the two pages and the share; return the code to end with."""
    print(
        f"\n{'The first page':16}{'pages/s':>10}{'median ms':>12}{'of it Python':>14}{'statements':>12}{'HTML bytes':>12}"
    )
    for found in (ours, bare):
        print(
            f"{found.name:16}{found.per_second:10.1f}{found.median_ms:12.1f}{found.work_ms:14.1f}"
            f"{found.statements:12}{found.html:12,}"
        )
    share = ours.per_second / bare.per_second
    print(f"Ours serves {share:.0%} of the bare page's requests a second; {ENOUGH:.0%} is wanted")
    return 0 if share >= ENOUGH else 1


def phone_of(here: Ground) -> Any:
    """Tell the demo company, make it large, and sign one of its artists in."""
    app = here.app
    house.bind(str(here.owner.url.render_as_string(hide_password=False)))
    with app.app_context():
        tell_the_demo(app)
    house.forget()
    house.bind(app.config["HOUSE"].database_url)
    known = enlarge(here.superuser)
    identity, person = known["seats"][len(known["seats"]) // 2]
    seat = sessions.Seat(known["organisation"], person, None)
    with app.app_context(), house.transaction() as db:
        token = sessions.open_artist(db, identity_id=identity, seat=seat, device=sessions.Device())
    house.forget()
    phone = app.test_client()
    phone.set_cookie("__Host-artist", token, secure=True)
    return phone


def what_it_takes(app: Flask, page: Page) -> tuple[Said, dict[str, Any]]:
    """Return the statements of one look at the page, and what its template was given."""
    page.get()
    said: Said = []
    drawn: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        said.append((statement, parameters))

    def keep(_app: Flask, template: Any, context: dict[str, Any], **_more: Any) -> None:
        drawn.update(page=context["page"], seat=g.seat)

    event.listen(page.engine, "before_cursor_execute", note)
    template_rendered.connect(keep, app)
    try:
        page.get()
    finally:
        event.remove(page.engine, "before_cursor_execute", note)
        template_rendered.disconnect(keep, app)
    return said, drawn


def bare_app(engine: Engine, said: Said, drawn: dict[str, Any]) -> Flask:
    """Build an application with one page, and the addresses that its template names."""
    app = Flask("app", static_folder=None, template_folder="templates")
    app.config["SECRET_KEY"] = "x" * 32
    presentation.install(app)
    portal.install(app)
    app.jinja_env.globals["csrf_token"] = lambda: "x" * 91

    @app.get("/")
    def first() -> str:
        with engine.begin() as connection:
            for statement, parameters in said:
                answer = connection.exec_driver_sql(statement, parameters)
                if answer.returns_rows:
                    answer.all()
        g.seat, g.csp_nonce = drawn["seat"], "x" * 22
        return render_template("portal/home.html", page=drawn["page"])

    return app


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"{time.monotonic() - begun:.0f} s in all")
    sys.exit(code)
