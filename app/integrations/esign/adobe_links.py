"""The link an artist signs through at Adobe Acrobat Sign: asked for at the tap."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.integrations.errors import Permanent, Retryable
from app.integrations.esign.adobe_access import AdobeAccess, access_of
from app.integrations.esign.port import Signer
from config import Config

NOT_YET: Final = "AGREEMENT_NOT_SIGNABLE"
"""Adobe still prepares the documents (its release notes of version 6: ask again later)."""
PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds between tries while somebody waits with the phone in hand."""


TAP: Final = 4.0
"""Seconds one try may take while somebody waits."""


def made(config: Config) -> "AdobeLinks":
    """Return the account of the configuration."""
    return AdobeLinks(access_of(config, TAP))


@dataclass(slots=True)
class AdobeLinks:
    """Asks for the signing addresses of an agreement."""

    access: AdobeAccess
    sleep: Callable[[float], None] = field(default=time.sleep)

    def link(self, envelope: str, signer: Signer, *, return_url: str) -> str:
        """Return the address of one signer, waiting a moment while Adobe still prepares the paper."""
        answer = self._prepared(envelope)
        for group in json.loads(answer)["signingUrlSetInfos"]:
            for one in group["signingUrls"]:
                if one["email"].lower() == signer.email.lower():
                    return str(one["esignUrl"])
        raise Permanent(f"Adobe Acrobat Sign does not ask {signer.email} to sign at the moment.")

    def _prepared(self, envelope: str) -> bytes:
        path = f"/agreements/{envelope}/signingUrls"
        for pause in PAUSES:
            try:
                return self.access.call("GET", path).content
            except Permanent as refusal:
                if NOT_YET not in refusal.reason:
                    raise
            self.sleep(pause)
        raise Retryable("Adobe Acrobat Sign is still preparing the paper.", retry_after=30)
