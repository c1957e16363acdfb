"""Where staff work: Flask-AppBuilder in our own skin."""

from flask import Flask

from admin import desk, postroom, security, skin
from admin.menu import DeskIndex


def install(app: Flask) -> None:
    """Build the desk and enter each topic's pages."""
    skin.install(app)
    with app.app_context():
        desk.put_together(security.install(app, indexview=DeskIndex))
    postroom.install(app)
