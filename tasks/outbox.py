"""The courier: keeps one promise, or leaves it so that the next one can (reliability.md A5).

No transaction is open while a provider answers. Between any two lines this process may be killed:
what is written down tells the next courier exactly what may already have happened.
"""

import logging
import os
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app import telemetry
from app.db.secrets import Unreadable
from app.domain.errors import Refused
from app.domain.outbox import AttemptOutcome, MessageState
from app.domain.provider_limits import EMBEDDED
from app.integrations import providers
from app.integrations.calls import permitted
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.exchanges import listening
from app.log_lines import work_for
from app.services import provider_switches
from tasks import claims, heart, taking
from tasks.claims import Claim
from tasks.crash import crash_point
from tasks.deadline import total_timeout
from tasks.doubts import Doubts
from tasks.endings import Endings, about, say, viewer_of
from tasks.handlers import Handler, Handlers
from tasks.line import Line, Paced
from tasks.permits import FreePermits, Permits, Wait
from tasks.standing import as_organisation, as_worker

log = logging.getLogger(__name__)

UNKNOWN_KIND_WAIT: Final = 60.0
"""A newer release may know the kind: wait for its worker instead of giving up."""

PAUSED_WAIT: Final = 300.0
"""Seconds until a paused message is looked at again; who resumes the provider wakes it at once."""
UNAUTHORISED: Final = 401

BROKE_BEFORE: Final = "Something of ours broke before anything was sent. The platform's operator finds in the log what it was."
BROKE_SENDING: Final = "Something of ours broke while it was sent. The platform's operator finds in the log what it was."
MARGIN_SENT: Final = 0.3
MARGIN_CALL: Final = 0.2
"""Slack for the clock check before and after the commit that precedes a call."""


