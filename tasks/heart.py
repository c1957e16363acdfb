"""The heartbeat of long work: whoever is still at it keeps its lease, whoever lost it stops.

A courier of a ``Handler`` that ``is_long`` calls ``beat()`` every second or so. Without a courier
around it, as in a bench, the call does nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from app.integrations.errors import Unclear

LONGEST: Final = 1800.0
"""Seconds that the longest work may take in all."""

_renew: ContextVar[Callable[[], bool] | None] = ContextVar("renew", default=None)


@contextmanager
def beating(renew: Callable[[], bool]) -> Iterator[None]:
    """Let ``beat`` renew this lease while the work inside goes on."""
    token = _renew.set(renew)
    try:
        yield
    finally:
        _renew.reset(token)


def beat() -> None:
    """Say that the work goes on; stop it if somebody else has taken it over."""
    renew = _renew.get()
    if renew is not None and not renew():
        raise Unclear("Somebody else has taken this over.")
