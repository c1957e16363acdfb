"""The library in which an organisation keeps its papers: consent, choice, and who tells of changes."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.archive import Library, columns_of, site_address
from app.domain.connections import ConnectionEvent, ConnectionStatus
from app.domain.errors import Refused
from app.models.base import uuid7
from app.models.connections import ProviderConnection
from app.services import attention, outbox

PROVIDER: Final = "sharepoint"
LOOK: Final = "archive.look"
WATCH: Final = "archive.watch"
CHANGES: Final = "archive.changes"
ABOUT: Final = "library"
UNWATCHED: Final = "changes_not_told"


def connection(session: Session, *, lock: bool = False) -> ProviderConnection | None:
    """Return the organisation's connection to SharePoint, if there is one."""
    asked = select(ProviderConnection).where(ProviderConnection.provider == PROVIDER)
    if lock:
        asked = asked.with_for_update().execution_options(populate_existing=True)
    return session.scalars(asked).one_or_none()


def chosen(session: Session) -> Library | None:
    """Return the library that papers go to, if one is chosen."""
    found = connection(session)
    if found is None or found.status is not ConnectionStatus.connected:
        return None
    drive = found.settings.get("drive", "")
    return Library(found.external_id, drive, found.settings.get("columns", {})) if drive else None


def consented(session: Session, *, organisation_id: int, tenant: str, by: str) -> None:
    """Note that an administrator of a tenant let us in. Another tenant is another library."""
    found = connection(session, lock=True)
    if found is None:
        found = ProviderConnection(
            organisation_id=organisation_id,
            provider=PROVIDER,
            status=ConnectionStatus.connected,
            external_id=tenant,
            settings={},
        )
        session.add(found)
    elif found.external_id != tenant:
        found.settings, found.external_name = {}, ""
    found.external_id = tenant
    found.connected_by, found.connected_at, found.last_error = by, now(), ""
    found.advance(ConnectionEvent.connect)


def give_up(session: Session) -> None:
    """Use the library no more. What lies there stays there."""
    found = _needed(session)
    found.advance(ConnectionEvent.disconnect)
    found.settings = {**found.settings, "subscription": "", "subscription_until": "", "link": ""}


def look_at_site(session: Session, typed: str) -> None:
    """Ask which libraries a site has; the address is what the browser shows there."""
    found = _needed(session)
    host, path = site_address(typed)
    if not host:
        raise Refused(
            "That is not the address of a site. Copy it from your browser, such as "
            "https://contoso.sharepoint.com/sites/productions.",
            field="address",
        )
    found.settings = {**found.settings, "address": f"https://{host}{path}", "libraries": []}
    found.last_error = ""
    _promise(session, found, LOOK, f"look-{uuid7()}", {"host": host, "path": path})


def record_site(session: Session, told: dict[str, Any]) -> None:
    """Note which libraries a site has, for a person to choose from."""
    found = _needed(session)
    found.last_error = ""
    found.settings = {
        **found.settings,
        "site": told["site"],
        "site_name": told["name"],
        "libraries": told["libraries"],
    }


def record_failure(session: Session, reason: str) -> None:
    """Note why the library could not be asked."""
    found = connection(session, lock=True)
    if found is not None:
        found.last_error = reason


def choose(session: Session, drive: str) -> None:
    """File papers in a library of the site from now on, and compare everything there."""
    found = _needed(session)
    known = next((one for one in found.settings.get("libraries", []) if one["id"] == drive), None)
    if known is None:
        raise Refused("Choose one of the libraries.", field="drive")
    columns, missing = columns_of(known["columns"])
    found.settings = {
        **found.settings,
        "drive": drive,
        "drive_name": known["name"],
        "columns": columns,
        "missing": missing,
        "link": "",
        "subscription": "",
        "subscription_until": "",
    }
    found.external_name = f"{found.settings.get('site_name', '')}, {known['name']}"
    attention.settle(session, provider=PROVIDER, subject=ABOUT, how="A library was chosen.")
    watch(session, f"chosen-{uuid7()}")
    look_for_changes(session, f"chosen-{uuid7()}", is_whole=True)


def watch(session: Session, fact: str) -> None:
    """Ask to be told of changes in the library."""
    _promise(session, _needed(session), WATCH, fact, {})


def look_for_changes(
    session: Session, fact: str, *, is_whole: bool = False, not_before: datetime | None = None
) -> None:
    """Ask what changed in the library, or compare all of it."""
    _promise(session, _needed(session), CHANGES, fact, {"is_whole": is_whole}, not_before)


def record_subscription(session: Session, told: dict[str, Any]) -> None:
    """Note until when we are told of changes."""
    found = _needed(session)
    found.settings = {
        **found.settings,
        "subscription": told["id"],
        "subscription_until": told["until"],
    }
    attention.settle(
        session, provider=PROVIDER, subject=ABOUT, problem=UNWATCHED, how="We are told again."
    )


def record_unwatched(session: Session, reason: str) -> None:
    """Ask a person why SharePoint does not tell us of changes; the nightly comparison goes on."""
    attention.ask(
        session,
        provider=PROVIDER,
        problem=UNWATCHED,
        subject=ABOUT,
        title="SharePoint does not tell us of changes",
        advice=f"{reason} Papers are compared every night all the same; BASE_URL must be reachable from outside.",
        href="/admin/archive/",
        deed="Look at the archive",
    )


def watched_until(found: ProviderConnection | None) -> datetime | None:
    """Return until when we are told of changes."""
    text = found.settings.get("subscription_until", "") if found is not None else ""
    return datetime.fromisoformat(text) if text else None


def _needed(session: Session) -> ProviderConnection:
    found = connection(session, lock=True)
    if found is None or found.status is not ConnectionStatus.connected:
        raise Refused("SharePoint is not connected. Let an administrator consent first.")
    return found


def _promise(
    session: Session,
    found: ProviderConnection,
    kind: str,
    fact: str,
    payload: dict[str, Any],
    not_before: datetime | None = None,
) -> None:
    outbox.promise(
        session,
        organisation_id=found.organisation_id,
        kind=kind,
        key=fact,
        payload=payload,
        not_before=not_before,
    )
