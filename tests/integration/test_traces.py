"""One trace from a request over its promise to the provider; nothing of it where nobody asked for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import telemetry
from app.models import Organisation
from app.settings import SettingError
from config import Config

ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, os, sys
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from app import telemetry
from app.db.session import act_as, bind, forget, transaction
from app.db.viewer import Viewer
from app.domain.outbox import EffectClass
from app.factory import create_app
from app.integrations import calls
from app.integrations.errors import Permanent
from app.services import outbox
from config import Config
from tasks.crew import engage
from tasks.handlers import Handler
from tasks.permits import FreePermits

config = Config.load(os.environ)
exporter = InMemorySpanExporter()
telemetry.keep(exporter, "test", at_once=True)
app = create_app(config)
made = []

@app.post("/health/promise")
def promise():
    act_as(Viewer(int(os.environ["ORGANISATION"]), actor="staff:1", request_id="req-1"))
    with transaction() as db:
        for kind in ("test.well", "test.refused"):
            made.append(outbox.promise(db, organisation_id=int(os.environ["ORGANISATION"]),
                                       kind=kind, key="fact", payload={}, cls=EffectClass.K))
    return "kept"

headers = {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"}
answer = app.test_client().post("/health/promise", headers=headers)
forget()
bind(config.database_worker_url)
crew = engage(config)
crew.courier.permits = FreePermits()

def refuse(_request, _key):
    raise Permanent("No such account.", status=422)

seen = []
def send(_request, key):
    seen.append(telemetry.parent())
    return key

crew.carry(Handler("test.well", EffectClass.K, lambda _db, m: m.payload, send))
crew.carry(Handler("test.refused", EffectClass.K, lambda _db, m: m.payload, refuse))
for one in made:
    crew.courier.run(one)
telemetry.flush()
print(json.dumps({"status": answer.status_code, "seen": seen, "spans": [
    {"name": span.name, "trace": f"{span.context.trace_id:032x}", "id": f"{span.context.span_id:016x}",
     "parent": f"{span.parent.span_id:016x}" if span.parent else "",
     "facts": dict(span.attributes), "failed": not span.status.is_ok and span.status.description}
    for span in exporter.get_finished_spans()]}))
"""


@pytest.fixture
def told(config, owner_session, tmp_path):
    """Run a request and its promises with a keeper in memory; return what it kept."""
    company = Organisation(name="Northern Ballet", slug="northern")
    owner_session.add(company)
    owner_session.commit()
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url.replace("+psycopg", ""),
        "DATABASE_WORKER_URL": config.database_worker_url.replace("+psycopg", ""),
        "REDIS_URL": config.redis_url, "BASE_URL": "http://localhost", "VAR": str(tmp_path / "v"),
        "TESTING": "1", "LOG_LEVEL": "ERROR", "ORGANISATION": str(company.id),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_trace_leads_from_the_request_over_the_promise_to_the_provider(told):
    spans = told["spans"]
    of = {span["name"]: span for span in spans}
    (request,) = [span for span in spans if span["name"] == "POST /health/promise"]
    kept = [span for span in spans if span["name"] == "keep test.well"]

    assert told["status"] == 200
    assert {span["trace"] for span in spans} == {"ab" * 16}
    assert request["parent"] == "cd" * 8
    assert [span["parent"] for span in kept] == [request["id"]]
    children = {span["name"] for span in spans if span["parent"] == kept[0]["id"]}
    assert children == {"claim", "prepare", "send", "settle"}
    assert of["send"]["facts"]["provider"] == "local"


def test_the_provider_can_be_told_the_trace(told):
    (seen,) = told["seen"]

    send = next(span for span in told["spans"] if seen.split("-")[2] == span["id"])

    assert send["name"] == "send"
    assert seen.split("-")[1] == "ab" * 16


def test_what_was_refused_is_marked_in_its_span(told):
    failed = [span for span in told["spans"] if span["failed"]]

    assert [span["name"] for span in failed] == ["send"]
    assert "No such account." in failed[0]["failed"]


def test_without_telemetry_nothing_of_it_is_imported_or_kept(tmp_path):
    # redis-py looks for OpenTelemetry's figures by itself, where they are installed.
    program = (
        "import sys; from config import Config; from app.factory import create_app; from app import telemetry;"
        "import tasks.worker, tasks.sweeper;"
        "create_app(Config.load({'VAR': sys.argv[1]}));"
        "print(telemetry.is_kept(), telemetry.parent() == '', "
        "[name for name in sys.modules if name.startswith(('app.tracing', 'opentelemetry.sdk.trace', 'azure'))])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert said.split("\n")[-2] == "False True []"


def test_spans_without_a_keeper_do_nothing():
    with telemetry.following("00-x"), telemetry.span("anything", fact=1):
        assert telemetry.parent() == ""
    telemetry.flush()


def test_the_connection_string_is_needed_where_azure_monitor_is_chosen(tmp_path):
    with pytest.raises(SettingError, match="APPLICATIONINSIGHTS_CONNECTION_STRING"):
        Config.load({"VAR": str(tmp_path), "TELEMETRY": "azure_monitor"})
