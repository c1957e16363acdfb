"""Traces from a page over the promise it made to the provider's answer, where somebody wants them.

``TELEMETRY=none`` imports nothing of OpenTelemetry and every call here does nothing. The trace of a
promise is kept with it (W3C traceparent), so that the worker's spans belong to the request's.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from config import Config

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

SERVICE: Final = "big-live-portal"
HEADER: Final = "traceparent"


class Traces(Protocol):
    """What keeps traces: OpenTelemetry's, or nothing."""

    def span(self, name: str, facts: Mapping[str, Any], started: int | None) -> Any:
        """Return a context manager around a piece of work."""
        ...

    def following(self, trace_parent: str) -> Any:
        """Return a context manager in which spans belong to an earlier trace."""
        ...

    def parent(self) -> str:
        """Return the traceparent of the work at hand, or nothing."""
        ...

    def flush(self) -> None:
        """Send what is still held."""
        ...


def configure(config: Config, part: str) -> None:
    """Keep traces in this process as the configuration says: web, worker or sweeper."""
    if config.telemetry == "azure_monitor":
        connection = config.vendor["APPLICATIONINSIGHTS_CONNECTION_STRING"]
        maker = import_module("azure.monitor.opentelemetry.exporter").AzureMonitorTraceExporter
        keep(maker(connection_string=connection), part)


def keep(exporter: "SpanExporter", part: str, *, at_once: bool = False) -> None:
    """Send traces to an exporter from now on."""
    made = import_module("app.tracing").OpenTelemetryTraces(exporter, SERVICE, part, at_once)
    _traces[:] = [made]


@contextmanager
def span(name: str, *, started: int | None = None, **facts: Any) -> Iterator[None]:
    """Note a piece of work, with what went wrong in it; ``started`` in nanoseconds if earlier."""
    if not _traces:
        yield
        return
    with _traces[0].span(name, facts, started):
        yield


@contextmanager
def following(trace_parent: str) -> Iterator[None]:
    """Let the spans inside belong to the trace that a promise or a request came with."""
    if not _traces or not trace_parent:
        yield
        return
    with _traces[0].following(trace_parent):
        yield


def parent() -> str:
    """Return the traceparent to keep with a promise, or to send along; nothing without a trace."""
    return _traces[0].parent() if _traces else ""


def is_kept() -> bool:
    """Tell whether this process keeps traces."""
    return bool(_traces)


def flush() -> None:
    """Send what is still held, before a process ends."""
    for traces in _traces:
        traces.flush()


_traces: list[Traces] = []
"""Empty, or where this process keeps its traces."""
