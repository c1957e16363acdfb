"""Copy a day or a week of calls: say what and where to, look at every copy, then make them."""

from collections import defaultdict
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField

from admin import forms, writing
from admin.calls import name_of
from admin.fields import RelatedField
from admin.forms import Present
from admin.inputs import ChoiceField, DayField
from admin.productions import PRODUCTION, VENUE
from admin.roles import ADMINISTRATOR, SCHEDULE, may
from app.db.session import session, transaction
from app.domain.call_copies import Again, target_days
from app.domain.errors import Refused
from app.domain.schedule_words import week_of
from app.models import Production
from app.services.schedules import copying
from app.services.schedules.copying import CopyOrder, CopyRow

SIZES = (("1", "One day"), ("7", "A week, seven days"))
AGAINS = (
    (Again.once.name, "Once"),
    (Again.weekly.name, "Every week"),
    (Again.daily.name, "Every day"),
)


class SizeField(ChoiceField):
    """How much is copied: a day or a week."""

    def __init__(self, label: str, validators: Any = (), **rest: Any) -> None:
        super().__init__(label, validators, members=Again, **rest)
        self.offered = list(SIZES)

    def _member(self, value: Any) -> Any:
        if value not in (None, "", "1", "7"):
            raise ValueError("Choose one of these.")
        return value or None

    def iter_choices(self) -> Any:
        """Yield the two sizes."""
        for value, word in self.offered:
            yield value, word, value == self.data, {}


class AgainField(ChoiceField):
    """How often it is copied."""

    def __init__(self, label: str, validators: Any = (), **rest: Any) -> None:
        super().__init__(label, validators, members=Again, **rest)
        self.offered = list(AGAINS)


class CopyForm(FlaskForm):
    """What is copied and where to."""

    production = RelatedField("Production", [Present()], lookup=PRODUCTION)
    size = SizeField("What is copied", [Present()], default="7")
    first = DayField("From the day", [Present()], description="The first day that is copied.")
    to = DayField("To the day", [Present()], description="Where that first day goes.")
    again = AgainField("How often", [Present()], default=Again.once)
    until = DayField("Until", description="Only where it is copied more than once.")
    venue = RelatedField(
        "At the venue",
        lookup=VENUE,
        description="Left empty, each call stays at its own. Times stay as the clock shows them.",
    )
    look = HiddenField()

    def order(self) -> CopyOrder:
        """Return what was filled in as an order, or refuse it."""
        is_week = self.size.data == "7"
        days = target_days(self.to.data, self.again.data, self.until.data, is_week=is_week)
        return CopyOrder(
            self.production.data,
            self.first.data,
            7 if is_week else 1,
            tuple(days),
            self.venue.data,
        )


class CopyView(BaseView):
    """The page that copies."""

    route_base = "/admin/schedule/copy"
    default_view = "ask"

    @expose("/", methods=["GET", "POST"])
    @has_access
    def ask(self) -> str | Response:
        """Ask what is copied, show each copy, and make those that were chosen."""
        form = CopyForm(data=_proposed())
        top: list[str] = []
        rows: list[CopyRow] = []
        if request.method == "POST" and writing.is_ready(form):
            folds = _folds()
            try:
                order = form.order()
                rows = copying.preview(session(), order, folds)
                if request.form.get("deed") == "copy":
                    made = self._copy(order, rows, form, folds)
                    flash(_said(made), "success")
                    return redirect(_week(order.production, order.targets[0]), 303)
            except Refused as refusal:
                forms.put(form, refusal, top)
        form.look.data, form.look.raw_data = copying.look_of(rows) if rows else "", None
        chosen = set(request.form.getlist("take"))
        was_looked = request.form.get("deed") == "copy"
        return str(
            self.render_template(
                "desk/copy.html", form=form, top=top, rows=rows, name_of=name_of,
                taken=chosen if was_looked else {row.key for row in rows},
                days=_by_day(rows),
            )
        )  # fmt: skip

    def _copy(
        self, order: CopyOrder, rows: list[CopyRow], form: CopyForm, folds: copying.Folds
    ) -> int:
        answered = {key for key, hours in folds.items() if hours}
        if not answered and form.look.data != copying.look_of(rows):
            raise Refused(
                "The calls have changed while you were looking. See below what is copied."
            )
        chosen = request.form.getlist("take")
        if not chosen:
            raise Refused("Nothing is chosen. Tick the calls to copy.")
        with transaction() as db:
            return len(copying.copy(db, order, chosen, folds))


def _proposed() -> dict[str, Any]:
    found = PRODUCTION.get(request.args.get("production", ""))
    return {
        "production": found,
        "first": request.args.get("first"),
        "size": "7",
        "again": Again.once,
    }


def _folds() -> dict[str, dict[str, int]]:
    """Return which of two equal hours was chosen, copy by copy."""
    folds: dict[str, dict[str, int]] = defaultdict(dict)
    for name, value in request.form.items():
        about, _, key = name.removeprefix("fold:").partition(":")
        if name.startswith("fold:") and value in ("0", "1"):
            folds[key][about] = int(value)
    return folds


def _by_day(rows: list[CopyRow]) -> dict[date, list[CopyRow]]:
    days: dict[date, list[CopyRow]] = defaultdict(list)
    for row in rows:
        days[row.day].append(row)
    return dict(sorted(days.items()))


def _week(production: Production, day: date) -> str:
    return url_for("ScheduleView.week", week=week_of(day).isoformat(), production=production.id)


def _said(count: int) -> str:
    return f"{count} {'call is' if count == 1 else 'calls are'} copied. Nobody is told until you publish."


may("CopyView", {(ADMINISTRATOR, SCHEDULE): ("can_ask",)})
