"""``flask outbox``: look at what we promised, and decide about what stopped."""

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import act_as, bind
from app.db.viewer import Viewer
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.models import OutboxAttempt, OutboxMessage
from app.services import outbox
from tasks.standing import as_worker

STOPPED = (MessageState.dead, MessageState.in_doubt)
MASK = "•••"
"""Payloads hold names and addresses: the terminal shows their shape only."""

group = AppGroup("outbox", help="Look at what we promised the outside world, and decide.")
message_argument = click.argument("message_id", type=click.UUID)
reason_option = click.option("--reason", required=True, help="Why, for the audit.")


def commands(app: Flask) -> None:
    """Name the commands of this topic."""
    app.cli.add_command(group)


@contextmanager
def _queue() -> Iterator[Session]:
    """Open a transaction over the queue of every organisation, and leave nothing open after it."""
    engine = bind(current_app.config["HOUSE"].need("database_worker_url"))
    try:
        with as_worker() as db:
            yield db
    finally:
        engine.dispose()


@group.command("list")
@click.option("--state", type=click.Choice([str(state) for state in MessageState]))
@click.option("--limit", default=50, show_default=True)
def show_all(state: str | None, limit: int) -> None:
    """List messages, the newest first: those that stopped, or those in a state."""
    states = [MessageState(state)] if state else list(STOPPED)
    with _queue() as db:
        found = db.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.state.in_(states))
            .order_by(OutboxMessage.id.desc())
            .limit(limit)
        ).all()
    for message in found:
        click.echo(
            f"{message.id}  {message.state:9}  {message.kind:20}  {message.dedup_key}  "
            f"{message.last_error or ''}"
        )
    if not found:
        click.echo("None.")


@group.command("show")
@message_argument
def show_one(message_id: UUID) -> None:
    """Show one message and every attempt to keep it. Its contents are masked."""
    with _queue() as db:
        message = db.get(OutboxMessage, message_id)
        if message is None:
            raise click.ClickException("There is no such message.")
        attempts = db.scalars(
            select(OutboxAttempt)
            .where(OutboxAttempt.message_id == message_id)
            .order_by(OutboxAttempt.fence)
        ).all()
    for column in OutboxMessage.__table__.columns:
        value = getattr(message, column.name)
        if column.name == "payload":
            value = json.dumps(dict.fromkeys(value, MASK), ensure_ascii=False)
        elif isinstance(value, bytes):
            value = value.hex()
        click.echo(f"{column.name:16} {'' if value is None else value}")
    for attempt in attempts:
        click.echo(
            f"attempt {attempt.fence}: begun {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC, "
            f"sent {attempt.sent_at or 'no'}, {attempt.outcome or 'no outcome'} "
            f"{attempt.http_status or ''}".rstrip()
        )


@group.command("retry")
@message_argument
@reason_option
def retry(message_id: UUID, reason: str) -> None:
    """Try a stopped message again, under the same id."""
    _decide(lambda db: outbox.redrive(db, message_id, reason=reason))


@group.command("done")
@message_argument
@click.option("--external-id", required=True, help="The provider's own number for it.")
@reason_option
def done(message_id: UUID, external_id: str, reason: str) -> None:
    """Record that the effect did happen."""
    _decide(lambda db: outbox.mark_done(db, message_id, external_id=external_id, reason=reason))


@group.command("cancel")
@message_argument
@reason_option
def cancel(message_id: UUID, reason: str) -> None:
    """Give a message up for good."""
    _decide(lambda db: outbox.cancel(db, message_id, reason=reason))


def _decide(deed: Callable[[Session], OutboxMessage]) -> None:
    try:
        with _queue() as db:
            act_as(Viewer(None, actor=f"console:{getpass.getuser()}"))
            message = deed(db)
    except Refused as refusal:
        raise click.ClickException(refusal.reason) from refusal
    click.echo(f"{message.id} is {message.state}.")
