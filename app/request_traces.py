"""One span for each request of the web, from its first step to its answer; no address, no name in it."""

from contextlib import ExitStack

from flask import Flask, g, request

from app import telemetry


def install(app: Flask) -> None:
    """Follow every request where traces are kept; else nothing is put in its way."""
    if not telemetry.is_kept():
        return

    @app.before_request
    def begin() -> None:
        g.trace = ExitStack()
        g.trace.enter_context(telemetry.following(request.headers.get(telemetry.HEADER, "")))
        place = request.url_rule.rule if request.url_rule is not None else "(no such page)"
        g.trace.enter_context(
            telemetry.span(
                f"{request.method} {place}",
                route=place,
                method=request.method,
                request_id=g.get("request_id", ""),
            )
        )

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        held: ExitStack | None = g.pop("trace", None)
        if held is not None:
            held.close()
