"""How fast the door for carriers' notices answers: signed batches of SendGrid's at a steady rate.

``python -m tests.bench.webhooks [--rate 50] [--seconds 20]`` starts an own PostgreSQL and one web
process as the product does, knocks over real HTTP, and prints the times of the answers.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from app.cli.db import upgrade
from app.embedded import Postgres, Redis
from tests.simulators.sendgrid import SendGrid

ROOT = Path(__file__).resolve().parents[2]
TOLERATED = 0.1
"""Seconds in which 99 of 100 notices are answered."""


def main() -> int:
    """Measure, print, and say whether the aim was met."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--rate", type=int, default=50)
    asked.add_argument("--seconds", type=int, default=20)
    wanted = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="portal-hooks-", dir="/tmp"))
    folder.chmod(0o711)
    postgres, bell = Postgres(folder / "pg"), Redis(folder / "redis")
    try:
        postgres.start()
        bell.start()
        upgrade(postgres.url("portal_migrator", "portal"))
        return _measure(postgres, bell, folder, wanted.rate, wanted.seconds)
    finally:
        bell.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(postgres, bell, folder, rate, seconds):
    vendor, port = SendGrid(), _free_port()
    vendor.letters.append(
        {"number": "bench", "body": {"personalizations": [{"to": [{"email": "a@example.com"}]}]}}
    )
    vendor.webhook = f"http://127.0.0.1:{port}/hooks/sendgrid"
    served = _serve(postgres, bell, folder, vendor, port)
    try:
        _wait_for(port)
        took, answers = _knock(vendor, rate, seconds)
    finally:
        served.terminate()
        served.wait(10)
    took.sort()
    p99 = took[int(len(took) * 0.99)]
    print(
        f"{len(took)} notices at {rate}/s: p50 {statistics.median(took) * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms, longest {took[-1] * 1000:.1f} ms; answers {sorted(set(answers))}"
    )
    return 0 if p99 <= TOLERATED and set(answers) == {204} else 1


def _serve(postgres, bell, folder, vendor, port):
    told = {
        **os.environ,
        "DATABASE_URL": postgres.url("portal_app", "portal"),
        "REDIS_URL": bell.url(),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "VAR": str(folder / "var"),
        "EMAIL": "sendgrid",
        "SENDGRID_API_KEY": vendor.api_key,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": vendor.public_key,
        "LOG_LEVEL": "ERROR",
    }
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
             "--port", str(port), "--workers", "1", "--blocking-threads", "8", "--log-level", "error",
             "wsgi:app"]  # fmt: skip
    return subprocess.Popen(words, cwd=ROOT, env=told)


def _knock(vendor, rate, seconds):
    """Knock at an even pace, whether answers have come or not."""
    took, answers, knocks = [], [], []

    def once(raw):
        moment = str(int(time.time()))
        signature = vendor.sign(moment, raw)
        began = time.monotonic()
        answers.append(vendor.post(raw, moment, signature))
        took.append(time.monotonic() - began)

    batches = [
        json.dumps([vendor.event(name=name) for name in ("processed", "delivered")]).encode()
        + b"\r\n"
        for _ in range(rate * seconds)
    ]
    began = time.monotonic()
    for number, batch in enumerate(batches):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        knocks.append(threading.Thread(target=once, args=(batch,)))
        knocks[-1].start()
    for knock in knocks:
        knock.join(30)
    return took, answers


def _wait_for(port):
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The web process did not start.")


def _free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
