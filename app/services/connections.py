"""An organisation's leave to act for it at a provider: kept sealed, renewed in one place, forgotten."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.connections import ConnectionEvent, ConnectionStatus
from app.models.connections import ProviderConnection, ProviderSwitch
from app.services.field_encryption import conceal, read_silently


@dataclass(frozen=True, slots=True)
class Keys:
    """The tokens of a connection, in clear for as long as they are used."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)


def connection_of(session: Session, provider: str) -> ProviderConnection | None:
    """Return the organisation's connection to a provider, if there ever was one."""
    return session.scalars(
        select(ProviderConnection).where(ProviderConnection.provider == provider)
    ).one_or_none()


def held(session: Session, provider: str) -> ProviderConnection | None:
    """Return the connection as it is now, and keep everybody else waiting for it."""
    return session.scalars(
        select(ProviderConnection)
        .where(ProviderConnection.provider == provider)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def keys_of(connection: ProviderConnection) -> Keys:
    """Return the tokens in clear, for the house to use."""
    if connection.credentials is None:
        return Keys()
    kept = json.loads(read_silently(connection, "credentials"))
    return Keys(kept["access"], kept["refresh"])


def keep_keys(session: Session, connection: ProviderConnection, keys: Keys, seconds: float) -> None:
    """Seal new tokens, and note until when the access lasts."""
    sealed = json.dumps({"access": keys.access, "refresh": keys.refresh})
    conceal(session, connection, "credentials", sealed)
    connection.renewed_at = now()
    connection.access_until = connection.renewed_at + timedelta(seconds=seconds)
    connection.last_error = ""
    session.flush()


def connect(
    session: Session, *, organisation_id: int, provider: str, keys: Keys, seconds: float, by: str
) -> ProviderConnection:
    """Write down that a person let us in."""
    connection = held(session, provider)
    if connection is None:
        connection = ProviderConnection(organisation_id=organisation_id, provider=provider)
        connection.settings = {}
    else:
        connection.advance(ConnectionEvent.connect)
    connection.connected_by, connection.connected_at = by, now()
    session.add(connection)
    session.flush()
    keep_keys(session, connection, keys, seconds)
    return connection


def expire(session: Session, connection: ProviderConnection, reason: str) -> None:
    """Write down that the provider wants a person again."""
    connection.advance(ConnectionEvent.expire)
    connection.last_error = reason
    session.flush()


def disconnect(session: Session, connection: ProviderConnection) -> None:
    """Stop acting for the organisation; the tokens stay until they are given back."""
    connection.advance(ConnectionEvent.disconnect)
    session.flush()


def forget_keys(session: Session, connection: ProviderConnection) -> None:
    """Forget the tokens of a connection that was given up."""
    if connection.status is ConnectionStatus.disconnected:
        connection.credentials = connection.access_until = None
        session.flush()


def set_part(connection: ProviderConnection, name: str, value: Any) -> None:
    """Put one part of what is known or chosen about a provider."""
    connection.settings = {**connection.settings, name: value}


def switch_of(session: Session, provider: str) -> ProviderSwitch | None:
    """Return what is switched off about a provider, if anything ever was."""
    return session.scalars(
        select(ProviderSwitch).where(ProviderSwitch.provider == provider)
    ).one_or_none()


def is_manual(session: Session, provider: str) -> bool:
    """Tell whether people do by hand what the provider would."""
    known = switch_of(session, provider)
    return known is not None and known.is_manual
