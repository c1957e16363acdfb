"""What nobody types on purpose: addresses, numbers, days and words out of range never break a page."""

import pytest

HUGE = "9" * 30
ODD = ["_%\\\\", "O'Brien \0 😀 مريم", "x" * 3000, "0001-01-01", "9999-12-31", HUGE]


@pytest.fixture
def desk(staff):
    return staff("Administrator", "Finance", "Contracts", "Schedule")


@pytest.mark.parametrize("odd", ODD)
def test_no_list_breaks_over_what_stands_in_its_address(desk, odd):
    asked = dict.fromkeys(
        ("q", "view", "sort", "page", "from", "until", "status", "source", "type", "season",
         "week", "production", "show", "first", "last", "line", "topic", "try"), odd,
    )  # fmt: skip
    lists = [
        "people", "productions", "seasons", "venues", "engagements", "contracts", "calls",
        "claims", "payables", "contract-templates", "clauses", "outbox", "inbox", "audit", "amendments",
        "pay-runs", "bank-details", "staff", "exchange-rates", "mileage-rates", "delegations",
    ]  # fmt: skip
    pages = [f"/admin/{name}/list/" for name in lists] + ["/admin/search/", "/admin/schedule/"]

    codes = {page: desk.get(page, query_string=asked).status_code for page in pages}

    assert codes == dict.fromkeys(pages, 200)


@pytest.mark.parametrize("odd", [HUGE, "-1", "２"])
def test_what_is_no_key_is_no_record(desk, odd):
    pages = [
        f"/admin/{name}/show/{odd}"
        for name in ("people", "productions", "engagements", "contracts", "calls", "claims", "payables")
    ] + [f"/admin/schedule/versions/{odd}", f"/admin/schedule/publish/{odd}", f"/admin/files/{odd}"]  # fmt: skip

    codes = {page: desk.get(page).status_code for page in pages}

    assert codes == dict.fromkeys(pages, 404)


@pytest.mark.parametrize("odd", ["0001-01-01", "9999-12-31", "\0😀%"])
def test_no_page_of_the_phone_breaks_over_its_address(phone_of, person, odd):
    phone = phone_of(person)
    asked = dict.fromkeys(("week", "next", "claim", "seat"), odd)

    codes = {
        phone.get(f"/portal/{page}", query_string=asked).status_code
        for page in ("", "calls", "contracts", "expenses", "expenses/new", "money", "you", "seats")
    }

    assert codes <= {200, 404}
