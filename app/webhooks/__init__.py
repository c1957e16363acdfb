"""Where providers knock: each notice is verified over its raw bytes, kept once, and answered at once.

A provider is a file here with ``routes(hooks)``. It reads nothing of ours: what a notice means is
found out later by ``tasks.inbox``.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from flask import Blueprint, Flask

from app.db.session import transaction
from app.services import inbox


def install(app: Flask) -> None:
    """Open a door for every provider that has a file here."""
    hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
    for door in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{door}")
        if hasattr(module, "routes"):
            module.routes(hooks)
    app.register_blueprint(hooks)


def keep(
    provider: str, event_key: str, raw: bytes, headers: Mapping[str, str], reference: str | None
) -> bool:
    """Keep a verified notice in a transaction of its own; return whether it is new."""
    with transaction() as db:
        return inbox.keep(
            db,
            provider=provider,
            event_key=event_key,
            raw=raw,
            headers=headers,
            reference=reference,
        )


def refuse(provider: str, why: str = "forged") -> None:
    """Count a notice that is turned away: its signature is wrong, it is too old, it cannot be read.

    Staff see the count on the integrations desk; what was sent is not kept.
    """
    with transaction() as db:
        inbox.count_refused(db, provider=provider, why=why)
