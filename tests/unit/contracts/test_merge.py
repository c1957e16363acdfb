"""Merging facts into a contract's text: what is filled, what is missing, what is refused."""

import pytest

from app.domain.errors import Refused
from app.services.contracts.merge import Merged, escape, merge
from app.services.contracts.page import html

FIELDS = {
    "artist": {"legal_name": "Łucja Wiśniewska", "nickname": "", "agent": None},
    "production": {"title": "Carmen"},
    "fee": {"lines": [{"amount": "5,400.00 AUD"}, {"amount": "6,000.00 AUD"}]},
    "entitlement": {"taxi": "45.00 AUD a ride"},
}


def merged(body: str, **clauses: str) -> Merged:
    return merge(body, "{{ production.title }}: agreement", FIELDS, clauses)


def test_fields_are_filled_in() -> None:
    found = merged("Dear {{ artist.legal_name }}")

    assert (found.title, found.markdown, found.missing) == (
        "Carmen: agreement",
        "Dear Łucja Wiśniewska\n",
        (),
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("{{ artist.nickname }}", "artist.nickname"),
        ("{{ artist.agent }}", "artist.agent"),
        ("{{ artist.shoe_size }}", "artist.shoe_size"),
        ("{{ nobody }}", "nobody"),
        ("{{ nobody.at.all }}", "nobody.at.all"),
        ("{{ artist['nickname'] }}", "artist.nickname"),
        ("{{ clause('riders') }}", "clause riders"),
        ("{{ artist.nickname | upper }}", "ARTIST.NICKNAME"),
    ],
)
def test_a_missing_field_is_named_and_never_an_error(body: str, name: str) -> None:
    assert merged(f"{body} {body}").missing == (name,)


def test_a_missing_field_is_marked_in_the_page() -> None:
    page = html(merged("Dear {{ artist.nickname }}").markdown)

    assert page == (
        '<p>Dear <mark class="missing"><span class="hush">Missing: </span>artist nickname</mark></p>\n'
    )


def test_a_condition_on_a_missing_field_is_no_and_leaves_no_mark() -> None:
    found = merged(
        "{% if artist.agent %}by {{ artist.agent }}{% endif %}{% if entitlement.taxi %}taxi{% endif %}"
    )

    assert (found.markdown, found.missing) == ("taxi\n", ())


def test_a_default_fills_a_missing_field() -> None:
    assert merged("{{ artist.nickname | default('Artist') }}").markdown == "Artist\n"


def test_clauses_are_taken_in_with_their_options() -> None:
    found = merged(
        "{{ clause('travel', weight='32 kg') }}",
        travel="{{ artist.legal_name }} flies, {{ weight }}.",
    )

    assert found.markdown == "Łucja Wiśniewska flies, 32 kg.\n"


def test_a_clause_that_takes_itself_in_is_refused() -> None:
    with pytest.raises(Refused, match="takes itself in"):
        merged("{{ clause('loop') }}", loop="{{ clause('loop') }}")


def test_lists_are_written_line_by_line() -> None:
    found = merged("{% for line in fee.lines %}\n- {{ line.amount }}\n{% endfor %}")

    assert found.markdown == "- 5,400.00 AUD\n- 6,000.00 AUD\n"


@pytest.mark.parametrize(
    "body",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ range(9) }}",
        "{{ fee.lines.append(1) }}",
        "{{ fee.lines + 1 }}",
        "{{ cycler('a') }}",
        "{% if %}",
        "{% for x %}",
        "{{ artist.legal_name",
        "{{ artist | attr('x') }}",
    ],
)
def test_what_is_not_writing_is_refused(body: str) -> None:
    with pytest.raises(Refused) as refusal:
        merged(body)

    assert refusal.value.field == "body"


def test_nothing_behind_the_fields_is_reached() -> None:
    assert merged("{{ artist.__class__.__mro__ }}").missing == ("artist.__class__.__mro__",)


def test_a_value_is_shown_as_it_is_and_never_as_markup() -> None:
    odd = "*Łucja* _x_ <b>#1</b> [a](b) | & `c` \\"

    assert html(escape(odd)) == ("<p>*Łucja* _x_ &lt;b&gt;#1&lt;/b&gt; [a](b) | &amp; `c` \\</p>\n")


@pytest.mark.parametrize("value", ["- list", "1. list", "+ list", "# head", "> quote", "12) x"])
def test_a_value_never_starts_a_list_or_heading(value: str) -> None:
    assert html(escape(value)).startswith("<p>")


def test_html_in_a_text_is_words() -> None:
    assert html("<script>alert(1)</script> ![x](http://a/b.png)") == (
        '<p>&lt;script&gt;alert(1)&lt;/script&gt; !<a href="http://a/b.png">x</a></p>\n'
    )


def test_a_table_scrolls_alone_and_carries_no_inline_style() -> None:
    page = html("| a | b |\n|---|---:|\n| 1 | 2 |\n")

    assert '<div class="scroll" role="region" aria-label="Table" tabindex="0">' in page
    assert '<td class="r">2</td>' in page
    assert "style=" not in page


def test_headings_stand_below_the_pages_own() -> None:
    assert html("# One\n\n## Two") == "<h2>One</h2>\n<h3>Two</h3>\n"
