"""The link an artist signs through at DocuSign: made at the tap, without the SDK that only workers carry."""

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.integrations.esign.docusign_access import Access
from app.integrations.esign.port import Signer
from app.integrations.esign.wire import Answer, Wire, failure
from app.integrations.refusals import own_error
from config import Config

PROVED: Final = "Email"
"""How the signer proved themselves to us, in DocuSign's list of words."""


TAP: Final = 8.0
"""Seconds that somebody waits with the phone in hand."""


def made(config: Config) -> "DocuSignLinks":
    """Return the account of the configuration."""
    told = config.vendor
    return DocuSignLinks(
        told["DOCUSIGN_BASE_URL"], told["DOCUSIGN_ACCOUNT_ID"], access_of(config), Wire(TAP)
    )


def access_of(config: Config) -> Access:
    """Return the leave of the configuration to act for the organisation."""
    told = config.vendor
    oauth = told["DOCUSIGN_OAUTH_URL"]
    return Access(
        oauth_url=oauth,
        audience=told["DOCUSIGN_OAUTH_AUDIENCE"] or urlsplit(oauth).netloc,
        integration_key=told["DOCUSIGN_INTEGRATION_KEY"],
        user_id=told["DOCUSIGN_USER_ID"],
        private_key=told["DOCUSIGN_PRIVATE_KEY"].replace("\\n", "\n"),
        wire=Wire(TAP),
    )


@dataclass(slots=True)
class DocuSignLinks:
    """Asks for one recipient view a tap."""

    base_url: str
    account_id: str
    access: Access
    wire: Wire

    def link(self, envelope: str, signer: Signer, *, return_url: str) -> str:
        """Return an address that works once and for five minutes."""
        asked = {
            "returnUrl": return_url,
            "authenticationMethod": PROVED,
            "email": signer.email,
            "userName": signer.name,
            "clientUserId": signer.client_id,
        }
        answer = self._ask(envelope, asked)
        if answer.status == 401:
            answer = self._ask(envelope, asked)
        if answer.status != 201:
            raise failure(answer.status, complaint(answer.content, answer.status), answer.headers)
        return str(json.loads(answer.content)["url"])

    def _ask(self, envelope: str, asked: dict[str, str]) -> Answer:
        token = self.access.token()
        answer = self.wire.ask(
            "POST",
            f"{self.base_url}/restapi/v2.1/accounts/{self.account_id}/envelopes/{envelope}"
            "/views/recipient",
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=json.dumps(asked).encode(),
            shown=asked,
        )
        if answer.status == 401:
            self.access.refused(token)
        return answer


def complaint(content: bytes | str | None, status: int) -> str:
    """Return DocuSign's reason in its own words, or what its silence means."""
    try:
        said = json.loads(content or b"")
        return f"DocuSign: {said['message']} ({said['errorCode']})"
    except (ValueError, KeyError, TypeError):
        if status >= 500:
            return own_error("DocuSign", status)
        return f"DocuSign refused it ({status}) and did not say why."
