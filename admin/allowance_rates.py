"""Rates of per diems by place and day, what meals take off, and the meals the company provides."""

from typing import Any, ClassVar

from flask import abort, flash, g, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField

from admin import forms
from admin.access import remembered
from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.fields import Lookup
from admin.filters import Words, has_words
from admin.forms import Present
from admin.inputs import AmountField, DayField
from admin.productions import PRODUCTION
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, WRITE, may
from app.db.session import session, transaction, viewer
from app.domain.allowances import Meal
from app.domain.currencies import parse_currency
from app.domain.errors import Refused
from app.domain.per_diem_rates import PACK, rates_of
from app.models import Engagement, Organisation, PackRule, Person, Production, ProvidedMeal
from app.services.allowances import meals, rates

ENGAGED = Lookup(
    Engagement,
    select(func.fold(Person.name + " " + Engagement.number))
    .where(Person.id == Engagement.person_id)
    .correlate(Engagement)
    .scalar_subquery(),
    "engagement",
    "engagements",
    hint=lambda engagement: f"{engagement.person} in {engagement.production}",
    load=(joinedload(Engagement.person), joinedload(Engagement.production)),
)


class RateForm(FlaskForm):
    """What a day in a place is paid, from a day on."""

    city = StringField("City", description="Left empty: everywhere else in the country.")
    country = StringField("Country", description="Left empty: anywhere.")
    amount = AmountField("A day", [Present()])
    currency = StringField("Currency", [Present()])
    valid_from = DayField("From", [Present()])
    note = StringField("Where it comes from")


class SharesForm(FlaskForm):
    """What a meal takes off and what a part day is, in percent of a day."""

    breakfast = AmountField("Breakfast, percent", [Present()], default="20")
    lunch = AmountField("Lunch, percent", [Present()], default="30")
    dinner = AmountField("Dinner, percent", [Present()], default="50")
    part_day = AmountField(
        "A part day is, percent", [Present()], default="50",
        description="A day that begins or ends at home, with travel alone.",
    )  # fmt: skip
    since = DayField("From", [Present()])
    why = StringField("Where it comes from")


class AllowanceRateView(BaseView):
    """The company's rates over the examples; what was confirmed is corrected by the next run."""

    route_base = "/admin/per-diem-rates"
    default_view = "rates"

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def rates(self) -> str | Response:
        """Show the rates, and keep a new one."""
        form, top = RateForm(), list[str]()
        if form.is_submitted():
            _only_writers()
        if form.validate_on_submit():
            try:
                with transaction() as db:
                    rates.set_rate(
                        db, _company(db), city=form.city.data or "", country=form.country.data or "",
                        amount=form.amount.data, currency=parse_currency(form.currency.data or ""),
                        valid_from=form.valid_from.data, note=form.note.data or "",
                    )  # fmt: skip
            except Refused as refusal:
                forms.put(form, refusal, top)
            else:
                flash("The rate is set. Runs worked out from now on use it.", "success")
                return redirect(url_for("AllowanceRateView.rates"), 303)
        return self._page(form, SharesForm(formdata=None), top)

    @expose("/shares", methods=["POST"])
    @has_access
    @permission_name("set")
    def shares(self) -> str | Response:
        """Keep what meals take off and what a part day is."""
        form, top = SharesForm(), list[str]()
        if form.validate_on_submit():
            percents = {meal: form[meal.value].data for meal in Meal}
            try:
                with transaction() as db:
                    rates.set_shares(
                        db, _company(db), meals=percents, part_day=form.part_day.data,
                        valid_from=form.since.data, note=form.why.data or "",
                    )  # fmt: skip
            except Refused as refusal:
                forms.put(form, refusal, top)
            else:
                flash("Meals and part days are set.", "success")
                return redirect(url_for("AllowanceRateView.rates"), 303)
        return self._page(RateForm(formdata=None), form, top)

    @expose("/take-away/<int:key>", methods=["POST"])
    @has_access
    @permission_name("set")
    def take_away(self, key: int) -> Response:
        """Take one of the company's own rates away."""
        with transaction() as db:
            if not rates.take_away(db, key):
                abort(404)
        flash("The rate is taken away. Runs worked out from now on do without it.", "success")
        return redirect(url_for("AllowanceRateView.rates"), 303)

    def _page(self, form: FlaskForm, shares: FlaskForm, top: list[str]) -> str:
        db = session()
        own, examples = rates.layers(db, _company(db))
        rules = db.scalars(
            select(PackRule).join(PackRule.pack).options(contains_eager(PackRule.pack))
            .where(PackRule.pack.has(name=PACK)).order_by(PackRule.id)
        ).all()  # fmt: skip
        return str(
            self.render_template(
                "desk/allowance_rates.html",
                form=form,
                shares=shares,
                top=top,
                rules=rules,
                own=rates_of(own),
                examples=rates_of(examples),
                may_set=_may_set(),
            )
        )


