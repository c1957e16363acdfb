"""Whatever a vendor's own file allows to be asked, its simulator answers as the file says, and never breaks.

Schemathesis draws the requests; the gate judges the answers.
"""

import importlib
import warnings
from base64 import b64encode
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from werkzeug.test import Client

from tests.simulators.gate import Gate, needs_specs, spec
from tests.simulators.twilio import ACCOUNT

EXAMPLES = 4
FOR_EVER = 1e12
schemathesis.openapi.format("phone-number", st.from_regex(r"\A\+[1-9][0-9]{6,13}\Z"))


def connected(xero):
    """Let a token into the simulator's first organisation."""
    xero.access["drawn"] = FOR_EVER
    xero.connections[xero.book.id] = {"id": str(uuid4()), "event": str(uuid4())}
    return {"Authorization": "Bearer drawn", "xero-tenant-id": xero.book.id}


def basic(twilio):
    """Name the account and its token, as Twilio's clients do."""
    return {"Authorization": f"Basic {b64encode(f'{ACCOUNT}:{twilio.token}'.encode()).decode()}"}


VENDORS = {
    "adobe": ("adobe_sign", "AdobeSign", lambda adobe: adobe.tokens.add("drawn")),
    "docusign": ("docusign", "DocuSign", lambda docusign: docusign.tokens.update(drawn=FOR_EVER)),
    "graph": ("graph", "Graph", lambda graph: graph.tokens.update(drawn=FOR_EVER)),
    "sendgrid": ("sendgrid", "SendGrid", lambda it: {"Authorization": f"Bearer {it.api_key}"}),
    "twilio": ("twilio", "Twilio", lambda twilio: basic(twilio)),
    "xero": ("xero", "XeroSimulator", lambda xero: connected(xero)),
}
"""Vendor file -> (module, simulator, how it lets a request in)."""


def operations(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(spec(name).doc)
        return [found.ok() for found in schema.get_all_operations()]


def simulator_of(name):
    module, maker, let_in = VENDORS[name]
    found = importlib.import_module(f"tests.simulators.{module}")
    simulator = getattr(found, maker)()
    headers = let_in(simulator)
    headers = headers if isinstance(headers, dict) else {"Authorization": "Bearer drawn"}
    return simulator, getattr(found, "UNCHECKED", ()), headers


def ask(client, vendor, case, headers):
    """Send a drawn request under the vendor's own base path."""
    base = vendor.server.path.rstrip("/")
    body = case.body if isinstance(case.body, dict | list) else None
    query = urlencode({k: v for k, v in (case.query or {}).items() if v is not None}, doseq=True)
    form = case.media_type == "application/x-www-form-urlencoded"
    sent = {"json": body} if body is not None else {}
    if form:
        sent = {"data": urlencode(body or {}, doseq=True), "content_type": case.media_type}
    return client.open(
        base + case.formatted_path, method=case.method, query_string=query, headers=headers, **sent
    )


@needs_specs
@pytest.mark.parametrize("name", sorted(VENDORS))
@pytest.mark.filterwarnings("ignore")
def test_every_drawn_request_is_answered_as_the_vendor_says(name):
    simulator, unchecked, headers = simulator_of(name)
    gate = Gate(simulator, spec(name), unchecked=unchecked)
    client = Client(gate)
    broke = []

    @settings(
        max_examples=EXAMPLES * len(operations(name)), derandomize=True, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.sampled_from(operations(name)).flatmap(
        lambda one: one.as_strategy(generation_mode=GenerationMode.POSITIVE)))  # fmt: skip
    def draw(case):
        answer = ask(client, spec(name), case, headers)
        if answer.status_code >= 500 and answer.status_code != 599:
            broke.append(f"{case.method} {case.path}: {answer.status_code}")

    draw()

    assert broke == []
    # 405: published for a path that is simulated, by a method that we never use.
    said = [one for one in gate.violations if one.startswith("simulator answer")]
    assert [one for one in said if " 405 " not in one] == []
