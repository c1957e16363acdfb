"""How the company decides expenses: limits for one person, who decides while somebody is away, its rules."""

from typing import Any, ClassVar

from flask import flash, g, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.actions import action
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import and_, func, or_, select
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.expense_rules_form import RulesForm
from admin.filters import SavedView
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, WRITE, may
from app.db.session import session, transaction, viewer
from app.domain.errors import Invalid
from app.domain.expense_rules import RuleAbout
from app.models import StaffProfile
from app.models.approvals import ApprovalDelegate, ApprovalLimit
from app.services.expenses import deputies, limits, rules


class ApprovalLimitView(RecordView):
    """The most that one person may approve alone on a claim, currency by currency."""

    datamodel = RecordInterface(ApprovalLimit)
    noun, nouns = "limit", "limits"
    list_title = "Approval limits"
    route_base = "/admin/approval-limits"
    base_permissions: ClassVar[list[str]] = [
        "can_list",
        "can_show",
        "can_add",
        "can_edit",
        "can_delete",
    ]
    rules = Rules(adding=limits.settle_limit, revising=limits.settle_limit)
    empty = "No limits. One person may approve any amount."
    columns = (
        Column("currency", "Currency"),
        Column("amount", "One person may approve up to"),
        Column("updated_at", "Changed", phone_label=True),
    )
    order_by = (ApprovalLimit.currency,)
    form_parts = (("Limit", (("currency", "amount"),)),)
    show_parts = form_parts
    label_columns: ClassVar[dict[str, str]] = {"amount": "One person may approve up to"}
    description_columns: ClassVar[dict[str, str]] = {
        "amount": "What is approved on one claim counts together. Above it, a second person approves.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_approval_limit": (
            "currency",
            "There is a limit in this currency already. Change that one.",
        ),
    }
    help = (
        ("What happens above it", "The first approval waits. Somebody else approves the same or less, or refuses."),
        ("Claims under way", "A new limit holds for every approval from now on. What is approved stays approved."),
    )  # fmt: skip

    def name_of(self, record: ApprovalLimit) -> str:
        """Call it by its currency."""
        return f"Limit in {record.currency}" if record.currency else "Limit"


def _offered() -> list[tuple[str, str]]:
    people = deputies.possible_deputies(session())
    return [("", "Choose somebody"), *((str(one.user_id), one.display_name) for one in people)]


class DeputyField(SelectField):
    """Who may be named: works here, and decides nothing yet. ``data`` is the user's number."""

    kind: ClassVar[str] = "SelectField"

    def __init__(self, label: str, **rest: Any) -> None:
        super().__init__(label, choices=_offered, coerce=_number, **rest)


