"""Microsoft Entra ID as a tenant's OpenID provider: discovery, sign-in, tokens and keys.

Nothing of it stands in a vendor file: all is prose,
learn.microsoft.com/entra/identity-platform/v2-protocols-oidc, v2-oauth2-auth-code-flow and id-token-claims-reference.
"""

import base64
import hashlib
import json
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.wrappers import Request, Response

TENANT = "8f1f0c6e-6a0d-4c07-9a4e-3f2a7c1b5d90"
CLIENT = "0a3b1d7e-5f52-4a6b-8a5c-2f6d8b9e7c11"
SECRET = "entra-client-secret"


@dataclass
class Person:
    """An account of the tenant."""

    address: str
    name: str = "Ruth Okafor"
    oid: str = field(default_factory=lambda: str(uuid.uuid4()))
    groups: list | None = None
    amr: tuple = ("pwd",)
    more: dict = field(default_factory=dict)
    """Claims beside or instead of the usual ones."""


class Entra:
    """A tenant; ``person`` signs in at the next visit. Tokens are signed by ``key``."""

    def __init__(self, tenant=TENANT, client=CLIENT, secret=SECRET):
        self.tenant, self.client, self.secret = tenant, client, secret
        self.base = ""
        self.person = None
        self.refuses = ""
        self.codes = {}
        self.published = []
        self.rotate()
        self.signing = {}
        """Keyword arguments of ``jwt.encode`` that a forger would choose."""

    def rotate(self, is_published=True):
        """Sign with a new key from now on."""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = uuid.uuid4().hex
        if is_published:
            self.published.append((self.kid, self.key.public_key()))

    @property
    def issuer(self):
        return f"{self.base}/{self.tenant}/v2.0"

    def __call__(self, environ, start_response):
        request = Request(environ)
        doors = {
            f"/{self.tenant}/v2.0/.well-known/openid-configuration": self.discovery,
            f"/{self.tenant}/oauth2/v2.0/authorize": self.authorize,
            f"/{self.tenant}/oauth2/v2.0/token": self.token,
            f"/{self.tenant}/discovery/v2.0/keys": self.jwks,
        }
        door = doors.get(request.path)
        answer = _say({"error": "not_found"}, 404) if door is None else door(request)
        return answer(environ, start_response)

    def discovery(self, _request):
        oauth = f"{self.base}/{self.tenant}/oauth2/v2.0"
        return _say(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{oauth}/authorize",
                "token_endpoint": f"{oauth}/token",
                "jwks_uri": f"{self.base}/{self.tenant}/discovery/v2.0/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def authorize(self, request):
        """Sign ``person`` in without a word, as for a browser with a session there."""
        return self.sign_in(request.args, self.person)

    def sign_in(self, asked, person):
        """Send the browser back with a code of somebody's, or with nobody's refusal."""
        if asked.get("client_id") != self.client or asked.get("code_challenge_method") != "S256":
            return _say({"error": "invalid_request"}, 400)
        given = {"state": asked["state"]}
        if self.refuses or person is None:
            given["error"] = self.refuses or "access_denied"
        else:
            given["code"] = uuid.uuid4().hex
            self.codes[given["code"]] = (person, dict(asked))
        return Response("", 302, {"Location": f"{asked['redirect_uri']}?{urlencode(given)}"})

    def token(self, request):
        """Redeem a code once, for whoever knows the secret and the verifier."""
        form = request.form
        if form.get("client_id") != self.client or form.get("client_secret") != self.secret:
            return _say({"error": "invalid_client"}, 401)
        person, asked = self.codes.pop(form.get("code", ""), (None, {}))
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
        is_same = form.get("redirect_uri") == asked.get("redirect_uri")
        if person is None or challenge != asked["code_challenge"] or not is_same:
            return _say({"error": "invalid_grant"}, 400)
        return _say(
            {"token_type": "Bearer", "expires_in": 3600, "id_token": self.id_token(person, asked)}
        )

    def id_token(self, person, asked):
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": self.client, "tid": self.tenant, "iat": now, "nbf": now, "exp": now + 3600,
            "nonce": asked["nonce"], "oid": person.oid, "sub": uuid.uuid4().hex, "ver": "2.0",
            "name": person.name, "preferred_username": person.address, "amr": list(person.amr),
        }  # fmt: skip
        if person.groups is not None:
            claims["groups"] = list(person.groups)
        claims |= person.more
        claims = {name: value for name, value in claims.items() if value is not None}
        signing = {
            "key": self.key,
            "algorithm": "RS256",
            "headers": {"kid": self.kid},
        } | self.signing
        return jwt.encode(claims, **signing)

    def jwks(self, _request):
        keys = [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)), "kid": kid, "use": "sig"}
            for kid, public in self.published
        ]
        return _say({"keys": keys})


def _say(body, status=200):
    return Response(json.dumps(body), status, content_type="application/json")
