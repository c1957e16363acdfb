"""``flask seed``: the roles of staff and what they may do."""

import click
from flask import Flask

from app.db.session import session


def commands(app: Flask) -> None:
    """Name the command."""

    @app.cli.command("seed")
    def seed() -> None:
        """Write the roles of staff and their permissions. Running it again changes nothing."""
        app.extensions["appbuilder"].sm.seed()
        session.commit()
        click.echo("Roles and permissions are written.")