def whoami() -> str:
    """Return a name for leases of a process that nobody watches."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(slots=True)
class Courier:
    """Keeps promises with the handlers it was given."""

    handlers: Handlers
    permits: Permits = field(default_factory=FreePermits)
    owner: Callable[[], str] = whoami
    """Under whose name leases are held."""
    renew_keys: Callable[[], None] = providers.renew
    """Called when a provider does not know us any more."""
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    endings: Endings = field(init=False)
    doubts: Doubts = field(init=False)

    def __post_init__(self) -> None:
        self.endings = Endings(self.handlers, self.chance)
        self.doubts = Doubts(self.handlers, self.endings)

    def run(self, message_id: UUID) -> None:
        """Keep one promise if it is due and nobody else has it."""
        started, at = self.monotonic(), time.time_ns()
        with as_worker() as db:
            claim = taking.take(
                db,
                message_id,
                lease=self.handlers.timings.lease,
                leases=self.handlers.leases(),
                owner=self.owner(),
                started=started,
            )
        crash_point("after_claim")
        if claim is None:
            return
        work_for(claim.message.request_id)
        say(claim, "claimed", attempt=claim.message.attempts)
        facts = {**about(claim), "attempt": claim.message.attempts}
        keeping = telemetry.span(f"keep {claim.message.kind}", started=at, **facts)
        with telemetry.following(claim.message.trace_parent), keeping:
            with telemetry.span("claim", started=at):
                handler = self.handlers.get(claim.message.kind)
            self._keep(claim, handler)

    def _keep(self, claim: Claim, handler: Handler | None) -> None:
        """Do with a message what its state asks for."""
        if handler is None:
            self.endings.release(claim, UNKNOWN_KIND_WAIT, f"No courier for {claim.message.kind}.")
        elif claim.message.external_id:
            self.endings.end(claim, handler, MessageState.done, AttemptOutcome.done)
        elif claim.message.attempts > claim.message.max_attempts:
            self.endings.give_up(
                claim, handler, "Every attempt was cut short.", AttemptOutcome.released
            )
        else:
            self._ask(claim, handler)

    def _ask(self, claim: Claim, handler: Handler) -> None:
        """Go on with a permit for the provider; wait without one, which is no attempt."""
        paused = self._paused(claim, handler)
        if paused:
            self.endings.release(claim, PAUSED_WAIT, paused)
            return
        permit = self.permits.ask(handler.provider, claim.message, handler.calls)
        if isinstance(permit, Wait):
            reason = permit.reason or claim.message.last_error or ""
            self.endings.release(claim, permit.seconds, reason)
            return
        timings = self.handlers.timings_of(handler)
        line = Line(self.permits, permit, claim, handler, timings)
        try:
            with permitted(line.next):
                self._prepare(claim, handler, line)
        finally:
            self.permits.leave(permit, len(claim.heard))

    def _paused(self, claim: Claim, handler: Handler) -> str:
        """Return why the organisation has this provider paused, or nothing."""
        if handler.provider in EMBEDDED or claim.message.organisation_id is None:
            return ""
        with as_organisation(viewer_of(claim.message)) as db:
            return provider_switches.why_paused(db, handler.provider)

    def _prepare(self, claim: Claim, handler: Handler, line: Line) -> None:
        """Make the request from what the organisation knows now."""
        try:
            with telemetry.span("prepare"), as_organisation(viewer_of(claim.message)) as db:
                request = handler.prepare(db, claim.message)
        except Refused as refusal:
            self.endings.give_up(claim, handler, refusal.reason, AttemptOutcome.released)
            return
        except OperationalError:
            raise
        except Exception as error:
            log.exception("preparing failed", extra=about(claim))
            words = str(error) if isinstance(error, Unreadable) else BROKE_BEFORE
            self.endings.later(claim, handler, AttemptOutcome.retry, words)
            return
        if claim.doubt is None or self.doubts.dispel(claim, handler, request, line):
            self._send(claim, handler, request, line)

    def _send(self, claim: Claim, handler: Handler, request: Any, line: Line) -> None:
        """Make the call, if a budget and enough of the lease are left."""
        timings = self.handlers.timings_of(handler)
        needed = timings.http_timeout + MARGIN_SENT
        with as_worker() as db:
            over = None if line.permit.is_used else self.permits.count(db, line.permit)
            ours = over is None and claims.mark_sent(
                db, claim, cls=handler.cls, needed=needed, is_look=handler.looks_first
            )
        if over is not None:
            self.endings.release(claim, over.seconds, over.reason)
            return
        if not ours:
            say(claim, "lost the lease before sending")
            return
        crash_point("before_send")
        elapsed = self.monotonic() - max(claim.started, line.renewed)
        if elapsed >= timings.lease - timings.http_timeout - MARGIN_CALL:
            # We know that nothing was sent, whoever has the message by now.
            with as_worker() as db:
                claims.note_attempt(db, claim, outcome=AttemptOutcome.released)
            say(claim, "was asleep before sending", elapsed=round(elapsed, 3))
            return
        line.permit.is_used = True
        self._call(claim, handler, request, line)

    def _call(self, claim: Claim, handler: Handler, request: Any, line: Line) -> None:
        timings = self.handlers.timings_of(handler)
        longest = heart.LONGEST if handler.is_long else timings.http_timeout
        try:
            beats = heart.beating(lambda: _renew(claim, timings.lease))
            sending = telemetry.span("send", provider=handler.provider)
            with sending, total_timeout(longest), beats, listening(claim.heard):
                external_id = handler.send(request, str(claim.message.id))
        except Exception as error:  # noqa: BLE001 -- whatever a provider's library raises
            line.tell(error)
            self._failed(claim, handler, error)
        else:
            crash_point("after_answer")
            line.tell(None)
            self.endings.end(
                claim,
                handler,
                MessageState.done,
                AttemptOutcome.done,
                external_id=external_id or str(claim.message.id),
            )
            crash_point("after_finish")

    def _failed(self, claim: Claim, handler: Handler, error: Exception) -> None:
        """Write down what a failure means: never again, later, or nobody knows."""
        status = getattr(error, "status", None)
        match error:
            case Paced():
                self.endings.release(claim, error.retry_after or 1.0, error.reason)
            case Permanent() if status == UNAUTHORISED and self._is_first_refusal(claim):
                self.endings.later(
                    claim, handler, AttemptOutcome.retry, error.reason, wish=0.0, http_status=status
                )
            case Permanent():
                self.endings.refused(claim, handler, error)
            case Retryable():
                self.endings.later(
                    claim, handler, AttemptOutcome.retry, error.reason,
                    wish=error.retry_after, http_status=status,
                )  # fmt: skip
            case Unclear():
                self.endings.unclear(claim, handler, error.reason, status)
            case _:
                # A library that broke half way says nothing about what the provider did.
                log.error("sending failed", exc_info=error, extra=about(claim))
                self.endings.unclear(claim, handler, BROKE_SENDING, None)

    def _is_first_refusal(self, claim: Claim) -> bool:
        """Forget keys that may have run out; say whether new ones have not been tried yet."""
        self.renew_keys()
        with as_worker() as db:
            return not claims.was_answered(db, claim, UNAUTHORISED)


def _renew(claim: Claim, lease: float) -> bool:
    with as_worker() as db:
        return claims.renew(db, claim, lease)
