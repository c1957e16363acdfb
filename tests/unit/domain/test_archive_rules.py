"""What it means that a paper in the archive is not as it was filed, and what an archive's words mean."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.archive import (
    RENEWED_BEFORE,
    WORDS,
    Difference,
    Filed,
    Seen,
    answered_at,
    as_seen,
    columns_of,
    difference,
    must_renew,
    read,
    site_address,
    span_of,
    state_of,
    whose_state,
    written,
)

NOW = datetime(2026, 11, 25, 14, 0, 7, tzinfo=UTC)
FILED = Filed("01A", "company/2026/Nabucco/Ines/C-1.pdf", "hash")
SECRET = "a secret of thirty-two characters"


class TestDifference:
    @pytest.mark.parametrize(
        ("seen", "told"),
        [
            (None, Difference.missing),
            (Seen("01A", is_gone=True), Difference.missing),
            (Seen("01A", FILED.path, "other"), Difference.changed),
            (Seen("01A", "elsewhere.pdf", "other"), Difference.changed),
            (Seen("01A", "elsewhere.pdf", "hash"), Difference.moved),
            (Seen("01A", FILED.path, "hash"), None),
            (Seen("01A", FILED.path.upper(), "hash"), None),
            (Seen("01A", FILED.path, ""), None),
        ],
    )
    def test_is_the_gravest_there_is(self, seen, told):
        assert difference(FILED, seen) is told

    def test_every_difference_has_words_that_say_what_to_do(self):
        assert set(WORDS) == set(Difference)
        assert all(
            "{paper}" in title and "ile it again" in advice for title, advice in WORDS.values()
        )

    def test_what_was_noted_is_what_was_seen(self):
        told = {"item": "01A", "path": None, "hash": "h", "is_gone": False}

        assert as_seen(told) == Seen("01A", "", "h")


class TestTimes:
    @pytest.mark.parametrize(
        ("until", "told"),
        [(None, True), (NOW + RENEWED_BEFORE - timedelta(seconds=1), True), (NOW + RENEWED_BEFORE, False)],
    )  # fmt: skip
    def test_a_subscription_is_renewed_before_it_ends(self, until, told):
        assert must_renew(until, NOW) is told

    @given(st.integers(min_value=1_500_000_000, max_value=4_000_000_000))
    def test_a_hint_is_answered_after_it_came_and_soon(self, seconds):
        came = datetime.fromtimestamp(seconds, tz=UTC)

        assert came < answered_at(span_of(came)) <= came + timedelta(seconds=11)


class TestWords:
    @given(st.text(min_size=1), st.sampled_from(["", "A" * 27 + "="]))
    def test_an_item_and_its_hash_are_read_as_they_were_written(self, item, told):
        if not told and " hash=" in item:
            return

        assert read(written((item, told))) == (item, told)

    @given(st.text(), st.text())
    def test_only_our_own_word_is_ours(self, message_id, forged):
        ours = state_of(message_id.replace(".", ""), SECRET)

        assert whose_state(ours, SECRET) == message_id.replace(".", "")
        assert whose_state(ours, SECRET + "x") == ""
        assert forged == ours or whose_state(forged, SECRET) == ""

    @pytest.mark.parametrize(
        ("typed", "host", "path"),
        [
            ("https://contoso.sharepoint.com/sites/productions", "contoso.sharepoint.com", "/sites/productions"),
            (" Contoso.sharepoint.com/teams/a/Shared%20Documents?x=1#y ", "contoso.sharepoint.com", "/teams/a"),
            ("contoso.sharepoint.com", "contoso.sharepoint.com", "/"),
            ("http://127.0.0.1:8080/sites/x", "127.0.0.1:8080", "/sites/x"),
            ("contoso", "", ""),
            ("", "", ""),
            ("ftp://contoso.example/sites/a", "", ""),
        ],
    )  # fmt: skip
    def test_an_address_is_read_as_people_copy_it(self, typed, host, path):
        assert site_address(typed) == (host, path)

    def test_columns_are_found_whatever_their_case_and_missing_ones_named(self):
        found, missing = columns_of(["contractnumber", "Artist", "Title"])

        assert found == {"contract_number": "contractnumber", "artist": "Artist"}
        assert missing == ["Production", "ExecutedOn", "ContentHash"]
