"""The roof: builds the application for a configuration. It knows every room; no room knows it."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import admin
import portal
from app import cli, gatehouse, presentation, telemetry, webhooks
from app.db import session as db
from app.integrations import providers
from app.services import letters
from app.services.esign import choice
from config import Config
from tasks import queue


def create_app(config: Config) -> Flask:
    """Build the web application. Issues no SQL: it starts with the database down."""
    app = Flask("app", static_folder=None, template_folder="templates")
    app.config["HOUSE"] = config
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        PREFERRED_URL_SCHEME=config.base_url.partition(":")[0],
    )
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies
        )
    telemetry.configure(config, "web")
    db.bind(config.database_url)
    providers.configure(config)
    letters.configure(config.base_url)
    choice.configure(config.esign)
    queue.connect(config.redis_url, db.factory)
    presentation.install(app)
    gatehouse.install(app, config)
    admin.install(app)
    portal.install(app)
    webhooks.install(app)
    cli.install(app)
    app.teardown_appcontext(lambda _error: db.forget())
    return app
