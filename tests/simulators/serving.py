"""A simulator over real HTTP on a port of its own, behind its gate and its fault switches."""

import contextlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.simulators.faults import Faults
from tests.simulators.gate import Gate


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        return

    def connection_dropped(self, *_):
        return


@dataclass
class Vendor:
    """A running simulator: its address, its state, its switches and what its gate saw."""

    base: str
    simulator: Any
    gate: Gate
    faults: Faults


@contextlib.contextmanager
def serve(simulator, *specs, unchecked=(), port=0):
    """Serve a simulator (a WSGI app); fail at the end if a word of either side broke the contract."""
    gate = Gate(simulator, *specs, unchecked=unchecked)
    faults = Faults(gate)
    with serving(faults, port) as base:
        yield Vendor(base, simulator, gate, faults)
    _write_down(gate)
    assert gate.violations == []


@contextlib.contextmanager
def serving(app, port=0):
    """Serve a WSGI app on a port of its own; give its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _write_down(gate):
    """Add the operations that were proven to the list that GATE_LOG names (``make contract``)."""
    if place := os.environ.get("GATE_LOG"):
        with Path(place).open("a", encoding="utf-8") as log:
            log.writelines(
                f"{vendor} {method} {path}\n" for vendor, method, path in sorted(gate.covered)
            )
