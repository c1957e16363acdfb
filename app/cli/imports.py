"""``flask import season``: bringing a season workbook in, or only trying it."""

import getpass
import resource
import sys
import time
from pathlib import Path
from typing import Final

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.import_book import MEDIA_TYPE
from app.domain.import_columns import guess
from app.domain.import_report import BookReport, Severity
from app.domain.imports import RowOutcome
from app.integrations import providers
from app.models.organisations import Organisation
from app.services import files
from app.services.files import Kept
from app.services.imports import runs, season

SHOWN: Final = 40
"""Messages of one severity that are printed before the rest is counted."""


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    group = AppGroup("import", help="Bring records in from elsewhere.")
    app.cli.add_command(group)

    @group.command("season")
    @click.argument("workbook", type=click.Path(path_type=Path))
    @click.option("--organisation", required=True, metavar="SLUG", help="Whose season it is.")
    @click.option("--dry-run", is_flag=True, help="Try it and keep nothing.")
    @click.option("--all-messages", is_flag=True, help="Print every message, notes too.")
    def bring_in(workbook: Path, organisation: str, dry_run: bool, all_messages: bool) -> None:
        """Bring the workbook of one or more seasons in, whole or not at all."""
        began = time.monotonic()
        try:
            report = bring_in_file(workbook, organisation, is_trial=dry_run)
        except Refused as refusal:
            raise click.ClickException(refusal.reason) from refusal
        show(report, is_trial=dry_run, everything=all_messages)
        took = time.monotonic() - began
        click.echo(f"{took:.1f} s, {peak_megabytes():.0f} MB at most.")


def bring_in_file(path: Path, slug: str, *, is_trial: bool) -> BookReport:
    """Bring a workbook in from a file, or only try it, and return what became of its rows."""
    content = _content(path)
    book = providers.read_workbook(content)
    mapping = guess(book)
    actor = f"console:{getpass.getuser()}"
    forget()
    with transaction() as db:
        organisation = _organisation(db, slug, actor)
        work = season.rehearse if is_trial else season.bring_in
        report = work(db, book, mapping, organisation=organisation, now=now())
        if not is_trial:
            kept = Kept.of(content, media_type=MEDIA_TYPE, name=path.name)
            providers.files().put(content)
            stored = files.record(db, kept, organisation_id=organisation.id, stored_by=actor)
            runs.record(db, stored, book, report, started_by=actor)
    forget()
    return report


def show(report: BookReport, *, is_trial: bool, everything: bool = False) -> None:
    """Print the fates of the rows of each sheet, and what there is to say about them."""
    fates = [fate.value for fate in RowOutcome]
    click.echo(f"{'Sheet':<16}{'rows in':>9}" + "".join(f"{fate:>11}" for fate in fates))
    for sheet, counts in report.counts().items():
        numbers = "".join(f"{counts[fate]:>11,}" for fate in fates)
        click.echo(f"{sheet:<16}{counts['rows']:>9,}{numbers}")
    for severity in Severity:
        _show_remarks(report, severity, SHOWN if not everything else sys.maxsize)
    if report.left_aside:
        click.echo(f"Left aside: {', '.join(report.left_aside)}.")
    click.echo("A trial: nothing is kept." if is_trial else "All of it is kept.")


def peak_megabytes() -> float:
    """Return the most memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024) if sys.platform == "darwin" else peak / 1024


def _show_remarks(report: BookReport, severity: Severity, most: int) -> None:
    found = [(sheet, remark) for sheet, remark in report.remarks() if remark.severity is severity]
    if not found:
        return
    click.echo(f"\n{severity.value.capitalize()}s: {len(found):,}")
    if severity is Severity.note and most == SHOWN:
        click.echo("  They say how cells were read; --all-messages prints them.")
        return
    for sheet, remark in found[:most]:
        column = f", {remark.column}" if remark.column else ""
        click.echo(f"  {sheet.sheet}, row {remark.row}{column}: {remark.text}")
    if len(found) > most:
        click.echo(f"  and {len(found) - most:,} more; --all-messages prints them.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from error


def _organisation(session: Session, slug: str, actor: str) -> Organisation:
    found: int | None = session.scalar(select(func.gate_organisation(slug)))
    if found is None:
        raise Refused(f"There is no organisation {slug}.")
    act_as(Viewer(found, actor=actor, reason="Import of a season workbook"))
    return session.get_one(Organisation, found)
