"""``flask audit``: checking that nobody changed what was written down."""

import click
from flask import Flask
from flask.cli import AppGroup

from app.db.session import bind
from app.services import audit
from tasks.seals import keep_heads, kept_heads, seal_audit
from tasks.standing import as_worker


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    group = AppGroup("audit", help="Check that nobody changed what was written down.")
    app.cli.add_command(group)

    @group.command("verify")
    def verify() -> None:
        """Check every seal of the audit log, of every organisation."""
        house = app.config["HOUSE"]
        bind(house.need("database_worker_url"))
        with as_worker() as db:
            broken = audit.verify(db, kept_heads(house.var))
        for place in broken:
            owner = "platform" if place.organisation_id is None else place.organisation_id
            click.echo(f"organisation {owner}, seal {place.seal}: {place.reason}")
        if broken:
            raise click.ClickException(f"{len(broken)} seals are broken.")
        click.echo("Every seal holds.")

    @group.command("seal")
    def seal() -> None:
        """Seal what was written since the last seal, now instead of at the next minute."""
        house = app.config["HOUSE"]
        bind(house.need("database_worker_url"))
        with as_worker() as db:
            made = seal_audit(db, house.var)
        with as_worker() as db:
            keep_heads(db, house.var)
        click.echo(f"{len(made)} chains are longer by a seal.")
