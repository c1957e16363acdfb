"""Leave to speak for the organisation at DocuSign: the JWT grant, with its token kept until it ends.

Our own grant instead of the SDK's, which takes host and audience for one thing and cannot be told a
time-out. The consent behind it is given once, by an administrator of the DocuSign account.
"""

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import jwt

from app.db.clock import now
from app.integrations.errors import Permanent
from app.integrations.esign.wire import Answer, Wire, failure
from app.integrations.refusals import own_error

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE: Final = "signature impersonation"
LIFE: Final = 3600
UNAUTHORISED: Final = 401
REFUSED: Final = (400, 401, 403)
EARLY: Final = 60
"""Seconds before its end at which a token is no longer used."""


@dataclass(slots=True)
class Access:
    """One application's leave to act as one user of the account."""

    oauth_url: str
    audience: str
    integration_key: str
    user_id: str
    private_key: str
    wire: Wire
    _token: str = field(default="", init=False)
    _until: float = field(default=0.0, init=False)

    def token(self) -> str:
        """Return a token that is good for a minute at least."""
        if not self._token or now().timestamp() >= self._until - EARLY:
            self._renew()
        return self._token

    def refused(self, token: str) -> None:
        """Forget a token that DocuSign does not take any more."""
        if token == self._token:
            self._token = ""

    def _renew(self) -> None:
        answer = self.wire.ask(
            "POST",
            f"{self.oauth_url}/oauth/token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode({"grant_type": GRANT, "assertion": self._assertion()}).encode(),
            shown={"grant_type": GRANT, "assertion": "signed by our key"},
        )
        if answer.status != 200:
            # Whatever status it comes with: our keys may have been changed, and are read again.
            meant = UNAUTHORISED if answer.status in REFUSED else answer.status
            raise failure(meant, _reason(answer), answer.headers)
        told = json.loads(answer.content)
        self._token = str(told["access_token"])
        self._until = now().timestamp() + float(told.get("expires_in", LIFE))

    def _assertion(self) -> str:
        at = int(now().timestamp())
        facts = {
            "iss": self.integration_key,
            "sub": self.user_id,
            "aud": self.audience,
            "iat": at,
            "exp": at + LIFE,
            "scope": SCOPE,
        }
        try:
            return jwt.encode(facts, self.private_key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise Permanent(
                "DOCUSIGN_PRIVATE_KEY is not an RSA key in PEM form. Copy it again from DocuSign."
            ) from error


def _reason(answer: Answer) -> str:
    try:
        said = json.loads(answer.content).get("error", "")
    except (ValueError, AttributeError):
        said = ""
    if said == "consent_required":
        return (
            "DocuSign gives no access: nobody has given consent yet. An administrator of the DocuSign account opens the "
            "consent page for our integration key once."
        )
    if said:
        return f"DocuSign gives no access: {said}"
    if answer.status >= 500:
        return own_error("DocuSign", answer.status)
    return f"DocuSign gives no access ({answer.status}) and did not say why."
