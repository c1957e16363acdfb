"""Before each request: an adapter that makes several for one promise asks here, and may have to wait.

The first request of a promise is paid for when it is begun; every further one takes a permit of its
own, so that a vendor's window holds whatever one promise needs. ``before_call()`` belongs in the one
place of an adapter through which all its requests go. Outside a courier it does nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ask: ContextVar[Callable[[], None] | None] = ContextVar("before_call", default=None)


@contextmanager
def permitted(ask: Callable[[], None]) -> Iterator[None]:
    """Let ``before_call`` ask here while the work inside goes on."""
    held = _ask.set(ask)
    try:
        yield
    finally:
        _ask.reset(held)


def before_call() -> None:
    """Wait until the next request may be made."""
    ask = _ask.get()
    if ask is not None:
        ask()
