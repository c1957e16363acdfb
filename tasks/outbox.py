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

from app.domain.errors import Refused
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.outbox_moves import DOUBT, InDoubt
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.exchanges import listening
from app.request_log import work_for
from tasks import claims, heart
from tasks.claims import Claim
from tasks.crash import crash_point
from tasks.deadline import total_timeout
from tasks.endings import Endings, about, say, viewer_of
from tasks.handlers import Handler, Handlers
from tasks.permits import LocalPermits, Permits
from tasks.standing import as_organisation, as_worker

log = logging.getLogger(__name__)

UNKNOWN_KIND_WAIT: Final = 60.0
"""A newer release may know the kind: wait for its worker instead of giving up."""

MARGIN_SENT: Final = 0.3
MARGIN_CALL: Final = 0.2
"""Slack for the clock check before and after the commit that precedes a call."""


def whoami() -> str:
    """Return the name under which this process holds leases."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(slots=True)
class Courier:
    """Keeps promises with the handlers it was given."""

    handlers: Handlers
    permits: Permits = field(default_factory=LocalPermits)
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    endings: Endings = field(init=False)

    def __post_init__(self) -> None:
        self.endings = Endings(self.handlers, self.chance)

    def run(self, message_id: UUID) -> None:
        """Keep one promise if it is due and nobody else has it."""
        started = self.monotonic()
        with as_worker() as db:
            claim = claims.take(
                db,
                message_id,
                lease=self.handlers.timings.lease,
                leases=self.handlers.leases(),
                owner=whoami(),
                started=started,
            )
        crash_point("after_claim")
        if claim is None:
            return
        work_for(claim.message.request_id)
        say(claim, "claimed", attempt=claim.message.attempts)
        handler = self.handlers.get(claim.message.kind)
        if handler is None:
            self.endings.release(claim, UNKNOWN_KIND_WAIT, f"No courier for {claim.message.kind}.")
        elif claim.message.external_id:
            self.endings.end(claim, handler, MessageState.done, AttemptOutcome.done)
        elif claim.message.attempts > claim.message.max_attempts:
            self.endings.give_up(
                claim, handler, "Every attempt was cut short.", AttemptOutcome.released
            )
        else:
            self._prepare(claim, handler)

    def _prepare(self, claim: Claim, handler: Handler) -> None:
        """Make the request from what the organisation knows now."""
        try:
            with as_organisation(viewer_of(claim.message)) as db:
                request = handler.prepare(db, claim.message)
        except Refused as refusal:
            self.endings.give_up(claim, handler, refusal.reason, AttemptOutcome.released)
            return
        except OperationalError:
            raise
        except Exception as error:
            log.exception("preparing failed", extra=about(claim))
            self.endings.later(claim, handler, AttemptOutcome.retry, str(error))
            return
        if claim.doubt is None or self._dispel(claim, handler, request):
            self._send(claim, handler, request)

    def _dispel(self, claim: Claim, handler: Handler, request: Any) -> bool:
        """Decide about earlier attempts that were never answered; say whether to send again."""
        doubt = claim.doubt
        if doubt is None:
            return True
        rule = DOUBT[claim.message.cls]
        lifetime = handler.key_lifetime
        if rule is InDoubt.ask_again and lifetime and claim.message.cls is EffectClass.K:
            forgotten = claim.taken_at - doubt.first_sent_at >= lifetime
            rule = InDoubt.look_up if forgotten else rule
        if rule is InDoubt.ask_again or (rule is InDoubt.park and handler.resend_unclear):
            return True
        if rule is InDoubt.look_up and handler.look_up is not None:
            return self._look_up(claim, handler, request)
        self.endings.end(
            claim,
            handler,
            MessageState.in_doubt,
            AttemptOutcome.released,
            error="It was sent and never answered: it may have happened.",
        )
        return False

    def _look_up(self, claim: Claim, handler: Handler, request: Any) -> bool:
        """Ask the provider for our id: found ends it, twice not found means it never happened."""
        doubt, look_up = claim.doubt, handler.look_up
        if doubt is None or look_up is None:
            return True
        quiet = (
            self.handlers.timings_of(handler).settle
            + self.handlers.timings_of(handler).http_timeout
        )
        too_early = quiet - (claim.taken_at - doubt.last_sent_at).total_seconds()
        if too_early > 0:
            self.endings.release(claim, too_early, claim.message.last_error or "")
            return False
        try:
            span = self.handlers.timings_of(handler).http_timeout
            with total_timeout(span), listening(claim.heard):
                found = look_up(request, str(claim.message.id))
        except Exception as error:  # noqa: BLE001 -- whatever a provider's library raises
            wish = error.retry_after if isinstance(error, Retryable) else None
            self.endings.later(
                claim, handler, AttemptOutcome.retry, f"Looking it up: {error}", wish=wish
            )
            return False
        if found:
            self.endings.end(
                claim, handler, MessageState.done, AttemptOutcome.found, external_id=found
            )
            return False
        if doubt.looked == 0:
            self.endings.put_back(
                claim,
                handler,
                AttemptOutcome.not_found,
                "Not found yet.",
                self.handlers.timings_of(handler).settle,
            )
            return False
        return True

    def _send(self, claim: Claim, handler: Handler, request: Any) -> None:
        """Make the call, if there is a permit and enough of the lease left."""
        timings = self.handlers.timings_of(handler)
        wait = self.permits.ask(handler.provider, claim.message.organisation_id)
        if wait > 0:
            self.endings.release(claim, wait, claim.message.last_error or "")
            return
        with as_worker() as db:
            ours = claims.mark_sent(
                db, claim, cls=handler.cls, needed=timings.http_timeout + MARGIN_SENT
            )
        if not ours:
            say(claim, "lost the lease before sending")
            return
        crash_point("before_send")
        elapsed = self.monotonic() - claim.started
        if elapsed >= timings.lease - timings.http_timeout - MARGIN_CALL:
            # We know that nothing was sent, whoever has the message by now.
            with as_worker() as db:
                claims.note_attempt(db, claim, outcome=AttemptOutcome.released)
            say(claim, "was asleep before sending", elapsed=round(elapsed, 3))
            return
        self._call(claim, handler, request)

    def _call(self, claim: Claim, handler: Handler, request: Any) -> None:
        timings = self.handlers.timings_of(handler)
        longest = heart.LONGEST if handler.is_long else timings.http_timeout
        try:
            beats = heart.beating(lambda: _renew(claim, timings.lease))
            with total_timeout(longest), beats, listening(claim.heard):
                external_id = handler.send(request, str(claim.message.id))
        except Permanent as failure:
            self.endings.give_up(
                claim, handler, failure.reason, AttemptOutcome.refused, failure.status
            )
        except Retryable as failure:
            self.endings.later(
                claim,
                handler,
                AttemptOutcome.retry,
                failure.reason,
                wish=failure.retry_after,
                http_status=failure.status,
            )
        except Unclear as failure:
            self.endings.unclear(claim, handler, failure.reason, failure.status)
        except Exception as error:
            # A library that broke half way says nothing about what the provider did.
            log.exception("sending failed", extra=about(claim))
            self.endings.unclear(claim, handler, f"{type(error).__name__}: {error}", None)
        else:
            crash_point("after_answer")
            self.endings.end(
                claim,
                handler,
                MessageState.done,
                AttemptOutcome.done,
                external_id=external_id or str(claim.message.id),
            )
            crash_point("after_finish")


def _renew(claim: Claim, lease: float) -> bool:
    with as_worker() as db:
        return claims.renew(db, claim, lease)
