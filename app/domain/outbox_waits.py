"""How long a promise waits before it is tried again (reliability.md B3)."""

from typing import Final

LONGEST_WISH: Final = 86_400.0
"""A provider may ask for a day of patience, not for more."""


def retry_wait(
    attempt: int, *, chance: float, base: float, cap: float, wish: float | None = None
) -> float:
    """Return the seconds to wait: the provider's wish, else full jitter under a growing roof.

    ``chance`` is a number from 0 to 1 drawn by the caller: spreading over the whole range keeps
    those that failed together from coming back together.
    """
    if wish is not None:
        return min(max(wish, 0.0), LONGEST_WISH)
    roof = min(cap, base * 2.0 ** min(attempt, 30))
    return chance * roof
