"""What to do about earlier attempts that were sent and never answered (reliability.md A5, step 2)."""

from dataclasses import dataclass
from typing import Any, Final

from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.outbox_moves import DOUBT, InDoubt
from app.integrations.errors import Retryable
from app.integrations.exchanges import listening
from tasks.claims import Claim
from tasks.deadline import total_timeout
from tasks.endings import Endings
from tasks.handlers import Handler, Handlers
from tasks.line import Line, Paced

SILENCE: Final = "It was sent and never answered."
MAYBE: Final = "It may have happened all the same."


@dataclass(frozen=True, slots=True)
class Doubts:
    """Decides whether a message that may have happened is sent again."""

    handlers: Handlers
    endings: Endings

    def dispel(self, claim: Claim, handler: Handler, request: Any, line: Line) -> bool:
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
            return self._look_up(claim, handler, request, line)
        self.endings.end(
            claim,
            handler,
            MessageState.in_doubt,
            AttemptOutcome.released,
            error=f"{claim.message.last_error or SILENCE} {MAYBE}",
        )
        return False

    def _look_up(self, claim: Claim, handler: Handler, request: Any, line: Line) -> bool:
        """Ask the provider for our id: found ends it, twice not found means it never happened."""
        doubt = claim.doubt
        if doubt is None:
            return True
        timings = self.handlers.timings_of(handler)
        quiet = timings.settle + timings.http_timeout
        too_early = quiet - (claim.taken_at - doubt.last_sent_at).total_seconds()
        if too_early > 0:
            self.endings.release(claim, too_early, claim.message.last_error or "")
            return False
        try:
            found = self._ask(claim, handler, request, line)
        except Paced as pace:
            self.endings.release(claim, pace.retry_after or 1.0, pace.reason)
            return False
        except Exception as error:  # noqa: BLE001 -- whatever a provider's library raises
            line.tell(error)
            wish = error.retry_after if isinstance(error, Retryable) else None
            words = f"Looking it up: {error}"
            self.endings.later(claim, handler, AttemptOutcome.retry, words, wish=wish)
            return False
        if found:
            self.endings.end(
                claim, handler, MessageState.done, AttemptOutcome.found, external_id=found
            )
        elif doubt.looked == 0:
            self.endings.put_back(
                claim, handler, AttemptOutcome.not_found, "Not found yet.", timings.settle
            )
        else:
            return True
        line.tell(None)
        return False

    def _ask(self, claim: Claim, handler: Handler, request: Any, line: Line) -> str | None:
        line.begin()
        span = self.handlers.timings_of(handler).http_timeout
        with total_timeout(span), listening(claim.heard):
            return handler.look_up(request, str(claim.message.id)) if handler.look_up else None
