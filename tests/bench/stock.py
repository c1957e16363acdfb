"""Flask-AppBuilder as it comes: its own templates and widgets, a plain ModelView of our contracts.

The computed columns are methods of the record, as FAB's documentation shows. The session is the
owner's, to whom every row is visible, so that nothing of ours (viewer, policies) slows it.
"""

import logging

from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.decorators import renders
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

from admin.engagements import roles_of
from app.models import Contract
from app.presentation import money, period


@renders("engagement")
def artist(contract: Contract) -> str:
    """Write the artist's name."""
    return str(contract.engagement.person)


@renders("engagement")
def production(contract: Contract) -> str:
    """Write the production's title."""
    return str(contract.engagement.production)


@renders("engagement")
def role(contract: Contract) -> str:
    """Write the roles."""
    return roles_of(contract.engagement)


@renders("engagement")
def dates(contract: Contract) -> str:
    """Write the period."""
    return str(period(contract.engagement.starts_on, contract.engagement.ends_on))


@renders("engagement")
def fee(contract: Contract) -> str:
    """Write the fee with its currency."""
    return str(money(contract.engagement.fee, contract.engagement.currency))


@renders("number")
def numbered(contract: Contract) -> str:
    """Write the number with its version."""
    return f"{contract.number} v{contract.versions[-1].number}"


COMPUTED = (artist, production, role, dates, fee, numbered)


class StockContracts(ModelView):
    """Stock, as a first day with FAB gives it: everything can be searched by and edited but what FAB cannot."""

    datamodel = SQLAInterface(Contract)
    search_exclude_columns = ["public_id"]
    # FAB draws no field for JSON, and refuses back the instants that it drew itself.
    edit_exclude_columns = [
        "public_id",
        "clause_choices",
        "created_at",
        "updated_at",
        "last_event_at",
    ]
    list_columns = [
        "artist",
        "production",
        "role",
        "dates",
        "fee",
        "status",
        "last_event_at",
        "numbered",
    ]
    base_order = ("last_event_at", "desc")
    page_size = 25


class TrimmedContracts(StockContracts):
    """Stock, told to search by and edit plain columns alone, so that no related table is read whole."""

    datamodel = SQLAInterface(Contract)
    search_columns = ["number", "status"]
    edit_columns = ["title", "reason", "source_note"]


SOUGHT = "C-2026-0012"
BASES = {"stock": "/stockcontracts/", "stock, trimmed": "/trimmedcontracts/"}
HREFS = {
    "list": "list/",
    "search": f"list/?_flt_2_number={SOUGHT}",
    "show": "show/{draft}",
    "save": "edit/{draft}",
}


def create(owner: Engine) -> Flask:
    """Build the stock application."""
    for column in COMPUTED:
        setattr(Contract, column.__name__, column)
    app = Flask("stock")
    app.config.update(
        SECRET_KEY="x" * 32,
        WTF_CSRF_ENABLED=False,
        RATELIMIT_ENABLED=False,
        AUTH_ROLE_ADMIN="Administrator",
        FAB_CREATE_DB=False,
    )
    logging.getLogger("flask_appbuilder").setLevel(logging.CRITICAL)
    opened = scoped_session(sessionmaker(owner))
    with app.app_context():
        builder = AppBuilder(app, opened)
        builder.add_view(StockContracts, "Contracts", icon="fa-folder", category="People")
        builder.add_view(
            TrimmedContracts, "Contracts, trimmed", icon="fa-folder", category="People"
        )
    app.teardown_appcontext(lambda _error: opened.remove())
    return app
