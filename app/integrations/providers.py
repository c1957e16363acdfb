"""The switchboard: which implementation serves each port, by configuration.

Vendors are imported only here, by name and only when chosen, so that a process that needs none
carries none (architecture.md decision 11).
"""

import logging
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol, cast

from app import key_vault
from app.domain.import_book import Book
from app.domain.providers import name_of
from app.integrations.accounting.port import Ledger, LedgerOutside
from app.integrations.accounting.sign_in import XeroSignIn
from app.integrations.accounting.sign_in import xero_sign_in as make_xero_sign_in
from app.integrations.archive.port import Archive
from app.integrations.email.port import Email
from app.integrations.errors import Permanent
from app.integrations.esign.port import Sealer, Signing, SigningLinks
from app.integrations.events.port import Events
from app.integrations.files.port import Files
from app.integrations.push.port import Push
from app.integrations.scan.port import Scan
from app.integrations.sms.port import Sms
from config import Config

log = logging.getLogger(__name__)


class Tried(Protocol):
    """What can be asked whether it is there and knows us, without any effect."""

    def try_out(self) -> None:
        """Ask; raise what any call of it would."""
        ...


MAKERS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("email", "postroom"): ("app.integrations.defaults", "postroom_email"),
    ("email", "smtp"): ("app.integrations.defaults", "smtp_email"),
    ("email", "sendgrid"): ("app.integrations.email.sendgrid", "sendgrid_email"),
    ("sms", "postroom"): ("app.integrations.defaults", "postroom_sms"),
    ("sms", "twilio"): ("app.integrations.sms.twilio", "twilio_sms"),
    ("push", "vapid"): ("app.integrations.push.vapid", "vapid_push"),
    ("files", "local"): ("app.integrations.defaults", "local_files"),
    ("files", "azure_blob"): ("app.integrations.files.azure", "azure_blob_files"),
    ("archive", "folder"): ("app.integrations.defaults", "folder_archive"),
    ("archive", "sharepoint"): ("app.integrations.archive.defaults", "sharepoint_archive"),
    ("events", "redis"): ("app.integrations.events.defaults", "redis_events"),
    ("events", "azure_service_bus"): ("app.integrations.events.azure", "service_bus_events"),
    ("esign", "builtin"): ("app.integrations.esign.defaults", "builtin_sealer"),
    ("signing", "docusign"): ("app.integrations.esign.docusign", "made"),
    ("signing", "adobe_sign"): ("app.integrations.esign.adobe_sign", "made"),
    ("signing_links", "docusign"): ("app.integrations.esign.docusign_links", "made"),
    ("signing_links", "adobe_sign"): ("app.integrations.esign.adobe_links", "made"),
    ("scan", "structure"): ("app.integrations.defaults", "structure_scan"),
    ("accounting", "ledger"): ("app.integrations.defaults", "embedded_ledger"),
    ("accounting", "xero"): ("app.integrations.accounting.xero", "xero_ledger"),
}
"""(port, choice) -> (module, function that takes the Config)."""

AT_WORK: Final = {
    "email": "email", "sms": "sms", "files": "files", "archive": "archive", "events": "events",
    "accounting": "accounting", "esign": "esign", "signing": "esign",
}  # fmt: skip
"""The ports that the workers of every house use, and the setting that chooses for each."""

BOOKS: Final = ("app.integrations.workbooks", "read_workbook")
"""Who reads workbooks: loaded with the first, for whoever never reads one."""

TEXT_SIGNATURES: Final = ("app.integrations.sms.twilio_signature", "is_genuine")
"""Who proves that a notice about a text is genuine: loaded with the first."""

_configured: list[Config] = []


def configure(config: Config) -> None:
    """Tell the switchboard what was chosen. Called once a process, by the street or the roof."""
    _configured[:] = [config]
    _made.cache_clear()
    _links.cache_clear()


