"""The inbox as a list people can read: what providers told us, how it was read, and reading it again."""

from datetime import timedelta
from typing import Any, ClassVar, Final

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import or_
from werkzeug.wrappers import Response as AnyResponse

from admin import notices
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import Choice, Day, SavedView, Words
from admin.outbox import since
from admin.roles import ADMINISTRATOR, AUDITOR, READ, may
from app.db.session import transaction
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.domain.providers import TELLING, name_of
from app.integrations import exchanges, notice_words
from app.models import InboxNotice
from app.services import inbox

LONGEST: Final = 140
"""Characters of what became of a notice that a list shows."""


def happened(notice: InboxNotice) -> str:
    """Say in one line what a notice says."""
    return notice_words.happening(notice.provider, bytes(notice.raw))


def became(notice: InboxNotice) -> str:
    """Say what became of a notice, and that somebody had it read again."""
    said = notice.reason or ""
    words = said if len(said) <= LONGEST else f"{said[: LONGEST - 1].rstrip()}…"
    if notice.replayed_at is None:
        return words
    return f"{words} Read again because: {notice.replay_reason}".strip()


class InboxView(RecordView):
    """What providers told us, to be read; a notice can be read once more by the house."""

    datamodel = RecordInterface(InboxNotice)
    noun, nouns = "notice", "notices"
    list_title = "Inbox"
    route_base = "/admin/inbox"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_replay"]
    columns = (
        Column("raw", "What happened", value=happened),
        Column("provider", "From", value=lambda notice: name_of(notice.provider), phone_label=True),
        Column("reference", "About", value=notices.About, phone_label=True),
        Column("state"),
        Column("reason", "What became of it", value=became),
        Column("received_at", "Heard", order=InboxNotice.id, phone_label=True),
    )
    order_by = (InboxNotice.id.desc(),)
    saved_views = (
        SavedView("all", "All"),
        SavedView("new", "Not read yet", lambda: InboxNotice.state == NoticeState.new),
        SavedView("refused", "Set aside", lambda: InboxNotice.state == NoticeState.refused),
        SavedView("failed", "Need a person", lambda: InboxNotice.state == NoticeState.failed),
    )
    filters = (
        Words("q", "Number", lambda typed: or_(
            InboxNotice.reference.icontains(typed, autoescape=True),
            InboxNotice.event_key.icontains(typed, autoescape=True))),
        Choice(
            "provider", "Provider", lambda: sorted((one, name_of(one)) for one in TELLING),
            lambda typed: InboxNotice.provider == typed, "Any",
        ),
        Choice.of("state", "State", InboxNotice.state),
        Day("from", "Heard from", lambda day: InboxNotice.received_at >= since(day)),
        Day("until", "Until",
            lambda day: InboxNotice.received_at < since(day + timedelta(days=1))),
    )  # fmt: skip
    empty = "No provider has told us anything yet. Notices appear here as they come."
    show_template = "desk/inbox_notice.html"

    def name_of(self, record: InboxNotice) -> str:
        """Call it by its provider and what it says."""
        return f"{name_of(record.provider)}: {happened(record)}"

    def show_context(self, record: InboxNotice) -> dict[str, Any]:
        """Bring the body, masked, and the promise that it answers."""
        return {
            "body": exchanges.readable(bytes(record.raw)),
            "headers": exchanges.masked(record.headers),
            "happened": happened(record),
            "about": notices.words_of(record),
            "about_href": notices.href_of(record),
            "answers": notices.answered(record),
            "may_replay": super().may("replay"),
            "wrong": {},
            "typed": {},
        }

    @expose("/replay/<pk>", methods=["POST"])
    @has_access
    def replay(self, pk: str) -> AnyResponse:
        """Have a notice read once more."""
        notice = self.record(pk)
        try:
            with transaction() as db:
                inbox.replay(db, notice.id, reason=request.form.get("reason", ""))
        except Refused as refusal:
            record = self.record(pk)
            wrong = {refusal.field or "top": refusal.reason}
            context = {**self.show_context(record), "wrong": wrong, "typed": request.form}
            page = self.render_template(self.show_template, record=record, **context)
            return Response(str(page), 422)
        flash("It is read again in a moment. What comes of it stands here then.", "success")
        return redirect(url_for("InboxView.show", pk=pk), 303)


may(
    "InboxView",
    {(ADMINISTRATOR,): (*READ, "can_replay"), (AUDITOR,): READ},
)