def _number(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _name(user_id: int) -> str:
    names = g.setdefault("staff_names", {})
    if not names:
        asked = select(StaffProfile.user_id, StaffProfile.display_name)
        names.update((row.user_id, row.display_name) for row in session.execute(asked))
    return str(names.get(user_id, ""))


def _standing(record: ApprovalDelegate) -> str:
    today = deputies.today_of(session(), record.organisation_id)
    if record.ended_at is not None:
        return "Ended early"
    if record.ends_on < today:
        return "Over"
    return "Holds today" if record.starts_on <= today else "Still to come"


def _is_current() -> Any:
    return and_(
        ApprovalDelegate.ended_at.is_(None), ApprovalDelegate.ends_on >= func.current_date() - 1
    )


class DelegateView(RecordView):
    """Who decides in an approver's place, from when to when. What is handed over is not handed on."""

    datamodel = RecordInterface(ApprovalDelegate)
    noun, nouns = "delegation", "delegations"
    list_title = "Delegations"
    route_base = "/admin/delegations"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add"]
    rules = Rules(adding=deputies.name_deputy)
    empty = "Nobody decides in another’s place."
    columns = (
        Column("delegate_user_id", "Decides", value=lambda one: _name(one.delegate_user_id)),
        Column("user_id", "In the place of", value=lambda one: _name(one.user_id), phone_label=True),
        Column("starts_on", "From", phone_label=True),
        Column("ends_on", "To", phone_label=True),
        Column("standing", "Now", value=_standing),
    )  # fmt: skip
    order_by = (ApprovalDelegate.starts_on.desc(), ApprovalDelegate.id.desc())
    saved_views = (SavedView("current", "Now and to come", _is_current), SavedView("all", "All"))
    form_parts = (("While you are away", ("delegate_user_id", ("starts_on", "ends_on"), "note")),)
    form_fields: ClassVar[dict[str, Any]] = {
        "delegate_user_id": DeputyField(
            "Who decides in your place", validators=[InputRequired("Choose somebody.")]
        )
    }
    show_parts = (("Delegation", (("starts_on", "ends_on"), "note", "ended_at")),)
    long_columns = ()
    label_columns: ClassVar[dict[str, str]] = {
        "starts_on": "From", "ends_on": "To", "note": "Why", "ended_at": "Ended early",
    }  # fmt: skip
    description_columns: ClassVar[dict[str, str]] = {
        "starts_on": "First day, at the company's clock.", "ends_on": "Last day, included.",
    }  # fmt: skip
    help = (
        ("What they may do", "They see claims and decide them as you would, never what pays them or you. Each decision says: they, for you."),
        ("When it ends", "At the end of the last day, or at once when you end it here."),
    )  # fmt: skip

    def base_where(self) -> list[Any]:
        """Show an approver what concerns them; all of them to who watches over the house."""
        if {role.name for role in g.user.roles} & {ADMINISTRATOR, AUDITOR, MANAGER}:
            return []
        mine = or_(
            ApprovalDelegate.user_id == g.user.id, ApprovalDelegate.delegate_user_id == g.user.id
        )
        return [mine]

    def name_of(self, record: ApprovalDelegate) -> str:
        """Call it as a decision does: Callum Reid for Priya Raman."""
        return f"{_name(record.delegate_user_id)} for {_name(record.user_id)}"

    def pre_add(self, item: ApprovalDelegate) -> None:
        """Name somebody in one's own place, and in nobody else's."""
        item.user_id = g.user.id
        super().pre_add(item)

    def offers(self, record: ApprovalDelegate) -> set[str]:
        """Offer to end what is not over."""
        return {"end"} if _standing(record) in ("Holds today", "Still to come") else set()

    @action("end", "End it now", "End {n} now?", multiple=False)
    def end(self, chosen: list[ApprovalDelegate]) -> str:
        """End a delegation at once."""
        for one in chosen:
            deputies.end(session(), one)
        return "It is ended. From now on they decide nothing in that place."


class ExpenseRuleView(BaseView):
    """The company's rules for expenses on one page: what is noticed, and what follows."""

    route_base = "/admin/expense-rules"
    default_view = "index"
    base_permissions: ClassVar[list[str]] = ["can_index", "can_set"]

    @expose("/")
    @has_access
    def index(self) -> str:
        """Show how the rules are set."""
        return self._page(RulesForm.kept(rules.settings_of(session(), _house())))

    @expose("/set", methods=["POST"])
    @has_access
    def set(self) -> Response:
        """Set the rules."""
        form = RulesForm.sent(request.form)
        try:
            with transaction() as db:
                for about, setting in form.settings().items():
                    rules.set_rule(db, _house(), about, setting.effect, setting.threshold)
        except Invalid as refusal:
            form.errors = refusal.errors
            return make_response(self._page(form), 422)
        flash("The rules hold from now on.", "success")
        return redirect(url_for("ExpenseRuleView.index"), 303)

    def _page(self, form: RulesForm) -> str:
        return str(
            self.render_template(
                "desk/expense_rules.html",
                form=form,
                abouts=list(RuleAbout),
                may_set=self.appbuilder.sm.has_access("can_set", "ExpenseRuleView"),
                currency=g.organisation.base_currency if g.get("organisation") else "",
                history=rules.changes(session()),
            )
        )


def _house() -> int:
    known = viewer()
    return 0 if known is None or known.organisation_id is None else known.organisation_id


may(
    "ApprovalLimitView",
    {(ADMINISTRATOR,): (*WRITE, "can_delete"), (FINANCE, APPROVER, MANAGER, AUDITOR): READ},
)
may(
    "DelegateView",
    {
        (FINANCE, APPROVER): (*READ, "can_add", "end"),
        (ADMINISTRATOR,): (*READ, "end"),
        (AUDITOR, MANAGER): READ,
    },
)
may(
    "ExpenseRuleView",
    {
        (ADMINISTRATOR,): ("can_index", "can_set"),
        (FINANCE, APPROVER, MANAGER, AUDITOR): ("can_index",),
    },
)
