"""``flask demo``: a made-up company, an Australian ballet on a ten-city tour with foreign guests."""

import json
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from app.cli.demo.story import SLUG, tell
from app.db.session import bind, transaction
from app.models import Organisation


def commands(app: Flask) -> None:
    """Name the command."""

    @app.cli.command("demo")
    def demo() -> None:
        """Load the demo company, once. Its sign-ins are printed and kept in var/demo.json."""
        house = app.config["HOUSE"]
        bind(house.need("database_owner_url"))
        with transaction() as db:
            known = db.scalar(select(Organisation.id).where(Organisation.slug == SLUG))
        if known is not None:
            click.echo("The demo company is here already.")
            return
        doors = tell(app)
        _keep(house.var, doors)
        for door in doors:
            click.echo(f"{door['who']}: {door['email']} {door['password']}".rstrip())


def _keep(var: Path, doors: list[dict[str, str]]) -> None:
    """Keep the sign-ins for ``make run`` to print; only the owner of the folder reads them."""
    var.mkdir(parents=True, exist_ok=True)
    place = var / "demo.json"
    place.touch(mode=0o600)
    place.write_text(json.dumps(doors, ensure_ascii=False, indent=2), "utf-8")
