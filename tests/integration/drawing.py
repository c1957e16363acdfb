"""Random data for the properties of money: how much is drawn, and from what.

Quick in the suite. ``MONEY_EXAMPLES=500`` makes each property look at so many; ``MONEY_SEED`` draws others.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st

from app.domain.currencies import decimals_of
from app.domain.money import Money

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "6"))
SEED = int(os.environ.get("MONEY_SEED", "20261125"))


def over_random_data(test: Callable[..., Any]) -> Callable[..., Any]:
    """Run a test over ``MONEY_EXAMPLES`` drawn examples, the same ones for the same seed.

    A failure is shown as it was drawn: to make it smaller over a database takes minutes.
    """
    wrapped = settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(test)  # fmt: skip
    return seed(SEED)(wrapped)


def money(currency: str, least: int = 1, most: int = 40_000) -> st.SearchStrategy[Money]:
    """Draw a sum in the smallest units of a currency."""
    return st.integers(least, most).map(
        lambda units: Money(Decimal(units).scaleb(-decimals_of(currency)), currency)
    )


CURRENCIES = st.sampled_from(["AUD", "JPY", "KWD", "EUR"])
FEES = CURRENCIES.flatmap(lambda currency: money(currency, most=90_000_000))
