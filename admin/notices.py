"""How notices are written on the desk: what happened, and the record it is about."""

from typing import Any

from flask import g
from markupsafe import Markup, escape

from admin import promises
from admin.links import href_to
from app.db.session import session
from app.models import InboxNotice, OutboxMessage
from app.services import notice_subjects
from app.services.promise_subjects import Subject


class About:
    """The record of a notice as a link, put together when the page is drawn: then all of them are known."""

    def __init__(self, notice: InboxNotice) -> None:
        self._notice = notice
        g.setdefault("notices_shown", []).append(notice)

    def __str__(self) -> str:
        return words_of(self._notice)

    def __html__(self) -> str:
        words, href = escape(words_of(self._notice)), href_of(self._notice)
        return str(Markup('<a href="{}">{}</a>').format(href, words) if href else words)


def words_of(notice: InboxNotice) -> str:
    """Say what a notice is about; what leads nowhere yet by the provider's own number."""
    message, subject = _found(notice)
    if subject.name:
        return subject.name
    if message is not None:
        return promises.said(message, subject)
    return f"Number {notice.reference}" if notice.reference else "No record of ours"


def href_of(notice: InboxNotice) -> str:
    """Return the page of what a notice is about, else of the promise it answers; empty without either."""
    message, subject = _found(notice)
    of_record = href_to(subject.kind, subject.record_id) if subject.kind else ""
    return of_record or ("" if message is None else promises.href_of(message))


def answered(notice: InboxNotice) -> dict[str, str] | None:
    """Return the promise of ours that a notice leads back to, as it is written and where."""
    message, subject = _found(notice)
    if message is None:
        return None
    return {"said": promises.said(message, subject), "href": promises.href_of(message)}


def _found(notice: InboxNotice) -> tuple[OutboxMessage | None, Subject]:
    known: dict[int, Any] | None = g.get("notices_about")
    shown = g.setdefault("notices_shown", [])
    if known is None or notice not in shown:
        shown.append(notice)
        known = g.notices_about = notice_subjects.about(session(), shown)
    nothing: tuple[None, Subject] = (None, Subject(""))
    return known.get(notice.id, nothing)