class ProvidedMealView(RecordView):
    """Meals that the company provides: they are taken off the per diem of those days."""

    datamodel = RecordInterface(ProvidedMeal)
    noun, nouns = "provided meal", "provided meals"
    list_title = "Meals provided"
    base_permissions: ClassVar[list[str]] = [
        "can_list",
        "can_show",
        "can_add",
        "can_edit",
        "can_delete",
    ]
    rules = Rules(adding=meals.settle_meal, revising=meals.settle_meal, removing=meals.take_away)
    empty = "No meals are provided: per diems are paid whole."
    columns = (
        Column("production", "Production", order=Production.folded),
        Column("starts_on", "From"),
        Column("ends_on", "Until"),
        Column("meals", "Meals", value=lambda one: ", ".join(m for m in Meal if getattr(one, m))),
        Column("engagement", "For", value=lambda one: str(one.engagement or "everybody")),
    )
    order_by = (ProvidedMeal.starts_on.desc(),)
    load = (contains_eager(ProvidedMeal.production),)
    filters = (Words("q", "Production", lambda typed: has_words(Production.folded, typed)),)
    form_parts = (
        ("When and for whom", ("production", ("starts_on", "ends_on"), "engagement")),
        ("Meals", ("breakfast", "lunch", "dinner", "note")),
    )
    form_fields: ClassVar[dict[str, Any]] = {
        meal.value: BooleanField(meal.value.capitalize()) for meal in Meal
    }
    lookups: ClassVar[dict[str, Lookup]] = {"production": PRODUCTION, "engagement": ENGAGED}
    label_columns: ClassVar[dict[str, str]] = {"starts_on": "First day", "ends_on": "Last day"}
    description_columns: ClassVar[dict[str, str]] = {
        "engagement": "By artist or number. Left empty: everybody who is called.",
    }

    def statement(self) -> Any:
        """Join what the list is sorted and searched by."""
        return select(ProvidedMeal).outerjoin(ProvidedMeal.production)

    def name_of(self, record: ProvidedMeal) -> str:
        """Call it by production and day."""
        return f"Meals for {record.production}, from {record.starts_on}"


def _company(db: Any) -> Organisation:
    known = viewer()
    if known is None or known.organisation_id is None:
        raise Refused("Rates belong to a company. Sign in as one of its staff.")
    found: Organisation = db.get_one(Organisation, known.organisation_id)
    return found


def _may_set() -> bool:
    return ("can_set", "AllowanceRateView") in remembered(g.user)


def _only_writers() -> None:
    if not _may_set():
        abort(403)


READERS = (ADMINISTRATOR, FINANCE, APPROVER, MANAGER, AUDITOR)
may("AllowanceRateView", {READERS: ("can_list",)})
may("AllowanceRateView", {(ADMINISTRATOR, FINANCE): ("can_list", "can_set")})
may("ProvidedMealView", {READERS: READ})
may("ProvidedMealView", {(ADMINISTRATOR, FINANCE): (*WRITE, "can_delete")})
