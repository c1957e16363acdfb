"""The gatehouse: what every request passes on its way to a door and back, in this order.

Request id, headers and nonce, figures, the session, the check against forged forms. The doors then
greet whom they know (``admin.security``, ``portal.gate``).
"""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from app import (
    errors,
    headers,
    health,
    limits,
    log_lines,
    request_log,
    request_traces,
    requests,
    session_cache,
)
from app.db import secrets
from app.sessions import RowSessions, kind_of
from config import Config


def install(app: Flask, config: Config) -> None:
    """Put everything in its place. Nothing here asks the database or Redis yet."""
    is_https = config.base_url.startswith("https://")
    requests.install(app)
    app.config.update(
        TRUSTED_HOSTS=list(config.trusted_hosts),
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    if not config.testing:
        log_lines.write_lines(config.log_level)
    secrets.configure(config.field_keys)
    limits.connect(config.redis_url)
    cache = session_cache.connect(config.redis_url)
    app.session_interface = RowSessions(cache, config.secret_key)
    request_log.install(app)
    request_traces.install(app)
    headers.install(
        app,
        live_url=config.live_url,
        is_https=is_https,
        signing_hosts=config.signing_hosts,
    )
    health.install(app, cache)
    errors.install(app)
    _refuse_forged_forms(app)


def _refuse_forged_forms(app: Flask) -> None:
    """Check every form that a browser sends with its cookie; programs send none and prove otherwise.

    The token lives as long as the session. Where the browser says which page sent the form, it must
    be one of ours, too.
    """
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        if kind_of(request.path) is None:
            return
        origin = request.headers.get("Origin", "null")
        sends = request.method not in {"GET", "HEAD", "OPTIONS"}
        if sends and origin != "null" and urlsplit(origin).netloc != request.host:
            raise BadRequest
        csrf.protect()
