"""The vendors of a torture run: every simulator over real HTTP, with faults drawn by a seed, and one book.

``python -m tests.torture.outside FILE PORT SEED`` writes to FILE what the product must be told, and
answers ``GET /`` on PORT with a line for each effect: topic, our key.
"""

import contextlib
import json
import random
import re
import signal
import sys
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.simulators.everybody import Everybody
from tests.simulators.graph_tenants import TENANT
from tests.simulators.serving import serve

FATES = (
    ("fail_before", 0.03), ("fail_after", 0.04), ("drop_before", 0.02), ("drop_after", 0.05), ("refuse", 0.02),
)  # fmt: skip
"""What happens to any call, tokens and look-ups too, and how often."""
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def told(all_: Everybody) -> dict[str, Any]:
    """Return what the processes of the run must know."""
    all_.let_in("crash")
    return {
        "xero_place": all_["xero"].book.id,
        "graph_tenant": TENANT,
        "graph_drive": all_["sharepoint"].drive.id,
        "adobe": all_["adobe_sign"].settings(all_.vendors["adobe_sign"].base),
        "environment": all_.environment(),
    }


def lines(all_: Everybody) -> list[str]:
    """Return a line for each effect of every vendor."""
    found = {
        "xero": [one["InvoiceNumber"] for one in all_["xero"].book.invoices.values()],
        "docusign": [one.transaction_id for one in all_["docusign"].account.envelopes.values()],
        "adobe_sign": [json.dumps(vars(one), default=str) for one in all_["adobe_sign"].account.envelopes.values()],
        "sharepoint": [one.name for one in all_["sharepoint"].drive.items.values() if not one.is_folder],
        "sendgrid": [json.dumps(one["body"]["personalizations"]) for one in all_["sendgrid"].letters],
        "twilio": [json.dumps(one, default=str) for one in all_["twilio"].texts],
    }  # fmt: skip
    return [
        f"{name} {key[0]}"
        for name, texts in found.items()
        for text in texts
        if (key := KEY.search(str(text)))
    ]


def fate(chance: random.Random) -> str | None:
    """Draw what happens to a call."""
    drawn = chance.random()
    for kind, share in FATES:
        if drawn < share:
            return kind
        drawn -= share
    return None


def main(file: str, port: str, seed: str) -> None:
    """Serve until killed."""
    with contextlib.ExitStack() as stack:
        all_ = Everybody(stack)
        for name, vendor in all_.vendors.items():
            chance = random.Random(f"{seed} {name}")
            vendor.faults.fate = lambda chance=chance: fate(chance)

        def book(environ: Any, start_response: Any) -> Any:
            asked = Request(environ).path
            text = "\n".join(all_.violations() if asked == "/violations" else lines(all_))
            return Response(text)(environ, start_response)

        stack.enter_context(serve(book, port=int(port), unchecked=(r"/.*",)))
        half = Path(f"{file}.half")
        half.write_text(json.dumps(told(all_)))
        half.rename(file)
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
