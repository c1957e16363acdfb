"""A paper signed by hand carries a day on which it can have been signed."""

from datetime import date

import pytest

from app.domain.signed_papers import about_signed_day

ISSUED, STARTS, TODAY = date(2026, 11, 20), date(2027, 2, 4), date(2026, 11, 26)


@pytest.mark.parametrize(
    ("signed_on", "issued_on", "said"),
    [
        (ISSUED, ISSUED, ""),
        (TODAY, ISSUED, ""),
        (None, ISSUED, "Say on which day it was signed."),
        (date(2026, 11, 27), ISSUED, "That day has not come yet."),
        (
            date(2026, 11, 19),
            ISSUED,
            (
                "This contract was drawn up on 20 Nov 2026, so nobody signed it on 19 Nov 2026. "
                "Choose 20 Nov 2026 or later."
            ),
        ),
        (date(2022, 1, 1), None, ""),
        (
            date(1926, 11, 19),
            None,
            "The engagement begins on 4 Feb 2027. Look at the year: 19 Nov 1926 is too long before.",
        ),
    ],
)
def test_a_paper_is_signed_after_it_was_drawn_up_and_before_today(signed_on, issued_on, said):
    assert about_signed_day(signed_on, issued_on=issued_on, starts_on=STARTS, today=TODAY) == said
