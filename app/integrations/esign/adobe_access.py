"""Leave to speak for the organisation at Adobe Acrobat Sign, and one call with it.

There is no SDK for it, so every call is plain HTTP: one try, a time-out, and once more only with a
fresh token after 401.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from app.db.clock import now
from app.integrations.errors import Permanent
from app.integrations.esign.wire import Answer, Wire, failure
from app.integrations.refusals import own_error
from config import Config

EARLY: Final = 60
API: Final = "/api/rest/v6"
UNAUTHORISED: Final = 401
JSON: Final = {"Content-Type": "application/json"}


def access_of(config: Config, seconds: float) -> "AdobeAccess":
    """Return the leave of the configuration to act for the organisation."""
    told = config.vendor
    return AdobeAccess(
        base_url=told["ADOBE_SIGN_BASE_URL"],
        client_id=told["ADOBE_SIGN_CLIENT_ID"],
        client_secret=told["ADOBE_SIGN_CLIENT_SECRET"],
        refresh_token=told["ADOBE_SIGN_REFRESH_TOKEN"],
        wire=Wire(seconds),
    )


@dataclass(slots=True)
class AdobeAccess:
    """One application's refresh token, the access token made of it, and the account's own shard."""

    base_url: str
    client_id: str
    client_secret: str
    refresh_token: str
    wire: Wire
    _token: str = field(default="", init=False)
    _until: float = field(default=0.0, init=False)
    _shard: str = field(default="", init=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        said: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Any = None,
    ) -> Answer:
        """Ask the account's shard; what is no success is raised."""
        if not self._shard:
            place = json.loads(self._asked("GET", f"{self.base_url}{API}/baseUris").content)
            self._shard = str(place["apiAccessPoint"]).rstrip("/")
        url = f"{self._shard}{API}{path}"
        return self._asked(method, url, said=said, headers=headers, fields=fields)

    def _asked(
        self,
        method: str,
        url: str,
        *,
        said: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Any = None,
    ) -> Answer:
        for is_last in (False, True):
            token = self._current()
            answer = self.wire.ask(
                method,
                url,
                headers={
                    **({} if said is None else JSON), **(headers or {}),
                    "Authorization": f"Bearer {token}",
                },
                body=None if said is None else json.dumps(said).encode(),
                fields=fields,
                shown=said if fields is None else "(a file)",
            )  # fmt: skip
            if answer.status != 401 or is_last:
                break
            self._token = ""
        if not 200 <= answer.status < 300:
            raise failure(answer.status, complaint(answer), answer.headers)
        return answer

    def _current(self) -> str:
        if not self._token or now().timestamp() >= self._until - EARLY:
            self._renew()
        return self._token

    def _renew(self) -> None:
        asked = {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }
        answer = self.wire.ask(
            "POST",
            f"{self.base_url}/oauth/v2/refresh",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(asked).encode(),
            shown=asked,
        )
        if answer.status in (400, 401, 403):
            raise Permanent(
                "Adobe Acrobat Sign does not take our refresh token any more (it ends after 60 days "
                "without use). Make a new one and set ADOBE_SIGN_REFRESH_TOKEN.",
                status=UNAUTHORISED,  # our keys may have been changed, and are read again
            )
        if answer.status != 200:
            raise failure(answer.status, complaint(answer), answer.headers)
        told = json.loads(answer.content)
        self._token = str(told["access_token"])
        self._until = now().timestamp() + float(told.get("expires_in", 3600))


def complaint(answer: Answer) -> str:
    """Return Adobe's reason in its own words."""
    try:
        said = json.loads(answer.content or b"")
        return f"Adobe Acrobat Sign: {said['message']} ({said['code']})"
    except (ValueError, KeyError, TypeError):
        if answer.status >= 500:
            return own_error("Adobe Acrobat Sign", answer.status)
        return f"Adobe Acrobat Sign refused it ({answer.status}) and did not say why."
