"""Where artists and their agents look and act, on a phone."""

import importlib
import pkgutil

from flask import Blueprint, Flask

TABS = (
    ("today", "/portal/", "i-today", "Today"),
    ("contracts", "/portal/contracts", "i-paper", "Contracts"),
    ("expenses", "/portal/expenses", "i-receipt", "Expenses"),
    ("money", "/portal/money", "i-money", "Money"),
    ("you", "/portal/you", "i-me", "You"),
)
"""The five places of the portal: name, address, icon, word."""


def install(app: Flask) -> None:
    """Open the portal: every room of it that has ``routes(portal)``, behind one gate."""
    portal = Blueprint("portal", __name__, url_prefix="/portal", template_folder="templates")
    for room in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{room}")
        if hasattr(module, "routes"):
            module.routes(portal)
        if hasattr(module, "install"):
            module.install(portal)
    app.register_blueprint(portal)
    app.add_template_global(lambda: TABS, "tabs")
