"""What can be set from outside, checked once at the start. `.env.example` explains each name."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from app.first_start import addresses, kept_secret, vapid_key
from app.key_vault import opened, vault_of, vendors_of
from app.settings import OF_THE_HOUSE, SettingError, count, live_url, number, one_of, postgres

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

ROLES: Final = {
    "DATABASE_URL": "portal_app",
    "DATABASE_WORKER_URL": "portal_worker",
    "DATABASE_OWNER_URL": "portal_migrator",
    "DATABASE_REPLICA_URL": "portal_report",
}
"""Who signs in under each address, where the database is our own."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "ESIGN": ("builtin", "docusign", "adobe_sign"),
    "ACCOUNTING": ("ledger", "xero"),
    "ARCHIVE": ("folder", "sharepoint"),
    "FILES": ("local", "azure_blob"),
    "EMAIL": ("postroom", "smtp", "sendgrid"),
    "SMS": ("postroom", "twilio"),
    "PUSH": ("vapid",),
    "SCAN": ("structure", "clamd"),
    "EVENTS": ("redis", "azure_service_bus"),
    "SECRETS": ("environment", "key_vault"),
    "STAFF_SIGN_IN": ("local", "entra"),
    "TELEMETRY": ("none", "azure_monitor"),
}
"""What each port may be; the first is the embedded default."""

SECONDS: Final[Mapping[str, float]] = {
    "LEASE_SECONDS": 60,
    "HTTP_TIMEOUT_SECONDS": 20,
    "SETTLE_SECONDS": 60,
    "SIGN_IN_LEASE_SECONDS": 15,
    "SIGN_IN_TIMEOUT_SECONDS": 8,
    "SWEEP_SECONDS": 1,
}
"""The time constants of the outbox (reliability.md A5); tests divide them."""

COUNTS: Final[Mapping[str, int]] = {"WEB_PROCESSES": 2, "WORKERS": 4, "WORKER_MACHINES": 1}
"""How many processes serve pages and keep promises, on how many machines."""

