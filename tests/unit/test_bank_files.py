"""What a bank reads adds up to the payables to the cent, and meets its published schema."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import sepaxml
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.bank_accounts import AccountKind
from app.domain.errors import Refused
from app.domain.pay_runs import BankFile, check_file, usual_file
from app.models import CompanyAccount, PayRun
from app.services import bank_files
from app.services.bank_files import SCHEMA, Payment

IBAN = "DE89370400440532013000"
SPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
XSD = xmlschema.XMLSchema(str(Path(sepaxml.__file__).parent / "schemas" / f"{SCHEMA}.xsd"))


def run_of(file, currency="EUR"):
    own = CompanyAccount(holder="Meridian Ballet", bic="COBADEFFXXX", currency=currency)
    return PayRun(
        number="PAY-0003", account=own, currency=currency, file=file, pay_on=date(2026, 11, 27)
    )


payments = st.lists(
    st.builds(
        Payment,
        reference=st.from_regex(r"PAY-[0-9]{4}-[0-9]{1,3}", fullmatch=True).filter(str.isascii),
        number=st.just("FEE-0147-2"),
        payee=st.text(max_size=40),
        holder=st.text(max_size=90).map(lambda text: f"Ł{text}"),
        account=st.just("FR1420041010050500013M02606"),
        bic=st.sampled_from(["", "COBADEFF"]),
        amount=st.integers(1, 99_999_999_999).map(lambda cents: Decimal(cents) / 100),
        currency=st.just("EUR"),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(payments)
def test_a_credit_transfer_meets_its_schema_and_adds_up(paid):
    made = bank_files.write(run_of(BankFile.pain_001), IBAN, paid)

    XSD.validate(StringIO(made.decode()))
    root = ET.fromstring(made)
    amounts = [Decimal(node.text or "") for node in root.iterfind(".//p:InstdAmt", SPACE)]
    sums = {Decimal(node.text or "") for node in root.iterfind(".//p:CtrlSum", SPACE)}
    assert amounts == [one.amount for one in paid]
    assert sums == {sum((one.amount for one in paid), Decimal(0))}
    assert {node.text for node in root.iterfind(".//p:NbOfTxs", SPACE)} == {str(len(paid))}


def test_a_credit_transfer_carries_only_what_every_bank_of_the_sepa_takes():
    holder = "Æsa Łuczyńska & Söhne #1 [Künstler] " + "Überlänge " * 12
    one = Payment("PAY-1-1", "FEE-1", "A", holder, IBAN, "", Decimal("0.01"), "EUR")

    root = ET.fromstring(bank_files.write(run_of(BankFile.pain_001), IBAN, [one]))

    name = root.findtext(".//p:Cdtr/p:Nm", "", SPACE)
    assert name == "Aesa Luczynska + Sohne 1 Kunstler Uberlange Uberlange Uberlange Uberla"
    assert len(name) == 70


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(payments)
def test_a_list_adds_up_and_runs_no_formula(paid):
    made = bank_files.write(run_of(BankFile.csv), IBAN, paid)

    head, *rows = csv.reader(StringIO(made.decode("utf-8-sig"), newline=""))
    cells = [cell for row in rows for cell in row]
    assert len(head) == 9
    assert [Decimal(row[6]) for row in rows] == [one.amount for one in paid]
    assert [cell for cell in cells if cell[:1] in set("=+-@\t\r")] == []


@pytest.mark.parametrize(
    ("amount", "holder", "said"),
    [
        ("1000000000", "A", "at most 999,999,999.99 EUR"),
        ("1", "\u200b", "takes Latin letters only"),
    ],
)
def test_what_a_credit_transfer_cannot_carry_is_refused(amount, holder, said):
    one = Payment("PAY-1-1", "FEE-1", "A", holder, IBAN, "", Decimal(amount), "EUR")

    with pytest.raises(Refused, match=said):
        bank_files.write(run_of(BankFile.pain_001), IBAN, [one])


@pytest.mark.parametrize(
    ("kind", "currency", "usual", "refused"),
    [
        (AccountKind.bsb, "AUD", BankFile.aba, {BankFile.pain_001: "Use the ABA file"}),
        (AccountKind.iban, "EUR", BankFile.pain_001, {BankFile.aba: "Use pain.001"}),
        (AccountKind.iban, "CHF", BankFile.csv, {BankFile.pain_001: "Use the CSV list"}),
        (AccountKind.other, "USD", BankFile.csv, {BankFile.aba: "Use the CSV list"}),
    ],
)
def test_each_account_has_its_file_and_another_is_refused_with_the_right_one(
    kind, currency, usual, refused
):
    assert usual_file(kind, currency) is usual
    check_file(usual, kind, currency)
    check_file(BankFile.csv, kind, currency)
    for file, said in refused.items():
        with pytest.raises(Refused, match=said):
            check_file(file, kind, currency)
