"""SendGrid: takes letters by Mail Send, and tells by its signed event webhook what became of them.

What the vendor's OpenAPI file does not say is prose: the webhook's events
(docs.sendgrid.com/for-developers/tracking-events/event), its signature
(.../getting-started-event-webhook-security-features), X-Message-Id and the limits' headers
(docs.sendgrid.com/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits).
"""

import base64
import json
import time
import urllib.error
import urllib.request
from itertools import count

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.wrappers import Request, Response

from tests.simulators import sim_page

DEEDS = (
    ("processed", "Taken"), ("deferred", "Delay"), ("delivered", "Deliver"), ("bounce", "Bounce"),
    ("blocked", "Block"), ("dropped", "Drop"), ("spamreport", "Report as spam"),
    ("unsubscribe", "Unsubscribe"), ("group_resubscribe", "Subscribe again"),
)  # fmt: skip


class SendGrid:
    """The vendor: letters it has, the addresses on its lists, the key it signs with."""

    def __init__(self, *, api_key="SG.simulated", webhook=""):
        self.api_key = api_key
        self.webhook = webhook
        self.letters = []
        self.suppressed = {}
        self.refuses = ""
        """What it says of every letter while it is to take none."""
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self._numbers = count(1)

    @property
    def public_key(self):
        der = self.private_key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            answer = self._answer(request)
        except (LookupError, TypeError, ValueError, AttributeError) as odd:
            answer = _refusal(400, f"Bad Request: {odd!r}")
        return answer(environ, start_response)

    def _answer(self, request):
        if request.path == "/v3/mail/send" and request.method == "POST":
            return self._take(request)
        if request.path == "/sim/":
            return self._page(request)
        if request.path.startswith("/sim/letter/"):
            number = request.path.rpartition("/")[2]
            event = self.event(number, request.form["deed"])
            told = self.tell([event], **sim_page.ways_of(request.form))
            return sim_page.back(sim_page.answered(told))
        return _refusal(404, "not found")

    def _take(self, request):
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            return _refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        if self.refuses:
            return _refusal(400, self.refuses)
        body = json.loads(request.get_data())
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            # prose: docs.sendgrid.com/for-developers/sending-email/sandbox-mode. It says 200, of which
            # the vendor's own file knows nothing.
            return Response(status=202)
        number = f"sim{next(self._numbers):019d}"
        self.letters.append({"number": number, "body": body, "at": time.time()})
        return Response(status=202, headers={"X-Message-Id": number})

    # What became of a letter

    def letter(self, number=None):
        """Return a letter by SendGrid's number for it, or the newest."""
        return next(
            one for one in reversed(self.letters) if number is None or one["number"] == number
        )

    def event(self, number=None, name="delivered", **more):
        """Return one event of a letter as the webhook says it."""
        letter = self.letter(number)
        custom = letter["body"]["personalizations"][0].get("custom_args", {})
        event = {
            "email": letter["body"]["personalizations"][0]["to"][0]["email"],
            "timestamp": int(time.time()),
            "smtp-id": f"<{letter['number']}@geopod-ismtpd-1>",
            "event": name,
            "sg_event_id": f"event-{next(self._numbers)}",
            "sg_message_id": f"{letter['number']}.recvd-1-5F5FC76C-9.0",
            **custom,
        }
        details = {
            "deferred": {"response": "450 too busy", "attempt": "1"},
            "delivered": {"response": "250 OK"},
            "bounce": {"type": "bounce", "status": "5.1.1", "reason": "550 no such user here"},
            "dropped": {"reason": "Bounced Address", "status": "5.0.0"},
        }
        if name == "blocked":
            event["event"] = "bounce"
            details["blocked"] = {"type": "blocked", "reason": "554 sender is on a block list"}
        return {**event, **details.get(name, {}), **more}

    def tell(self, events, *, twice=False, late=False, forged=False):
        """Send a signed batch to the webhook and return the statuses of the answers."""
        raw = json.dumps(events).encode() + b"\r\n"
        moment = str(int(time.time() - (3600 if late else 0)))
        signature = self.sign(moment, raw)
        body = raw.replace(b'"event"', b'"event "') if forged else raw
        return [self.post(body, moment, signature) for _ in range(2 if twice else 1)]

    def sign(self, moment, raw):
        """Sign as the vendor does: over timestamp and raw body."""
        made = self.private_key.sign(moment.encode() + raw, ec.ECDSA(SHA256()))
        return base64.b64encode(made).decode()

    def post(self, raw, moment, signature):
        """Knock at the webhook's door."""
        knock = urllib.request.Request(
            self.webhook,
            data=raw,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "SendGrid Event API",
                "X-Twilio-Email-Event-Webhook-Signature": signature,
                "X-Twilio-Email-Event-Webhook-Timestamp": moment,
            },
        )
        try:
            with urllib.request.urlopen(knock, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    def _page(self, request):
        parts = [
            sim_page.article(
                letter["body"]["subject"],
                f"to {letter['body']['personalizations'][0]['to'][0]['email']}, {letter['number']}",
                letter["body"]["content"][0]["value"],
                sim_page.deeds(f"/sim/letter/{letter['number']}", DEEDS, ways=True),
            )
            for letter in reversed(self.letters)
        ]
        return sim_page.page(request, "SendGrid", *parts)


def _refusal(status, words):
    body = {"errors": [{"message": words, "field": "null", "help": {}}]}
    return Response(json.dumps(body), status, content_type="application/json")
