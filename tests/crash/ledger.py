"""A provider over real HTTP that applies effects, writes them down, and can drop the answer.

Run as ``python tests/crash/ledger.py PORT FILE SEED``. ``PUT /K/<key>`` applies an effect; class K
and N know the key again. ``GET /R/<key>`` looks one up. ``GET /`` lists every application.
"""

import json
import random
import sys
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Lock

REFUSED, DROPPED = 0.05, 0.06


class Ledger(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def __init__(self, port, file, seed):
        super().__init__(("127.0.0.1", port), Door)
        self.file = Path(file)
        self.applied = defaultdict(list)
        self.chance = random.Random(seed)
        self.lock = Lock()

    def apply(self, cls, key):
        """Apply an effect; return (status, whether the answer gets lost)."""
        with self.lock:
            fate = self.chance.random()
            if fate < REFUSED:
                return 503, False
            if not (cls in "KN" and self.applied[key]):
                self.applied[key].append(cls)
                with self.file.open("a") as book:
                    book.write(f"{cls} {key}\n")
            return 201, fate < REFUSED + DROPPED


class Door(BaseHTTPRequestHandler):
    def do_PUT(self):
        cls, key = self.path.strip("/").split("/")
        status, lost = self.server.apply(cls, key)
        if lost:
            self.close_connection = True
            return
        self.answer(status, {"id": f"ext-{key}"})

    def do_GET(self):
        key = self.path.strip("/").split("/")[-1]
        known = bool(self.server.applied.get(key))
        self.answer(200 if known else 404, {"id": f"ext-{key}"})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        return


if __name__ == "__main__":
    Ledger(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])).serve_forever()
