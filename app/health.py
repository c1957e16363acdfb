"""Probes and figures for whoever runs the house: alive, ready, and Prometheus metrics."""

import time
from typing import Final

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as write_figures
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db.session import factory
from app.session_cache import SessionCache

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""What is counted by its name; a stranger's own words would be figures without end."""


def install(app: Flask, cache: SessionCache) -> None:
    """Answer ``/health/live``, ``/health/ready`` and ``/metrics``; count every request."""
    registry = CollectorRegistry()
    _count(app, registry)
    _answer_probes(app, cache)
    reached = Gauge("portal_reaches", "1 where a server answers", ["server"], registry=registry)

    @app.get("/metrics")
    def metrics() -> Response:
        """Give the figures of this process."""
        reached.labels("database").set(database_answers())
        reached.labels("redis").set(cache.answers())
        return Response(write_figures(registry), content_type=CONTENT_TYPE_LATEST)


def _count(app: Flask, registry: CollectorRegistry) -> None:
    answered = Counter(
        "portal_requests", "Requests answered", ["method", "place", "status"], registry=registry
    )
    took = Histogram(
        "portal_request_seconds", "Time to an answer", ["method", "place"], registry=registry
    )

    @app.before_request
    def begin() -> None:
        g.counted_from = time.perf_counter()

    @app.after_request
    def count(answer: Response) -> Response:
        place = request.url_rule.rule if request.url_rule is not None else "(none)"
        method = request.method if request.method in METHODS else "other"
        answered.labels(method, place, answer.status_code).inc()
        took.labels(method, place).observe(
            time.perf_counter() - g.get("counted_from", time.perf_counter())
        )
        return answer


def _answer_probes(app: Flask, cache: SessionCache) -> None:
    @app.get("/health/live")
    def live() -> Response:
        """Say that the process answers; nothing else is asked."""
        return jsonify(status="alive")

    @app.get("/health/ready")
    def ready() -> tuple[Response, int]:
        """Say whether work can be done: without Redis it can, without PostgreSQL it cannot."""
        database, redis = database_answers(), cache.answers()
        body = jsonify(
            status="ready" if database else "not ready",
            database="answers" if database else "does not answer",
            redis="answers" if redis else "does not answer; everything goes through the database",
        )
        return body, 200 if database else 503


def database_answers() -> bool:
    """Tell whether PostgreSQL answers now."""
    try:
        with factory() as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
