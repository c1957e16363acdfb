"""A DocuSign account as the simulator keeps it: envelopes, their recipients, and the notices Connect sends."""

import base64
import hashlib
import hmac
import itertools
import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pikepdf
import urllib3

FINAL = ("completed", "declined", "voided")


def stamp(at):
    """Write an instant as DocuSign does, with seven digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


@dataclass
class Recipient:
    """Somebody of an envelope: a signer or, with ``is_copy``, a carbon copy."""

    recipient_id: str
    order: int
    role: str
    name: str
    email: str
    client_user_id: str = ""
    is_copy: bool = False
    status: str = "created"
    times: dict = field(default_factory=dict)
    declined_reason: str = ""

    def told(self):
        told = {
            "recipientId": self.recipient_id,
            "routingOrder": str(self.order),
            "roleName": self.role,
            "name": self.name,
            "email": self.email,
            "status": self.status,
            **{f"{name}DateTime": stamp(at) for name, at in self.times.items()},
        }
        if self.client_user_id:
            told["clientUserId"] = self.client_user_id
        if self.declined_reason:
            told["declinedReason"] = self.declined_reason
        return told


@dataclass
class Envelope:
    """One envelope and everything that happened to it."""

    envelope_id: str
    transaction_id: str
    subject: str
    document: bytes
    recipients: list
    custom_fields: dict
    expire_after: int
    template_id: str = ""
    status: str = "created"
    times: dict = field(default_factory=dict)
    voided_reason: str = ""
    resent: int = 0
    notices: list = field(default_factory=list)
    """(raw bytes, headers) of every notice, in the order of what happened."""

    @property
    def signers(self):
        return sorted((r for r in self.recipients if not r.is_copy), key=lambda r: r.order)

    @property
    def next_signer(self):
        return next((r for r in self.signers if r.status != "completed"), None)

    def told(self, *, with_recipients=False):
        told = {
            "envelopeId": self.envelope_id,
            "transactionId": self.transaction_id,
            "status": self.status,
            "emailSubject": self.subject,
            "statusChangedDateTime": stamp(max(self.times.values())),
            "expireAfter": str(self.expire_after),
            **{f"{name}DateTime": stamp(at) for name, at in self.times.items()},
        }
        if self.voided_reason:
            told["voidedReason"] = self.voided_reason
        if with_recipients:
            told["recipients"] = {
                "signers": [r.told() for r in self.signers],
                "carbonCopies": [r.told() for r in self.recipients if r.is_copy],
                "recipientCount": str(len(self.recipients)),
            }
        return told


class Account:
    """The envelopes of one account, and what a person or a test may do to them."""

    def __init__(self, account_id="acc-1", *, keys=("hmac-key-one",), listener="", clock=None):
        self.account_id = account_id
        self.keys = list(keys)
        self.listener = listener
        """Where Connect delivers; empty: notices are only kept."""
        self.clock = clock or (lambda: datetime.now(UTC))
        self.envelopes = {}
        self.templates = {"tpl-1"}
        self.refused = []
        """(status, notice) of every delivery that was not taken."""
        self.lock = threading.RLock()
        self._ticks = itertools.count()

    def now(self):
        """Return a moment, each later than the one before."""
        return self.clock() + timedelta(microseconds=next(self._ticks))

    def create(self, **facts):
        """Make and send an envelope. A transaction id that was used before makes a second one all the same."""
        with self.lock:
            made = Envelope(envelope_id=str(uuid.uuid4()), **facts)
            self.envelopes[made.envelope_id] = made
            made.times["created"] = made.times["sent"] = self.now()
            made.status = "sent"
            for one in made.recipients:
                if one.is_copy or one is made.next_signer:
                    one.status, one.times["sent"] = "sent", self.now()
            self._happened(made, "envelope-sent")
            return made

    def view(self, envelope_id):
        """Let whoever signs next open it."""
        with self.lock:
            one = self.envelopes[envelope_id]
            signer = one.next_signer
            if one.status in FINAL or signer is None or signer.status == "delivered":
                return
            signer.status, signer.times["delivered"] = "delivered", self.now()
            self._happened(one, "recipient-delivered", signer)
            if all(r.status in ("delivered", "completed") for r in one.signers):
                one.status, one.times["delivered"] = "delivered", self.now()
                self._happened(one, "envelope-delivered")

    def sign(self, envelope_id):
        """Let whoever signs next sign; the last signature completes it."""
        with self.lock:
            self.view(envelope_id)
            one = self.envelopes[envelope_id]
            signer = one.next_signer
            if one.status in FINAL or signer is None:
                return
            signer.status, signer.times["signed"] = "completed", self.now()
            self._happened(one, "recipient-completed", signer)
            if one.next_signer is not None:
                one.next_signer.status, one.next_signer.times["sent"] = "sent", self.now()
                self._happened(one, "recipient-sent", one.next_signer)
                return
            one.status, one.times["completed"] = "completed", self.now()
            self._happened(one, "envelope-completed")

    def decline(self, envelope_id, reason="I cannot sign this."):
        """Let whoever signs next decline."""
        with self.lock:
            one = self.envelopes[envelope_id]
            signer = one.next_signer
            if one.status in FINAL or signer is None:
                return
            signer.status, signer.times["declined"] = "declined", self.now()
            signer.declined_reason = reason
            self._happened(one, "recipient-declined", signer)
            one.status, one.times["declined"] = "declined", self.now()
            self._happened(one, "envelope-declined")

    def void(self, envelope_id, reason="Voided in DocuSign."):
        """Void it; tell whether it could be."""
        with self.lock:
            one = self.envelopes[envelope_id]
            if one.status in FINAL:
                return False
            one.status, one.voided_reason = "voided", reason
            one.times["voided"] = self.now()
            self._happened(one, "envelope-voided")
            return True

    def expire(self, envelope_id):
        """End it because its time ran out (prose: an expired envelope is voided with this reason)."""
        return self.void(envelope_id, "Envelope has expired.")

    def deliver(self, envelope_id, place=-1, *, forged=False, late=0):
        """Send a notice again, forged, or as if it had been on its way for ``late`` days."""
        raw, headers = self.envelopes[envelope_id].notices[place]
        if late:
            said = json.loads(raw)
            said["generatedDateTime"] = stamp(self.clock() - timedelta(days=late))
            raw = json.dumps(said).encode()
            headers = self.headers_of(raw)
        if forged:
            headers = {**headers, "X-DocuSign-Signature-1": base64.b64encode(b"x" * 32).decode()}
        return self.post(raw, headers)

    def headers_of(self, raw):
        """Sign a body with every key of the account (prose: Connect HMAC)."""
        signatures = {
            f"X-DocuSign-Signature-{number}": base64.b64encode(
                hmac.new(key.encode(), raw, hashlib.sha256).digest()
            ).decode()
            for number, key in enumerate(self.keys, start=1)
        }
        return {"Content-Type": "application/json", **signatures}

    def post(self, raw, headers):
        """Deliver one notice and return the listener's status."""
        answer = urllib3.request(
            "POST", self.listener, body=raw, headers=headers, timeout=10, retries=False
        )
        if answer.status != 200:
            self.refused.append((answer.status, raw))
        return answer.status

    def document_of(self, envelope_id):
        """Return the document as it is, marked once it is completed."""
        one = self.envelopes[envelope_id]
        mark = f"\n% {one.status} in envelope {envelope_id}\n".encode()
        return one.document + (mark if one.status == "completed" else b"")

    def certificate_of(self, envelope_id):
        """Return a certificate of completion: one page, named by its envelope."""
        paper = pikepdf.new()
        paper.add_blank_page(page_size=(595, 842))
        with paper.open_metadata() as facts:
            facts["dc:title"] = f"Certificate of completion {envelope_id}"
        made = BytesIO()
        paper.save(made, deterministic_id=True)
        return made.getvalue()

    def _happened(self, one, event, recipient=None):
        data = {
            "accountId": self.account_id,
            "userId": "user-1",
            "envelopeId": one.envelope_id,
            "envelopeSummary": one.told(with_recipients=True),
        }
        if recipient is not None:
            data["recipientId"] = recipient.recipient_id
        notice = {
            "event": event,
            "uri": f"/restapi/v2.1/accounts/{self.account_id}/envelopes/{one.envelope_id}",
            "retryCount": 0,
            "configurationId": 12345,
            "apiVersion": "v2.1",
            "generatedDateTime": stamp(self.now()),
            "data": data,
        }
        raw = json.dumps(notice).encode()
        headers = self.headers_of(raw)
        one.notices.append((raw, headers))
        if self.listener:
            threading.Thread(target=self._tell, args=(raw, headers), daemon=True).start()

    def _tell(self, raw, headers):
        try:
            self.post(raw, headers)
        except urllib3.exceptions.HTTPError:
            self.refused.append((0, raw))
