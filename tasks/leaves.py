"""The one place where leave to act in Xero is renewed: under a lock on the connection's row.

Xero gives a new refresh token with each renewal, so two workers that renew at once would lock each
other out. Whoever waited for the row finds the fresh token. It is saved before it is used; if the
answer was lost, the old refresh token works for another half hour.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.connections import ConnectionStatus
from app.domain.ledger_problems import EXPIRED, NOT_CONNECTED
from app.integrations import providers
from app.integrations.accounting.port import Leave
from app.integrations.accounting.sign_in import NoLeave
from app.integrations.errors import Failure, Permanent, Retryable, Unclear
from app.models.connections import ProviderConnection
from app.services import connections, ledger_attention
from app.services.connections import Keys
from tasks.standing import as_organisation

Done = TypeVar("Done")
XERO: Final = "xero"
EARLY: Final = timedelta(seconds=90)
"""How long before its end an access is renewed: a call may take its time."""
SOON: Final = 5.0
FORBIDDEN: Final = 403
"""What Xero answers for an organisation that we are not let into any more."""


def acting_for(organisation_id: int, do: Callable[[Leave], Done]) -> Done:
    """Do something with an organisation's leave; one that Xero took no longer is renewed next time."""
    leave = leave_of(organisation_id)
    try:
        return do(leave)
    except Failure as failure:
        spend(organisation_id, leave, failure)
        if failure.status == FORBIDDEN and _is_shut_out(leave):
            _give_up(organisation_id, "The organisation was disconnected in Xero.")
            raise Permanent(EXPIRED, status=FORBIDDEN) from failure
        raise


def leave_of(organisation_id: int) -> Leave:
    """Return leave to act for an organisation, renewed if it is about to end; nothing was sent before."""
    refused = ""
    with as_organisation(_viewer(organisation_id)) as db:
        connection = connections.held(db, XERO)
        if connection is None or connection.status is ConnectionStatus.disconnected:
            raise Permanent(NOT_CONNECTED)
        if connection.status is ConnectionStatus.expired:
            raise Permanent(EXPIRED)
        keys = connections.keys_of(connection)
        if not _lasts(connection):
            try:
                renewed = providers.xero_sign_in().refresh(keys.refresh)
            except NoLeave as failure:
                refused = failure.reason
                connections.expire(db, connection, refused)
                ledger_attention.ask_to_connect(db)
            except Unclear as failure:
                raise Retryable(failure.reason, retry_after=SOON) from failure
            else:
                keys = Keys(renewed.access, renewed.refresh)
                connections.keep_keys(db, connection, keys, renewed.seconds)
        place = connection.external_id
    if refused:
        raise Permanent(EXPIRED)
    return Leave(place, keys.access)


def spend(organisation_id: int, leave: Leave, failure: Failure) -> None:
    """Note that Xero took an access no longer, so that the next call renews it."""
    if failure.status != 401:
        return
    with as_organisation(_viewer(organisation_id)) as db:
        connection = connections.held(db, XERO)
        if connection is not None and connections.keys_of(connection).access == leave.token:
            connection.access_until = now()


def _is_shut_out(leave: Leave) -> bool:
    """Ask whether Xero still lets us into this organisation: somebody may have taken our leave there."""
    try:
        return leave.place not in {one.id for one in providers.xero_sign_in().places(leave.token)}
    except Failure:
        return False


def _give_up(organisation_id: int, reason: str) -> None:
    """Write down that a person has to connect again, once."""
    with as_organisation(_viewer(organisation_id)) as db:
        connection = connections.held(db, XERO)
        if connection is not None and connection.status is ConnectionStatus.connected:
            connections.expire(db, connection, reason)
            ledger_attention.ask_to_connect(db)


def _lasts(connection: ProviderConnection) -> bool:
    return connection.access_until is not None and connection.access_until > now() + EARLY


def _viewer(organisation_id: int) -> Viewer:
    return Viewer(organisation_id, actor="task:xero.leave")
