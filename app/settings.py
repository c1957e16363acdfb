"""Reading settings from the environment, and what each vendor needs to be told once it is chosen.

A setting is read from the environment. A value ``kv://name`` stands for a secret in the key vault
and is opened by whoever calls the vendor, not at the start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a vendor must know: its variable, and what it is when nobody says."""

    name: str
    default: str = ""
    is_needed: bool = True
    """Without it the choice is refused at the start."""


VENDORS: Final[dict[str, tuple[Setting, ...]]] = {
    "entra": (
        Setting("ENTRA_TENANT_ID"),
        Setting("ENTRA_CLIENT_ID"),
        Setting("ENTRA_CLIENT_SECRET"),
        Setting("ENTRA_AUTHORITY", "https://login.microsoftonline.com"),
        Setting("ENTRA_ROLES", is_needed=False),
    ),
    "azure_monitor": (Setting("APPLICATIONINSIGHTS_CONNECTION_STRING"),),
    "key_vault": (
        Setting("AZURE_KEY_VAULT_URL"),
        Setting("AZURE_TENANT_ID"),
        Setting("AZURE_CLIENT_ID"),
        Setting("AZURE_CLIENT_SECRET"),
        Setting("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com"),
        Setting("AZURE_KEY_VAULT_CA", is_needed=False),
    ),
    "sharepoint": (
        Setting("GRAPH_CLIENT_ID"),
        Setting("GRAPH_CLIENT_SECRET"),
        Setting("GRAPH_AUTHORITY", "https://login.microsoftonline.com"),
        Setting("GRAPH_BASE_URL", "https://graph.microsoft.com"),
    ),
    "redis": (Setting("EVENT_STREAM_LENGTH", "100000"),),
    "azure_blob": (
        Setting("AZURE_STORAGE_CONNECTION_STRING"),
        Setting("AZURE_STORAGE_CONTAINER", "portal-files"),
    ),
    "azure_service_bus": (
        Setting("AZURE_SERVICE_BUS_CONNECTION_STRING"),
        Setting("AZURE_SERVICE_BUS_QUEUE", "portal-events"),
        Setting("AZURE_SERVICE_BUS_TOPIC", is_needed=False),
    ),
    "vapid": (
        Setting("VAPID_SUBJECT", is_needed=False),
        Setting(
            "PUSH_HOSTS",
            "fcm.googleapis.com,push.services.mozilla.com,push.apple.com,notify.windows.com",
        ),
    ),
    "sendgrid": (
        Setting("SENDGRID_API_KEY"),
        Setting("SENDGRID_WEBHOOK_PUBLIC_KEY"),
        Setting("SENDGRID_BASE_URL", "https://api.sendgrid.com"),
        Setting("SENDGRID_REPLY_TO", is_needed=False),
    ),
    "twilio": (
        Setting("TWILIO_ACCOUNT_SID"),
        Setting("TWILIO_AUTH_TOKEN"),
        Setting("TWILIO_FROM"),
        Setting("TWILIO_BASE_URL", "https://api.twilio.com"),
    ),
    "xero": (
        Setting("XERO_CLIENT_ID"),
        Setting("XERO_CLIENT_SECRET"),
        Setting("XERO_WEBHOOK_KEY", is_needed=False),
        Setting("XERO_LOGIN_URL", "https://login.xero.com"),
        Setting("XERO_IDENTITY_URL", "https://identity.xero.com"),
        Setting("XERO_API_URL", "https://api.xero.com"),
        Setting("XERO_CALLS_A_DAY", "5000"),
    ),
    "docusign": (
        Setting("DOCUSIGN_INTEGRATION_KEY"),
        Setting("DOCUSIGN_USER_ID"),
        Setting("DOCUSIGN_ACCOUNT_ID"),
        Setting("DOCUSIGN_PRIVATE_KEY"),
        Setting("DOCUSIGN_HMAC_KEYS"),
        Setting("DOCUSIGN_BASE_URL", "https://www.docusign.net"),
        Setting("DOCUSIGN_OAUTH_URL", "https://account.docusign.com"),
        Setting("DOCUSIGN_OAUTH_AUDIENCE", is_needed=False),
        Setting("DOCUSIGN_TEMPLATE_ID", is_needed=False),
        Setting("DOCUSIGN_SIGNING_HOSTS", "https://*.docusign.net,https://*.docusign.com"),
    ),
    "adobe_sign": (
        Setting("ADOBE_SIGN_CLIENT_ID"),
        Setting("ADOBE_SIGN_CLIENT_SECRET"),
        Setting("ADOBE_SIGN_REFRESH_TOKEN"),
        Setting("ADOBE_SIGN_BASE_URL", "https://api.na1.adobesign.com"),
        Setting("ADOBE_SIGN_SIGNING_HOSTS", "https://*.adobesign.com,https://*.echosign.com"),
    ),
}
"""Choice -> what it must be told. Every name stands in `.env.example`, too."""


OF_THE_HOUSE: Final = frozenset({"azure_monitor", "entra", "key_vault"})
"""Choices about the house itself that this release brings, beside those of its providers."""


class SettingError(ValueError):
    """A setting is missing or wrong; the message names the variable and what to do."""


def vendor_settings(chosen: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the chosen vendors, or say which is missing."""
    found: dict[str, str] = {}
    for vendor in chosen:
        for setting in VENDORS.get(vendor, ()):
            value = environ.get(setting.name, "").strip() or setting.default
            if setting.is_needed and not value:
                raise SettingError(
                    f"{vendor} is chosen, so {setting.name} is needed. `.env.example` says what it is."
                )
            found[setting.name] = value
    return found


def live_url(given: str, base_url: str, loopback: bool) -> str:
    """Return where live events are: beside the web here, below its address elsewhere."""
    if given:
        return given.rstrip("/")
    if not loopback:
        return f"{base_url}/live"
    parts = urlsplit(base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}:{port + 1}"


def one_of(environ: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """Return a setting that has a few values; the first is the default."""
    value = environ.get(name) or values[0]
    if value not in values:
        raise SettingError(f"{name} is {value!r}. It can be {', '.join(values)}.")
    return value


def number(environ: Mapping[str, str], name: str, otherwise: float) -> float:
    """Return a setting that is a number from 0 to 86400."""
    text = environ.get(name) or str(otherwise)
    try:
        value = float(text)
    except ValueError:
        raise SettingError(f"{name} is {text!r}. It must be a number.") from None
    if not 0 <= value <= 86_400:
        raise SettingError(f"{name} is {text}. It must lie between 0 and 86400.")
    return value


def count(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    """Return a setting that says how many there are, one at least."""
    value = number(environ, name, otherwise)
    if value < 1 or value != int(value):
        raise SettingError(f"{name} is {environ.get(name)}. It must be a whole number from 1.")
    return int(value)


def postgres(name: str, url: str) -> str:
    """Return the address of a database as SQLAlchemy writes it."""
    scheme, separator, rest = url.partition("://")
    if not url:
        return ""
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise SettingError(f"{name} must begin with postgresql://. No other database is supported.")
    return f"postgresql+psycopg://{rest}"
