"""One promise's line to its provider: every further call on it is paced, counted and kept within the lease."""

import time
from dataclasses import dataclass
from typing import Final

from app.domain.outbox import EffectClass
from app.integrations.errors import Failure, Retryable, Unclear
from tasks import claims, deadline
from tasks.claims import Claim
from tasks.handlers import Handler, Timings
from tasks.permits import Permit, Permits
from tasks.standing import as_worker

LONGEST: Final = 30.0
"""Seconds that work which has begun waits for its next call; new work stands behind it."""


class Paced(Retryable):
    """Our own limits stopped a promise half way. Nothing went wrong: it is no attempt."""


@dataclass(slots=True)
class Line:
    """Asks for each further call; the first was paid for when the work was begun."""

    permits: Permits
    permit: Permit
    claim: Claim
    handler: Handler
    timings: Timings
    renewed: float = 0.0
    """Monotonic time from before the lease was last renewed; 0 while it is the claim's."""

    def begin(self) -> None:
        """Count the first call where no other transaction does: for a look-up."""
        with as_worker() as db:
            over = self.permits.count(db, self.permit)
        if over is not None:
            raise Paced(over.reason, retry_after=over.seconds)
        self.permit.is_used = True

    def tell(self, error: Exception | None) -> None:
        """Tell how it ended, before anything is written down about the message."""
        if isinstance(error, Paced):
            return
        heard = self.claim.heard
        failure = error if isinstance(error, Failure) else None
        if failure is not None or error is None:
            self.permits.tell(self.permit, failure, heard)
        if heard and self.permit.asker is not None:
            with as_worker() as db:
                self.permits.believe(db, self.permit, heard)

    def next(self) -> None:
        """Wait until the next call may be made, keep the lease, and give the call its full time."""
        self.permit.calls += 1
        if self.permit.calls == 1:
            return
        if self.permit.asker is None:
            if self.handler.looks_first:
                self._keep()
            return
        with deadline.suspended():
            self._pace()
            self._keep()
        if not self.handler.is_long:
            deadline.restart(self.timings.http_timeout)

    def _pace(self) -> None:
        began = time.monotonic()
        while (wait := self.permits.ask_further(self.permit)) > 0:
            if time.monotonic() - began + wait > min(LONGEST, self.timings.lease):
                self._stop(wait, "Our own limits stopped it half way.")
            time.sleep(wait)
            self._renew()

    def _keep(self) -> None:
        """Keep the lease for the call ahead, and count it; after a look, something may happen now."""
        began = time.monotonic()
        with as_worker() as db:
            ours = claims.renew(
                db, self.claim, self.timings.lease, is_sending=self.handler.looks_first
            )
            over = self.permits.count(db, self.permit) if ours else None
        if not ours:
            raise Unclear("Somebody else has taken this over.")
        if over is not None:
            self._stop(over.seconds, over.reason)
        self.renewed = began

    def _renew(self) -> None:
        with as_worker() as db:
            if not claims.renew(db, self.claim, self.timings.lease):
                raise Unclear("Somebody else has taken this over.")

    def _stop(self, wait: float, reason: str) -> None:
        """Put it off where repeating it is safe; elsewhere nobody knows what was done already."""
        has_only_looked = self.handler.looks_first and self.permit.calls == 2
        if has_only_looked or self.handler.cls in {EffectClass.K, EffectClass.N}:
            raise Paced(reason, retry_after=wait)
        raise Unclear(reason)
