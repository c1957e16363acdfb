"""``flask demo``: a made-up company, an Australian ballet on a ten-city tour with foreign guests."""

import json
from dataclasses import replace
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from app.cli.demo.story import SLUG, tell
from app.db.session import bind, transaction
from app.integrations import providers
from app.models import Organisation
from app.services.esign import choice
from config import CHOICES, Config


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
        # The past was signed and booked here, whatever vendors the house turns to from today on.
        embedded = {port.lower(): choices[0] for port, choices in CHOICES.items()}
        _use(replace(house, **embedded))
        doors = tell(app)
        _use(house)
        _keep(house.var, doors)
        for door in doors:
            click.echo(f"{door['who']}: {door['email']} {door['password']}".rstrip())


def _use(house: Config) -> None:
    providers.configure(house)
    choice.configure(house.esign)


def _keep(var: Path, doors: list[dict[str, str]]) -> None:
    """Keep the sign-ins for ``make run`` to print; only the owner of the folder reads them."""
    var.mkdir(parents=True, exist_ok=True)
    place = var / "demo.json"
    place.touch(mode=0o600)
    place.write_text(json.dumps(doors, ensure_ascii=False, indent=2), "utf-8")
