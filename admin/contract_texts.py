"""The texts contracts are made from: templates and clauses, changed by staff and tried on a real engagement."""

from typing import Any, ClassVar

from flask import Response, request
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import SavedView, Words
from admin.parts import PartView
from admin.roles import ADMINISTRATOR, ALL, CONTRACTS, READ, WRITE, may
from app.db.session import session
from app.domain.errors import Refused
from app.models import Clause, ClauseOption, ContractTemplate, Engagement
from app.services.contracts import clauses, drafting, fields, templates
from app.services.contracts.drafting import Text, Written


class TextView(RecordView):
    """A text with merge fields: shown and changed beside how it reads for a real engagement."""

    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    long_columns = ("body",)
    show_template = "desk/text.html"
    add_template = edit_template = "desk/text_form.html"

    @expose("/preview", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self) -> AnyResponse:
        """Return how the typed text reads for the engagement that was named, or the newest."""
        typed = Text(request.form.get("title", ""), request.form.get("body", ""))
        chosen = engagement_called(request.form.get("try", ""))
        written, wrong = tried(chosen, typed)
        whole = request.headers.get("X-Fragment") is None
        template = "desk/text_tried.html" if whole else "desk/contract_preview.html"
        page = self.render_template(template, written=written, wrong=wrong, engagement=chosen)
        return Response(str(page))

    def list_context(self) -> dict[str, Any]:
        """Bring nothing more than the list."""
        return {}

    def show_context(self, record: Any) -> dict[str, Any]:
        """Bring the text as it reads for an engagement."""
        chosen = engagement_called(request.args.get("try", ""))
        written, wrong = tried(chosen, Text(record.title, record.body))
        return {"engagement": chosen, "written": written, "wrong": wrong, "known": fields.KNOWN}


class TemplateView(TextView):
    """Whole contracts, with fields to be filled in and clauses to be taken in."""

    datamodel = RecordInterface(ContractTemplate)
    noun, nouns = "template", "contract templates"
    rules = Rules(adding=templates.settle_template, revising=templates.settle_template)
    columns = (Column("name", "Name"), Column("title", "Title"), Column("updated_at", "Changed"))
    order_by = (ContractTemplate.name,)
    saved_views = (SavedView("all", "All"),)
    filters = (
        Words("q", "Name or word in the text", lambda typed: ContractTemplate.body.icontains(
            typed, autoescape=True) | ContractTemplate.name.icontains(typed, autoescape=True)),
    )  # fmt: skip
    form_parts = (("Text", ("name", "title", "body")),)
    description_columns: ClassVar[dict[str, str]] = {
        "title": "May hold fields: {{ production.title }}.",
        "body": "Markdown. {{ artist.legal_name }} is a field, {{ clause(\"travel\") }} takes a clause in, "
        "{% if entitlement.taxi %} … {% endif %} is text for some engagements only.",
    }  # fmt: skip


class ClauseView(TextView):
    """Passages that templates take in by their key."""

    datamodel = RecordInterface(Clause)
    noun, nouns = "clause", "clauses"
    rules = Rules(adding=templates.settle_clause, revising=templates.settle_clause)
    columns = (Column("title", "Title"), Column("key", "Key"), Column("updated_at", "Changed"))
    order_by = (Clause.title,)
    saved_views = (SavedView("all", "All"),)
    form_parts = (("Clause", (("key", "title"), "body")),)
    description_columns: ClassVar[dict[str, str]] = {
        "key": "Small letters. Templates take it in as {{ clause(\"key\") }}.",
        "body": "The standard wording. Others are added on the clause's page.",
    }  # fmt: skip
    show_template = "desk/clause.html"

    def show_context(self, record: Any) -> dict[str, Any]:
        """Bring its other wordings and where it is used."""
        options = [one for one in record.options if one.archived_at is None]
        return {
            **super().show_context(record),
            "options": options,
            "uses": clauses.uses_of(session(), record),
            "may_write": self.may("edit"),
        }


class ClauseOptionView(PartView):
    """Other wordings of a clause, added and changed from its page."""

    datamodel = RecordInterface(ClauseOption)
    noun, nouns = "wording", "clause wordings"
    base_permissions: ClassVar[list[str]] = ["can_add", "can_edit", "can_list"]
    owner, owner_endpoint = "clause", "ClauseView"
    lookups: ClassVar[dict[str, Lookup]] = {
        "clause": Lookup(Clause, Clause.key, "clause", "clauses")
    }
    rules = Rules(adding=templates.settle_option, revising=templates.settle_option)
    columns = (Column("title"),)
    load = (joinedload(ClauseOption.clause),)
    long_columns = ("body",)
    form_parts = (("Wording", ("clause", ("title", "key"), "condition", "body")),)
    description_columns: ClassVar[dict[str, str]] = {
        "title": "What the drafter chooses: for dancers.",
        "key": "Small letters. A template takes it in as {{ clause(\"travel\", option=\"key\") }}.",
        "condition": "Optional: when it is taken by itself, such as engagement.basis_code == "
        "\"employee\". The first that holds is taken.",
    }  # fmt: skip

    def name_of(self, record: ClauseOption) -> str:
        """Call it by its title."""
        return record.title or "Wording"


def engagement_called(number: str) -> Engagement | None:
    """Return the engagement of that number, or the newest."""
    asked = select(Engagement).order_by(Engagement.id.desc()).limit(1)
    if number.strip():
        asked = asked.where(Engagement.number == number.strip().upper())
    return session.scalars(asked).first()


def tried(engagement: Engagement | None, text: Text) -> tuple[Written | None, str]:
    """Return how a text reads for an engagement, or why it cannot be read."""
    if engagement is None:
        return None, "There is no engagement of that number to try it on."
    try:
        return drafting.preview(session(), engagement, text), ""
    except Refused as refusal:
        return None, refusal.reason


for _view in ("TemplateView", "ClauseView"):
    may(_view, {(ADMINISTRATOR, CONTRACTS): WRITE, ALL: READ})
may("ClauseOptionView", {(ADMINISTRATOR, CONTRACTS): WRITE})
