"""DocuSign's published limits before its simulator: every API call counted, refused above them.

Prose: developers.docusign.com/platform/resource-limits, "API rate limits". 3,000 calls an hour for an
account and 500 in 30 seconds; answers tell what is left. DocuSign's own hour begins anew on the hour:
any sixty minutes, as here, are stricter.
"""

import json
import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

from werkzeug.wrappers import Request, Response

COUNTED = "/restapi/"
"""Tokens come from another host, which has no part in these limits."""


@dataclass(frozen=True)
class Limit:
    """At most so many calls within any so many seconds, and how DocuSign speaks of them."""

    calls: int
    seconds: float
    header: str
    code: str


PUBLISHED = (
    Limit(500, 30.0, "X-BurstLimit", "BURST_APIINVOCATION_LIMIT_EXCEEDED"),
    Limit(3000, 3600.0, "X-RateLimit", "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"),
)


@dataclass
class Limited:
    """WSGI middleware that counts what comes and refuses what is too much."""

    app: object
    limits: tuple = PUBLISHED
    clock: object = time.monotonic
    times: list = field(default_factory=list)
    """When each call came that was let in, in their order."""
    kinds: Counter = field(default_factory=Counter)
    """Method and last fixed word of the path -> calls."""
    refused: Counter = field(default_factory=Counter)
    """Code of the limit -> calls it turned away."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ, start_response):
        request = Request(environ)
        if not request.path.startswith(COUNTED):
            return self.app(environ, start_response)
        with self.lock:
            over, headers = self._count(request)
        if over is None:
            return self.app(environ, _with(headers, start_response))
        body = {"errorCode": over.code, "message": f"The limit is {over.calls}."}
        answer = Response(json.dumps(body), 429, headers, content_type="application/json")
        return answer(environ, start_response)

    def most_within(self, seconds):
        """Return the most calls that came in any window of that length."""
        times = list(self.times)
        return max((bisect_left(times, at + seconds) - i for i, at in enumerate(times)), default=0)

    def longest_silence(self):
        """Return the longest time between two calls."""
        return max((after - before for before, after in pairwise(self.times)), default=0.0)

    def _count(self, request):
        """Let a call in unless a window is full; return the limit that is, and what the answer tells."""
        now, headers, over = self.clock(), {}, None
        for limit in self.limits:
            within = len(self.times) - bisect_left(self.times, now - limit.seconds)
            full = within >= limit.calls
            over = over or (limit if full else None)
            headers[f"{limit.header}-Limit"] = str(limit.calls)
            headers[f"{limit.header}-Remaining"] = str(max(0, limit.calls - within - 1))
        if over is None:
            self.times.append(now)
            self.kinds[f"{request.method} {request.path.rpartition('/')[2]}"] += 1
            return None, headers
        self.refused[over.code] += 1
        first = self.times[bisect_left(self.times, now - over.seconds)]
        headers["Retry-After"] = str(int(first + over.seconds - now) + 1)
        return over, headers


def _with(headers, start_response):
    """Let an answer tell what is left."""

    def start(status, given, *more):
        return start_response(status, [*given, *headers.items()], *more)

    return start
