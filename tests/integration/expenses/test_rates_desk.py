"""Finance keeps the rates: one by one, or a list at a time; nobody else changes them."""

from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select

from app.models.rates import ExchangeRate, MileageRate

RATES = "/admin/exchange-rates"
EUR = {"currency": "eur", "valid_on": "2026-11-19", "rate": "1.6650", "source": "Reserve Bank"}


def entered(session, model):
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(model).order_by(model.id)))


def bring(browser, text):
    data = {"list": (BytesIO(text if isinstance(text, bytes) else text.encode()), "rates.csv")}
    return browser.send(f"{RATES}/bring-in", data)


@pytest.fixture
def finance(staff):
    return staff("Finance")


def test_a_rate_is_entered_once_for_its_day(finance, owner_session):
    first = finance.send(f"{RATES}/add", EUR)
    again = finance.send(f"{RATES}/add", EUR)

    (rate,) = entered(owner_session, ExchangeRate)
    assert first.status_code in (302, 303)
    assert (rate.currency, rate.base_currency, rate.rate) == ("EUR", "AUD", Decimal("1.665"))
    assert "There is a rate of this currency and day." in again.text
    assert "1.665 AUD" in finance.get(f"{RATES}/list/").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"currency": "AUD"}, "AUD is your own currency"),
        ({"currency": "ZZZ"}, "ZZZ is not a currency"),
        ({"rate": "0"}, "how many one is worth"),
    ],
)
def test_what_is_no_rate_is_refused_with_everything_typed(finance, owner_session, typed, said):
    answer = finance.send(f"{RATES}/add", {**EUR, **typed})

    assert said in answer.text
    assert "2026-11-19" in answer.text
    assert entered(owner_session, ExchangeRate) == []


def test_a_list_enters_all_its_rates_and_changes_what_is_known(finance, owner_session):
    bring(finance, "currency,day,rate,source\nEUR,2026-11-19,1.6,RBA\nJPY,2026-11-19,0.0102,RBA\n")
    again = bring(finance, "EUR;2026-11-19;1.7;ECB\n")

    eur, jpy = entered(owner_session, ExchangeRate)
    assert again.status_code == 303
    assert (eur.rate, eur.source) == (Decimal("1.7"), "ECB")
    assert jpy.rate == Decimal("0.0102")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EUR,2026-11-19,1.6,RBA\nEUR,2026-11-20,none,RBA\n", "Row 2: none is not an amount"),
        ("", "Choose a CSV file."),
        (b"\xff\xfe\x00", "Save it as CSV UTF-8."),
    ],
)
def test_a_wrong_list_enters_nothing_and_says_where(finance, owner_session, text, said):
    answer = bring(finance, text)

    assert answer.status_code == 422
    assert said in answer.text
    assert entered(owner_session, ExchangeRate) == []


def test_a_new_rate_of_a_kilometre_stands_beside_the_old(finance, owner_session):
    for since, worth in (("2025-07-01", "0.85"), ("2026-07-01", "0.88")):
        finance.send(
            "/admin/mileage-rates/add",
            {
                "vehicle": "car",
                "valid_from": since,
                "rate": worth,
                "currency": "AUD",
                "source": "ATO",
            },
        )

    assert [rate.rate for rate in entered(owner_session, MileageRate)] == [
        Decimal("0.85"),
        Decimal("0.88"),
    ]
    assert "0.88 AUD" in finance.get("/admin/mileage-rates/list/").text


def test_what_is_no_rate_of_a_kilometre_is_refused_in_its_own_words(finance, owner_session):
    answer = finance.send(
        "/admin/mileage-rates/add",
        {
            "vehicle": "car",
            "valid_from": "2026-07-01",
            "rate": "0",
            "currency": "AUD",
            "source": "Tax office",
        },
    )

    assert "Write what a kilometre is worth" in answer.text
    assert entered(owner_session, MileageRate) == []


def test_others_read_rates_and_change_none(staff, owner_session):
    manager, schedule = staff("Manager"), staff("Schedule")

    assert manager.get(f"{RATES}/list/").status_code == 200
    assert "Bring in a list" not in manager.get(f"{RATES}/list/").text
    assert bring(manager, "EUR,2026-11-19,1.6,RBA").status_code in (302, 403)
    assert schedule.get(f"{RATES}/list/").status_code in (302, 403)
    assert entered(owner_session, ExchangeRate) == []
