"""Rates that finance keeps: of other currencies, by the day and with their source, and of a kilometre."""

from typing import Any, ClassVar

from flask import flash, g, make_response, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from werkzeug.wrappers import Response

from admin.base import RecordInterface, RecordView, Rules
from admin.columns import Column
from admin.filters import Day, SavedView, Words
from admin.inputs import AmountField
from admin.roles import ADMINISTRATOR, APPROVER, AUDITOR, FINANCE, MANAGER, READ, WRITE, may
from app.db.session import transaction, viewer
from app.domain.errors import Refused
from app.domain.exchange_rates import COLUMNS
from app.models.rates import ExchangeRate, MileageRate
from app.services import rates

LARGEST_LIST = 2 * 1024 * 1024


def _number(rate: Any) -> str:
    return f"{rate.rate.normalize():f}"


class ExchangeRateView(RecordView):
    """Exchange rates by their day: the newest of the day or before counts, for a month at most."""

    datamodel = RecordInterface(ExchangeRate)
    noun, nouns = "exchange rate", "exchange rates"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_add", "can_edit", "can_bring_in",
    ]  # fmt: skip
    rules = Rules(adding=rates.settle_exchange_rate, revising=rates.settle_exchange_rate)
    empty = "No rates yet. Without one, finance writes the rate on each line in another currency."
    columns = (
        Column("currency", "Currency"),
        Column("valid_on", "Day"),
        Column("rate", "One is worth", value=lambda rate: f"{_number(rate)} {rate.base_currency}"),
        Column("source", "Source"),
    )
    order_by = (ExchangeRate.valid_on.desc(), ExchangeRate.currency)
    saved_views = (SavedView("all", "All"),)
    filters = (
        Words("q", "Currency", lambda typed: ExchangeRate.currency == typed.strip().upper()[:3]),
        Day("from", "From", lambda day: ExchangeRate.valid_on >= day),
    )
    form_parts = (("The rate", (("currency", "valid_on"), "rate", "source")),)
    form_fields: ClassVar[dict[str, Any]] = {"rate": AmountField("One is worth")}
    label_columns: ClassVar[dict[str, str]] = {"valid_on": "Day"}
    description_columns: ClassVar[dict[str, str]] = {
        "source": "Who says so, for example Reserve Bank of Australia. The artist reads it.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_exchange_rate": (
            "valid_on",
            "There is a rate of this currency and day. Change that one.",
        ),
    }
    help = (
        (
            "What it changes",
            "Claims that are sent from now on. A claim that was sent keeps its rate.",
        ),
    )
    list_template = "desk/exchange_rates.html"

    def list_context(self) -> dict[str, Any]:
        """Bring the form for a whole list of rates."""
        return {
            "may_bring_in": self.may("bring_in"),
            "rate_columns": COLUMNS,
            "wrong_rows": g.get("wrong_rows", ""),
        }

    @expose("/bring-in", methods=["POST"])
    @has_access
    def bring_in(self) -> Response:
        """Enter a list of rates, all of them or none."""
        try:
            text = _listed()
            here = viewer()
            with transaction() as db:
                count = rates.bring_in(db, (here and here.organisation_id) or 0, text)
        except Refused as refusal:
            g.wrong_rows = refusal.reason
            return make_response(self.list(), 422)
        flash(f"{count} rate{'' if count == 1 else 's'} entered.", "success")
        return redirect(url_for(f"{self.endpoint}.list"), 303)


class MileageRateView(RecordView):
    """What a kilometre is worth from a day on, by vehicle; an old journey keeps the old rate."""

    datamodel = RecordInterface(MileageRate)
    noun, nouns = "mileage rate", "mileage rates"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_add", "can_edit"]
    rules = Rules(adding=rates.settle_mileage_rate, revising=rates.settle_mileage_rate)
    empty = "No rates yet. Artists can claim kilometres as soon as there is one."
    columns = (
        Column("vehicle", "Vehicle"),
        Column("valid_from", "From"),
        Column("rate", "A kilometre", value=lambda rate: f"{_number(rate)} {rate.currency}"),
        Column("source", "Source"),
    )
    order_by = (MileageRate.vehicle, MileageRate.valid_from.desc())
    saved_views = (SavedView("all", "All"),)
    form_parts = (("The rate", (("vehicle", "valid_from"), ("rate", "currency"), "source")),)
    form_fields: ClassVar[dict[str, Any]] = {"rate": AmountField("A kilometre is worth")}
    label_columns: ClassVar[dict[str, str]] = {"valid_from": "From"}
    description_columns: ClassVar[dict[str, str]] = {
        "valid_from": "A new rate is a new entry: journeys before this day keep the one before.",
        "source": "Whose rate it is, for example the award or the tax office.",
    }
    constraints: ClassVar[dict[str, tuple[str, str]]] = {
        "uq_mileage_rate": (
            "valid_from",
            "There is a rate of this vehicle and day. Change that one.",
        ),
    }


def _listed() -> str:
    upload = request.files.get("list")
    content = upload.stream.read(LARGEST_LIST + 1) if upload is not None else b""
    if not content:
        raise Refused("Choose a CSV file.", field="rows")
    if len(content) > LARGEST_LIST:
        raise Refused("The file is too large. Bring fewer rates at a time.", field="rows")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            "This is not a CSV file in UTF-8. Save it as CSV UTF-8.", field="rows"
        ) from error


READERS = (ADMINISTRATOR, APPROVER, MANAGER, AUDITOR)
may("ExchangeRateView", {READERS: READ, (FINANCE,): (*WRITE, "can_bring_in")})
may("MileageRateView", {READERS: READ, (FINANCE,): WRITE})
