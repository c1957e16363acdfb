"""The outbox as a list people can read: what was promised, to whom it goes, and how far it is."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Select, func, or_, select
from werkzeug.wrappers import Response as AnyResponse

from admin import promises
from admin.base import RecordInterface, RecordView
from admin.columns import Column
from admin.filters import Choice, Condition, Day, SavedView, Words
from admin.roles import ADMINISTRATOR, AUDITOR, FINANCE, may
from app.db.session import session, transaction
from app.domain.errors import Invalid, Refused
from app.domain.outbox import MessageState
from app.domain.outbox_decisions import Deed, deeds_for
from app.domain.outbox_kinds import KINDS
from app.domain.promise_words import next_step, spelt
from app.domain.providers import BY_NAME, FINANCIAL, OWN, PORTS, needs_second_person, port_of
from app.models import OutboxAttempt, OutboxMessage
from app.presentation import desk_zone
from app.services import outbox_decisions
from app.services.needs_attention import is_stopped

HEAD = func.split_part(OutboxMessage.kind, ".", 1)
OF_NOBODY = {"mail.sign_in", "mail.new_device", "sms.sign_in"}
"""Sign-in letters belong to an address and to no company: nobody reads them here."""
TOLD = {
    Deed.retry: "It is tried again, under the same number.",
    Deed.done: "It is taken as done. Our records follow in a moment.",
    Deed.cancel: "It is given up. Nothing of it is sent any more.",
}


def of_port(name: str) -> Condition:
    """Return which promises serve a need."""
    every = [head for port in PORTS for head in port.kinds]
    return HEAD.not_in(every) if name == OWN.name else HEAD.in_(BY_NAME[name].kinds)


def since(day: Any) -> datetime:
    """Return when a day begins at the desk."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(desk_zone())).astimezone(UTC)


def _why(message: OutboxMessage) -> str:
    is_over = message.state in (MessageState.done, MessageState.cancelled)
    words = "" if is_over else message.last_error or ""
    return words if len(words) <= 90 else f"{words[:89].rstrip()}…"


