"""``python -m tests.bench.recovery``: how long a promise waits whose worker is killed with -9.

The product's own worker and sweeper with the product's own times (a lease of 60 s, 20 s for a call). Each promise
meets a worker that kills itself: after the claim, or after its request has reached the provider. Counted from the
death to the next request for the same promise; the last column is what the lease alone would cost.
"""

import argparse
import http.client
import os
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.domain.outbox import EffectClass
from tasks.crash import crash_point
from tasks.crew import engage
from tasks.handlers import Handler
from tests.bench.outbox import _company, promise
from tests.bench.working_house import serve, working

KINDS = {"own": ("N", "local"), "vendor": ("K", "azure_blob"), "named": ("N", "azure_blob")}
"""Kind -> class and provider: what is done in this house, what a vendor knows by key, and by name."""
POINTS = ("after_claim", "while_sending")


def crew(config):
    """Engage couriers that die with the request on the line, if their fuse is lit."""
    made = engage(config)
    port = int(os.environ["BENCH_PORT"])

    def send(_request, key):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("PUT", f"/{key}")
        crash_point("while_sending")
        line.getresponse().read()
        line.close()
        return key

    for kind, (cls, provider) in KINDS.items():
        name = f"bench.{kind}"
        made.carry(
            Handler(name, EffectClass(cls), lambda _db, m: m.payload, send, provider=provider)
        )
    return made


class Requests:
    """When each request for a key arrived."""

    def __init__(self):
        self.at = {}
        requests = self

        class Door(BaseHTTPRequestHandler):
            def do_PUT(self):
                requests.at.setdefault(self.path[1:], []).append(time.monotonic())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


def main():
    words = argparse.ArgumentParser(prog="python -m tests.bench.recovery", description=__doc__)
    words.add_argument("--kills", type=int, default=5, help="of each kind at each point")
    asked = words.parse_args()
    requests = Requests()
    with (
        tempfile.TemporaryDirectory(prefix="fuses-") as fuses,
        working(
            "tests.bench.recovery", requests.server.server_port, TESTING="1", CRASH_AT=fuses
        ) as (postgres, config),
    ):
        organisation_id = _company(postgres)
        for kind, (cls, _) in KINDS.items():
            for point in POINTS:
                took = [
                    _killed(requests, Path(fuses) / point, organisation_id, kind, number)
                    for number in range(asked.kills)
                ]
                print(
                    f"{kind:7} class {cls}, killed {point:14} p100 {max(took):5.1f} s, "
                    f"shortest {min(took):4.1f} s, lease {config.lease_seconds:.0f} s ({len(took)} kills)",
                    flush=True,
                )
    return 0


def _killed(requests, fuse, organisation_id, kind, number):
    """Promise, let the first who takes it die, and return the seconds until somebody goes on."""
    fuse.touch()
    (key,), _ = promise(organisation_id, f"bench.{kind}", [f"{kind}-{fuse.name}-{number}"])
    while fuse.exists():
        time.sleep(0.002)
    died, end = time.monotonic(), time.monotonic() + 150
    before = 1 if fuse.name == "while_sending" else 0
    while len(requests.at.get(key, [])) <= before and time.monotonic() < end:
        time.sleep(0.005)
    return (requests.at[key][before] if len(requests.at.get(key, [])) > before else end) - died


if __name__ == "__main__":
    if sys.argv[1:] in (["worker"], ["sweeper"]):
        serve(sys.argv[1], crew)
        sys.exit(0)
    sys.exit(main())
