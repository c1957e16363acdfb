"""Clauses with options, and texts that would run without end."""

from typing import Any

import pytest

from app.domain.errors import Refused
from app.services.contracts.clauses import Choice, Wording
from app.services.contracts.merge import Merged, check_syntax, merge

FIELDS: dict[str, dict[str, Any]] = {
    "engagement": {"basis_code": "employee"},
    "artist": {"name": "Łucja"},
}
TRAVEL = Wording(
    "We book the train.",
    (
        Choice(
            "staff", "You travel with {{ artist.name }}.", 'engagement.basis_code == "employee"', 3
        ),
        Choice("stars", "We send a car.", "", 2),
    ),
    version=5,
)


def merged(body: str, chosen: dict[str, str] | None = None, **fields: Any) -> Merged:
    return merge(body, "T", {**FIELDS, **fields}, {"travel": TRAVEL}, chosen)


class TestOptions:
    def test_the_first_whose_condition_holds_is_taken(self) -> None:
        found = merged('{{ clause("travel") }}')

        assert found.markdown == "You travel with Łucja.\n"
        assert found.clauses == ({"key": "travel", "option": "staff", "version": 3},)

    def test_where_no_condition_holds_the_standard_wording_is_taken(self) -> None:
        found = merged('{{ clause("travel") }}', engagement={"basis_code": ""})

        assert found.markdown == "We book the train.\n"
        assert found.clauses == ({"key": "travel", "option": "standard", "version": 5},)

    def test_a_template_names_one(self) -> None:
        assert merged('{{ clause("travel", option="stars") }}').markdown == "We send a car.\n"

    @pytest.mark.parametrize(
        ("chosen", "words"), [("stars", "We send a car.\n"), ("standard", "We book the train.\n")]
    )
    def test_the_drafters_choice_is_above_all(self, chosen: str, words: str) -> None:
        body = '{{ clause("travel", option="staff") }}'

        assert merged(body, {"travel": chosen}).markdown == words

    def test_one_that_is_not_there_is_marked_missing(self) -> None:
        found = merged('{{ clause("travel", option="boats") }}')

        assert found.missing == ("clause travel, option boats",)


class TestBounds:
    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (
                ("{% for a in x.l %}{% for b in x.l %}{% for c in x.l %}.{% endfor %}"
                "{% endfor %}{% endfor %}"),
                "more than 20,000 steps",
            ),
            ("{% for a in x.l %}{% for b in x.l %}" + "word " * 200 + "{% endfor %}{% endfor %}", "characters"),
            ("{% set a = x.long ~ x.long %}" + "{% set a = a ~ a %}" * 30 + "{{ a }}", "too long"),
            ("{% set a = x.l + x.l %}" + "{% set a = a + a %}" * 30 + "{{ a }}", "too long"),
            ("{% set a = [x.long, x.long] | join %}" + "{% set a = [a, a] | join %}" * 30, "too long"),
            ("{% for a in x.l %}" * 5 + "{% endfor %}" * 5, "4 loops within each other"),
            ("{% set a %}word{% endset %}", "nothing else"),
            ("{% macro a() %}{% endmacro %}", "nothing else"),
            ("x" * 200_001, "Keep the text under 200,000 characters"),
        ],
    )  # fmt: skip
    def test_what_would_run_long_is_refused_with_a_sentence(self, body: str, says: str) -> None:
        with pytest.raises(Refused, match=says):
            merged(body, x={"l": list(range(100)), "long": "word " * 100})

    def test_clauses_that_take_in_clauses_count_too(self) -> None:
        wide = "{{ clause('b') }}" * 60
        clauses = {"a": wide, "b": wide.replace("'b'", "'c'"), "c": "x"}

        with pytest.raises(Refused, match="more than 20,000 steps"):
            merge("{{ clause('a') }}", "T", FIELDS, clauses)

    def test_a_text_nested_without_end_is_refused_when_it_is_kept(self) -> None:
        with pytest.raises(Refused, match=r"nested too deeply|loops within"):
            check_syntax("{% if a %}" * 3000 + "{% endif %}" * 3000)
