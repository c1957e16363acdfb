"""``flask organisation add``: founding a company from the shell, for an installation without a demo."""

import getpass

import click
from flask import Flask
from flask.cli import AppGroup

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.companies import NewCompany
from app.domain.errors import Invalid, Refused
from app.services import companies


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    group = AppGroup("organisation", help="Companies on this platform.")
    app.cli.add_command(group)

    @group.command("add")
    @click.argument("name")
    @click.option("--slug", required=True, help="Its word in addresses: meridian-ballet.")
    @click.option("--administrator", required=True, help="E-mail of the first Administrator.")
    @click.option("--called", default="", help="That person's name: Ruth Adeyemi.")
    @click.option("--zone", default="Australia/Brisbane", show_default=True)
    @click.option("--currency", default="AUD", show_default=True)
    def add(
        name: str, slug: str, administrator: str, called: str, zone: str, currency: str
    ) -> None:
        """Found a company, and write to its first Administrator, who sets a password by mail."""
        first, _, last = (called.strip() or _guess(administrator)).rpartition(" ")
        typed = NewCompany(name, slug, zone, currency, first or last, last, administrator)
        actor = f"command:{getpass.getuser()}"
        act_as(Viewer(None, actor=actor))
        try:
            with transaction() as session:
                made = companies.found(session, typed, actor=actor, by="The operator")
                said = f"{made.name} is founded as {made.slug}. A letter is on its way to {administrator}."
        except Invalid as invalid:
            raise click.ClickException(_listed(invalid)) from invalid
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
        finally:
            forget()
        click.echo(said)


def _guess(address: str) -> str:
    return address.partition("@")[0].replace(".", " ").replace("_", " ").title()


def _listed(invalid: Invalid) -> str:
    return " ".join(f"{field}: {reason}" for field, reason in invalid.errors.items())
