"""What a spreadsheet would run is written so that it does not."""

import pytest

from app.domain.spreadsheets import safe_text


class TestSafe:
    @pytest.mark.parametrize(
        "typed",
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "＝1"],
    )
    def test_a_cell_that_would_run_gets_an_apostrophe(self, typed):
        assert safe_text(typed) == f"'{typed}"

    @pytest.mark.parametrize("typed", ["Noémie Lefèvre", "", " ", "C-2026-0147", "1 = 1"])
    def test_other_words_stay_as_they_are(self, typed):
        assert safe_text(typed) == typed
