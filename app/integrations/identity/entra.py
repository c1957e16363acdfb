"""Who somebody is, as Microsoft Entra ID says: authorisation code with PKCE, state and nonce (OpenID Connect).

Speaks plain HTTP with a time-out and no SDK: the web process uses it.
"""

import base64
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

from app.integrations.errors import Permanent, Retryable
from app.integrations.refusals import own_error

TIMEOUT: Final = 8.0
KEPT_SECONDS: Final = 3600.0
"""How long addresses and keys are remembered; an unknown key is asked for at once."""
ASKED_AGAIN: Final = 30.0
"""Seconds between two looks for a key that nobody knows: a forged one must not make us ask for ever."""
LEEWAY: Final = 60
ALGORITHMS: Final = ("RS256",)
SCOPE: Final = "openid profile email"
ELSEWHERE: Final = "elsewhere"
CLOCK: Final = "clock"
KEY: Final = "key"
"""Codes of what a person is told apart: another tenant, clocks that differ, our key refused."""

KEY_REFUSED: Final = frozenset({"invalid_client", "unauthorized_client"})
"""What Microsoft says of an application whose secret ran out or that it does not know."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """What Entra ID vouches for about somebody who has signed in there."""

    oid: str
    """Their number in the tenant, for ever."""
    address: str
    """An e-mail address that the tenant vouches for; empty where it does not."""
    name: str
    groups: frozenset[str] | None
    """The groups they belong to; None where they are too many for the token to say."""
    used_second_factor: bool
    is_guest: bool
    """Whether their account belongs to somebody else's tenant and is only let into this one."""


@dataclass(slots=True)
class Entra:
    """One tenant, to which this product is registered as one application."""

    authority: str
    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    published: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    asked_at: float = 0.0

    @property
    def issuer(self) -> str:
        """Return who must have signed."""
        return f"{self.authority.rstrip('/')}/{self.tenant}/v2.0"

    def address_of_sign_in(self, *, back: str, state: str, nonce: str, challenge: str) -> str:
        """Return where the browser goes to sign in."""
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": back,
            "response_mode": "query",
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._place('authorization_endpoint')}?{urllib.parse.urlencode(asked)}"

    def who(self, code: str, *, back: str, nonce: str, verifier: str) -> Colleague:
        """Redeem a code and return whose it is, or refuse what is not exactly as it must be."""
        answer = _json(
            self._place("token_endpoint"),
            {
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "code": code,
                "redirect_uri": back,
                "code_verifier": verifier,
                "scope": SCOPE,
            },
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Permanent("Microsoft answered without saying who it is.")
        return colleague(self._claims(token, nonce))

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(kid),
                algorithms=list(ALGORITHMS),
                audience=self.client_id,
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "aud", "iss", "nonce", "oid", "tid"]},
            )
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
            raise Permanent(
                f"Microsoft's clock and ours differ too much: {error}", code=CLOCK
            ) from error
        except jwt.InvalidIssuerError as error:
            raise Permanent(f"Another issuer than our tenant: {error}", code=ELSEWHERE) from error
        except jwt.PyJWTError as error:
            raise Permanent(f"Microsoft's answer does not hold: {error}") from error
        if claims["tid"] != self.tenant:
            raise Permanent(
                "That account belongs to another organisation at Microsoft.", code=ELSEWHERE
            )
        if claims["nonce"] != nonce:
            raise Permanent("Microsoft's answer belongs to another sign-in.")
        return claims

    def _key(self, kid: str) -> jwt.PyJWK:
        """Return a key of the tenant; one that is new is fetched, at most every half minute."""
        due = time.monotonic() - self.asked_at > ASKED_AGAIN
        if kid not in self.keys and (due or not self.keys):
            self.asked_at = time.monotonic()
            found = jwt.PyJWKSet.from_dict(_json(self._place("jwks_uri")))
            self.keys = {key.key_id: key for key in found.keys if key.key_id}
        if kid not in self.keys:
            raise Permanent("Microsoft's answer is signed with a key that it does not publish.")
        return self.keys[kid]

    def _place(self, name: str) -> str:
        """Return an address that the tenant publishes; they are read once an hour."""
        now = time.monotonic()
        if not self.published or now - self.published["read"] > KEPT_SECONDS:
            found = _json(f"{self.issuer}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise Permanent(
                    "The tenant's id or the authority is wrong: another issuer answers."
                )
            self.published = {**found, "read": now}
        return str(self.published[name])


def challenge_of(verifier: str) -> str:
    """Return the hash of a verifier as PKCE wants it (RFC 7636, S256)."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def colleague(claims: Mapping[str, Any]) -> Colleague:
    """Return what checked claims say of somebody.

    Anybody can write any address into the ``email`` of an account of theirs. It counts only where
    the tenant has proved its domain (``xms_edov``), or where it is the sign-in name itself.
    """
    sign_in_name = str(claims.get("preferred_username", "")).strip().lower()
    email = str(claims.get("email", "")).strip().lower()
    is_proved = claims.get("xms_edov") in (True, 1, "1", "true")
    groups = claims.get("groups") if isinstance(claims.get("groups"), list) else ()
    address = email if email and is_proved else sign_in_name
    return Colleague(
        oid=str(claims["oid"]),
        address=address if "@" in address and "#ext#" not in address else "",
        name=str(claims.get("name", "")),
        groups=None if _are_too_many(claims) else frozenset(map(str, groups or ())),
        used_second_factor="mfa" in (claims.get("amr") or ()),
        is_guest=_is_guest(claims),
    )


def _is_guest(claims: Mapping[str, Any]) -> bool:
    """Tell whether somebody is a guest of the tenant.

    ``idp`` says who let them in where that is not the tenant itself; ``acct``, which a registration
    may ask for, says 1 (learn.microsoft.com, "ID token claims" and "Optional claims").
    """
    return claims.get("idp", claims["iss"]) != claims["iss"] or str(claims.get("acct")) == "1"


def _are_too_many(claims: Mapping[str, Any]) -> bool:
    """Tell whether somebody is in more groups than a token holds.

    Whoever is in none gets a token without groups; whoever is in over 200, one that only says so
    (learn.microsoft.com, "Configure group claims", groups overage claim).
    """
    elsewhere = claims.get("_claim_names")
    return bool(claims.get("hasgroups")) or (isinstance(elsewhere, dict) and "groups" in elsewhere)


def _json(url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Ask Entra ID; say apart whether it does not answer and whether it says no."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    # S310 warns of file: addresses; ours come from the settings and from Entra ID's own discovery.
    asked = urllib.request.Request(url, data=body, headers={"Accept": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310 -- configured
            told = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            words = _complaint(error)
        if error.code >= 500:
            raise Retryable(own_error("Microsoft", error.code), status=error.code) from None
        if error.code == 429:
            raise Retryable("Microsoft asks us to slow down.", status=error.code) from None
        code = KEY if words in KEY_REFUSED else ""
        raise Permanent(f"Microsoft refused: {words}", status=error.code, code=code) from None
    except (OSError, ValueError) as error:
        raise Retryable(f"Microsoft does not answer: {error}") from error
    if not isinstance(told, dict):
        raise Permanent("Microsoft's answer cannot be read.")
    return told


def _complaint(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error).get("error", error.code))
    except (ValueError, AttributeError):
        return str(error.code)
