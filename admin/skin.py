"""The look of the desk: its templates come before FAB's own, its rail and pieces are known to them.

``install(app)`` is called by the roof before ``AppBuilder(app, ...)`` is made: the first folder that
has a template wins, and these override FAB's ``appbuilder/...`` one by one.
"""

from flask import Blueprint, Flask

from admin import actors, dashboard, histories, links, menu, promises


def install(app: Flask) -> None:
    """Put the desk's templates in front of FAB's."""
    app.register_blueprint(Blueprint("desk_skin", __name__, template_folder="templates"))
    menu.install(app)
    links.install(app)
    actors.install(app)
    histories.install(app)
    dashboard.install(app)
    promises.install(app)
