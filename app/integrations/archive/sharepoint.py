"""The archive in a SharePoint library through Microsoft Graph: small and large papers, columns, versions.

Filing twice is one file: the path is made from the fact and the item's id is kept, so both are looked
at before anything is sent. What lies there and is not ours is never overwritten unasked.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.default_query_parameters import QueryParameters
from msgraph.generated.drives.item.items.item.content.content_request_builder import (
    ContentRequestBuilder,
)
from msgraph.generated.drives.item.items.item.create_upload_session.create_upload_session_post_request_body import (
    CreateUploadSessionPostRequestBody,
)
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.drive_item_uploadable_properties import DriveItemUploadableProperties

from app.domain.archive import Library
from app.integrations.archive.graph import VERSION, Wire, failure_of
from app.integrations.archive.port import Paper, no_beat
from app.integrations.archive.quickxor import quick_xor
from app.integrations.archive.watch import SharePointWatch
from app.integrations.errors import Permanent, Retryable, Unclear

SMALL: Final = 4 * 1024 * 1024
"""Bytes up to which a paper is sent in one call."""
PART: Final = 10 * 327_680
"""Bytes of one part of a large one: a multiple of 320 KiB, under 60 MiB."""
GONE: Final = 404
"""What is answered for a part of an upload that is no more; the library itself was there at its begin."""
TAKEN: Final = 409
CHANGED: Final = 412
"""What is answered where a name was taken, or a file changed, between our look and our writing."""
MEANWHILE: Final = (
    "Somebody put or changed a file at {path} in SharePoint while ours was sent. It is not overwritten: "
    "look at it, and file ours again if ours is right."
)
NEW_ONLY: Final = "?%40microsoft.graph.conflictBehavior=fail"
"""Says with a simple upload that nothing may be overwritten (resources/driveitem, instance attributes)."""
RESUMES: Final = 4
"""How often a cut upload is taken up again before the promise waits."""


@dataclass(slots=True)
class SharePointArchive(SharePointWatch):
    """Files papers in the library that the organisation chose, and looks after it."""

    part: int = PART
    small: int = SMALL

    def file(self, paper: Paper, beat: Callable[[], None] = no_beat) -> tuple[str, str]:
        """File the paper once and return the id of its item with SharePoint's hash of it."""
        library = paper.library
        if library is None or not library.drive:
            raise Permanent(
                "No SharePoint library is chosen yet. An Administrator chooses it under Archive."
            )

        async def talk(wire: Wire) -> tuple[str, str]:
            return await self._file(wire, library, paper, beat), quick_xor(paper.content)

        return self.speaker.hold(library.tenant, talk)

    async def _file(
        self, wire: Wire, library: Library, paper: Paper, beat: Callable[[], None]
    ) -> str:
        known = await self._known(wire, library, paper)
        if known is not None and not _is_same(known, paper.content) and not paper.replaces:
            raise Permanent(
                f"Another file is at {paper.path} in SharePoint. It is not overwritten: look at it, and "
                "file ours again if ours is right.",
                status=409,
            )
        if known is not None and _is_same(known, paper.content):
            item = known.id or ""
        else:
            item = await self._send_unless_there(wire, library, paper, known, beat)
        await self._describe(wire, library, item, paper)
        return item

    async def _known(self, wire: Wire, library: Library, paper: Paper) -> DriveItem | None:
        """Return what lies there already: the item we filed before, or whatever has its path.

        Filed again by a person, its own place counts, wherever the item was taken.
        """
        asks = bool(paper.item) and not paper.replaces
        found = await _get(wire, library, paper.item) if asks else None
        return found or await _get(wire, library, address(paper.path))

    async def _send_unless_there(
        self,
        wire: Wire,
        library: Library,
        paper: Paper,
        known: DriveItem | None,
        beat: Callable[[], None],
    ) -> str:
        """Send it; where somebody was quicker, see whether what lies there now is this paper."""
        try:
            return await self._send(wire, library, paper, known, beat)
        except (APIError, Permanent) as error:
            status = error.response_status_code if isinstance(error, APIError) else error.status
            if status not in (TAKEN, CHANGED):
                raise
            there = await _get(wire, library, address(paper.path))
            if there is None or not _is_same(there, paper.content):
                raise Permanent(MEANWHILE.format(path=paper.path), status=TAKEN) from error
            return there.id or ""

    async def _send(
        self,
        wire: Wire,
        library: Library,
        paper: Paper,
        known: DriveItem | None,
        beat: Callable[[], None],
    ) -> str:
        key = known.id if known is not None and known.id else address(paper.path)
        items = wire.sdk.drives.by_drive_id(library.drive).items.by_drive_item_id(key)
        if len(paper.content) <= self.small:
            return _id(await _put(items.content, paper.content, known))
        rule = "replace" if known is not None else "fail"
        body = CreateUploadSessionPostRequestBody(
            item=DriveItemUploadableProperties(
                additional_data={"@microsoft.graph.conflictBehavior": rule}
            )
        )
        session = await items.create_upload_session.post(body)
        if session is None or not session.upload_url:
            raise Unclear("SharePoint opened no upload.")
        return await self._send_parts(wire, session.upload_url, paper.content, beat)

    async def _send_parts(
        self, wire: Wire, url: str, content: bytes, beat: Callable[[], None]
    ) -> str:
        """Send the parts in order; after a cut, ask how far it got and go on from there."""
        begin, cuts = 0, 0
        while True:
            beat()
            part = content[begin : begin + self.part]
            span = f"bytes {begin}-{begin + len(part) - 1}/{len(content)}"
            try:
                answer = await wire.http.put(url, content=part, headers={"Content-Range": span})
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code in (200, 201):
                return str(answer.json()["id"])
            if answer is not None and answer.status_code == 202:
                begin = _next(answer.json())
                continue
            cuts += 1
            if answer is not None and answer.status_code == GONE:
                raise Retryable("The upload had run out. It is begun anew.", status=GONE)
            if answer is not None and answer.status_code not in (416, 500, 502, 503, 504):
                raise failure_of(answer.status_code, answer.headers, "an upload did not go on.")
            if cuts > RESUMES:
                raise Unclear("The upload was cut too often.")
            begin = await _resume(wire, url)

    async def _describe(self, wire: Wire, library: Library, item: str, paper: Paper) -> None:
        """Write the columns and see that the paper is whole, both in one batch."""
        fields = {
            library.columns[fact]: said
            for fact, said in paper.facts.items()
            if said and library.columns.get(fact)
        }
        drive = quote(library.drive, safe="!")
        look = {"id": "item", "method": "GET", "url": f"/drives/{drive}/items/{item}"}
        write = {
            "id": "fields",
            "method": "PATCH",
            "url": f"/drives/{drive}/items/{item}/listItem/fields",
            "body": fields,
            "headers": {"Content-Type": "application/json"},
        }
        told = await batch(wire, [look, *([write] if fields else [])])
        kept = told["item"]["body"]
        hashed = kept.get("file", {}).get("hashes", {}).get("quickXorHash")
        if kept.get("size") != len(paper.content) or hashed not in (None, quick_xor(paper.content)):
            raise Unclear(f"SharePoint keeps {kept.get('size')} bytes that are not the paper's.")


