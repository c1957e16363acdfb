"""``flask events``: write the catalogue of facts and their schemas."""

import json
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.domain import events

DOCS = Path(__file__).resolve().parents[2] / "docs"

group = AppGroup("events", help="The facts that are told to other systems.")


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    app.cli.add_command(group)


def papers() -> dict[Path, str]:
    """Return every paper of the catalogue with its text."""
    schemas = {
        DOCS / "events" / f"{fact}.v1.json": json.dumps(events.schema_of(fact), indent=2) + "\n"
        for fact in events.FACTS
    }
    return {DOCS / "events.md": events.page(), **schemas}


@group.command("write")
def write() -> None:
    """Write docs/events.md and a schema for each fact."""
    for place, text in papers().items():
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, "utf-8")
        click.echo(place.relative_to(DOCS.parent))
