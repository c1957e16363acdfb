from collections.abc import Callable, Iterator
from datetime import date
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
from app.domain.people import PersonKind
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
def desk(database_url: str, owner_engine: Engine) -> Iterator[Flask]:
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
    yield app


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
def statements(desk: Flask) -> Iterator[list[str]]:
    said: list[str] = []
    engine = db.factory.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda c, cu, s, p, ctx, many: said.append(s))
    yield said


class TestList:
    def test_costs_few_statements_and_little_html_whatever_the_size(self, staff, keep, statements):
        season = Season(name="2026-27")
        keep(season)
        keep(
            *(
                Production(code=f"C{n}", title=f"Giselle {n}", season_id=season.id)
                for n in range(60)
            )
        )
        keep(*(Season(name=f"Season {n}") for n in range(50)))
        statements.clear()

        page = staff.get("/admin/productions/list/?view=all&q=gis")

        assert (
            len([s for s in statements if "set_config" not in s and not s.startswith("SELECT 1")])
            <= 4
        )
        assert page.text.count("<tr>") == 26
        assert "Season 7" not in page.text
        assert len(page.data) < 20_000
        assert "1 to 25 of 60" in page.text
        assert "Next 25" in page.text

    def test_finds_names_with_diacritics_without_them(self, staff, keep):
        keep(Production(code="R", title="Rêverie"), Production(code="G", title="Giselle"))

        page = staff.get("/admin/productions/list/?view=all&q=reverie")

        assert "Rêverie" in page.text
        assert "Giselle" not in page.text

    def test_a_wildcard_is_only_a_character(self, staff, keep):
        keep(Production(code="G", title="Giselle"))

        assert "No productions match" in staff.get("/admin/productions/list/?view=all&q=%25x").text

    def test_saved_views_have_counts_and_the_first_is_shown(self, staff, keep):
        keep(
            Production(code="G", title="Giselle"),
            Production(code="C", title="Carmen", starts_on=date(2027, 2, 1)),
        )

        page = staff.get("/admin/productions/list/")

        assert 'With dates <span class="num">1</span>' in page.text
        assert 'All <span class="num">2</span>' in page.text
        assert "Giselle" not in page.text

    def test_sorts_by_a_column_and_offers_the_other_way(self, staff, keep):
        keep(Production(code="A", title="Zampa"), Production(code="B", title="Aida"))

        page = staff.get("/admin/productions/list/?view=all&sort=-code")

        assert page.text.index("Aida") < page.text.index("Zampa")
        assert 'aria-sort="descending"' in page.text
        assert "sort=code" in page.text

    def test_what_is_archived_is_put_away_but_can_be_looked_at(self, staff, keep, stored):
        keep(Person(name="Here"), Person(name="Gone", archived_at=db_now()))

        assert "Gone" not in staff.get("/admin/artists/list/").text
        assert "Gone" in staff.get("/admin/artists/list/?view=archived").text

    def test_nonsense_in_the_address_is_the_first_page(self, staff, keep):
        keep(Person(name="Here", kind=PersonKind.individual))

        for asked in (
            "page=-1",
            "page=x",
            "sort=nope",
            "view=nope",
            "kind=nope",
            "page=99999999999",
        ):
            assert staff.get(f"/admin/artists/list/?{asked}").status_code == 200

    def test_another_organisations_rows_do_not_exist(self, staff, keep):
        keep(Person(name="Ours"))
        keep(Person(name="Theirs"), organisation=2)

        page = staff.get("/admin/artists/list/")

        assert "Ours" in page.text
        assert "Theirs" not in page.text

    def test_an_empty_list_says_so_and_what_to_do(self, staff):
        page = staff.get("/admin/artists/list/").text

        assert "No artists yet." in page
        assert "New artist" in page


