"""Whether Twilio sent a notice: its own check, over the address under which the world knows us."""

from collections.abc import Mapping
from typing import Any

from twilio.request_validator import RequestValidator, get_signature_algorithm

SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def is_genuine(token: str, url: str, told: Any, headers: Mapping[str, str]) -> bool:
    """Tell whether the signature fits address and words."""
    signature = headers.get("X-Twilio-Signature", "")
    algorithm = get_signature_algorithm(headers.get(SETTINGS))
    return bool(signature) and bool(
        RequestValidator(token).validate(url, told, signature, algorithm)
    )
