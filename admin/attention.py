"""What about providers needs a person: one line and one deed for each problem; Finance sees what is money's."""

from typing import Any, ClassVar, Final
from uuid import UUID

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from admin import promises
from admin.contract_deeds import own_name
from admin.roles import ADMINISTRATOR, AUDITOR, FINANCE, may
from app.db.session import session, transaction
from app.domain.errors import Refused
from app.domain.outbox import MessageState
from app.domain.providers import OF_MONEY, name_of
from app.models import AttentionItem, InboxNotice, OutboxMessage
from app.services import attention, needs_attention
from app.services.promise_subjects import Subject

FACTS: Final = {
    "ours": "We know",
    "theirs": "They say",
    "said": "What was said",
    "envelope": "Envelope",
    "address": "Address",
    "bill": "Bill",
    "xero_says": "Xero says",
    "here": "Here",
    "here_paid": "Paid here",
    "in_xero": "In Xero",
    "in_xero_paid": "Paid in Xero",
    "reference_in_xero": "Reference in Xero",
}
"""What the facts of an item are called on a page; others are called by their own name."""


class AttentionView(BaseView):
    """Everything about providers that waits for a person."""

    route_base = "/admin/attention"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_close", "can_read_all"]

    def counted(self) -> Any:
        """Return the question for how many things wait for whoever is signed in."""
        return needs_attention.count(of_money=self._sees_money_alone())

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show what waits."""
        return self._page()

    @expose("/close/<uuid:key>", methods=["POST"])
    @has_access
    def close(self, key: UUID) -> AnyResponse:
        """Close one, saying how it ended."""
        theirs = [AttentionItem.provider.in_(OF_MONEY)] if self._sees_money_alone() else []
        item = session.scalars(
            select(AttentionItem).where(AttentionItem.public_id == key, *theirs)
        ).one_or_none() or abort(404)
        try:
            with transaction() as db:
                attention.close(db, item, by=f"staff:{g.user.id}", how=request.form.get("how", ""))
        except Refused as refusal:
            page = self._page({str(key): refusal.reason})
            return Response(page, 422)
        flash("It is closed.", "success")
        return redirect(url_for("AttentionView.list"), 303)

    def _page(self, wrong: dict[str, str] | None = None) -> str:
        found = needs_attention.troubles(session(), of_money=self._sees_money_alone())
        may_close = self.appbuilder.sm.has_access("can_close", "AttentionView")
        lines = lines_of(found)
        page = self.render_template(
            "desk/attention.html", lines=lines, may_close=may_close, wrong=wrong or {},
            said_by=own_name(session()), of_money=self._sees_money_alone(),
        )  # fmt: skip
        return str(page)

    def _sees_money_alone(self) -> bool:
        return not self.appbuilder.sm.has_access("can_read_all", "AttentionView")


def lines_of(found: needs_attention.Troubles) -> list[dict[str, Any]]:
    """Return what waits as lines: what, why, where to do it, and how it is closed."""
    return [
        *(_asked(item) for item in found.items),
        *(_stopped(message, subject) for message, subject in found.stopped),
        *(_unread(notice) for notice in found.notices),
    ]


def _asked(item: AttentionItem) -> dict[str, Any]:
    return {
        "key": str(item.public_id),
        "symbol": "i-warn", "role": "care",
        "title": item.title,
        "hint": item.advice,
        "since": item.created_at,
        "provider": name_of(item.provider),
        "href": item.href if item.href.startswith("/") and item.href[1:2] != "/" else "",
        "deed": item.deed or "Look",
        "facts": [(FACTS.get(name, name), value) for name, value in item.facts.items()],
    }  # fmt: skip


def _stopped(message: OutboxMessage, subject: Subject) -> dict[str, Any]:
    doubt = message.state is MessageState.in_doubt
    return {
        "key": "",
        "symbol": "s-doubt" if doubt else "s-failed", "role": "doubt" if doubt else "bad",
        "title": f"{promises.said(message, subject)} {'is in doubt' if doubt else 'was not done'}",
        "hint": (message.last_error or "")
        + (" Find out whether it happened, then decide." if doubt else ""),
        "since": message.created_at,
        "provider": promises.provider_of(message.kind),
        "href": promises.href_of(message),
        "deed": "Decide",
        "facts": [],
    }  # fmt: skip


def _unread(notice: InboxNotice) -> dict[str, Any]:
    return {
        "key": "",
        "symbol": "s-failed", "role": "bad",
        "title": f"A notice of {name_of(notice.provider)} could not be read",
        "hint": notice.reason or "",
        "since": notice.received_at,
        "provider": name_of(notice.provider),
        "href": url_for("InboxView.show", pk=notice.id),
        "deed": "Read again",
        "facts": [],
    }  # fmt: skip


may(
    "AttentionView",
    {
        (ADMINISTRATOR,): ("can_list", "can_close", "can_read_all"),
        (AUDITOR,): ("can_list", "can_read_all"),
        (FINANCE,): ("can_list", "can_close"),
    },
)
