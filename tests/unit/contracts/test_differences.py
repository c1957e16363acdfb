"""What changed between two versions, in terms and in words."""

from typing import Any

from app.services.contracts.differences import Passage, Piece, text_changes
from app.services.contracts.terms import Change, changes, rows

TERMS: dict[str, Any] = {
    "roles": ["Frasquita", "cover Carmen"], "starts_on": "2027-02-01", "ends_on": "2027-04-10",
    "basis": "contractor", "fee": "20400.000", "currency": "AUD", "payment_terms": "",
    "fee_lines": [
        {"position": 1, "label": "", "amount": "20400.000", "currency": "AUD",
         "trigger": "on_date", "due_on": "2027-02-12"},
    ],
    "entitlements": [], "payee": "Noémie Lefèvre, account ending 4417", "agent": "",
}  # fmt: skip


def test_key_terms_are_in_the_order_of_a_contract_and_leave_out_what_is_not_agreed() -> None:
    assert rows(TERMS) == [
        ("Role", "Frasquita; cover Carmen"),
        ("First day", "1 Feb 2027"),
        ("Last day", "10 Apr 2027"),
        ("Engaged as", "an independent contractor"),
        ("Fee", "20,400.00 AUD"),
        ("Payments", "20,400.00 AUD on 12 Feb 2027"),
        ("Paid to", "Noémie Lefèvre, account ending 4417"),
    ]


def test_changed_terms_show_old_and_new() -> None:
    taxi = {"kind": "taxi", "amount": None, "cap": "45.000", "currency": "AUD", "rule": "a ride"}
    new = {**TERMS, "fee": "21600.000", "ends_on": "2027-04-17", "entitlements": [taxi]}

    assert changes(TERMS, new) == [
        Change("Last day", "10 Apr 2027", "17 Apr 2027"),
        Change("Fee", "20,400.00 AUD", "21,600.00 AUD"),
        Change("Taxis", "Nothing agreed", "up to 45.00 AUD a ride"),
    ]


def test_equal_versions_have_no_differences() -> None:
    assert changes(TERMS, dict(TERMS)) == []
    assert text_changes("# A\n\nSame words.", "# A\n\nSame words.") == []


def test_a_changed_passage_stands_under_its_heading_with_old_and_new_words() -> None:
    found = text_changes("## Fee\n\nWe pay 20,400.00 AUD.", "## Fee\n\nWe pay 21,600.00 AUD.")

    assert found == [
        Passage(
            "Fee",
            (
                Piece("same", "We pay"),
                Piece("old", "20,400.00"),
                Piece("new", "21,600.00"),
                Piece("same", "AUD."),
            ),
        )
    ]


def test_an_added_and_a_removed_paragraph_are_shown_whole() -> None:
    added = text_changes("# A\n\none", "# A\n\none\n\ntwo **bold**")
    removed = text_changes("# A\n\none\n\ntwo", "# A\n\none")

    assert [p.pieces for p in added] == [(Piece("new", "two bold"),)]
    assert [p.pieces for p in removed] == [(Piece("old", "two"),)]


def test_long_passages_are_cut_around_the_change() -> None:
    before = " ".join(f"w{n}" for n in range(60))

    (found,) = text_changes(f"{before} old", f"{before} new")

    assert found.pieces[0].words.startswith("… w48")


def test_of_a_list_only_the_items_that_differ_are_shown():
    change = Change(
        "Payments",
        "1 of 3, 100.00 AUD; 2 of 3, 100.00 AUD; 3 of 3, 100.00 AUD",
        "1 of 3, 100.00 AUD; 2 of 3, 100.00 AUD; 3 of 3, 150.00 AUD; Extra, 20.00 AUD",
    )

    assert change.pairs == [
        ("3 of 3, 100.00 AUD", "3 of 3, 150.00 AUD"),
        ("", "Extra, 20.00 AUD"),
    ]
    assert change.others == 2


def test_what_is_no_list_differs_as_a_whole():
    change = Change("Fee", "20,400.00 AUD", "21,600.00 AUD")

    assert (change.pairs, change.others) == ([("20,400.00 AUD", "21,600.00 AUD")], 0)
