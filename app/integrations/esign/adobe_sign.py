"""Adobe Acrobat Sign by its REST interface of version 6, in the words of the port."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final
from urllib.parse import quote

from app.domain.contracts import SignerRole
from app.domain.envelopes import EnvelopeStatus, Standing, later
from app.integrations.errors import Permanent, Retryable
from app.integrations.esign.adobe_access import AdobeAccess, access_of
from app.integrations.esign.port import ExecutedPaper, SigningPaper
from app.integrations.esign.wire import instant
from config import Config

COMPLETED: Final = frozenset(
    {"SIGNED", "APPROVED", "DELIVERED", "ACCEPTED", "FORM_FILLED", "ARCHIVED"}
)
ENDED: Final = {"CANCELLED": EnvelopeStatus.voided, "EXPIRED": EnvelopeStatus.expired}
BY_SIGNER: Final = frozenset(
    {"SIGNED", "ESIGNED", "DIGSIGNED", "ACTION_COMPLETED", "ACTION_COMPLETED_HOSTED"}
)
"""Events that mean that their participant has signed; the stored file predates ESIGNED."""
SEEN: Final = frozenset({"EMAIL_VIEWED", "USER_ACK_AGREEMENT_MODIFIED"})
PAGE: Final = 100
MOST_PAGES: Final = 20
ROLES: Final = {1: SignerRole.artist, 2: SignerRole.company}


def made(config: Config) -> "AdobeSign":
    """Return the account of the configuration."""
    return AdobeSign(access_of(config, config.http_timeout_seconds / 2))


class AdobeSign:
    """Sends papers out through one Adobe Acrobat Sign account."""

    def __init__(self, access: AdobeAccess) -> None:
        self.access = access

    def send(self, paper: SigningPaper, *, key: str) -> str:
        """Create one agreement, unless it is there already: Adobe takes our key as a label only."""
        found = self.find(key)
        if found is not None:
            return found
        fields = {
            "File-Name": paper.file_name,
            "Mime-Type": "application/pdf",
            "File": (paper.file_name, paper.content, "application/pdf"),
        }
        upload = self._told("POST", "/transientDocuments", fields=fields)
        asked = _agreement(paper, key, upload["transientDocumentId"])
        return str(self._told("POST", "/agreements", said=asked)["id"])

    def find(self, key: str) -> str | None:
        """Look for an agreement by the label it was sent with."""
        found = self._told("GET", f"/agreements?externalId={quote(key)}")["userAgreementList"]
        return str(found[0]["id"]) if found else None

    def void(self, envelope: str, *, reason: str) -> None:
        """Cancel it. What has ended without being signed needs no cancelling any more."""
        answer = self.access.call("GET", f"/agreements/{envelope}")
        status = json.loads(answer.content)["status"]
        if status in ENDED:
            return
        if status in COMPLETED:
            raise Permanent("Everybody has signed it already; it cannot be cancelled.")
        etag = answer.headers.get("ETag", "*")
        said = {
            "state": "CANCELLED",
            "agreementCancellationInfo": {"comment": reason[:200], "notifyOthers": False},
        }
        try:
            self.access.call(
                "PUT", f"/agreements/{envelope}/state", said=said, headers={"If-Match": etag}
            )
        except Permanent as refusal:
            if refusal.status != 412:
                raise
            raise Retryable("It changed while it was being cancelled.", status=412) from refusal

    def remind(self, envelope: str) -> None:
        """Have Adobe write to whoever is to sign next."""
        members = self._told("GET", f"/agreements/{envelope}/members")
        waiting = [
            member["id"]
            for group in members["participantSets"]
            if str(group.get("status", "")).startswith("WAITING_FOR_MY")
            for member in group["memberInfos"]
        ]
        if not waiting:
            raise Permanent("Adobe Acrobat Sign asks nobody to sign at the moment.")
        said = {"recipientParticipantIds": waiting, "status": "ACTIVE", "frequency": "ONCE"}
        self._told("POST", f"/agreements/{envelope}/reminders", said=said)

    def standing(self, envelope: str) -> Standing:
        """Read the agreement and what happened to it."""
        found = self._told("GET", f"/agreements/{envelope}")
        events = self._told("GET", f"/agreements/{envelope}/events")["events"]
        return standing_of(found, events)

    def statuses(self, envelopes: Sequence[str]) -> Mapping[str, EnvelopeStatus]:
        """Walk through the account's list until all are found."""
        wanted, told = set(envelopes), dict[str, EnvelopeStatus]()
        for one in self._listed():
            if one["id"] in wanted:
                told[one["id"]] = status_of(one["status"])
            if len(told) == len(wanted):
                break
        return told

    def executed(self, envelope: str) -> ExecutedPaper:
        """Fetch the combined document and the audit trail."""
        return ExecutedPaper(
            self._paper(envelope, "combinedDocument"), self._paper(envelope, "auditTrail")
        )

    def _listed(self) -> Iterator[Mapping[str, Any]]:
        cursor = ""
        for _ in range(MOST_PAGES):
            more = f"&cursor={quote(cursor)}" if cursor else ""
            page = self._told("GET", f"/agreements?pageSize={PAGE}{more}")
            yield from page["userAgreementList"]
            cursor = page["page"].get("nextCursor") or ""
            if not cursor:
                return

    def _paper(self, envelope: str, which: str) -> bytes:
        content = self.access.call("GET", f"/agreements/{envelope}/{which}").content
        if not content.startswith(b"%PDF"):
            raise Permanent(f"Adobe Acrobat Sign's {which} of {envelope} is not a PDF.")
        return content

    def _told(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self.access.call(method, path, **more).content)


