"""``make sandbox``: the whole product, its contracts, bills, papers, letters and texts going to simulators.

Each vendor has a page on which a person signs, declines, pays, bounces, and throws the fault switches.
``TOUR=skip`` leaves the scripted ten-city tour out; ``TOUR=only`` stops everything after it, with 0 if all
ten cities passed and 1 if not. Nothing leaves this machine.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.sandbox import tour
from tests.simulators.everybody import Everybody
from tests.simulators.gate import SPECS

ROOT = Path(__file__).resolve().parents[2]
QUICKER = {"SETTLE_SECONDS": "5", "HTTP_TIMEOUT_SECONDS": "10"}
"""A vendor that fell silent is asked after 15 seconds here, elsewhere after 80."""
WORDS = {
    "docusign": "DocuSign: sign, decline, void, send the last notice again",
    "adobe_sign": "Adobe Sign (ESIGN=adobe_sign uses it; without the tour)",
    "xero": "Xero: pay or void a bill, lock a period, end tokens",
    "sharepoint": "SharePoint: files and folders, move or delete one",
    "sendgrid": "SendGrid: letters; bounce, complain, delay",
    "twilio": "Twilio: texts; deliver, fail, answer STOP",
}


def main() -> int:
    """Run the simulators here and the product beside them until told to stop."""
    if not SPECS.is_dir():
        print(f"The vendors' OpenAPI files are not at {SPECS}: set VENDOR_SPECS to where they are.")
        return 1
    port = int(os.environ.get("PORT") or 8000)
    with contextlib.ExitStack() as stack:
        all_ = Everybody(stack, f"http://127.0.0.1:{port}", first_port=port + 100)
        settings = all_.environment()
        if os.environ.get("ESIGN") == "adobe_sign":
            settings |= all_["adobe_sign"].settings(all_.vendors["adobe_sign"].base)
            os.environ["TOUR"] = "skip"
        print("Simulators (each with its page):\n")
        for name, words in WORDS.items():
            print(f"  {all_.vendors[name].base}/sim/   {words}")
        print(flush=True)
        return _product(all_, port, settings)


def _product(all_: Everybody, port: int, settings: dict[str, str]) -> int:
    """Start the product, let the tour begin when it is ready, and wait for its end."""
    var = Path(os.environ.get("VAR") or ROOT / "var" / "sandbox")
    # The simulators begin empty, so the house beside them does too.
    shutil.rmtree(var, ignore_errors=True)
    environment = {**QUICKER, **os.environ, **settings, "PORT": str(port), "VAR": str(var)}
    words = [sys.executable, "-u", "-m", "app.supervisor"]
    passed: list[bool] = []
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as product:

        def stop(*_: object) -> None:
            product.send_signal(signal.SIGTERM)

        def play() -> None:
            passed.append(tour.play(all_, environment, var))
            if os.environ.get("TOUR") == "only":
                stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        for line in product.stdout or ():
            print(line, end="", flush=True)
            if "Ctrl-C stops everything" in line and os.environ.get("TOUR") != "skip":
                threading.Thread(target=play, daemon=True).start()
        stopped = product.wait()
    if os.environ.get("TOUR") == "only":
        return 0 if passed == [True] else 1
    return stopped


if __name__ == "__main__":
    sys.exit(main())
