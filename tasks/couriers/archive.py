"""Files papers in the archive, and looks after the library: what is told of it comes as notices.

What SharePoint answers about a library is kept like a notice of its own, and read like one: a look
that was answered is never lost, and none is written down twice.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.archive import (
    LIFETIME,
    Library,
    answered_at,
    must_renew,
    span_of,
    state_of,
    written,
)
from app.domain.connections import ConnectionStatus
from app.domain.errors import Refused
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.archive.port import Paper, Watch
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxMessage
from app.services import inbox
from app.services.archive import comparing, filing, library
from config import Config
from tasks.couriers.provider_tests import TRIALS, Trial
from tasks.crew import Crew
from tasks.handlers import Handler, Result
from tasks.heart import beat
from tasks.inbox import Reader
from tasks.standing import as_worker
from tasks.timetable import Entry

HOOK: Final = "/hooks/graph"
SOON: Final = timedelta(minutes=5)
NIGHT: Final = timedelta(hours=15)
"""Of the UTC day: the small hours where most of the companies are."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be asked of the library."""

    library: Library
    payload: dict[str, Any]
    link: str = ""


def join(crew: Crew) -> None:
    """Take the couriers on, and put renewing and comparing on the timetable."""
    provider = "sharepoint" if crew.config.archive == "sharepoint" else "local"
    archive = Archivist(crew.config)
    crew.carry(
        Handler(
            filing.FILE, EffectClass.N, _gather, _file, archive.record_filed,
            provider=provider, calls=3, is_long=True,
        )
    )  # fmt: skip
    for kind, send, settle in (
        (library.LOOK, _look, _look_failed),
        (library.WATCH, archive.watch, _watch_failed),
        (library.CHANGES, _changes, _look_failed),
    ):
        # A library of ten thousand papers is told in fifty pages: that takes longer than one call may.
        is_long = kind == library.CHANGES
        crew.carry(
            Handler(
                kind, EffectClass.N, _errand, send, settle, provider="sharepoint", is_long=is_long
            )
        )  # fmt: skip
    TRIALS["archive", "sharepoint"] = Trial(_tried, _library_of)
    crew.read(Reader(library.PROVIDER, _read))
    if crew.config.archive == "sharepoint":
        crew.repeat(Entry("archive.watch", timedelta(hours=1), _renew))
        crew.repeat(Entry("archive.compare", timedelta(days=1), _compare, offset=NIGHT))
        crew.repeat(Entry("archive.take_up", SOON, _take_up))


def _library_of(session: Session) -> Library:
    """Return what is to be reached: the library, or as yet only the leave for it."""
    found = library.connection(session)
    if found is None or found.status is not ConnectionStatus.connected:
        raise Refused("SharePoint is not connected. Let an administrator consent first.")
    return library.chosen(session) or Library(found.external_id, "")


def _tried(place: Library) -> str:
    """Ask for the library's root: it proves our leave and changes nothing."""
    _watcher().reach(place)
    if not place.drive:
        return "Microsoft lets us in. No library is chosen yet."
    return "SharePoint answers, and the library is there."


def _gather(session: Session, message: OutboxMessage) -> filing.FilingJob:
    filing.refuse_by_hand(session)
    return filing.filing_of(
        session, message.payload["document_id"], replaces=message.payload.get("replaces", False)
    )


def _file(job: filing.FilingJob, _key: str) -> str:
    paper = Paper(
        job.path,
        providers.files().read(job.sha256),
        job.media_type,
        job.facts,
        job.library,
        job.item,
        job.replaces,
    )
    return written(providers.archive().file(paper, beat))


@dataclass(frozen=True, slots=True)
class Archivist:
    """Knows where our own door is, and what the archive is called."""

    config: Config

    def record_filed(self, session: Session, message: OutboxMessage, result: Result) -> None:
        """Note where the paper is, or ask a person about it."""
        document_id, provider = message.payload["document_id"], self.config.archive
        if result.state is MessageState.done:
            filing.record_filed(session, document_id, result.external_id, provider=provider)
        else:
            filing.record_not_filed(session, document_id, result.error, provider=provider)

    def watch(self, errand: Errand, key: str) -> str:
        """Be told of changes for some days."""
        subscription, until = _watcher().subscribe(
            errand.library,
            self.config.base_url + HOOK,
            state_of(key, self.config.secret_key),
            now().replace(microsecond=0) + LIFETIME,
        )
        _keep(key, {"what": "subscription", "id": subscription, "until": until.isoformat()})
        return subscription


def _errand(session: Session, message: OutboxMessage) -> Errand:
    found = library.connection(session)
    if found is None:
        raise Refused("SharePoint is not connected.")
    chosen = library.chosen(session)
    if chosen is None and message.kind != library.LOOK:
        raise Refused("No library is chosen.")
    whole = message.payload.get("is_whole", False)
    link = "" if whole else found.settings.get("link", "")
    return Errand(chosen or Library(found.external_id, ""), message.payload, link)


def _watcher() -> Watch:
    return cast("Watch", providers.archive())


def _look(errand: Errand, key: str) -> str:
    told = errand.payload
    site = _watcher().look(errand.library.tenant, told["host"], told["path"])
    _keep(key, {"what": "site", "site": site.id, "name": site.name, "libraries": site.libraries})
    return site.id


def _changes(errand: Errand, key: str) -> str:
    asked_at = now().isoformat()
    changes = _watcher().changes(errand.library, errand.link, beat)
    _keep(key, {**changes.told(), "asked_at": asked_at})
    return f"{len(changes.seen)} files"


def _keep(key: str, told: dict[str, Any]) -> None:
    """Keep what was answered until it is read: once for each promise, however often it was asked."""
    with as_worker() as db:
        inbox.keep(
            db,
            provider=library.PROVIDER,
            event_key=f"answer-{key}",
            raw=json.dumps(told, ensure_ascii=False).encode(),
            headers={},
            reference=key,
        )


def _look_failed(session: Session, _message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        library.record_failure(session, result.error)


def _watch_failed(session: Session, _message: OutboxMessage, result: Result) -> None:
    if result.state is not MessageState.done:
        library.record_unwatched(session, result.error)


def _read(session: Session, notice: InboxNotice) -> str:
    """Read an answer of our own asking, or a hint that something changed."""
    told = json.loads(notice.raw)
    what = told.get("what", "hint")
    if what == "hint":
        span = span_of(notice.received_at)
        library.look_for_changes(session, f"hint-{span}", not_before=answered_at(span))
        return "The library is asked what changed."
    if what == "site":
        library.record_site(session, told)
        return "Its libraries can be chosen now."
    if what == "subscription":
        library.record_subscription(session, told)
        return "Written down until when we are told."
    comparing.record_changes(session, told)
    return "Compared with our records."


def _renew(session: Session, slot: datetime) -> None:
    if library.chosen(session) is not None:
        until = library.watched_until(library.connection(session))
        if must_renew(until, now()):
            library.watch(session, f"slot-{slot:%Y%m%d%H}")


def _take_up(session: Session, _slot: datetime) -> None:
    """File what waited for people, once SharePoint is used again."""
    filing.take_up(session)


def _compare(session: Session, slot: datetime) -> None:
    """Compare every paper and see that the subscription is there, whatever was told meanwhile."""
    if library.chosen(session) is not None:
        library.look_for_changes(session, f"night-{slot:%Y%m%d}", is_whole=True)
        library.watch(session, f"night-{slot:%Y%m%d}")
