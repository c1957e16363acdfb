"""Approved lines, payables, pay run and bank file are one sum, over random data (tests/integration/drawing.py)."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from itertools import count
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.db import session as house
from app.db.clock import now
from app.domain.bank_accounts import AccountKind
from app.domain.company_accounts import CompanyAccountStatus
from app.domain.expenses import PaidBy
from app.domain.money import quantize
from app.domain.pay_runs import BankFile
from app.domain.payables import PayableSource
from app.domain.people import BankDetailStatus
from app.models import BankDetail, CompanyAccount, Payable, PayeeProfile, Person
from app.services import ledger_documents, payables
from app.services.expenses import deciding, receiving
from app.services.field_encryption import conceal
from app.services.pay_runs import checking, exporting, making
from tests.integration.drawing import over_random_data
from tests.integration.expenses.conftest import engagement_of

_numbers = count(1)
FILES = [
    (BankFile.aba, "AUD", False),
    (BankFile.aba, "AUD", True),
    (BankFile.csv, "AUD", False),
    (BankFile.pain_001, "EUR", False),
    (BankFile.csv, "EUR", False),
]
OURS = {"AUD": "064-001 10001234", "EUR": "FR1420041010050500013M02606"}
THEIRS = {"AUD": "062-000 12345678", "EUR": "DE89370400440532013000"}
KINDS = {"AUD": AccountKind.bsb, "EUR": AccountKind.iban}
CENTS = st.integers(1, 3_000_000)
SPENT = st.lists(
    st.tuples(CENTS, st.sampled_from(["approve", "reduce", "refuse"]), st.integers(1, 99)),
    max_size=4,
)


@pytest.fixture
def paying(as_staff, organisation, finance, second, owner_session):
    """A company with accounts in two currencies, and somebody paid in each."""
    db, own = owner_session, {"organisation_id": organisation.id}
    accounts, engagements = {}, {}
    as_staff(finance.user_id)
    with house.transaction() as acting:
        for file, currency, balanced in FILES:
            account = CompanyAccount(
                **own, name=f"{file}, {currency}, {balanced}", holder="Company", kind=KINDS[currency],
                ending="234", bic="PSSTFRPPXXX" if currency == "EUR" else "", country="AU",
                currency=currency, bank="CBA", user_name="COMPANY",
                user_number="301500", is_balanced=balanced, entered_by=finance.user_id,
                approved_by=second.user_id, status=CompanyAccountStatus.approved,
            )  # fmt: skip
            conceal(acting, account, "account", OURS[currency])
            acting.add(account)
            acting.flush()
            accounts[file, currency, balanced] = account.id
    for currency in THEIRS:
        person = Person(**own, name=f"Noémie in {currency}", name_key=currency)
        db.add(person)
        db.flush()
        db.add(PayeeProfile(**own, person_id=person.id, name="Lefèvre"))
        db.commit()
        made = engagement_of(db, person, f"ENG-{currency}")
        made.payee_id = db.scalars(
            select(PayeeProfile.id).where(PayeeProfile.person_id == person.id)
        ).one()
        db.commit()
        engagements[currency] = made
    as_staff(finance.user_id)
    with house.transaction() as acting:
        for currency, made in engagements.items():
            detail = BankDetail(
                **own, payee_id=made.payee_id, holder="Noémie Lefèvre", kind=KINDS[currency],
                ending=THEIRS[currency][-3:], currency=currency, proposed_by="staff", called_number="1",
                called_back_by=finance.user_id, verified_by=second.user_id,
                status=BankDetailStatus.verified,
            )  # fmt: skip
            conceal(acting, detail, "account", THEIRS[currency])
            acting.add(detail)
    return SimpleNamespace(
        accounts=accounts, engagements=engagements, act=lambda: as_staff(finance.user_id),
        maker=finance.user_id, approver=second.user_id,
    )  # fmt: skip


class TestABankFile:
    @given(chosen=st.sampled_from(FILES), fees=st.lists(CENTS, min_size=1, max_size=6), spent=SPENT)
    @over_random_data
    def test_its_total_is_what_was_approved(self, chosen, fees, spent, paying):
        file, currency, _balanced = chosen
        paying.act()
        with house.transaction() as db:
            engagement = db.get_one(
                type(paying.engagements[currency]), paying.engagements[currency].id
            )
            owed = [self.fee(db, engagement, Decimal(cents) / 100, currency) for cents in fees]
            approved = sum((one.amount for one in owed), Decimal(0))
            if currency == "AUD":
                claimed, made = self.claim(db, engagement, spent, paying)
                owed += made
                approved += claimed
            for one in owed:
                ledger_documents.record_posted(db, one.id, f"BILL-{one.id}")

            content, run = self.hand_over(db, paying, chosen, owed)

            amounts = READERS[file](content)
            assert run.total == approved == sum((one.amount for one in owed), Decimal(0))
            assert sum(amounts, Decimal(0)) == approved
            assert sorted(amounts) == sorted(one.amount for one in owed)

    def fee(self, db, engagement, amount, currency):
        number = f"FEE-{next(_numbers)}"
        return payables.make(
            db, engagement,
            payables.Owed(number=number, source=PayableSource.fee, source_key=number, amount=amount,
                          currency=currency, approved_by=None),
        )  # fmt: skip

    def claim(self, db, engagement, spent, paying):
        """Send and decide a claim; return what was approved of its lines, and its payables."""
        if not spent:
            return Decimal(0), []
        claim = receiving.receive(
            db,
            engagement,
            client_uuid=receiving.new_key(),
            claimed_by=f"artist:{engagement.person_id}",
        )
        for cents, _fate, _part in spent:
            new = receiving.NewLine(
                "materials", now().date() - timedelta(days=3), Decimal(cents) / 100, "AUD",
                description="On tour", declaration="The machine gave no receipt.", keep_both=True,
            )  # fmt: skip
            receiving.add_line(db, claim, new, [], zone="Australia/Brisbane")
        receiving.submit(db, claim)
        by = deciding.By(paying.approver, "Mira")
        approved = Decimal(0)
        for line, (cents, fate, part) in zip(claim.lines, spent, strict=True):
            whole = Decimal(cents) / 100
            wanted = {"approve": whole, "refuse": Decimal(0)}.get(
                fate, max(quantize(whole * part / 100, "AUD"), Decimal("0.01"))
            )
            if wanted:
                deciding.approve(db, line, by, amount=wanted, reason="As the contract says.")
            else:
                deciding.refuse(db, line, by, reason="Not covered.")
            approved += wanted
        assert all(line.paid_by is PaidBy.artist for line in claim.lines)
        return approved, list(db.scalars(select(Payable).where(Payable.claim_id == claim.id)))

    def hand_over(self, db, paying, chosen, owed):
        kept = []
        run = making.begin(
            db, paying.accounts[chosen], file=chosen[0], pay_on=now().date() + timedelta(days=2),
            chosen=[one.id for one in owed], by=paying.maker,
        )  # fmt: skip
        checking.check(db, run)
        exporting.approve(db, run, by=paying.approver, has_seen=True)
        exporting.export(
            db, run, by=paying.maker, keep=lambda content: kept.append(content) or "sha"
        )
        return kept[0], run


def _aba(content):
    records = content.decode("ascii").split("\r\n")
    cents = [int(one[20:30]) for one in records if one[:1] == "1" and one[18:20] == "50"]
    debits = [int(one[20:30]) for one in records if one[:1] == "1" and one[18:20] == "13"]
    total = next(one for one in records if one[:1] == "7")
    assert int(total[30:40]) == sum(cents)
    assert int(total[40:50]) == sum(debits) in (0, sum(cents))
    assert int(total[20:30]) == sum(cents) - sum(debits)
    return [Decimal(one) / 100 for one in cents]


def _pain(content):
    found = ET.fromstring(content)
    name = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
    amounts = [Decimal(one.text) for one in found.iter(f"{name}InstdAmt")]
    sums = [Decimal(one.text) for one in found.iter(f"{name}CtrlSum")]
    counts = [int(one.text) for one in found.iter(f"{name}NbOfTxs")]
    assert sums
    assert set(sums) == {sum(amounts, Decimal(0))}
    assert set(counts) == {len(amounts)}
    return amounts


def _csv(content):
    return [Decimal(row["Amount"]) for row in csv.DictReader(StringIO(content.decode()))]


READERS = {BankFile.aba: _aba, BankFile.pain_001: _pain, BankFile.csv: _csv}