class OutboxView(RecordView):
    """What was promised to the world outside, to be read; what stopped is decided on its page."""

    datamodel = RecordInterface(OutboxMessage)
    noun, nouns = "promise", "promises"
    list_title = "Outbox"
    route_base = "/admin/outbox"
    base_permissions: ClassVar[list[str]] = ["can_list", "can_show", "can_decide"]
    columns = (
        Column("kind", "What", value=promises.Said),
        Column("state"),
        Column("attempts", "Tries", phone_label=True),
        Column("external_id", "Provider's number", phone_label=True),
        Column("last_error", "Why", value=_why),
        Column("created_at", "Promised", order=OutboxMessage.id, phone_label=True),
    )
    order_by = (OutboxMessage.id.desc(),)
    saved_views = (
        SavedView("stopped", "Need a person", is_stopped),
        SavedView(
            "waiting", "Waiting",
            lambda: OutboxMessage.state.in_([MessageState.ready, MessageState.leased]),
        ),
        SavedView("all", "All"),
    )  # fmt: skip
    filters = (
        Words("q", "Number or key", lambda typed: or_(
            OutboxMessage.external_id.icontains(typed, autoescape=True),
            OutboxMessage.dedup_key.icontains(typed, autoescape=True))),
        Choice(
            "port", "Provider",
            lambda: [(port.name, promises.name_at(port)) for port in (*PORTS, OWN)],
            of_port, "Any",
        ),
        Choice.of("state", "State", OutboxMessage.state),
        Choice(
            "kind", "Kind", lambda: [(kind, spelt(kind)) for kind in sorted(set(KINDS) - OF_NOBODY)],
            lambda typed: OutboxMessage.kind == typed, "Any",
        ),
        Day("from", "Promised from", lambda day: OutboxMessage.created_at >= since(day)),
        Day("until", "Until",
            lambda day: OutboxMessage.created_at < since(day + timedelta(days=1))),
    )  # fmt: skip
    empty = "Nothing needs a person. What waits and what is done stands under the other views."

    def base_where(self) -> list[Condition]:
        """Show whoever sees to money alone what concerns money."""
        if "read_all" in self.rights():
            return []
        return [or_(*(of_port(name) for name in FINANCIAL))]

    def rights(self) -> set[str]:
        """Return what whoever is signed in may do beyond reading."""
        sm = self.appbuilder.sm
        named = ("read_all", "decide")
        return {name for name in named if sm.has_access(f"can_{name}", "OutboxView")}

    def record(self, pk: str) -> OutboxMessage:
        """Return a promise by its number, or answer that there is none."""
        try:
            return self._found(UUID(pk))
        except ValueError:
            abort(404)

    def href_of(self, record: OutboxMessage) -> str:
        """Return the page of a promise."""
        return promises.href_of(record)

    def name_of(self, record: OutboxMessage) -> str:
        """Call it by its kind."""
        return spelt(record.kind)

    @expose("/show/<uuid:key>", methods=["GET"])
    @has_access
    def show(self, key: UUID) -> str:
        """Show one promise with every attempt, what was said, and what can be done."""
        return self._page(self._found(key))

    @expose("/history/<pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def history(self, pk: str) -> str:
        """Answer that there is none: a promise's attempts are its history."""
        abort(404)

    @expose("/decide/<uuid:key>", methods=["POST"])
    @has_access
    def decide(self, key: UUID) -> AnyResponse:
        """Do what somebody decided about a promise, or keep it for a second person."""
        message = self._found(key)
        if request.form.get("deed", "") not in Deed.__members__:
            abort(400)
        wish = outbox_decisions.Wish(
            Deed(request.form["deed"]),
            request.form.get("reason", ""),
            request.form.get("external_id", ""),
            is_attested=bool(request.form.get("attested")),
        )

        def deed(db: Any) -> str:
            kept = outbox_decisions.decide(db, message, wish, user_id=g.user.id)
            if kept is None:
                return TOLD[wish.deed]
            return "It is proposed. Somebody else agrees before it is done."

        return self._do(message, deed)

    @expose("/agree/<uuid:key>", methods=["POST"])
    @has_access
    @permission_name("decide")
    def agree(self, key: UUID) -> AnyResponse:
        """Agree to what somebody else proposed about money."""
        message = self._found(key)

        def deed(db: Any) -> str:
            outbox_decisions.agree(db, message, user_id=g.user.id)
            return "You agreed, and it is done."

        return self._do(message, deed)

    @expose("/refuse/<uuid:key>", methods=["POST"])
    @has_access
    @permission_name("decide")
    def refuse(self, key: UUID) -> AnyResponse:
        """Refuse what somebody proposed, or take it back."""
        message = self._found(key)

        def deed(db: Any) -> str:
            answer = request.form.get("answer", "")
            outbox_decisions.refuse(db, message, reason=answer, user_id=g.user.id)
            return "The proposal is refused. Nothing was changed."

        return self._do(message, deed)

    def _found(self, key: UUID) -> OutboxMessage:
        asked: Select[OutboxMessage] = select(OutboxMessage).where(
            OutboxMessage.id == key, *self.base_where()
        )
        return session.scalars(asked).one_or_none() or abort(404)

    def _do(self, message: OutboxMessage, deed: Any) -> AnyResponse:
        key = message.id
        try:
            with transaction() as db:
                sentence = deed(db)
        except Refused as refusal:
            wrong = refusal.errors if isinstance(refusal, Invalid) else {}
            page = self._page(self._found(key), wrong or {refusal.field or "top": refusal.reason})
            return Response(page, 422)
        flash(sentence, "success")
        return redirect(url_for("OutboxView.show", key=key), 303)

    def _page(self, message: OutboxMessage, wrong: dict[str, str] | None = None) -> str:
        subject = promises.subject_of(message)
        attempts = session.scalars(
            select(OutboxAttempt)
            .where(OutboxAttempt.message_id == message.id)
            .order_by(OutboxAttempt.fence.desc())
        ).all()
        page = self.render_template(
            "desk/outbox_message.html",
            message=message,
            said=promises.said(message, subject),
            provider=promises.provider_of(message.kind),
            next_step=next_step(
                message.state,
                message.cls,
                attempts[0].outcome if attempts else None,
                promises.provider_of(message.kind),
            ),
            port=port_of(message.kind),
            subject=subject,
            subject_href=promises.href_of_subject(message, subject),
            attempts=attempts,
            deeds=deeds_for(message.state) if "decide" in self.rights() else frozenset(),
            decision=outbox_decisions.open_decision(session(), message),
            needs_two=needs_second_person(message.kind),
            me=g.user.id,
            may_decide="decide" in self.rights(),
            wrong=wrong or {},
            typed=request.form,
        )
        return str(page)


may(
    "OutboxView",
    {
        (ADMINISTRATOR,): ("can_list", "can_show", "can_decide", "can_read_all"),
        (AUDITOR,): ("can_list", "can_show", "can_read_all"),
        (FINANCE,): ("can_list", "can_show", "can_decide"),
    },
)
