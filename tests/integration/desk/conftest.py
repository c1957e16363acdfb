"""A small desk of two views over real records, for trying what every staff page inherits."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder
from flask_appbuilder.actions import action
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_wtf import CSRFProtect
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session, joinedload

from admin import menu, skin
from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Choice, SavedView, Words, has_words
from app import presentation
from app.db import session as db
from app.db.viewer import Viewer
from app.domain.errors import Invalid, Refused
from app.models.organisations import Season
from app.models.people import Person
from app.models.productions import Production

NEW_ORGANISATION = (
    "INSERT INTO organisation (id, public_id, name, slug, legal_name, registration_number, address,"
    " contact_name, contact_phone, base_currency, zone, jurisdiction, pay_run_weekday,"
    " pay_run_lead_days) OVERRIDING SYSTEM VALUE VALUES (:id, gen_random_uuid(), :slug, :slug, '',"
    " '', '', '', '', 'AUD', 'Australia/Brisbane', 'AU', 4, 3)"
)


def check_production(_session: Session, production: Production) -> None:
    if production.title == "Macbeth":
        raise Refused("Nobody says that name in a theatre.", field="title")
    if production.code == "BOTH":
        raise Invalid({"code": "Not both.", "title": "Nor this."})
    if production.code == "NOPE":
        raise Refused("The season is closed.")


class ProductionView(RecordView):
    datamodel = RecordInterface(Production)
    noun, nouns = "production", "productions"
    rules = Rules(adding=check_production, revising=check_production)
    columns = (Column("title"), Column("season", "Season"), Column("code"), Column("starts_on"))
    order_by = (Production.folded,)
    load = (joinedload(Production.season),)
    filters = (Words("q", "Title", lambda typed: has_words(Production.folded, typed)),)
    saved_views = (
        SavedView("dated", "With dates", lambda: Production.starts_on.is_not(None)),
        SavedView("all", "All"),
    )
    form_parts = (("What", ("title", ("code", "season"), ("starts_on", "ends_on"))),)
    lookups = {"season": Lookup(Season, Season.name, "season", "seasons")}
    constraints = {"dates_in_order": ("ends_on", "The last day is before the first day.")}

    @action("rename", "Rename", "Rename {n}?")
    def rename(self, chosen: list[Production]) -> str:
        for production in chosen:
            if production.code == "C2":
                raise Refused(f"{production} keeps its name.")
            production.title = f"{production.title} renamed"
        return f"{len(chosen)} renamed."


class PersonView(RecordView):
    datamodel = RecordInterface(Person)
    noun, nouns = "artist", "artists"
    list_columns = ("name", "kind", "is_agent")
    filters = (Choice.of("kind", "Kind", Person.kind),)
    form_parts = (("", ("name", "kind")),)


class Everybody(SecurityManager):
    """Lets everybody do everything: who may is tested with the real one."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return True


@pytest.fixture
def desk(database_url: str, owner_engine: Engine) -> Flask:
    with owner_engine.begin() as rows:
        rows.execute(text("SET LOCAL ROLE portal_owner"))
        for number in (1, 2):
            rows.execute(text(NEW_ORGANISATION), {"id": number, "slug": f"house-{number}"})
    app = Flask("app", static_folder=None, template_folder="templates")
    app.config.update(
        SECRET_KEY="x",
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        FAB_CREATE_DB=False,
        FAB_UPDATE_PERMS=False,
    )
    db.bind(database_url)
    CSRFProtect(app)
    presentation.install(app)
    skin.install(app)
    with app.app_context():
        builder = AppBuilder(
            app, db.session, security_manager_class=Everybody, indexview=menu.DeskIndex
        )
        builder.add_view(ProductionView, "Productions", icon="i-stage", category="Season")
        builder.add_view(PersonView, "Artists", icon="i-me", category="People")
    app.before_request(lambda: db.act_as(Viewer(1, actor="staff:1")))
    app.teardown_appcontext(lambda _error: db.forget())
    return app


@pytest.fixture
def staff(desk: Flask) -> FlaskClient:
    return desk.test_client()


@pytest.fixture
def stored(desk: Flask) -> Callable[..., list[Any]]:
    """Read rows back in a session of its own."""

    def read(model: Any, organisation: int = 1) -> list[Any]:
        db.forget()
        db.act_as(Viewer(organisation, actor="staff:1"))
        found = list(db.session.scalars(select(model).order_by(model.id)))
        db.forget()
        return found

    return read


@pytest.fixture
def keep(desk: Flask) -> Callable[..., None]:
    def write(*records: Any, organisation: int = 1) -> None:
        db.forget()
        db.act_as(Viewer(organisation, actor="staff:1"))
        with db.transaction() as opened:
            for record in records:
                record.organisation_id = organisation
            opened.add_all(records)
        db.forget()

    return write


@pytest.fixture
def statements(desk: Flask) -> list[str]:
    said: list[str] = []
    engine = db.factory.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda c, cu, s, p, ctx, many: said.append(s))
    return said


@pytest.fixture
def form() -> Callable[..., dict[str, str]]:
    """What a browser sends for the form of a production: blank but for what is typed."""

    def fill(**typed: str) -> dict[str, str]:
        names = ("title", "code", "season_words", "season_asked", "starts_on", "ends_on")
        return {**dict.fromkeys(names, ""), **typed}

    return fill