async def _put(content: ContentRequestBuilder, body: bytes, known: DriveItem | None) -> Any:
    """Send a small paper in one call: as a new file only, or over the very version that was looked at."""
    if known is None:
        asked = content.to_put_request_information(body)
        asked.path_parameters["baseurl"] = content.request_adapter.base_url
        return await content.with_url(f"{asked.url}{NEW_ONLY}").put(body)
    options: RequestConfiguration[QueryParameters] = RequestConfiguration()
    if known.e_tag:
        options.headers.add("If-Match", known.e_tag)
    return await content.put(body, options)


async def batch(wire: Wire, requests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Make several calls in one, and return the answers by id; the worst of them is raised."""
    answer = await wire.http.post(
        f"{wire.base}{VERSION}/$batch",
        content=json.dumps({"requests": requests}),
        headers={"Authorization": f"Bearer {wire.token}", "Content-Type": "application/json"},
    )
    if answer.status_code != 200:
        raise failure_of(answer.status_code, answer.headers, "several calls at once.")
    told = {one["id"]: one for one in answer.json()["responses"]}
    for one in sorted(told.values(), key=lambda one: one["status"], reverse=True):
        if one["status"] >= 400:
            said = (one.get("body") or {}).get("error", {}).get("message", "")
            raise failure_of(one["status"], one.get("headers") or {}, f"{one['id']}: {said}")
    return told


def address(path: str) -> str:
    """Return a path below the library's root as Graph addresses it."""
    return f"root:/{path.strip('/')}:"


async def _get(wire: Wire, library: Library, key: str) -> DriveItem | None:
    try:
        return await wire.sdk.drives.by_drive_id(library.drive).items.by_drive_item_id(key).get()
    except APIError as error:
        if error.response_status_code == 404:
            return None
        raise


def _is_same(item: DriveItem, content: bytes) -> bool:
    hashes = item.file.hashes if item.file else None
    told = hashes.quick_xor_hash if hashes else None
    return item.size == len(content) and told == quick_xor(content)


async def _resume(wire: Wire, url: str) -> int:
    """Return from where an upload goes on."""
    answer = await wire.http.get(url)
    if answer.status_code != 200:
        raise Unclear("The upload was cut and cannot be taken up again.", status=answer.status_code)
    return _next(answer.json())


def _next(told: dict[str, Any]) -> int:
    return int(told["nextExpectedRanges"][0].partition("-")[0])


def _id(item: DriveItem | None) -> str:
    if item is None or not item.id:
        raise Unclear("SharePoint named no item.")
    return str(item.id)
