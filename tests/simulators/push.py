"""A browser's push service: checks who asks, keeps what each phone would show, and forgets phones.

No vendor publishes an OpenAPI file for it: all of it is prose, from the standards themselves (RFC 8030
the protocol, RFC 8291 the encryption, RFC 8292 VAPID).
"""

import base64
import json
import re
import secrets
import time
from itertools import count

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tests.simulators import sim_page


class Phone:
    """One browser's subscription: its own keys, and what it would show."""

    def __init__(self, name):
        self.name = name
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.secret = secrets.token_bytes(16)
        self.is_on = True
        self.is_gone = False
        self.waiting = {}
        self.shown = []

    @property
    def keys(self):
        """Return what the browser hands to a page: its point and its secret."""
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return _text(point), _text(self.secret)

    def take(self, notice, topic):
        if self.is_on:
            self.shown.append(notice)
        else:
            self.waiting[topic or len(self.waiting)] = notice

    def switch_on(self):
        self.is_on = True
        self.shown += self.waiting.values()
        self.waiting.clear()


class PushService:
    """The vendor: phones it knows, by their addresses."""

    def __init__(self):
        self.phones = {}
        self.asked = []
        self.faults = None
        self.base = ""
        self._numbers = count(1)

    def phone(self):
        """Subscribe one more phone and return it with its address."""
        name = f"phone-{next(self._numbers)}"
        self.phones[name] = Phone(name)
        return self.phones[name], f"{self.base}/push/{name}"

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        if request.path == "/sim/":
            return self._page()
        if request.path == "/sim/fault":
            sim_page.throw(self, request.form)
            return redirect("/sim/", 303)
        if request.path.startswith("/sim/phone/"):
            self._switch(self.phones[request.path.rpartition("/")[2]], request.form["deed"])
            return redirect("/sim/", 303)
        found = re.fullmatch(r"/push/([\w-]+)", request.path)
        phone = self.phones.get(found[1]) if found else None
        if phone is None or phone.is_gone:
            return Response("push subscription has unsubscribed or expired", 410)
        return self._take(request, phone)

    def _take(self, request, phone):
        if (reason := self._refusal(request)) is not None:
            return Response(reason, 400 if "TTL" in reason or "Topic" in reason else 403)
        plain = http_ece.decrypt(
            request.get_data(), private_key=phone.private, auth_secret=phone.secret,
            version="aes128gcm",
        )  # fmt: skip
        self.asked.append({"headers": dict(request.headers), "plain": json.loads(plain)})
        phone.take(json.loads(plain), request.headers.get("Topic"))
        return Response(status=201, headers={"Location": f"{self.base}/m/{len(self.asked)}"})

    def _refusal(self, request):
        if not request.headers.get("TTL", "").isdecimal():
            return "TTL is required"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", request.headers.get("Topic", "x")):
            return "Topic is not URL-safe"
        named = re.fullmatch(r"vapid t=([\w.-]+),\s*k=([\w-]+)", request.headers["Authorization"])
        if named is None:
            return "VAPID is required"
        claims = _claims(named[1], named[2])
        if claims is None:
            return "the signature is wrong"
        if claims["aud"] != self.base or not time.time() < claims["exp"] < time.time() + 86_400:
            return "audience or expiry is wrong"
        return None if claims["sub"].startswith(("mailto:", "https:")) else "subject is wrong"

    def _switch(self, phone, deed):
        if deed == "on":
            phone.switch_on()
        elif deed == "off":
            phone.is_on = False
        else:
            phone.is_gone = True

    def _page(self):
        deeds = (("off", "Switch off"), ("on", "Switch on"), ("gone", "Take the leave back"))
        parts = [
            sim_page.article(
                phone.name, f"{'on' if phone.is_on else 'off'}, {len(phone.waiting)} waiting",
                "\n".join(f"{one['words']} ({one['path']})" for one in phone.shown),
                sim_page.buttons(f"/sim/phone/{phone.name}", deeds),
            )
            for phone in self.phones.values()
        ]  # fmt: skip
        return sim_page.page("Push service", self, parts)


def _claims(token, key):
    """Return what a token says, if the key it names has signed it."""
    head, body, proof = token.split(".")
    raw = _bytes(proof)
    halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(key))
    try:
        public.verify(encode_dss_signature(*halves), f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return None
    return json.loads(_bytes(body))


def _text(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
