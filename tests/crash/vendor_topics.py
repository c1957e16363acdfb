"""The real adapters as topics of a crash run: each kind of promise to each vendor, over its simulator.

Loaded only by processes of a run whose ``OUTSIDE`` names the file that the simulators left behind.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.archive import Library
from app.domain.contracts import SignerRole
from app.domain.ledger_settings import Coding
from app.integrations import providers
from app.integrations.accounting.port import Bill, BillLine, Leave, Payee
from app.integrations.archive.port import Paper
from app.integrations.email.port import Letter
from app.integrations.esign import adobe_sign
from app.integrations.esign.port import Signer, SigningPaper
from app.integrations.sms.port import Text
from config import Config

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
KEY_LIFETIME = timedelta(seconds=24)
"""Two minutes divided by 5, so that a run meets doubts that are older than a key."""


@dataclass(frozen=True)
class Topic:
    """One vendor's effect: its class, how it is made, how it is looked up."""

    cls: str
    send: Callable[[str], str]
    look_up: Callable[[str], str | None] | None = None
    key_lifetime: timedelta | None = None
    looks_first: bool = False


def topics(outside: Path, config: Config) -> dict[str, Topic]:
    """Return the topics of this run by name."""
    told: dict[str, Any] = json.loads(outside.read_text())
    # The house signs at one vendor; the second is made beside it, from its own settings.
    adobe = adobe_sign.made(replace(config, vendor={**config.vendor, **told["adobe"]}))
    return {
        "xero": Topic(
            "K", lambda key: _post(told, key), lambda key: _find(told, key), KEY_LIFETIME
        ),
        "docusign": Topic(
            "R", _sign, lambda key: providers.signing("docusign").find(key), looks_first=True
        ),
        "adobe_sign": Topic(
            "R", lambda key: adobe.send(_paper(), key=key), adobe.find, looks_first=True
        ),
        "sharepoint": Topic("N", lambda key: _file(told, key)),
        "sendgrid": Topic("U", _write),
        "twilio": Topic("U", _text),
    }


def bill(key: str) -> Bill:
    """Return the bill of a promise: its number leads back to it."""
    return Bill(
        number=f"CRASH-{key}", payee=Payee("P-1", "Noémie Lefèvre", "noemie@artists.example"),
        currency="AUD", dated_on=date(2026, 11, 25), due_on=date(2026, 12, 5),
        lines=(BillLine("Taxi", Decimal("42.10"), Coding("412", "INPUT")),),
    )  # fmt: skip


def _leave(told: dict[str, Any]) -> Leave:
    return Leave(told["xero_place"], "crash")


def _post(told: dict[str, Any], key: str) -> str:
    return providers.accounting().post(bill(key), key=key, leave=_leave(told)).external_id


def _find(told: dict[str, Any], key: str) -> str | None:
    found = providers.accounting().find(bill(key), leave=_leave(told))
    return None if found is None else found.external_id


def _paper() -> SigningPaper:
    return SigningPaper(
        title="Giselle", file_name="contract.pdf", content=PDF,
        signers=(Signer(SignerRole.artist, "Noémie Lefèvre", "noemie@artists.example", "a-1"),),
        return_url="http://127.0.0.1/portal/",
    )  # fmt: skip


def _sign(key: str) -> str:
    return providers.signing("docusign").send(_paper(), key=key)


def _file(told: dict[str, Any], key: str) -> str:
    library = Library(told["graph_tenant"], told["graph_drive"])
    content = PDF + key.encode()
    paper = Paper(
        f"Giselle/{key}.pdf", content, "application/pdf",
        facts={"hash": hashlib.sha256(content).hexdigest()}, library=library,
    )  # fmt: skip
    return providers.archive().file(paper)[0]


def _write(key: str) -> str:
    letter = Letter("noemie@artists.example", "Your call", "Class at ten.", organisation_id=1)
    return providers.email().send(letter, key=key)


def _text(key: str) -> str:
    return providers.sms().send(Text("+61400000001", "Class at ten.", 1), key=key)
