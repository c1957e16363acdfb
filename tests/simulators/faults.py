"""Fault switches: what a vendor may do to a call, planned by a test or thrown by a person in the sandbox."""

import io
import itertools
import re
import socket
import time
from dataclasses import dataclass, field

from werkzeug.wrappers import Request, Response

from tests.simulators import sim_page

PAGES = ("/sim/", "/signing/", "/favicon.ico")
"""What browsers ask for: nothing goes wrong there, or nobody could take a switch back."""
KINDS = ("slow", "refuse", "fail_before", "fail_after", "drop_before", "drop_after", "expire")


@dataclass
class Fault:
    """What happens to the next ``times`` calls whose method and path match."""

    kind: str
    path: str = ".*"
    method: str = ""
    times: int = 1
    seconds: float = 0.0
    """How slow, or the Retry-After of a refusal."""
    number: int = field(default_factory=itertools.count(1).__next__)

    def meets(self, request):
        return (
            self.times > 0
            and self.method in ("", request.method)
            and re.fullmatch(self.path, request.path) is not None
        )


@dataclass
class Heard:
    """One request as it came, for tests to count and read."""

    method: str
    path: str
    query: str
    headers: dict
    body: bytes
    at: float
    status: int = 0


@dataclass
class Faults:
    """WSGI middleware that stands before the gate; the simulator behind it knows nothing of it.

    ``slow`` waits, then does it. ``refuse`` answers 429 with Retry-After, ``fail_before`` 500, neither
    doing anything. ``fail_after`` does it and answers 500; ``drop_after`` does it and cuts the line,
    ``drop_before`` cuts it at once. ``expire`` answers 401 as for a token that ran out.
    """

    app: object
    plans: list = field(default_factory=list)
    fate: object = None
    """Draws the kind of fault that an unplanned call meets, or None, where a run wants faults at random."""
    heard: list = field(default_factory=list)
    happened: list = field(default_factory=list)
    """(moment, kind, method, path) of each fault that a call met."""
    neighbours: tuple = ()
    """(name, address) of the pages to go to from this one."""

    def plan(self, kind, **more):
        """Let the next matching call go wrong."""
        assert kind in KINDS, kind
        self.plans.append(Fault(kind, **more))

    def take_back(self, number):
        """Take back a fault that no call has met yet; tell whether it was still there."""
        kept = [one for one in self.plans if one.number == number and one.times > 0]
        self.plans[:] = [one for one in self.plans if one not in kept]
        return bool(kept)

    def count(self, method, path=".*"):
        """Return how many calls of that kind came."""
        return sum(
            h.method == method and re.fullmatch(path, h.path) is not None for h in self.heard
        )

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path.startswith(PAGES):
            return self._page(request, environ, start_response)
        body = request.get_data(cache=True)
        heard = Heard(
            request.method, request.path, request.query_string.decode(),
            dict(request.headers), body, time.monotonic(),
        )  # fmt: skip
        self.heard.append(heard)
        environ["wsgi.input"] = io.BytesIO(body)
        fault = next((one for one in self.plans if one.meets(request)), None)
        if fault is None and self.fate is not None and (kind := self.fate()) is not None:
            fault = Fault(kind)
        if fault is not None:
            self.happened.append((time.time(), fault.kind, request.method, request.path))
        answer = self._answer(fault, environ)
        heard.status = answer.status_code if answer is not None else 0
        if answer is None:
            return _cut(environ, start_response)
        return answer(environ, start_response)

    def _page(self, request, environ, start_response):
        """Let a person throw a switch; leave every other page to the simulator."""
        environ[sim_page.PLACE] = self
        if request.path == "/favicon.ico":
            return Response(status=204)(environ, start_response)
        if request.path == "/sim/faults" and request.method == "POST":
            answer = sim_page.back(sim_page.press(self, request.form))
            return answer(environ, start_response)
        return self.app(environ, start_response)

    def _answer(self, fault, environ):
        if fault is None:
            return Response.from_app(self.app, environ, buffered=True)
        fault.times -= 1
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind in ("slow", "fail_after", "drop_after"):
            done = Response.from_app(self.app, environ, buffered=True)
            if fault.kind == "slow":
                return done
        if fault.kind in ("drop_before", "drop_after"):
            return None
        if fault.kind == "refuse":
            wait = f"{fault.seconds:g}"
            return Response("{}", 429, {"Retry-After": wait}, content_type="application/json")
        status = 401 if fault.kind == "expire" else 500
        return Response("{}", status, content_type="application/json")


def _cut(environ, start_response):
    """Close the connection without a word."""
    line = environ.get("werkzeug.socket")
    if line is not None:
        line.shutdown(socket.SHUT_RDWR)
    start_response("500 Cut", [])
    return []
