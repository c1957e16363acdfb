"""Twilio: takes texts by Messages, tells what became of each, and brings what people write back.

What the vendor's OpenAPI file does not say is prose: the status callback
(twilio.com/docs/messaging/guides/track-outbound-message-status), its signature
(twilio.com/docs/usage/security), opting out (twilio.com/docs/messaging/guides/stop-words) and error
bodies (twilio.com/docs/usage/twilios-response).
"""

import base64
import hashlib
import hmac
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from email.utils import formatdate
from itertools import count

from markupsafe import Markup
from werkzeug.wrappers import Request, Response

from tests.simulators import sim_page

ACCOUNT = "AC" + "1" * 32
DEEDS = (
    ("sent", "Sent"), ("delivered", "Deliver"), ("undelivered:30003", "Phone is off"),
    ("undelivered:30005", "Number not in use"), ("undelivered:30007", "Filtered by the carrier"),
    ("failed:30008", "Fail"),
)  # fmt: skip

NEEDED = (
    (("To",), 21604), (("From", "MessagingServiceSid"), 21603),
    (("Body", "MediaUrl", "ContentSid"), 21602),
)  # fmt: skip
"""What a text must have one of, and the code of the refusal."""


class Twilio:
    """The vendor: texts it has, and the numbers that answered STOP."""

    def __init__(self, *, token="simulated-token", public_base="", knock_at=""):
        self.token = token
        self.public_base = public_base
        self.knock_at = knock_at
        self.texts = []
        self.stopped = set()
        self.invalid = set()
        self._numbers = count(1)

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        if request.path == "/sim/":
            return self._page(request)
        if request.path == "/sim/word":
            told = self.write_back(request.form["number"].strip(), request.form["deed"])
            return sim_page.back(sim_page.answered(told))
        if request.path.startswith("/sim/text/"):
            status, _, code = request.form["deed"].partition(":")
            number = request.path.rpartition("/")[2]
            told = self.tell(number, status, code, **sim_page.ways_of(request.form))
            return sim_page.back(sim_page.answered(told))
        wanted = base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {wanted}":
            return _refusal(401, 20003, "Authenticate")
        found = re.fullmatch(
            r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages\.json", request.path
        )
        if found is None:
            return _refusal(404, 20404, "The requested resource was not found")
        return self._take(request.form) if request.method == "POST" else self._list()

    def _take(self, form):
        for names, code in NEEDED:
            if not any(form.get(name) for name in names):
                return _refusal(400, code, f"A '{names[0]}' is required")
        number = form["To"]
        if number in self.stopped:
            return _refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if number in self.invalid or not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            return _refusal(400, 21211, f"Invalid 'To' Phone Number: {number}")
        made = {
            "sid": f"SM{next(self._numbers):032x}",
            "account_sid": ACCOUNT,
            "to": number,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "body": form.get("Body", ""),
            "status": "queued",
            "direction": "outbound-api",
            "num_segments": "1",
            "num_media": "0",
            "api_version": "2010-04-01",
            "date_created": formatdate(usegmt=True),
            "date_updated": formatdate(usegmt=True),
            "date_sent": None,
            "price": None,
            "price_unit": "AUD",
            "error_code": None,
            "error_message": None,
            "subresource_uris": {},
        }
        made["uri"] = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{made['sid']}.json"
        self.texts.append({**made, "callback": form.get("StatusCallback", "")})
        return Response(json.dumps(made), 201, content_type="application/json")

    def _list(self):
        shown = [{k: v for k, v in one.items() if k != "callback"} for one in self.texts]
        body = {
            "messages": shown, "page": 0, "page_size": 50, "start": 0, "end": len(shown),
            "first_page_uri": "", "next_page_uri": None, "previous_page_uri": None, "uri": "",
        }  # fmt: skip
        return Response(json.dumps(body), content_type="application/json")

    # What became of a text

    def text(self, sid=None):
        """Return a text by its number, or the newest."""
        return next(one for one in reversed(self.texts) if sid is None or one["sid"] == sid)

    def tell(self, sid=None, status="delivered", code="", *, twice=False, late=False, forged=False):
        """Call the status callback back; Twilio signs no moment, so a late one is as genuine as any."""
        del late
        text = self.text(sid)
        text["status"] = status
        told = {
            "MessageSid": text["sid"], "SmsSid": text["sid"], "SmsStatus": status,
            "MessageStatus": status, "To": text["to"], "From": text["from"] or "+61480000000",
            "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if code:
            told["ErrorCode"] = code
        return [self.post(text["callback"], told, forged=forged) for _ in range(2 if twice else 1)]

    def write_back(self, number, word, *, twice=False, forged=False):
        """Bring a word that somebody wrote to us; Twilio itself obeys STOP and START."""
        kind = {"STOP": "STOP", "START": "START", "HELP": "HELP"}.get(word.strip().upper())
        if kind == "STOP":
            self.stopped.add(number)
        elif kind == "START":
            self.stopped.discard(number)
        told = {
            "MessageSid": f"SM{next(self._numbers):032x}", "From": number, "To": "+61480000000",
            "Body": word, "NumMedia": "0", "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if kind:
            told["OptOutType"] = kind
        url = f"{self.public_base}/hooks/twilio/inbound"
        return [self.post(url, told, forged=forged) for _ in range(2 if twice else 1)]

    def sign(self, url, told):
        """Sign as the vendor does: HMAC-SHA1 over the public address and the sorted words."""
        text = url + "".join(f"{name}{told[name]}" for name in sorted(told))
        made = hmac.new(self.token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(made).decode()

    def post(self, url, told, *, forged=False):
        """Knock at the door that stands behind the public address."""
        signature = self.sign(url, told)
        sent = {**told, "From": "+61499999999"} if forged else told
        place = url.replace(self.public_base, self.knock_at or self.public_base, 1)
        knock = urllib.request.Request(
            place,
            data=urllib.parse.urlencode(sent).encode(),
            headers={"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"},
        )
        try:
            with urllib.request.urlopen(knock, timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except (OSError, ValueError):
            # Nobody is there, or the text came without an address to tell.
            return 0

    def _page(self, request):
        asked = Markup(
            "<h2>A word from a phone</h2><form method='post' action='/sim/word'><div class='row'>"
            "<label>Number <input name='number' value='+61' type='tel'></label>"
            "<button name='deed' value='STOP'>STOP</button>"
            "<button name='deed' value='START'>START</button></div></form><h2>Texts</h2>"
        )
        parts = [
            sim_page.article(
                f"To {text['to']}: {text['status']}",
                text["sid"],
                text["body"],
                sim_page.deeds(f"/sim/text/{text['sid']}", DEEDS, ways=True),
            )
            for text in reversed(self.texts)
        ]
        empty = Markup("<p>No text yet.</p>")
        return sim_page.page(request, "Twilio", asked, *(parts or [empty]))


def _refusal(status, code, words):
    body = {
        "code": code, "message": words, "status": status,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
    }  # fmt: skip
    return Response(json.dumps(body), status, content_type="application/json")