def status_of(word: str) -> EnvelopeStatus:
    """Return where an agreement stands by its own status; what is none of the ends is out."""
    if word in COMPLETED:
        return EnvelopeStatus.completed
    return ENDED.get(word, EnvelopeStatus.sent)


def standing_of(found: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Standing:
    """Return the standing of an agreement by its status and its events."""
    status, reason = status_of(str(found.get("status") or "")), ""
    roles = _roles_by_address(found)
    signed: dict[SignerRole, Any] = {}
    for event in events:
        kind, role = event["type"], roles.get(str(event.get("participantEmail", "")).lower())
        if kind in SEEN and role is SignerRole.artist:
            status = later(status, EnvelopeStatus.viewed)
        elif kind in BY_SIGNER and role is not None:
            signed.setdefault(role, instant(event["date"]))
        elif kind == "REJECTED":
            status = later(status, EnvelopeStatus.declined)
        if kind in {"REJECTED", "RECALLED"}:
            reason = str(event.get("comment") or "")
    if SignerRole.artist in signed:
        status = later(status, EnvelopeStatus.signed)
    if status is EnvelopeStatus.completed:
        for role in ROLES.values():
            signed.setdefault(role, None)
    return Standing(status, signed, reason)


def _roles_by_address(found: Mapping[str, Any]) -> dict[str, SignerRole]:
    sets = found.get("participantSetsInfo") or []
    return {
        str(member["email"]).lower(): ROLES[int(one["order"])]
        for one in sets
        if int(one["order"]) in ROLES
        for member in one["memberInfos"]
    }


def _agreement(paper: SigningPaper, key: str, document: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "fileInfos": [{"transientDocumentId": document}],
        "name": paper.title[:255],
        "participantSetsInfo": [
            {"memberInfos": [{"email": signer.email}], "order": place, "role": "SIGNER"}
            for place, signer in enumerate(paper.signers, start=1)
        ],
        "signatureType": "ESIGN",
        "state": "IN_PROCESS",
        "externalId": {"id": key},
        "message": paper.message,
        "ccs": [{"email": copy.email} for copy in paper.copies],
    }
    if paper.expires_at is not None:
        asked["expirationTime"] = f"{paper.expires_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if paper.return_url:
        asked["postSignOption"] = {"redirectUrl": paper.return_url, "redirectDelay": 0}
    return asked
