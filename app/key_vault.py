"""Secrets in Azure Key Vault: a setting ``kv://name`` is opened here when it is used, and read again when it changed.

Plain HTTPS with a time-out instead of the SDK: the web process needs some of them, too. What was read
is remembered for a while; when the vault is away, the last known value goes on being used.
"""

import json
import logging
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.settings import SettingError, vendor_settings

log = logging.getLogger(__name__)

MARK: Final = "kv://"
VERSION: Final = "7.4"
SCOPE: Final = "https://vault.azure.net/.default"
TIMEOUT: Final = 5.0
KEPT_SECONDS: Final = 300.0
"""After so long a secret is read again, so that a rotation is noticed without anybody's doing."""
DOUBTED_SECONDS: Final = 30.0
"""What fails to prove a signature is read again at most so often, however many are forged."""
OWN: Final = (
    "SECRET_KEY", "FIELD_KEYS", "SEAL_P12_PASSWORD", "SMTP_URL", "VAPID_PRIVATE_KEY", "REDIS_URL", "DATABASE_URL",
    "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "DATABASE_REPLICA_URL",
)  # fmt: skip
"""Settings of the house that may lie in the vault; they are opened once, at the start."""
EARLY: Final = 120.0
"""A token is renewed so many seconds before it ends."""


@dataclass(slots=True)
class KeyVault:
    """One vault, read as one application (client credentials)."""

    url: str
    authority: str
    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    authority_file: str = ""
    """Certificates to trust beside the system's, for a vault behind an authority of one's own."""
    monotonic: Callable[[], float] = time.monotonic
    known: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)
    token: tuple[str, float] = ("", 0.0)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def open(self, value: str) -> str:
        """Return the secret that a setting stands for; what is no reference is returned as it is."""
        if not value.startswith(MARK):
            return value
        name = value.removeprefix(MARK).strip("/")
        with self.lock:
            found, until = self.known.get(name, ("", 0.0))
            if self.monotonic() < until:
                return found
            try:
                found = self._read(name)
            except OSError as error:
                if name not in self.known:
                    raise SettingError(
                        f"{value} cannot be read from the key vault: {error}"
                    ) from error
                log.warning("the key vault does not answer; %s stays as it was: %s", name, error)
            self.known[name] = (found, self.monotonic() + KEPT_SECONDS)
            return found

    def forget(self) -> None:
        """Read everything again at its next use: somebody was refused with what we know."""
        with self.lock:
            self.known = {name: (value, 0.0) for name, (value, _) in self.known.items()}

    def doubt(self) -> None:
        """Read again at its next use what was last read longer than half a minute ago."""
        oldest = self.monotonic() + KEPT_SECONDS - DOUBTED_SECONDS
        with self.lock:
            self.known = {
                name: (value, until if until > oldest else 0.0)
                for name, (value, until) in self.known.items()
            }

    def _read(self, name: str) -> str:
        url = f"{self.url.rstrip('/')}/secrets/{urllib.parse.quote(name)}?api-version={VERSION}"
        try:
            told = self._ask(url, headers={"Authorization": f"Bearer {self._access()}"})
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            self.token = ("", 0.0)
            told = self._ask(url, headers={"Authorization": f"Bearer {self._access()}"})
        return str(told["value"])

    def _access(self) -> str:
        held, until = self.token
        if held and self.monotonic() < until:
            return held
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scope": SCOPE,
        }
        place = f"{self.authority.rstrip('/')}/{self.tenant}/oauth2/v2.0/token"
        told = self._ask(place, body=urllib.parse.urlencode(form).encode())
        lasts = float(told.get("expires_in", 300))
        self.token = (str(told["access_token"]), self.monotonic() + max(0.0, lasts - EARLY))
        return self.token[0]

    def _ask(
        self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        if not url.startswith("https://"):
            raise SettingError(
                f"{url.split('?', maxsplit=1)[0]} is not https: secrets travel by nothing else."
            )
        trusted = ssl.create_default_context()
        if self.authority_file:
            trusted.load_verify_locations(self.authority_file)
        # S310 warns of file: addresses; above, nothing but https has passed.
        asked = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310
        with urllib.request.urlopen(asked, timeout=TIMEOUT, context=trusted) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
        return told


class OpenedSettings(Mapping[str, str]):
    """Settings of vendors, of which references are opened when they are read."""

    def __init__(self, settings: Mapping[str, str], vault: KeyVault) -> None:
        self._settings, self._vault = dict(settings), vault

    def __getitem__(self, name: str) -> str:
        return self._vault.open(self._settings[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)


def opened(environ: Mapping[str, str], vault: KeyVault | None) -> Mapping[str, str]:
    """Return the environment with the house's own references opened; vendors' are opened when used."""
    found = {name: environ[name] for name in OWN if environ.get(name, "").startswith(MARK)}
    if not found:
        return environ
    if vault is None:
        name = next(iter(found))
        raise SettingError(f"{name} is {found[name]}, but SECRETS is not key_vault.")
    return {**environ, **{name: vault.open(value) for name, value in found.items()}}


def vendors_of(
    vault: KeyVault | None, chosen: Iterable[str], environ: Mapping[str, str]
) -> Mapping[str, str]:
    """Return what the chosen vendors must be told."""
    found = vendor_settings(chosen, environ)
    reference = next((name for name, value in found.items() if value.startswith(MARK)), None)
    if vault is not None:
        return OpenedSettings(found, vault)
    if reference is not None:
        raise SettingError(f"{reference} is {found[reference]}, but SECRETS is not key_vault.")
    return found


def vault_of(environ: Mapping[str, str]) -> KeyVault | None:
    """Return the vault of the configuration, if one is chosen."""
    if environ.get("SECRETS") != "key_vault":
        return None
    needed = ("AZURE_KEY_VAULT_URL", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    for name in needed:
        if not environ.get(name):
            raise SettingError(
                f"SECRETS is key_vault, so {name} is needed. `.env.example` says what it is."
            )
        if environ[name].startswith(MARK):
            raise SettingError(f"{name} opens the key vault, so it cannot lie in it.")
    url, tenant, client_id, client_secret = (environ[name] for name in needed)
    authority = environ.get("AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com"
    made = KeyVault(
        url, authority, tenant, client_id, client_secret, environ.get("AZURE_KEY_VAULT_CA", "")
    )
    _vaults[:] = [made]
    return made


def forget() -> None:
    """Read what came from the vault again at its next use."""
    for vault in _vaults:
        vault.forget()


def doubt() -> bool:
    """Have what came from the vault read again, unless it just was; tell whether there is a vault."""
    for vault in _vaults:
        vault.doubt()
    return bool(_vaults)


_vaults: list[KeyVault] = []
"""The vault of this process, if it has one."""
