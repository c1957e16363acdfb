"""``flask db``: bringing the database to the tables of this release."""

from pathlib import Path

import click
from alembic import command
from alembic.config import Config as Alembic
from flask import Flask
from flask.cli import AppGroup

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def alembic(owner_url: str) -> Alembic:
    """Return Alembic's settings for a database, without an ini file."""
    settings = Alembic()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("prepend_sys_path", str(MIGRATIONS.parent))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return settings


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run the migrations that the database has not had yet."""
    command.upgrade(alembic(owner_url), revision)


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    group = AppGroup("db", help="Bring the database to the tables of this release.")
    app.cli.add_command(group)

    @group.command("upgrade", with_appcontext=False)
    @click.argument("revision", default="head")
    def run(revision: str) -> None:
        """Run the migrations that the database has not had yet, as its owner."""
        upgrade(app.config["HOUSE"].need("database_owner_url"), revision)
        click.echo(f"The database is at {revision}.")
