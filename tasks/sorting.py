"""Whom a bell is worth: where an account takes nothing now, no worker is woken to find that out promise by promise.

A provider that is away leaves a backlog behind. Claiming each of its promises only to give it back would
cost the database and the workers what everybody else waits for, so the sweeper puts them off together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.outbox_kinds import URGENT
from tasks.due import Due
from tasks.handlers import Handlers
from tasks.permits import Account, Permits, Wait

PutOff = tuple[UUID, float, str]
"""Whom to let wait, for how many seconds, and the reason where a person should know it."""


@dataclass(frozen=True, slots=True)
class Sorting:
    """Tells what may go from what comes later."""

    handlers: Handlers
    permits: Permits

    def sort(self, found: Iterable[Due]) -> tuple[list[Due], list[PutOff]]:
        """Return whom to ring for, and who waits.

        What is urgent is always rung for, and what a courier left half way: its doubt must not grow old.
        """
        going: list[Due] = []
        waiting: list[PutOff] = []
        accounts: dict[str, Account] = {}
        for one in found:
            wait = None if one.is_leased or one.priority >= URGENT else self._wait(one, accounts)
            if wait is None:
                going.append(one)
            else:
                waiting.append((one.id, wait.seconds, wait.reason))
        return going, waiting

    def _wait(self, one: Due, accounts: dict[str, Account]) -> Wait | None:
        """Ask once about each account, and then count."""
        handler = self.handlers.get(one.kind)
        if handler is None:
            return None
        account = self.permits.account(handler.provider, one.organisation_id)
        if account is None:
            return None
        return accounts.setdefault(account.asker.place, account).admit(one.priority, handler.calls)
