"""The integrations desk: how every provider is doing, and pausing, testing, working by hand."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from admin import attention, health_words, promises
from admin.contract_deeds import own_name
from admin.roles import ADMINISTRATOR, AUDITOR, READ, may
from app.db.clock import now
from app.db.session import session, transaction, viewer
from app.domain.errors import Refused
from app.domain.outbox import AttemptOutcome, MessageState
from app.domain.providers import BY_HAND, BY_NAME, EMBEDDED, RENEWED, TELLING, can_be_paused
from app.models import OutboxMessage
from app.presentation import desk_zone
from app.services import (
    comparisons,
    integrations,
    needs_attention,
    provider_switches,
    provider_tests,
)
from app.services.integrations import Provider

CONNECT: Final[dict[str, str]] = {"sharepoint": "ArchiveView.list", "xero": "AccountingView.index"}
"""Choice -> the endpoint where a company gives leave. A vendor's own page adds its line."""

TURNS: Final[dict[str, tuple[Callable[..., Any], str]]] = {
    "pause": (provider_switches.pause, "{} is paused. What is promised waits here, in order."),
    "carry_on": (provider_switches.carry_on, "{} carries on. What waited goes out now."),
    "by_hand": (provider_switches.go_by_hand, "The work of {} is done by hand."),
    "by_provider": (provider_switches.go_by_provider, "{} is used again."),
}
SHOWN: Final = 8
"""How many waiting promises the desk names; the outbox names all."""
NOT_ANSWERING: Final = frozenset({AttemptOutcome.retry, AttemptOutcome.unknown})


class IntegrationView(BaseView):
    """Who serves each need, and how that goes."""

    route_base = "/admin/integrations"
    default_view = "list"
    base_permissions: ClassVar[list[str]] = [
        "can_list", "can_show", "can_switch", "can_test", "can_compare",
    ]  # fmt: skip

    @expose("/")
    @has_access
    def list(self) -> str:
        """Show all providers, what needs a person and what waits to go out."""
        waits = session.scalar(select(needs_attention.count()))
        found = needs_attention.troubles(session()) if waits else needs_attention.NOTHING
        board = _board()
        shown, waiting = _waiting()
        return str(
            self.render_template(
                "desk/integrations.html",
                providers=board,
                state_of=state_of,
                lines=attention.lines_of(found),
                count=found.count,
                waiting=waiting,
                shown=shown,
                said=promises.Said,
                at=now(),
                may_compare=self._may("compare"),
                telling=TELLING,
                renewed=RENEWED,
            )
        )

    @expose("/<port>", methods=["GET"])
    @has_access
    def show(self, port: str) -> str:
        """Show one provider, with everything that can be done about it."""
        return self._page(port, {})

    @expose("/<port>/turn/<move>", methods=["POST"])
    @has_access
    @permission_name("switch")
    def turn(self, port: str, move: str) -> AnyResponse:
        """Pause a provider, let it carry on, or work by hand for a while."""
        one = self._provider(port)
        is_idle = move == "pause" and not can_be_paused(one.choice)
        if move not in TURNS or is_idle or (move == "by_hand" and port not in BY_HAND):
            abort(404)
        turn, said = TURNS[move]
        try:
            with transaction() as db:
                turn(
                    db,
                    one.choice,
                    organisation_id=_organisation(),
                    reason=request.form.get("reason", ""),
                    by=own_name(db),
                )
        except Refused as refusal:
            where = move if refusal.field == "reason" else "top"
            return Response(self._page(port, {where: refusal.reason}), 422)
        flash(said.format(one.name), "success")
        return redirect(url_for("IntegrationView.show", port=port), 303)

    @expose("/<port>/test", methods=["POST"])
    @has_access
    def test(self, port: str) -> AnyResponse:
        """Promise a harmless call to the provider; its answer is shown here."""
        one = self._provider(port)
        with transaction() as db:
            provider_tests.ask(db, port, one.choice, organisation_id=_organisation())
        flash(f"{one.name} is being tested. The answer stands here in a moment.", "success")
        return redirect(url_for("IntegrationView.show", port=port), 303)

    @expose("/<port>/compare", methods=["POST"])
    @has_access
    def compare(self, port: str) -> AnyResponse:
        """Compare what lies at the provider with our records now, as is done every night."""
        one = self._provider(port)
        if one.compared is None:
            abort(404)
        try:
            with transaction() as db:
                said = comparisons.ask(db, one.choice, organisation_id=_organisation())
        except Refused as refusal:
            return Response(self._page(port, {"top": refusal.reason}), 422)
        flash(said, "success")
        return redirect(url_for("IntegrationView.show", port=port), 303)

    def _may(self, deed: str) -> bool:
        return bool(self.appbuilder.sm.has_access(f"can_{deed}", "IntegrationView"))

    def _provider(self, port: str) -> Provider:
        if port not in BY_NAME or port not in promises.choices():
            abort(404)
        return next(one for one in _board() if one.port.name == port)

    def _page(self, port: str, wrong: dict[str, str]) -> str:
        one = self._provider(port)
        page = self.render_template(
            "desk/integration.html",
            one=one,
            state_of=state_of,
            connect_href=_connect_href(one),
            renewed=RENEWED,
            may_switch=self._may("switch"),
            may_test=self._may("test"),
            may_compare=self._may("compare"),
            may_pause=can_be_paused(one.choice),
            by_hand=one.port.name in BY_HAND and one.choice not in EMBEDDED,
            is_testing=one.test is not None
            and one.test.state in (MessageState.ready, MessageState.leased),
            wrong=wrong,
            typed=request.form,
        )
        return str(page)


def _board() -> list[Provider]:
    found = integrations.board(session(), promises.choices(), at=now(), zone=desk_zone())
    integrations.tell_compared(session(), found)
    health_words.tell(session(), found, _organisation())
    return found


def state_of(one: Provider) -> tuple[str, str, str]:
    """Return how a provider is doing: mark, colour role, word."""
    if one.is_paused and one.switch is not None:
        return "s-expired", "care", f"Paused by {one.switch.changed_by}"
    if one.is_manual:
        return "s-queried", "care", "Done by hand"
    if one.needs_leave and (one.connection is None or one.connection.status != "connected"):
        return "s-draft", "care", "Not connected"
    if one.last_outcome in NOT_ANSWERING:
        return "s-failed", "bad", "Did not answer"
    if one.last_call is None:
        if one.test is not None and one.test.state is MessageState.done:
            return "s-approved", "good", "Answered the last test"
        return "s-ready", "", "Not called this week"
    return "s-approved", "good", "Working"


def _waiting() -> tuple[Sequence[OutboxMessage], int]:
    """Return the first that wait to go out, and how many there are."""
    states = (MessageState.ready, MessageState.leased)
    rows = session.execute(
        select(OutboxMessage, func.count().over())
        .where(OutboxMessage.state.in_(states))
        .order_by(OutboxMessage.priority.desc(), OutboxMessage.id)
        .limit(SHOWN)
    ).all()
    return [message for message, _ in rows], rows[0][1] if rows else 0


def _connect_href(one: Provider) -> str:
    endpoint = CONNECT.get(one.choice, "")
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def _organisation() -> int:
    known = viewer()
    if known is None or known.organisation_id is None:
        abort(403)
    return known.organisation_id


may(
    "IntegrationView",
    {(ADMINISTRATOR,): (*READ, "can_switch", "can_test", "can_compare"), (AUDITOR,): READ},
)
