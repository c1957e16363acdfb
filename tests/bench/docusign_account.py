"""DocuSign's simulator in a process of its own, at its published limits: ``python -m tests.bench.docusign_account``.

It says on its first line how the product reaches it. What it counted is asked for at ``/figures``, with
the envelopes of every contract: it is the witness of a measurement, not the product.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections import Counter

import urllib3
from werkzeug.wrappers import Request, Response

from tests.simulators.docusign import DocuSign
from tests.simulators.docusign_limits import PUBLISHED, Limited
from tests.simulators.serving import serving

FIGURES = "/figures"


class Witness:
    """A WSGI app: the simulator behind its limits, and what was counted there."""

    def __init__(self):
        self.simulator = DocuSign()
        self.limited = Limited(self.simulator)

    def __call__(self, environ, start_response):
        request = Request(environ)
        if request.path != FIGURES:
            return self.limited(environ, start_response)
        answer = Response(json.dumps(self.figures()), content_type="application/json")
        return answer(environ, start_response)

    def figures(self):
        """Return what was counted."""
        limited, envelopes = self.limited, list(self.simulator.account.envelopes.values())
        return {
            "calls": len(limited.times),
            "kinds": dict(limited.kinds),
            "refused": dict(limited.refused),
            "most": {limit.seconds: limited.most_within(limit.seconds) for limit in PUBLISHED},
            "lasted": limited.times[-1] - limited.times[0] if limited.times else 0.0,
            "silence": limited.longest_silence(),
            "tokens": self.simulator.granted,
            "envelopes": [one.envelope_id for one in envelopes],
            "contracts": Counter(one.subject for one in envelopes),
        }


@contextlib.contextmanager
def running():
    """Start it as a process; give what the product must be told, and a way to ask what was counted."""
    words = [sys.executable, "-m", "tests.bench.docusign_account"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        settings = json.loads(process.stdout.readline())
        where = settings["DOCUSIGN_BASE_URL"] + FIGURES
        yield settings, lambda: urllib3.request("GET", where, timeout=30).json()
    finally:
        process.terminate()
        process.wait()


def main():
    """Serve until whoever started it is gone."""
    witness = Witness()
    with serving(witness) as base:
        witness.simulator.base = base
        print(json.dumps(witness.simulator.settings(base)), flush=True)
        gone = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.read(), gone.set()), daemon=True).start()
        gone.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