BUILT: Final = frozenset(one for choices in CHOICES.values() for one in choices) - {
    "azure_monitor",
    "clamd",
    "key_vault",
}
"""The choices this release brings."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process, none of them wrong."""

    database_url: str = field(repr=False)
    database_worker_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    database_replica_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    field_keys: tuple[str, ...] = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    live_url: str = "http://127.0.0.1:8001"
    var: Path = Path("var")
    esign: str = "builtin"
    accounting: str = "ledger"
    archive: str = "folder"
    files: str = "local"
    email: str = "postroom"
    sms: str = "postroom"
    push: str = "vapid"
    scan: str = "structure"
    events: str = "redis"
    secrets: str = "environment"
    staff_sign_in: str = "local"
    telemetry: str = "none"
    vapid_private_key: str = field(default="", repr=False)
    """By which push services know us; without one, no phone is told."""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "BIG Live Portal <portal@localhost>"
    second_factor_required: bool = True
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    trusted_proxies: int = 0
    lease_seconds: float = 60.0
    http_timeout_seconds: float = 20.0
    settle_seconds: float = 60.0
    sign_in_lease_seconds: float = 15.0
    sign_in_timeout_seconds: float = 8.0
    sweep_seconds: float = 1.0
    web_processes: int = 2
    workers: int = 4
    worker_machines: int = 1
    seal_p12: Path | None = None
    seal_p12_password: str = field(default="", repr=False)
    vendor: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the chosen vendors must be told, by the name of its variable."""
    alert_hosts: tuple[str, ...] = ("hooks.slack.com",)
    """Where alerts may be posted; one with a port is a machine of the operator's own."""
    log_level: str = "INFO"
    testing: bool = False

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the product."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def has_postroom(self) -> bool:
        """Tell whether letters are kept in the post room instead of leaving the house."""
        return "postroom" in {self.email, self.sms}

    @property
    def signing_hosts(self) -> tuple[str, ...]:
        """Return where a browser may go on to sign, as a Content-Security-Policy names it."""
        given = self.vendor.get(f"{self.esign.upper()}_SIGNING_HOSTS", "")
        return tuple(given.replace(",", " ").split())

    def need(self, name: str) -> str:
        """Return a setting this process cannot do without, such as ``database_owner_url``."""
        value: str = getattr(self, name)
        if not value:
            raise SettingError(f"{name.upper()} is not set, and this process needs it.")
        return value

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Config":
        """Read and check every setting."""
        vault = vault_of(environ)
        environ = opened(environ, vault)
        base_url = _base_url(environ)
        host = urlsplit(base_url).hostname
        loopback = host in LOOPBACK
        var = Path(environ.get("VAR") or Path(__file__).parent / "var").absolute()
        made: dict[str, Any] = {
            **_databases(environ, var),
            **{port.lower(): _choice(environ, port) for port in CHOICES},
            "secret_key": _secret_key(environ, var, loopback),
            "field_keys": _field_keys(environ, var, loopback),
            "base_url": base_url,
            "live_url": live_url(environ.get("LIVE_URL", ""), base_url, loopback),
            "var": var,
            "second_factor_required": _second_factor(environ, loopback),
            "trusted_hosts": _trusted_hosts(environ, base_url),
            "trusted_proxies": int(number(environ, "TRUSTED_PROXIES", 0)),
            "vapid_private_key": vapid_key(
                environ.get("VAPID_PRIVATE_KEY", ""), var, loopback=loopback
            ),
            "smtp_url": _smtp_url(environ),
            "mail_from": environ.get("MAIL_FROM") or f"BIG Live Portal <portal@{host}>",
            **{name.lower(): number(environ, name, usual) for name, usual in SECONDS.items()},
            **{name.lower(): count(environ, name, usual) for name, usual in COUNTS.items()},
            "seal_p12": _file(environ, "SEAL_P12"),
            "seal_p12_password": environ.get("SEAL_P12_PASSWORD", ""),
            "vendor": vendors_of(vault, [_choice(environ, port) for port in CHOICES], environ),
            "alert_hosts": tuple(
                (environ.get("ALERT_HOSTS") or "hooks.slack.com").replace(",", " ").split()
            ),
            "log_level": one_of(environ, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
            "testing": one_of(environ, "TESTING", ("0", "1")) == "1",
        }
        config = cls(**made)
        _refuse_open_postroom(config, environ)
        _refuse_short_lease(config)
        return config


def _base_url(environ: Mapping[str, str]) -> str:
    url = (environ.get("BASE_URL") or "http://127.0.0.1:8000").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise SettingError(
            f"BASE_URL is {url!r}. Give the address people type, such as https://portal.example.com."
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingError(
            f"BASE_URL is {url!r}: sign-in needs https everywhere but on this machine itself."
        )
    return url


def _databases(environ: Mapping[str, str], var: Path) -> dict[str, str]:
    """Return the addresses given; where there is no ``DATABASE_URL``, the embedded servers'."""
    running = addresses(var)
    own = bool(environ.get("DATABASE_URL"))
    found: dict[str, str] = {}
    for name, role in ROLES.items():
        ours = running.get(name, f"postgresql://{role}@/portal?host={var}/embedded/run")
        found[name.lower()] = postgres(name, environ.get(name) or ("" if own else ours))
    bell = f"unix://{var}/embedded/redis/run/redis.sock?db=0"
    redis = environ.get("REDIS_URL") or running.get("REDIS_URL", bell)
    if urlsplit(redis).scheme not in {"redis", "rediss", "unix"}:
        raise SettingError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return {**found, "redis_url": redis}


def _choice(environ: Mapping[str, str], port: str) -> str:
    chosen = one_of(environ, port, CHOICES[port])
    if chosen not in BUILT | OF_THE_HOUSE:
        built = ", ".join(choice for choice in CHOICES[port] if choice in BUILT)
        raise SettingError(
            f"{port} is {chosen!r}, which this release does not bring yet. Use {built}."
        )
    return chosen


def _second_factor(environ: Mapping[str, str], loopback: bool) -> bool:
    required = one_of(environ, "STAFF_SECOND_FACTOR", ("required", "off")) == "required"
    if not required and not loopback:
        raise SettingError("STAFF_SECOND_FACTOR can be off only while BASE_URL is this machine.")
    return required


def _trusted_hosts(environ: Mapping[str, str], base_url: str) -> tuple[str, ...]:
    host = urlsplit(base_url).hostname or "localhost"
    given = environ.get("TRUSTED_HOSTS", "").replace(",", " ").split()
    own = ["127.0.0.1", "localhost", "[::1]"] if host in LOOPBACK else [host]
    return tuple(dict.fromkeys([*own, *given]))


def _smtp_url(environ: Mapping[str, str]) -> str:
    url = environ.get("SMTP_URL", "")
    if environ.get("EMAIL") == "smtp" and urlsplit(url).scheme not in {"smtp", "smtps"}:
        raise SettingError("EMAIL is smtp, so SMTP_URL is needed: smtp://user:password@host:587.")
    return url


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    path = Path(environ[name]) if environ.get(name) else None
    if path is not None and not path.is_file():
        raise SettingError(f"{name} names {path}, and there is no such file.")
    return path


def _secret_key(environ: Mapping[str, str], var: Path, loopback: bool) -> str:
    key = environ.get("SECRET_KEY") or _kept(var, "SECRET_KEY", loopback)
    if len(key) < 32:
        raise SettingError(
            "SECRET_KEY is shorter than 32 characters. Make one: openssl rand -hex 32."
        )
    return key


def _field_keys(environ: Mapping[str, str], var: Path, loopback: bool) -> tuple[str, ...]:
    text = environ.get("FIELD_KEYS") or _kept(var, "FIELD_KEYS", loopback)
    keys = tuple(text.replace(",", " ").split())
    for key in keys:
        try:
            size = len(base64.urlsafe_b64decode(key))
        except (binascii.Error, ValueError):
            size = 0
        if size != 32:
            raise SettingError(
                "FIELD_KEYS holds something that is not 32 bytes in URL-safe base64. Make one: "
                "openssl rand -base64 32 | tr '+/' '-_'. The newest comes first, commas between."
            )
    return keys


def _kept(var: Path, name: str, loopback: bool) -> str:
    """Return a secret from ``var``, made there on first start; never for a public address."""
    if not loopback:
        raise SettingError(
            f"{name} is not set. It is made for you only while BASE_URL is this machine."
        )
    return kept_secret(var, name.lower())


def _refuse_open_postroom(config: Config, environ: Mapping[str, str]) -> None:
    """Keep a public product from showing its letters on a page (architecture.md section 2)."""
    public = config.base_url.startswith("https:")
    if config.has_postroom and public and environ.get("ALLOW_POSTROOM") != "1":
        raise SettingError(
            "EMAIL or SMS is postroom while BASE_URL is https: sign-in letters would wait on a page "
            "and reach nobody. Choose a carrier, or set ALLOW_POSTROOM=1 if you mean it."
        )


def _refuse_short_lease(config: Config) -> None:
    if config.lease_seconds <= config.http_timeout_seconds + 0.5:
        raise SettingError("LEASE_SECONDS must be longer than HTTP_TIMEOUT_SECONDS.")
    if config.sign_in_lease_seconds <= config.sign_in_timeout_seconds + 0.5:
        raise SettingError("SIGN_IN_LEASE_SECONDS must be longer than SIGN_IN_TIMEOUT_SECONDS.")
