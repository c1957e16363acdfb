"""An organisation's Xero: let us in, what it offers, how bills are coded, by hand for a while, given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.ledger_settings import LedgerSettings, Offers
from app.models.connections import ProviderConnection
from app.models.payables import LedgerContact
from app.models.productions import Production
from app.services import (
    connections,
    ledger_attention,
    ledger_bills,
    ledger_standing,
    outbox,
    provider_switches,
)
from app.services.connections import Keys

XERO: Final = "xero"
OFFERS: Final = "ledger.offers"
REVOKE: Final = "ledger.revoke"


@dataclass(frozen=True, slots=True)
class Come:
    """What a person brought back from Xero: the tokens, and the organisations we were let into."""

    keys: Keys
    seconds: float
    places: tuple[tuple[str, str], ...]
    """Each with its id and name."""


def connect(session: Session, come: Come, *, organisation_id: int, by: str) -> ProviderConnection:
    """Take an organisation's leave; where there are several organisations, somebody chooses one."""
    if not come.places:
        raise Refused("No organisation was chosen in Xero. Connect again, and tick the one to use.")
    connection = connections.connect(
        session, organisation_id=organisation_id, provider=XERO, keys=come.keys, seconds=come.seconds, by=by
    )  # fmt: skip
    connections.set_part(connection, "places", [list(place) for place in come.places])
    known = [place for place in come.places if place[0] == connection.external_id]
    if known or len(come.places) == 1:
        settle_in(session, (known or come.places)[0][0])
    else:
        connection.external_id = connection.external_name = ""
        session.flush()
    return connection


def settle_in(session: Session, place_id: str) -> ProviderConnection:
    """Enter bills in this of the organisations; what waited is entered, and its accounts are read."""
    connection = _held(session)
    places = {one[0]: one[1] for one in connection.settings.get("places", [])}
    if place_id not in places:
        raise Refused("Choose one of the organisations that Xero offers.", field="place")
    if connection.external_id != place_id:
        session.execute(delete(LedgerContact).where(LedgerContact.provider == XERO))
        connection.settings = {"places": connection.settings["places"]}
    try:
        with session.begin_nested():
            connection.external_id, connection.external_name = place_id, places[place_id]
            session.flush()
    except IntegrityError:
        raise Refused(
            f"{places[place_id]} is connected to another company here. Disconnect it there first.",
            field="place",
        ) from None
    ledger_attention.connected(session)
    read_offers(session, connection, fact=now())
    if not is_waiting_for_settings(connection):
        ledger_standing.retry_waiting(session)
    return connection


def read_offers(session: Session, connection: ProviderConnection, *, fact: datetime) -> None:
    """Promise to read what Xero offers to choose."""
    outbox.promise(
        session,
        organisation_id=connection.organisation_id,
        kind=OFFERS,
        key=f"connection-{connection.id}-{fact.isoformat()}",
        payload={"connection_id": connection.id},
        priority=150,
    )


def keep_offers(session: Session, offers: Offers) -> None:
    """Keep what Xero offers, with the moment it was read."""
    connection = connections.held(session, XERO)
    if connection is None:
        return
    connections.set_part(connection, "offers", offers.as_kept())
    connections.set_part(connection, "offers_at", now().isoformat())
    session.flush()


def choose(session: Session, settings: LedgerSettings) -> None:
    """Keep how bills are coded; what waited is entered then."""
    connection = _held(session)
    settings.check(ledger_bills.offers_of(connection))
    was_waiting = is_waiting_for_settings(connection)
    connections.set_part(connection, "chosen", settings.as_kept())
    session.flush()
    if was_waiting:
        ledger_attention.connected(session)
        ledger_standing.retry_waiting(session)


def is_waiting_for_settings(connection: ProviderConnection) -> bool:
    """Tell whether nobody has chosen yet how bills are coded."""
    return "chosen" not in connection.settings


def disconnect(session: Session) -> None:
    """Give the leave back: nothing is entered from now on; the tokens are revoked and forgotten."""
    connection = connections.held(session, XERO)
    if connection is None or connection.status is ConnectionStatus.disconnected:
        raise Refused("Xero is not connected.")
    connections.disconnect(session, connection)
    outbox.promise(
        session,
        organisation_id=connection.organisation_id,
        kind=REVOKE,
        key=f"connection-{connection.id}-{connection.connected_at}",
        payload={"connection_id": connection.id},
        priority=150,
    )


def by_hand(
    session: Session, *, organisation_id: int, is_manual: bool, reason: str, by: str
) -> int:
    """Leave bills to people, or take them back; return how many are then entered by itself."""
    if is_manual:
        provider_switches.go_by_hand(
            session, XERO, organisation_id=organisation_id, reason=reason, by=by
        )
        return 0
    provider_switches.go_by_provider(
        session, XERO, organisation_id=organisation_id, reason=reason or "Xero is back.", by=by
    )
    entered = ledger_standing.retry_waiting(session)
    ledger_standing.reconcile(session, fact=f"by-hand-{now().isoformat()}")
    return entered


def look_now(session: Session) -> int:
    """Promise to compare every open bill with Xero, and to read what it offers; return how many."""
    connection = _held(session)
    read_offers(session, connection, fact=now())
    return ledger_standing.reconcile(session, fact=f"asked-{now().isoformat()}")


@dataclass(frozen=True, slots=True)
class State:
    """What the desk shows of an organisation's Xero."""

    connection: ProviderConnection | None
    offers: Offers
    chosen: LedgerSettings
    is_manual: bool
    manual_reason: str
    open_bills: int
    productions: Sequence[Production]

    @property
    def is_connected(self) -> bool:
        """Tell whether bills can go there."""
        known = self.connection
        return known is not None and known.status is ConnectionStatus.connected

    @property
    def places(self) -> list[list[str]]:
        """Return the organisations that wait to be chosen from."""
        known = self.connection
        if known is None or not self.is_connected or known.external_id:
            return []
        return list(known.settings.get("places", []))

    @property
    def offers_at(self) -> datetime | None:
        """Return when Xero was last asked what it offers."""
        at = self.connection.settings.get("offers_at") if self.connection else None
        return datetime.fromisoformat(at) if at else None


def state_of(session: Session) -> State:
    """Return what the desk shows."""
    connection = connections.connection_of(session, XERO)
    switch = connections.switch_of(session, XERO)
    return State(
        connection=connection,
        offers=ledger_bills.offers_of(connection),
        chosen=ledger_bills.settings_of(connection),
        is_manual=switch is not None and switch.is_manual,
        manual_reason=switch.reason if switch else "",
        open_bills=len(ledger_standing.not_over(session)),
        productions=session.scalars(
            select(Production).where(Production.archived_at.is_(None)).order_by(Production.folded)
        ).all(),
    )


def _held(session: Session) -> ProviderConnection:
    connection = connections.held(session, XERO)
    if connection is None or connection.status is not ConnectionStatus.connected:
        raise Refused("Xero is not connected. Connect it first.")
    return connection