def stand_by() -> None:
    """Load what was chosen for the work of every day, so that forks of this process share it."""
    (config,) = _configured
    for port, setting in AT_WORK.items():
        maker = MAKERS.get((port, str(getattr(config, setting))))
        if maker is not None:
            _load(maker[0])


def _load(module: str) -> None:
    """Load a file; where its library is not installed, only its own promises stop."""
    try:
        import_module(module)
    except ImportError:
        log.exception("a chosen provider cannot be loaded")


def renew() -> None:
    """Make every implementation anew at its next use: its keys may have been changed."""
    key_vault.forget()
    _made.cache_clear()
    _links.cache_clear()


def renew_links() -> None:
    """Make whoever makes signing links anew: the web process was refused with the keys it has."""
    key_vault.forget()
    _links.cache_clear()


def email() -> Email:
    """Return who carries our letters."""
    return cast("Email", _provider("email"))


def sms() -> Sms:
    """Return who carries our texts."""
    return cast("Sms", _provider("sms"))


def push() -> Push:
    """Return who brings notices to phones."""
    return cast("Push", _provider("push"))


def files() -> Files:
    """Return who keeps our files."""
    return cast("Files", _provider("files"))


def archive() -> Archive:
    """Return where executed papers are filed."""
    return cast("Archive", _provider("archive"))


def sealer() -> Sealer:
    """Return who seals executed papers: always ourselves, also those signed here while a vendor is chosen."""
    return cast("Sealer", _made("esign", "builtin"))


def signing(provider: str) -> Signing:
    """Return a provider that has papers signed; only workers ask for one."""
    return cast("Signing", _made("signing", _configured_as(provider)))


def signing_links(provider: str) -> SigningLinks:
    """Return who makes the link that somebody signs through at a provider."""
    return cast("SigningLinks", _links(_configured_as(provider)))


def scan() -> Scan:
    """Return who looks at what people send us."""
    return cast("Scan", _provider("scan"))


def accounting() -> Ledger:
    """Return where our bills are entered."""
    return cast("Ledger", _provider("accounting"))


def ledger_outside() -> LedgerOutside:
    """Return the vendor's ledger that bills are entered in; only where one is chosen."""
    return cast("LedgerOutside", _provider("accounting"))


def xero_sign_in() -> XeroSignIn:
    """Return how an organisation lets us into its Xero."""
    (config,) = _configured
    return make_xero_sign_in(config)


def choice(port: str) -> str:
    """Return what was chosen for a port."""
    (config,) = _configured
    return str(getattr(config, port))


def events() -> Events:
    """Return where facts are told to other systems."""
    return cast("Events", _provider("events"))


def tried(port: str) -> Tried:
    """Return whoever serves a need, to be asked one harmless question."""
    return cast("Tried", _provider(port))


def read_workbook(content: bytes) -> Book:
    """Return the sheets of an Excel workbook, or refuse with a reason."""
    module, reader = BOOKS
    return cast("Book", getattr(import_module(module), reader)(content))


def is_genuine_text_notice(token: str, url: str, told: Any, headers: Mapping[str, str]) -> bool:
    """Tell whether whoever carries our texts signed a notice to ``url``."""
    module, check = TEXT_SIGNATURES
    return cast("bool", getattr(import_module(module), check)(token, url, told, headers))


def _configured_as(provider: str) -> str:
    """Return a signing provider's name; its settings are known only while it is the chosen one."""
    (config,) = _configured
    if config.esign != provider:
        raise Permanent(
            f"{name_of(provider)} is not configured here any more: ESIGN is {config.esign}."
        )
    return provider


def _provider(port: str) -> Any:
    (config,) = _configured
    return _made(port, getattr(config, port))


@cache
def _links(provider: str) -> Any:
    """Return one of its own: the web process makes it anew without touching anything else."""
    return _new("signing_links", provider)


@cache
def _made(port: str, choice: str) -> Any:
    return _new(port, choice)


def _new(port: str, choice: str) -> Any:
    (config,) = _configured
    module, maker = MAKERS[port, choice]
    return getattr(import_module(module), maker)(config)
