"""DocuSign's words for where an envelope stands, in ours: the same for answers and for notices."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.contracts import SignerRole
from app.domain.envelopes import EnvelopeStatus, Standing, later
from app.integrations.esign.wire import instant

ROLES: Final = {
    SignerRole.artist: "Artist",
    SignerRole.company: "Company",
    SignerRole.agent: "Agent",
}
"""What the roles are called in an envelope, and must be called in a template."""

STATUSES: Final = {
    "sent": EnvelopeStatus.sent,
    "delivered": EnvelopeStatus.viewed,
    "signed": EnvelopeStatus.signed,
    "completed": EnvelopeStatus.completed,
    "declined": EnvelopeStatus.declined,
    "voided": EnvelopeStatus.voided,
}
EXPIRED: Final = "expired"
"""DocuSign voids what has run out, and says so only in the reason (prose: envelope expiration)."""
DONE: Final = ("completed", "signed")
FIRST: Final = "1"
"""Who signs for the artist is the first recipient, in every envelope of ours."""


def status_of(word: str | None, reason: str | None = "") -> EnvelopeStatus | None:
    """Return where an envelope stands by its own status, None for a draft or a word that is new."""
    status = STATUSES.get((word or "").lower())
    if status is EnvelopeStatus.voided and EXPIRED in (reason or "").lower():
        return EnvelopeStatus.expired
    return status


def standing_of(said: Mapping[str, Any]) -> Standing:
    """Return the standing of an envelope as DocuSign describes it, with its signers where they are given."""
    reason = str(said.get("voidedReason") or "")
    status = status_of(said.get("status"), reason) or EnvelopeStatus.sent
    signers = _signers(said)
    signed: dict[SignerRole, datetime | None] = {}
    for signer in signers:
        word, role = str(signer.get("status") or "").lower(), _role(signer)
        if word in DONE:
            signed[role] = instant(signer.get("signedDateTime"))
        elif word == "delivered" and role is not SignerRole.company:
            status = later(status, EnvelopeStatus.viewed)
        elif word == "declined":
            status = later(status, EnvelopeStatus.declined)
            reason = str(signer.get("declinedReason") or reason)
    if SignerRole.artist in signed:
        status = later(status, EnvelopeStatus.signed)
    if status is EnvelopeStatus.completed:
        for role in (SignerRole.artist, SignerRole.company):
            signed.setdefault(role, instant(said.get("completedDateTime")))
    return Standing(status, signed, reason)


def standing_told(notice: Mapping[str, Any]) -> Standing:
    """Return what a Connect notice (JSON SIM) says: its event, and the envelope where it came along."""
    data = notice.get("data") or {}
    summary = data.get("envelopeSummary") or {}
    told = standing_of(summary)
    event = str(notice.get("event") or "")
    status, signed = told.status, dict(told.signed)
    if event.startswith("envelope-"):
        found = status_of(event.removeprefix("envelope-"), summary.get("voidedReason"))
        status = later(status, found) if found else status
    elif str(data.get("recipientId") or FIRST) == FIRST:
        status, signed = _by_recipient(event, status, signed, notice)
    return Standing(status, signed, told.reason)


def _by_recipient(
    event: str,
    status: EnvelopeStatus,
    signed: dict[SignerRole, datetime | None],
    notice: Mapping[str, Any],
) -> tuple[EnvelopeStatus, dict[SignerRole, datetime | None]]:
    if event == "recipient-delivered":
        return later(status, EnvelopeStatus.viewed), signed
    if event == "recipient-declined":
        return later(status, EnvelopeStatus.declined), signed
    if event == "recipient-completed":
        signed.setdefault(SignerRole.artist, instant(notice.get("generatedDateTime")))
        return later(status, EnvelopeStatus.signed), signed
    return status, signed


def _signers(said: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (said.get("recipients") or {}).get("signers") or []


def _role(signer: Mapping[str, Any]) -> SignerRole:
    is_first = str(signer.get("recipientId") or signer.get("routingOrder") or FIRST) == FIRST
    if signer.get("roleName") in ROLES.values():
        return next(role for role, name in ROLES.items() if name == signer["roleName"])
    return SignerRole.artist if is_first else SignerRole.company
