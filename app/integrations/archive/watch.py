"""Looking after a library of SharePoint: which there are, being told of changes, and what changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from kiota_abstractions.api_error import APIError
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.subscription import Subscription

from app.domain.archive import Library, Seen
from app.integrations.archive.graph import Speaker, Wire
from app.integrations.archive.port import Changes, Site, no_beat
from app.integrations.errors import Permanent


@dataclass(slots=True)
class SharePointWatch:
    """Looks after libraries through Graph."""

    speaker: Speaker

    def look(self, tenant: str, host: str, path: str) -> Site:
        """Return a site with its libraries and their columns."""

        async def talk(wire: Wire) -> Site:
            key = host if path == "/" else f"{host}:{path}"
            try:
                site = await wire.sdk.sites.by_site_id(key).get()
            except APIError as error:
                if error.response_status_code == 404:
                    raise Permanent(f"There is no site {host}{path}.", status=404) from error
                raise
            if site is None or not site.id:
                raise Permanent(f"There is no site {host}{path}.", status=404)
            return Site(
                site.id, site.display_name or site.id, tuple(await _libraries(wire, site.id))
            )

        return self.speaker.hold(tenant, talk)

    def reach(self, library: Library) -> None:
        """Ask for the library's root; without a library, for leave alone."""

        async def talk(wire: Wire) -> None:
            if not library.drive:
                return
            drive = wire.sdk.drives.by_drive_id(library.drive)
            await drive.items.by_drive_item_id("root").get()

        self.speaker.hold(library.tenant, talk)

    def subscribe(
        self, library: Library, address: str, state: str, until: datetime
    ) -> tuple[str, datetime]:
        """Be told of changes: what we have subscribed is renewed, else it is subscribed."""
        resource = f"drives/{library.drive}/root"

        async def talk(wire: Wire) -> tuple[str, datetime]:
            known = await wire.sdk.subscriptions.get()
            ours = _ours(known.value or [] if known else [], address, resource)
            if ours is not None and ours.id:
                made = await wire.sdk.subscriptions.by_subscription_id(ours.id).patch(
                    Subscription(expiration_date_time=until)
                )
            else:
                made = await wire.sdk.subscriptions.post(
                    Subscription(
                        change_type="updated",
                        notification_url=address,
                        resource=resource,
                        expiration_date_time=until,
                        client_state=state,
                    )
                )
            if made is None or not made.id:
                raise Permanent("SharePoint named no subscription.")
            return made.id, made.expiration_date_time or until

        return self.speaker.hold(library.tenant, talk)

    def changes(self, library: Library, link: str, beat: Callable[[], None] = no_beat) -> Changes:
        """Return what changed since a mark; a mark that is too old means everything."""

        async def talk(wire: Wire) -> Changes:
            try:
                return await _follow(wire, library, link, beat)
            except APIError as error:
                if error.response_status_code != 410 or not link:
                    raise
            return await _follow(wire, library, "", beat)

        return self.speaker.hold(library.tenant, talk)


async def _libraries(wire: Wire, site: str) -> list[dict[str, Any]]:
    found = await wire.sdk.sites.by_site_id(site).drives.get()
    told = []
    for drive in found.value or [] if found else []:
        list_id = (drive.share_point_ids.list_id if drive.share_point_ids else None) or ""
        names: list[str] = []
        if list_id:
            lists = wire.sdk.sites.by_site_id(site).lists.by_list_id(list_id)
            columns = await lists.columns.get()
            names = [one.name for one in (columns.value or [] if columns else []) if one.name]
        told.append({"id": drive.id, "name": drive.name, "list": list_id, "columns": names})
    return told


def _ours(known: Iterable[Subscription], address: str, resource: str) -> Subscription | None:
    return next(
        (
            one
            for one in known
            if one.notification_url == address and (one.resource or "").strip("/") == resource
        ),
        None,
    )


async def _follow(wire: Wire, library: Library, link: str, beat: Callable[[], None]) -> Changes:
    root = wire.sdk.drives.by_drive_id(library.drive).items.by_drive_item_id("root").delta
    changes = Changes("", is_whole=not link)
    following = link
    while True:
        beat()
        _refuse_elsewhere(wire, following)
        page = await (root.with_url(following) if following else root).get()
        if page is None:
            raise Permanent("SharePoint told of no changes.")
        changes.seen += [_seen(item) for item in page.value or [] if item.id and not item.folder]
        if not page.odata_next_link:
            changes.link = page.odata_delta_link or ""
            return changes
        following = page.odata_next_link


def _refuse_elsewhere(wire: Wire, link: str) -> None:
    """Follow a link only to Graph itself: our token goes with it."""
    if link and urlsplit(link)[:2] != urlsplit(wire.base)[:2]:
        raise Permanent("SharePoint sent us elsewhere.")


def _seen(item: DriveItem) -> Seen:
    if item.deleted is not None:
        return Seen(item.id or "", is_gone=True)
    parent = (item.parent_reference.path if item.parent_reference else None) or ""
    folder = unquote(parent.partition("root:")[2])
    hashes = item.file.hashes if item.file else None
    return Seen(
        item.id or "",
        f"{folder}/{item.name}".strip("/"),
        (hashes.quick_xor_hash if hashes else None) or "",
    )