class TestAdd:
    def test_keeps_the_record_for_the_organisation_of_the_viewer(self, staff, stored):
        answer = staff.post("/admin/productions/add", data=form(title="Giselle", code="G1"))

        assert answer.status_code == 303
        assert [(p.title, p.organisation_id) for p in stored(Production)] == [("Giselle", 1)]

    def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(self, staff, stored):
        page = staff.post("/admin/productions/add", data=form(title="Macbeth", code="M7"))

        assert '<p class="say" id="title-say">' in page.text
        assert 'href="#title">Title: Nobody says that name in a theatre.</a>' in page.text
        assert 'value="M7"' in page.text
        assert stored(Production) == []

    def test_several_wrong_inputs_are_all_named(self, staff):
        page = staff.post("/admin/productions/add", data=form(title="T", code="BOTH")).text

        assert "Two things to put right" in page
        assert 'id="code-say"' in page
        assert 'id="title-say"' in page

    def test_a_refusal_about_no_field_stands_on_top(self, staff):
        page = staff.post("/admin/productions/add", data=form(title="T", code="NOPE")).text

        assert "<li>The season is closed.</li>" in page

    def test_an_empty_field_and_a_day_that_is_none_are_named(self, staff):
        page = staff.post(
            "/admin/productions/add", data=form(title=" ", code="C", starts_on="31/02")
        ).text

        assert "Title is empty. Fill it in." in page
        assert "“31/02” is not a day. Write it like 2026-11-30." in page
        assert 'value="31/02"' in page

    def test_a_constraint_is_the_net_and_speaks_in_words(self, staff, stored):
        data = form(title="T", code="C", starts_on="2027-02-02", ends_on="2027-02-01")

        page = staff.post("/admin/productions/add", data=data)

        assert "The last day is before the first day." in page.text
        assert stored(Production) == []

    def test_what_exists_already_is_refused_beside_its_field(self, staff, keep):
        keep(Production(code="C", title="Carmen"))

        page = staff.post("/admin/productions/add", data=form(title="Other", code="C"))

        assert "Another production already has this. Choose another." in page.text
        assert 'id="code-say"' in page.text

    def test_a_foreign_organisation_cannot_be_slipped_in(self, staff, stored):
        staff.post(
            "/admin/productions/add", data=form(title="T", code="C", organisation_id="2", id="9")
        )

        assert [p.organisation_id for p in stored(Production)] == [1]


class TestFind:
    def test_offers_what_matches_and_saves_nothing(self, staff, keep, stored):
        keep(Season(name="2026-27"), Season(name="2027-28"))

        page = staff.post("/admin/productions/add", data=form(season_words="27", find="season"))

        assert page.text.count('name="season" value=') == 3
        assert stored(Production) == []

    def test_one_match_is_taken_without_asking(self, staff, keep, stored):
        keep(Season(name="2026-27"), Season(name="2030-31"))

        staff.post("/admin/productions/add", data=form(title="T", code="C", season_words="2030"))

        assert [p.season_id for p in stored(Production)] == [stored(Season)[1].id]

    def test_several_matches_are_asked_about_and_the_words_stay(self, staff, keep, stored):
        keep(Season(name="2026-27"), Season(name="2027-28"))

        page = staff.post(
            "/admin/productions/add", data=form(title="T", code="C", season_words="27")
        )

        assert "2 seasons match. Choose one, or type more." in page.text
        assert 'value="27"' in page.text
        assert stored(Production) == []

    def test_none_is_said_with_the_words(self, staff):
        page = staff.post(
            "/admin/productions/add", data=form(title="T", code="C", season_words="9999")
        )

        assert "No season matches “9999”." in page.text

    def test_the_chosen_one_is_kept(self, staff, keep, stored):
        keep(Season(name="2026-27"), Season(name="2027-28"))
        second = stored(Season)[1]

        staff.post(
            "/admin/productions/add",
            data=form(
                title="T", code="C", season_words="27", season_asked="27", season=str(second.id)
            ),
        )

        assert [p.season_id for p in stored(Production)] == [second.id]

    def test_another_organisations_record_cannot_be_chosen(self, staff, keep, stored):
        keep(Season(name="Theirs"), organisation=2)
        theirs = stored(Season, 2)[0]

        staff.post("/admin/productions/add", data=form(title="T", code="C", season=str(theirs.id)))

        assert [p.season_id for p in stored(Production)] == [None]


