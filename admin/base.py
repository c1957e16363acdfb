"""RecordView: what every staff page about records inherits. How to add one: docs/architecture/desk.md.

FAB brings routes, permissions and menu; the reading, writing and drawing are ours, because FAB keeps
the filters of a list on the view (shared by all threads), asks for every permission singly, reads
related tables whole, and leaves refused values in the session (architecture.md 5.5-5.7, 5.17).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Select, inspect, select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from admin import deeds, forms, histories, lists, records, writing
from admin.columns import Column, label_of
from admin.fields import Lookup
from admin.filters import Condition, Filter, SavedView
from admin.forms import Part
from app.db.session import session, transaction
from app.domain.errors import Refused

Rule = Callable[[Any, Any], None]


def allow(_session: Any, _record: Any) -> None:
    """Refuse nothing: the rule of a record that has no rules."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The services that a staff view asks before it writes."""

    adding: Rule = allow
    revising: Rule = allow
    removing: Rule = allow


class RecordInterface(SQLAInterface):
    """FAB's data source, without the bulk deletion that would pass by the rules."""

    def delete_all(self, items: list[Any]) -> None:
        """Refuse: a rule is asked for each record."""
        raise Refused("Records are deleted one at a time.")


class RecordView(ModelView):
    """A staff view whose every write is first put to a service, inside one transaction."""

    title: str
    label_columns: ClassVar[dict[str, str]] = {}
    list_title: str | None = None
    route_base: str | None = None
    related_views: Any = None
    noun: str = ""
    nouns: str = ""
    empty: str = ""
    promise: str = "Nothing is saved until you press the button."
    help: tuple[tuple[str, str], ...] = ()
    rules: Rules = Rules()
    columns: tuple[Column, ...] = ()
    saved_views: tuple[SavedView, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: tuple[Any, ...] = ()
    load: tuple[Any, ...] = ()
    list_load: tuple[Any, ...] = ()
    form_parts: tuple[Part, ...] = ()
    show_parts: tuple[Part, ...] = ()
    form_fields: ClassVar[dict[str, Any]] = {}
    lookups: ClassVar[dict[str, Lookup]] = {}
    long_columns: tuple[str, ...] = ("note",)
    constraints: ClassVar[dict[str, tuple[str, str]]] = {}
    main_move: str | tuple[str, ...] = ""
    waits: Callable[[], Condition] | None = None
    page_size = 25
    list_template = "desk/list.html"
    show_template = "desk/record.html"
    add_template = edit_template = "desk/form.html"

    def statement(self) -> Select[Any]:
        """Return what the list is read from; join here what is sorted or filtered by."""
        return select(self.datamodel.obj)

    def base_where(self) -> Sequence[Condition]:
        """Return conditions that always hold, beyond those of row-level security."""
        return []

    def shown_columns(self) -> tuple[Column, ...]:
        """Return the columns of the list; leave out here what whoever looks may not see."""
        return self.columns

    def offers(self, record: Any) -> set[str] | None:
        """Return the names of the moves this record offers; None for all."""
        return None

    def name_of(self, record: Any) -> str:
        """Return what the record is called in headings and questions."""
        return str(record)

    def list_context(self) -> dict[str, Any]:
        """Return what a template of one's own needs on the list."""
        return {}

    def show_context(self, record: Any) -> dict[str, Any]:
        """Return what a template of one's own needs beside the record."""
        return {}

    def pre_add(self, item: Any) -> None:
        """Put a new record to its rule."""
        self.rules.adding(session(), item)

    def pre_update(self, item: Any) -> None:
        """Put a changed record to its rule."""
        self.rules.revising(session(), item)

    def pre_delete(self, item: Any) -> None:
        """Put the removal of a record to its rule."""
        self.rules.removing(session(), item)

    @expose("/list/")
    @has_access
    def list(self) -> str:
        """Show a page of the list."""
        page = lists.read(self)
        page.add_href = url_for(f"{self.endpoint}.add") if self.may("add") else ""
        page.add_deed = f"New {self.noun}"
        page.actions = deeds.on_list(self)
        page.action_href = url_for(f"{self.endpoint}.action_post")
        return str(self.render_template(self.list_template, page=page, **self.list_context()))

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> str:
        """Show one record."""
        record = self.record(pk)
        page = records.page_of(self, record)
        context = {"page": page, "record": record, **self.show_context(record)}
        return str(self.render_template(self.show_template, **context))

    @expose("/history/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def history(self, pk: str) -> str:
        """Show what happened to one record, to whoever may see it."""
        return histories.history_page(self, self.record(pk))

    @expose("/add", methods=["GET", "POST"])
    @has_access
    def add(self) -> str | Response:
        """Show the form for a new record, or keep what it says."""
        form = self.add_form(data=writing.prefilled(self))
        page = writing.page_of(self, form, f"New {self.noun}")
        if request.method == "POST" and writing.is_ready(form):
            item = self.datamodel.obj()
            if writing.keep(self, page, item, self.pre_add):
                flash(f"{self.name_of(item)} is saved.", "success")
                again = request.form.get("then") == "add"
                return redirect(request.url if again else self.href_of(item), 303)
        return str(self.render_template(self.add_template, page=page, record=None))

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: str) -> str | Response:
        """Show the form for a record, or keep what it says."""
        item = self.record(pk)
        name, href = self.name_of(item), self.href_of(item)
        form = self.edit_form(obj=item)
        if request.method == "GET":
            writing.propose(self, form)
        page = writing.page_of(self, form, f"Edit {name}")
        page.record_href, page.record_name = href, name
        is_ready = request.method == "POST" and writing.is_ready(form)
        if is_ready and writing.revise(self, page, item, self.pre_update):
            flash(f"{self.name_of(item)} is saved.", "success")
            return redirect(href, 303)
        return str(self.render_template(self.edit_template, page=page, record=item))

    @expose("/delete/<pk>", methods=["POST"])
    @has_access
    def delete(self, pk: str) -> Response:
        """Remove a record, if its rule allows."""
        item = self.record(pk)
        name, href = self.name_of(item), self.href_of(item)
        try:
            with transaction() as db:
                self.pre_delete(item)
                db.delete(item)
        except (Refused, IntegrityError) as error:
            refusal = error if isinstance(error, Refused) else forms.explained(error, self)
            flash(str(refusal), "danger")
            return redirect(href, 303)
        flash(f"{name} is deleted.", "success")
        return redirect(self.list_href(), 303)

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    def action(self, name: str, pk: str) -> Response:
        """Make a move on the record of a page."""
        record = self.record(pk)
        return deeds.done(self._move(name), [record], self.href_of(record))

    @expose("/action_post", methods=["POST"])
    def action_post(self) -> str | Response:
        """Make a move on the records chosen in a list, after the question it asks."""
        item = self._move(request.form.get("action", ""))
        chosen = [self.record(pk) for pk in dict.fromkeys(request.form.getlist("rowid"))]
        if not chosen:
            flash(f"Choose {self.nouns} first, then press {item.text}.", "warning")
            return redirect(self.list_href(), 303)
        question = deeds.asked(self, item, chosen)
        if question is not None:
            return str(self.render_template("desk/confirm.html", asked=question))
        return deeds.done(item, chosen, self.list_href())

    def record(self, pk: str) -> Any:
        """Return the record with that key as this view may see it, or answer that there is none."""
        key = self.datamodel.get_pk()
        known = pk.isascii() and pk.isdigit() and len(pk) <= _DIGITS
        statement = self.statement().options(*self.load).where(*self.base_where())
        found = session.scalars(statement.where(key == int(pk))).unique().first() if known else None
        return found if found is not None else abort(404)

    def may(self, what: str) -> bool:
        """Tell whether whoever is signed in may list, show, add, edit or delete here."""
        name = f"can_{what}"
        return name in self.base_permissions and self._has(name)

    def may_act(self, name: str) -> bool:
        """Tell whether whoever is signed in may make this move here."""
        return self._has(self.get_action_permission_name(name))

    def href_of(self, record: Any) -> str:
        """Return the address of a record's page."""
        return url_for(f"{self.endpoint}.show", pk=self.datamodel.get_pk_value(record))

    def list_href(self) -> str:
        """Return the address of the list."""
        return url_for(f"{self.endpoint}.list")

    def label(self, name: str) -> str:
        """Return the words for an attribute."""
        return self.label_columns.get(name) or label_of(name)

    @property
    def is_archivable(self) -> bool:
        """Tell whether records are put away instead of deleted."""
        return "archived_at" in inspect(self.datamodel.obj).columns

    def get_redirect(self) -> str:
        """Return to the list: there is no history of pages in the session."""
        return self.list_href()

    def update_redirect(self) -> None:
        """Keep no history of pages in the session."""

    def _has(self, permission: str) -> bool:
        return bool(self.appbuilder.sm.has_access(permission, self.class_permission_name))

    def _move(self, name: str) -> Any:
        item = self.actions.get(name)
        if item is None:
            abort(404)
        if not self.may_act(name):
            abort(403)
        return item

    def _init_properties(self) -> None:
        self.related_views = self._related_views = _NONE
        for name in ("label_columns", "description_columns", "validators_columns"):
            setattr(self, name, dict(getattr(self, name) or {}))
        self.columns = self.columns or tuple(Column(name) for name in self.list_columns or ())
        self.show_parts = self.show_parts or self.form_parts
        self.empty = self.empty or f"No {self.nouns} yet."
        if not self.route_base:
            self.route_base = f"/admin/{self.nouns.replace(' ', '-')}"

    def _init_forms(self) -> None:
        self.add_form = self.edit_form = forms.form_class(self, self.form_parts)

    def _init_titles(self) -> None:
        self.title = self.list_title = self.list_title or self.nouns[:1].upper() + self.nouns[1:]


_NONE: Final[Sequence[Any]] = ()
_DIGITS: Final = 18
"""A bigint has at most 19 digits; more is no key of ours."""
