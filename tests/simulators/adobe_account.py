"""An Adobe Acrobat Sign account as the simulator keeps it: agreements, what happened to them, the notices."""

import itertools
import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import urllib3

from tests.simulators.docusign_account import Account as DocuSignAccount

ENDED = ("SIGNED", "CANCELLED", "EXPIRED")


def stamp(at):
    """Write an instant as Adobe does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Agreement:
    """One agreement and everything that happened to it."""

    agreement_id: str
    name: str
    external_id: str
    document: bytes
    signers: list
    """Addresses in their order."""
    copies: list
    created_at: datetime
    expires: str = ""
    redirect_url: str = ""
    status: str = "OUT_FOR_SIGNATURE"
    signed: list = field(default_factory=list)
    events: list = field(default_factory=list)
    notices: list = field(default_factory=list)
    reminded: list = field(default_factory=list)
    version: int = 1
    not_ready: int = 0
    """How many more times the signing address is not there yet."""

    @property
    def next_signer(self):
        left = [one for one in self.signers if one not in self.signed]
        return left[0] if left and self.status not in ENDED else None

    @property
    def subject(self):
        return self.name


class Account:
    """The agreements of one account, and what a person or a test may do to them."""

    def __init__(self, *, client_id="client-1", listener=""):
        self.client_id, self.listener = client_id, listener
        self.envelopes = {}
        self.transient = {}
        self.refused = []
        self.lock = threading.RLock()
        self._ticks = itertools.count()

    def now(self):
        return datetime.now(UTC) + timedelta(seconds=next(self._ticks) // 50)

    def create(self, **facts):
        """Make an agreement; a label that was used before makes a second one all the same."""
        with self.lock:
            made = Agreement(f"CBJCHBCAABAA{uuid.uuid4().hex}", created_at=self.now(), **facts)
            self.envelopes[made.agreement_id] = made
            self._happened(made, "CREATED", "AGREEMENT_CREATED")
            self._happened(made, "ACTION_REQUESTED", "AGREEMENT_ACTION_REQUESTED")
            return made

    def view(self, envelope):
        """Let whoever signs next open it."""
        with self.lock:
            one = self.envelopes[envelope]
            if one.next_signer:
                self._happened(one, "EMAIL_VIEWED", "AGREEMENT_EMAIL_VIEWED", one.next_signer)

    def sign(self, envelope):
        """Let whoever signs next sign; the last signature completes it."""
        with self.lock:
            one = self.envelopes[envelope]
            signer = one.next_signer
            if signer is None:
                return
            one.signed.append(signer)
            if one.next_signer is None:
                one.status = "SIGNED"
            self._happened(one, "ACTION_COMPLETED", "AGREEMENT_ACTION_COMPLETED", signer)
            if one.status == "SIGNED":
                self._happened(one, "SIGNED", "AGREEMENT_WORKFLOW_COMPLETED", signer)

    def decline(self, envelope, reason="I cannot sign this."):
        """Let whoever signs next decline."""
        with self.lock:
            one = self.envelopes[envelope]
            signer = one.next_signer
            if signer is not None:
                one.status = "CANCELLED"
                self._happened(one, "REJECTED", "AGREEMENT_REJECTED", signer, reason)

    def void(self, envelope, reason="Cancelled in Adobe Acrobat Sign."):
        """Cancel it; tell whether it could be."""
        with self.lock:
            one = self.envelopes[envelope]
            if one.status in ENDED:
                return False
            one.status = "CANCELLED"
            self._happened(one, "RECALLED", "AGREEMENT_RECALLED", "", reason)
            return True

    def expire(self, envelope):
        """Let its time run out."""
        with self.lock:
            one = self.envelopes[envelope]
            if one.status not in ENDED:
                one.status = "EXPIRED"
                self._happened(one, "EXPIRED_AUTOMATICALLY", "AGREEMENT_EXPIRED")

    def deliver(self, envelope, place=-1, *, forged=False, late=0):
        """Send a notice again, or as somebody would who knows no client id."""
        raw, headers = self.envelopes[envelope].notices[place]
        if forged:
            headers = {**headers, "X-AdobeSign-ClientId": "somebody-else"}
        return self.post(raw, headers)

    def post(self, raw, headers):
        """Deliver one notice; without our client id in the answer it counts as refused."""
        answer = urllib3.request(
            "POST", self.listener, body=raw, headers=headers, timeout=10, retries=False
        )
        if answer.status != 200 or answer.headers.get("X-AdobeSign-ClientId") != self.client_id:
            self.refused.append((answer.status, raw))
        return answer.status

    document_of = DocuSignAccount.document_of
    certificate_of = DocuSignAccount.certificate_of

    def told_events(self, one):
        """Return the events of an agreement with everything the vendor's file asks for."""
        empty = {"latitude": 0.0, "longitude": 0.0}
        person = {"company": "", "email": "", "name": ""}
        return [
            {
                "actingUserEmail": who, "actingUserIpAddress": "127.0.0.1", "actingUserName": "",
                "date": stamp(at), "description": kind, "deviceLocation": empty,
                "devicePhoneNumber": "", "digitalSignatureInfo": person,
                "initiatingUserEmail": "sender@example.com", "initiatingUserName": "",
                "participantEmail": who, "participantId": who, "participantRole": "SIGNER",
                "synchronizationId": "", "type": kind, "vaultEventId": "",
                "vaultProviderName": "", "versionId": str(one.version), "comment": comment,
            }
            for kind, who, comment, at in one.events
        ]  # fmt: skip

    def _happened(self, one, kind, event, who="", comment=""):
        one.version += 1
        one.events.append((kind, who, comment, self.now()))
        notice = {
            "webhookId": "hook-1", "webhookNotificationId": uuid.uuid4().hex, "event": event,
            "eventDate": stamp(self.now()), "eventResourceType": "agreement",
            "participantUserEmail": who,
            "agreement": {"id": one.agreement_id, "name": one.name, "status": one.status},
        }  # fmt: skip
        raw = json.dumps(notice).encode()
        headers = {"Content-Type": "application/json", "X-AdobeSign-ClientId": self.client_id}
        one.notices.append((raw, headers))
        if self.listener:
            threading.Thread(target=self._tell, args=(raw, headers), daemon=True).start()

    def _tell(self, raw, headers):
        try:
            self.post(raw, headers)
        except urllib3.exceptions.HTTPError:
            self.refused.append((0, raw))
