"""How an attempt at a promise ends, written down in one transaction with what follows from it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import telemetry
from app.db.viewer import Viewer
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.outbox_waits import retry_wait
from app.integrations.errors import Permanent
from app.models.outbox import OutboxMessage
from app.services import outbox
from tasks import claims
from tasks.claims import Claim
from tasks.handlers import Handler, Handlers, Result, Timings, write_nothing
from tasks.standing import as_worker, stepping_down

log = logging.getLogger(__name__)

PATIENCE: Final = (0.1, 0.5, 1.0)
"""Seconds between tries to write an ending down while the database restarts."""


def viewer_of(message: OutboxMessage) -> Viewer:
    """Return as whom a courier reads and writes: the task, in the request that promised."""
    return Viewer(
        message.organisation_id, actor=f"task:{message.kind}", request_id=message.request_id
    )


def about(claim: Claim) -> dict[str, Any]:
    """Return what every line of the log says about a message."""
    message = claim.message
    return {
        "message_id": str(message.id),
        "kind": message.kind,
        "organisation_id": message.organisation_id,
        "request_id": message.request_id,
        "fence": claim.fence,
    }


def say(claim: Claim, what: str, **more: Any) -> None:
    """Tell the log what became of a message."""
    log.info("message %s", what, extra={**about(claim), **more})


@dataclass(slots=True)
class Endings:
    """Writes down endings, each only if the message is still ours."""

    handlers: Handlers
    chance: Callable[[], float]

    def unclear(self, claim: Claim, handler: Handler, reason: str, http_status: int | None) -> None:
        """Leave a call without an answer for the doubt rule, not before it can have settled."""
        repeats = handler.cls in (EffectClass.K, EffectClass.N)
        settle = 0.0 if repeats else self.handlers.timings_of(handler).settle
        wait = max(settle, self._backoff(claim, handler, None))
        self.put_back(claim, handler, AttemptOutcome.unknown, reason, wait, http_status)

    def later(
        self,
        claim: Claim,
        handler: Handler,
        outcome: AttemptOutcome,
        reason: str,
        *,
        wish: float | None = None,
        http_status: int | None = None,
    ) -> None:
        """Try again after a while: as long as the provider wishes, else at random."""
        wait = self._backoff(claim, handler, wish)
        self.put_back(claim, handler, outcome, reason, wait, http_status)

    def put_back(
        self,
        claim: Claim,
        handler: Handler,
        outcome: AttemptOutcome,
        reason: str,
        wait: float,
        http_status: int | None = None,
    ) -> None:
        """Make the message ready for another attempt, or end it when this was the last."""
        if claim.is_last:
            self.give_up(claim, handler, reason, outcome, http_status)
            return
        self._finish(
            claim,
            state=MessageState.ready,
            outcome=outcome,
            wait=wait,
            http_status=http_status,
            last_error=reason,
        )

    def refused(self, claim: Claim, handler: Handler, failure: Permanent) -> None:
        """End a message that the provider will never take, with what it calls the reason."""
        self.give_up(
            claim, handler, failure.reason, AttemptOutcome.refused, failure.status, failure.code
        )

    def give_up(
        self,
        claim: Claim,
        handler: Handler,
        reason: str,
        outcome: AttemptOutcome,
        http_status: int | None = None,
        code: str = "",
    ) -> None:
        """End a message that a person has to look at: dead, or in doubt if it may have happened."""
        unclear = outcome is AttemptOutcome.unknown or (
            claim.doubt is not None and outcome is not AttemptOutcome.refused
        )
        state = MessageState.in_doubt if unclear else MessageState.dead
        self.end(claim, handler, state, outcome, error=reason, http_status=http_status, code=code)

    def release(self, claim: Claim, wait: float, error: str) -> None:
        """Give the message back without counting the attempt: nothing was tried."""
        self._finish(
            claim,
            state=MessageState.ready,
            outcome=AttemptOutcome.released,
            wait=wait,
            attempts=claim.message.attempts - 1,
            last_error=error or None,
        )

    def end(
        self,
        claim: Claim,
        handler: Handler,
        state: MessageState,
        outcome: AttemptOutcome,
        *,
        external_id: str = "",
        error: str = "",
        http_status: int | None = None,
        code: str = "",
    ) -> None:
        """Write down the ending, and what it means for the organisation, in one transaction."""
        known = external_id or claim.message.external_id
        result = Result(state, known or "", error, code)
        has_record = handler.settle is not write_nothing
        self._finish(
            claim,
            state=state,
            outcome=outcome,
            http_status=http_status,
            settle=(lambda db: handler.settle(db, claim.message, result)) if has_record else None,
            external_id=known,
            last_error=error or None,
        )

    def _finish(
        self,
        claim: Claim,
        *,
        state: MessageState,
        outcome: AttemptOutcome,
        settle: Callable[[Session], None] | None = None,
        **values: Any,
    ) -> None:
        """Write an ending down, trying again for a moment: not knowing it costs more later."""
        for pause in PATIENCE:
            try:
                self._write(claim, state, outcome, settle, values)
            except OperationalError:
                log.warning("the database is away", extra=about(claim))
                time.sleep(pause)
            else:
                return
        self._write(claim, state, outcome, settle, values)

    def _write(
        self,
        claim: Claim,
        state: MessageState,
        outcome: AttemptOutcome,
        settle: Callable[[Session], None] | None,
        values: dict[str, Any],
    ) -> None:
        with telemetry.span("settle", outcome=str(outcome)), as_worker() as db:
            if not claims.finish(db, claim, state=state, outcome=outcome, **values):
                say(claim, "lost the lease", outcome=str(outcome))
                return
            if settle is not None:
                self._settle(db, claim, state, settle)
        say(claim, str(state), outcome=str(outcome), error=values.get("last_error"))

    def _settle(
        self, db: Session, claim: Claim, state: MessageState, settle: Callable[[Session], None]
    ) -> None:
        try:
            lane = outbox.below(db, claim.message.priority)
            with stepping_down(db, viewer_of(claim.message)), lane:
                settle(db)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("settling failed", extra=about(claim))
            again = state is MessageState.done and not claim.is_last
            wait = self._jitter(claim, self.handlers.timings, None) if again else None
            claims.note_unsettled(db, claim, wait=wait, error=f"Writing it down: {error}")

    def _backoff(self, claim: Claim, handler: Handler, wish: float | None) -> float:
        return self._jitter(claim, self.handlers.timings_of(handler), wish)

    def _jitter(self, claim: Claim, timings: Timings, wish: float | None) -> float:
        return retry_wait(
            claim.message.attempts,
            chance=self.chance(),
            base=timings.backoff_base,
            cap=timings.backoff_cap,
            wish=wish,
        )