class TestEdit:
    def test_refused_values_leave_the_session(self, desk, staff, keep, stored):
        keep(Production(code="C", title="Carmen"))
        carmen = stored(Production)[0]
        dirty: list[int] = []
        desk.after_request(lambda answer: dirty.append(len(db.session.dirty)) or answer)

        page = staff.post(
            f"/admin/productions/edit/{carmen.id}",
            data=form(title="Macbeth", code="C", version="1"),
        )

        assert "Nobody says that name" in page.text
        assert dirty == [0]
        assert [p.title for p in stored(Production)] == ["Carmen"]

    def test_a_record_saved_meanwhile_is_not_overwritten_unseen(self, staff, keep, stored):
        keep(Production(code="C", title="Carmen"))
        url = f"/admin/productions/edit/{stored(Production)[0].id}"
        staff.post(url, data=form(title="Theirs", code="C", version="1"))

        page = staff.post(url, data=form(title="Mine", code="C", version="1"))

        assert "Somebody saved this production while you were typing." in page.text
        assert 'value="Mine"' in page.text
        assert 'name="version" type="hidden" value="2"' in page.text
        assert [p.title for p in stored(Production)] == ["Theirs"]

    def test_the_form_shows_what_is_kept(self, staff, keep, stored):
        season = Season(name="2026-27")
        keep(season)
        keep(Production(code="C", title="Carmen", season_id=season.id, starts_on=date(2027, 2, 1)))

        page = staff.get(f"/admin/productions/edit/{stored(Production)[0].id}").text

        assert 'value="Carmen"' in page
        assert 'value="2027-02-01"' in page
        assert 'name="season_words" value="2026-27"' in page

    def test_another_organisations_record_does_not_exist(self, staff, keep, stored):
        keep(Production(code="C", title="Theirs"), organisation=2)
        theirs = stored(Production, 2)[0]

        for what in ("show", "edit"):
            assert staff.get(f"/admin/productions/{what}/{theirs.id}").status_code == 404
        assert staff.get("/admin/productions/show/x").status_code == 404


class TestMoves:
    def test_several_records_are_asked_for_by_number_and_then_moved(self, staff, keep, stored):
        keep(Production(code="C1", title="One"), Production(code="C3", title="Three"))
        pks = [str(p.id) for p in stored(Production)]
        url = "/admin/productions/action_post"

        asked = staff.post(url, data={"action": "rename", "rowid": pks})
        wrong = staff.post(
            url, data={"action": "rename", "rowid": pks, "confirmed": "1", "count": "3"}
        )
        done = staff.post(
            url, data={"action": "rename", "rowid": pks, "confirmed": "1", "count": "2"}
        )

        assert "Rename 2 productions?" in asked.text
        assert "Type 2, the number of productions" in wrong.text
        assert done.status_code == 303
        assert [p.title for p in stored(Production)] == ["One renamed", "Three renamed"]

    def test_all_are_moved_or_none(self, staff, keep, stored):
        keep(Production(code="C1", title="One"), Production(code="C2", title="Two"))
        pks = [str(p.id) for p in stored(Production)]
        data = {"action": "rename", "rowid": pks, "confirmed": "1", "count": "2"}

        page = staff.post("/admin/productions/action_post", data=data, follow_redirects=True)

        assert "Two keeps its name." in page.text
        assert [p.title for p in stored(Production)] == ["One", "Two"]

    def test_one_record_is_moved_from_its_page(self, staff, keep, stored):
        keep(Production(code="C1", title="One"))
        pk = stored(Production)[0].id

        page = staff.post(f"/admin/productions/action/rename/{pk}", follow_redirects=True)

        assert '<p class="toast" role="status">1 renamed.</p>' in page.text

    def test_a_move_is_never_made_by_following_a_link(self, staff, keep, stored):
        keep(Production(code="C1", title="One"))
        pk = stored(Production)[0].id

        assert staff.get(f"/admin/productions/action/rename/{pk}").status_code == 405
        assert staff.get(f"/admin/productions/delete/{pk}").status_code == 405

    def test_another_organisations_record_cannot_be_moved(self, staff, keep, stored):
        keep(Production(code="C1", title="Theirs"), organisation=2)
        pk = stored(Production, 2)[0].id

        assert staff.post(f"/admin/productions/action/rename/{pk}").status_code == 404

    def test_nothing_chosen_is_said(self, staff):
        page = staff.post(
            "/admin/productions/action_post", data={"action": "rename"}, follow_redirects=True
        )

        assert "Choose productions first" in page.text

    def test_records_are_never_deleted_in_bulk(self):
        with pytest.raises(Refused):
            ProductionView.datamodel.delete_all([])


def form(**typed: str) -> dict[str, str]:
    """What a browser sends for the form of a production."""
    blank = {
        "title": "",
        "code": "",
        "season_words": "",
        "season_asked": "",
        "starts_on": "",
        "ends_on": "",
    }
    return {**blank, **typed}


def db_now():
    return presentation.now()
