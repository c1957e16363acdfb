"""What cells of a workbook mean, and the sentence where they mean nothing."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from app.domain.countries import country_code
from app.domain.errors import Refused
from app.domain.import_artists import read_agent
from app.domain.import_calls import read_type
from app.domain.import_engagements import read_paper, read_terms
from app.domain.import_names import read_name
from app.domain.import_values import (
    read_amount,
    read_basis,
    read_clock,
    read_country,
    read_date,
    read_email,
    read_mobile,
)
from app.domain.people import PersonKind
from app.domain.schedules import CallType

MIDNIGHT = "2027-02-01 00:00"


@pytest.mark.parametrize(
    ("cell", "currency", "amount"),
    [
        ("400,000.00", "JPY", "400000"),
        ("1,000,000.00", "JPY", "1000000"),
        (80000, "JPY", "80000"),
        (80000.0, "JPY", "80000"),
        ("10,000.00", "USD", "10000.00"),
        ("$1,200", "USD", "1200"),
        ("€ 800.00", "EUR", "800"),
        ("AUD 950.50", "AUD", "950.50"),
        (1200.5, "AUD", "1200.50"),
        (0, "AUD", "0"),
        ("1.250", "KWD", "1.250"),
    ],
)
def test_a_sum_is_read_as_its_currency_has_it(cell, currency, amount) -> None:
    assert read_amount(cell, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "currency", "reason"),
    [
        (-5, "AUD", "The amount cannot be below zero."),
        ("400.50", "JPY", "JPY has no decimals. Write a whole number."),
        (9.999, "AUD", "AUD has 2 decimals, no more."),
        (
            "1.200",
            "AUD",
            "1.200 could be read in two ways. Write thousands with a comma: 1,250.00.",
        ),
        ("tba", "AUD", "tba is not an amount. Write it as a number, such as 1,250.00."),
        (True, "AUD", "True is not an amount. Write it as a number, such as 1,250.00."),
        (float("inf"), "AUD", "inf is not an amount. Write it as a number, such as 1,250.00."),
    ],
)
def test_a_sum_that_is_none_is_refused(cell, currency, reason) -> None:
    with pytest.raises(Refused) as refused:
        read_amount(cell, currency)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("7:30PM", time(19, 30)),
        ("10:00AM", time(10)),
        ("12:00PM", time(12)),
        ("12:15 a.m.", time(0, 15)),
        ("7pm", time(19)),
        ("19:30", time(19, 30)),
        ("19.30", time(19, 30)),
        ("19h30", time(19, 30)),
        ("19:30:00", time(19, 30)),
        (time(9, 45, 30), time(9, 45)),
        (datetime.fromisoformat("1899-12-30T20:00"), time(20)),
        (timedelta(hours=11, minutes=30), time(11, 30)),
        (0.8125, time(19, 30)),
        ("None", None),
        ("TBC", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_or_not_known_yet(cell, clock) -> None:
    assert read_clock(cell) == clock


@pytest.mark.parametrize("cell", ["evening", "25:00", "13pm", "7", "19:75", 3])
def test_a_time_that_is_none_is_refused(cell) -> None:
    with pytest.raises(Refused, match="is not a time we can read"):
        read_clock(cell)


@pytest.mark.parametrize(
    "cell",
    [
        datetime.fromisoformat(MIDNIGHT), date(2027, 2, 1), "2027-02-01", "1/2/2027", "1.2.2027",
        "1 Feb 2027", "1 February 2027", "01-Feb-2027",
    ],
)  # fmt: skip
def test_a_day_is_read(cell) -> None:
    assert read_date(cell) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("02/31/2027", "02/31/2027 is not a date we can read. Write it as 2026-11-23."),
        ("soon", "soon is not a date we can read. Write it as 2026-11-23."),
        (date(1066, 10, 14), "1066-10-14 cannot be right. Check the year."),
    ],
)
def test_a_day_that_is_none_is_refused(cell, reason) -> None:
    with pytest.raises(Refused) as refused:
        read_date(cell)

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("written", "name", "sort_name", "keys"),
    [
        ("Ades [Adès], Thomas", "Thomas Adès", "Adès, Thomas", ("thomas ades",)),
        ("Fleming, Renee (Renée)", "Renée Fleming", "Fleming, Renée", ("renee fleming",)),
        ("Claveles, Theo (Hayes)", "Theo (Hayes) Claveles", "Claveles, Theo (Hayes)",
         ("theo hayes claveles",)),
        ("ELDER,  CLAYBOURNE ", "Claybourne Elder", "Elder, Claybourne", ("claybourne elder",)),
        ("O'BRIEN-SMITH, ANNE", "Anne O'Brien-Smith", "O'Brien-Smith, Anne",
         ("anne obrien smith",)),
        ("Schaefer [Schäfer], Christine", "Christine Schäfer", "Schäfer, Christine",
         ("christine schafer", "christine schaefer")),
        ("Martinez [Martínez] Forteza, Pascual", "Pascual Martínez Forteza",
         "Martínez Forteza, Pascual", ("pascual martinez forteza",)),
        ("Jackson, Ali, Jr.", "Ali Jackson, Jr.", "Jackson, Ali, Jr.", ("ali jackson jr",)),
    ],
)  # fmt: skip
def test_a_persons_name_is_taken_apart(written, name, sort_name, keys) -> None:
    read = read_name(written)

    assert (read.name, read.sort_name, read.keys) == (name, sort_name, keys)
    assert read.kind is PersonKind.individual


def test_a_shouted_ensemble_is_lowered_as_a_programme_prints_it() -> None:
    read = read_name("CHORUS OF THE MARIINSKY THEATRE")

    assert read.name == "Chorus of the Mariinsky Theatre"
    assert read.kind is PersonKind.ensemble
    assert read_name("ABBA").name == "ABBA"


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(Refused):
        read_name("???")


@pytest.mark.parametrize(
    ("cell", "name", "email"),
    [
        ("Aurora Artists <Agent@aurora.example>", "Aurora Artists", "agent@aurora.example"),
        ("Intermezzo Mgmt (agents@intermezzo.example)", "Intermezzo Mgmt",
         "agents@intermezzo.example"),
        ("Aurora Artists", "Aurora Artists", ""),
        ("<agent@aurora.example>", "agent@aurora.example", "agent@aurora.example"),
    ],
)  # fmt: skip
def test_an_agent_is_read(cell, name, email) -> None:
    agent = read_agent(cell)

    assert (agent.name.name, agent.email) == (name, email)


def test_an_agent_whose_address_is_loose_is_refused() -> None:
    with pytest.raises(Refused, match=r"Write it as Aurora Artists <agent@aurora\.example>"):
        read_agent("Aurora agent@aurora.example")


@pytest.mark.parametrize(
    ("written", "code"),
    [("AUS", "AU"), ("UK", "GB"), ("Deutschland", "DE"), ("us", "US"), ("JP", "JP"),
     ("Côte d'Ivoire", "CI"), ("österreich", "AT"), ("New Zealand", "NZ"), ("GBR", "GB"),
     ("Narnia", None)],
)  # fmt: skip
def test_a_country_by_code_and_by_name(written, code) -> None:
    assert country_code(written) == code


def test_words_that_mean_nothing_say_what_to_write() -> None:
    refused = []
    for read, cell in (
        (read_basis, "handshake"), (read_country, "Narnia"), (read_paper, "perhaps"),
        (read_terms, "never"), (read_type, "party"), (read_email, "a@b"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            read(cell)
        refused.append(refusal.value.reason.split(".")[0])

    assert refused == [
        "handshake is not a basis we know",
        "Narnia is not a country we know",
        "perhaps is not a contract status we know",
        "never are not payment terms we know",
        "party is not a kind of call we know",
        "a@b is not an e-mail address",
    ]


def test_what_people_write_for_the_same() -> None:
    assert read_type("Dress Rehearsal") is CallType.dress
    assert read_type("stage_call") is CallType.stage_call
    assert read_terms("Three instalments") == "3 instalments"
    assert read_mobile("0409 282 371", "AU") == "+61409282371"
    assert read_mobile("+44 20 7946 0000", "AU") == "+442079460000"
    assert read_email(" N.Lefevre@Example.ORG ") == "n.lefevre@example.org"
