"""The inbox as a list people can read: what providers told us, how it was read, and reading it again."""

from datetime import timedelta
from typing import Any, ClassVar

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import or_, select
from werkzeug.wrappers import Response as AnyResponse

from admin import promises
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import Choice, Day, SavedView, Words
from admin.outbox import since
from admin.roles import ADMINISTRATOR, AUDITOR, READ, may
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.domain.providers import TELLING, name_of
from app.integrations import exchanges
from app.models import InboxNotice, OutboxMessage
from app.services import inbox


class InboxView(RecordView):
    """What providers told us, to be read; a notice can be read once more by the house."""

    datamodel = RecordInterface(InboxNotice)
    noun, nouns = "notice", "notices"
    list_title = "Inbox"
    route_base = "/admin/inbox"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_replay"]
    columns = (
        Column("provider", "From", value=lambda notice: name_of(notice.provider)),
        Column("received_at", "Heard", order=InboxNotice.id),
        Column("reference", "Provider's number", phone_label=True),
        Column("state"),
        Column("reason", "Why", value=lambda notice: (notice.reason or "")[:90]),
        Column("attempts", "Read", phone_label=True),
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
        """Call it by its provider."""
        return f"Notice of {name_of(record.provider)}"

    def show_context(self, record: InboxNotice) -> dict[str, Any]:
        """Bring the body, masked, and the promise that it answers."""
        return {
            "body": exchanges.readable(bytes(record.raw)),
            "headers": exchanges.masked(record.headers),
            "answers": _answered(record),
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
        flash("It is read again in a moment.", "success")
        return redirect(url_for("InboxView.show", pk=pk), 303)


def _answered(notice: InboxNotice) -> dict[str, str] | None:
    """Return the promise of ours that a notice leads back to."""
    if not notice.reference:
        return None
    message = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.external_id == notice.reference)
        .order_by(OutboxMessage.id)
        .limit(1)
    ).one_or_none()
    if message is None:
        return None
    said = promises.said(message, promises.subject_of(message))
    return {"said": said, "href": promises.href_of(message)}


may(
    "InboxView",
    {(ADMINISTRATOR,): (*READ, "can_replay"), (AUDITOR,): READ},
)
