"""OpenTelemetry's side of ``app.telemetry``: imported only where traces are kept."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"


class OpenTelemetryTraces:
    """Keeps spans with a provider of its own, so that no library's settings change it."""

    def __init__(self, exporter: SpanExporter, service: str, part: str, at_once: bool) -> None:
        self.provider = TracerProvider(
            resource=Resource.create({"service.name": service, "service.instance.part": part})
        )
        processor = SimpleSpanProcessor(exporter) if at_once else BatchSpanProcessor(exporter)
        self.provider.add_span_processor(processor)
        self.tracer = self.provider.get_tracer(service)
        self.carried = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, facts: Mapping[str, Any], started: int | None) -> Iterator[None]:
        """Note a piece of work; what is raised in it is noted, too."""
        known = {key: value for key, value in facts.items() if value is not None}
        with self.tracer.start_as_current_span(name, attributes=known, start_time=started):
            yield

    @contextmanager
    def following(self, trace_parent: str) -> Iterator[None]:
        """Let spans belong to an earlier trace."""
        token = context.attach(self.carried.extract({HEADER: trace_parent}))
        try:
            yield
        finally:
            context.detach(token)

    def parent(self) -> str:
        """Return the traceparent of the span at hand."""
        if not trace.get_current_span().get_span_context().is_valid:
            return ""
        carrier: dict[str, str] = {}
        self.carried.inject(carrier)
        return carrier.get(HEADER, "")

    def flush(self) -> None:
        """Send what is still held."""
        self.provider.force_flush(5000)
