"""Where providers knock: each notice is verified over its raw bytes, kept once, and answered at once.

A provider is a file here with ``routes(hooks)``. It reads nothing of ours: what a notice means is
found out later by ``tasks.inbox``.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Flask

from app import key_vault
from app.db.session import transaction
from app.services import inbox
from app.services.inbox import Kept


def install(app: Flask) -> None:
    """Open a door for every provider that has a file here."""
    hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
    for door in sorted(found.name for found in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{door}")
        if hasattr(module, "routes"):
            module.routes(hooks)
    app.register_blueprint(hooks)


def is_proven(proof: Callable[[], bool]) -> bool:
    """Tell whether a notice is genuine, with the keys we know, or else with those that lie in the vault now.

    A key that was changed in the vault reaches us minutes later; until then genuine notices look forged.
    """
    return proof() or (key_vault.doubt() and proof())


def keep(
    provider: str, event_key: str, raw: bytes, headers: Mapping[str, str], reference: str | None
) -> bool:
    """Keep a verified notice in a transaction of its own; return whether it is new."""
    return keep_all(provider, [Kept(event_key, raw, reference)], headers) == 1


def keep_all(provider: str, notices: Sequence[Kept], headers: Mapping[str, str]) -> int:
    """Keep the notices of one verified delivery, all of them or none; return how many are new."""
    with transaction() as db:
        return inbox.keep_all(db, provider=provider, notices=notices, headers=headers)


def refuse(provider: str, why: str = "forged") -> None:
    """Count a notice that is turned away: its signature is wrong, it is too old, it cannot be read.

    Staff see the count on the integrations desk; what was sent is not kept.
    """
    with transaction() as db:
        inbox.count_refused(db, provider=provider, why=why)
