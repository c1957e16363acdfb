"""The needs that somebody outside can serve, what each choice is called, and which promises go there."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Port:
    """One need of the house, as staff call it."""

    name: str
    """As the configuration calls it: esign, accounting ..."""
    label: str
    kinds: tuple[str, ...]
    """How the kinds of its promises begin."""


PORTS: Final = (
    Port("esign", "Contracts", ("esign", "envelope")),
    Port("accounting", "Payables", ("ledger", "accounting", "xero")),
    Port("archive", "Archive", ("archive", "graph", "sharepoint")),
    Port("files", "Files", ("files", "file")),
    Port("email", "E-mail", ("mail",)),
    Port("sms", "Text messages", ("sms",)),
    Port("push", "Phones", ("push",)),
    Port("events", "Events", ("event", "events")),
)
"""What the integrations desk shows, in its order."""

OWN: Final = Port("house", "The portal", ())
"""Work of our own, which nobody outside is asked for."""

BY_NAME: Final = {port.name: port for port in (*PORTS, OWN)}

NAMES: Final = {
    "builtin": "Built-in signing",
    "docusign": "DocuSign",
    "adobe_sign": "Adobe Acrobat Sign",
    "ledger": "Built-in ledger",
    "xero": "Xero",
    "folder": "Archive folder",
    "sharepoint": "SharePoint",
    "local": "Files on this machine",
    "azure_blob": "Azure Blob",
    "postroom": "Post room",
    "smtp": "Mail server",
    "sendgrid": "SendGrid",
    "twilio": "Twilio",
    "vapid": "Web Push",
    "redis": "Redis streams",
    "azure_service_bus": "Azure Service Bus",
    "house": "The portal",
}
"""What each choice is called on a page."""

EMBEDDED: Final = frozenset(
    {"builtin", "ledger", "folder", "local", "postroom", "smtp", "vapid", "redis", "house"}
)
"""Choices that nobody has to give leave for."""

CONNECTED: Final = frozenset({"xero", "sharepoint"})
"""Choices for which each company gives leave of its own; the others have the keys of the whole product."""

RENEWED: Final = frozenset({"xero"})
"""Choices whose sign-in ends soon, and is renewed by itself before it does."""

TELLING: Final = frozenset({"docusign", "adobe_sign", "xero", "sharepoint", "sendgrid", "twilio"})
"""Choices that knock at our door with notices."""

PAUSED: Final = frozenset({"postroom", "smtp"})
"""Embedded choices that can be paused all the same: letters wait then."""

COMPARED_BY: Final = {
    "docusign": "esign.compare",
    "adobe_sign": "esign.compare",
    "xero": "ledger.refresh",
    "sharepoint": "archive.changes",
}
"""Choice -> the kind of promise that compares what lies there with our records, at night and when asked."""

BY_HAND: Final = frozenset({"esign", "accounting", "archive"})
"""Needs that people can serve by hand for a while: the embedded way is used."""

FINANCIAL: Final = frozenset({"accounting"})
"""Needs whose stopped promises two people decide about."""

OF_MONEY: Final = frozenset({"ledger", "xero"})
"""Choices that serve those needs: what they ask for is Finance's, too."""


def port_of(kind: str) -> Port:
    """Return the need that a kind of promise serves; the portal's own where nobody outside is asked."""
    head = kind.partition(".")[0]
    return next((port for port in PORTS if head in port.kinds), OWN)


def can_be_paused(choice: str) -> bool:
    """Tell whether pausing a choice holds anything back: work of our own goes on."""
    return choice in PAUSED or choice not in EMBEDDED


def name_of(choice: str) -> str:
    """Return what a choice is called on a page."""
    return NAMES.get(choice) or choice.replace("_", " ").capitalize()


def needs_second_person(kind: str) -> bool:
    """Tell whether a stopped promise of this kind is decided by two people."""
    return port_of(kind).name in FINANCIAL
