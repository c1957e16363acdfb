"""Money to the cent over random data, through the real services and tables (tests/integration/drawing.py)."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.db.clock import now
from app.domain.contract_terms import split_instalments
from app.domain.errors import Refused
from app.domain.expenses import REIMBURSED, LineStatus, PaidBy
from app.domain.money import Money, quantize, share
from app.domain.payables import LedgerStatus, PayableStatus
from app.models import (
    AllowanceLine,
    Engagement,
    FeeLine,
    LedgerDocument,
    OutboxMessage,
    Payable,
    Production,
    ProvidedMeal,
)
from app.services import fees, ledger_documents, payables
from app.services.expenses import deciding, receiving
from app.services.payment_files import as_csv
from app.services.statements import statement_of
from tasks.couriers import ledger
from tests.integration.allowances.conftest import MONDAY
from tests.integration.drawing import CURRENCIES, FEES, money, over_random_data

CITIES = ["Adelaide", "Perth", "Brisbane"]
_codes = count(1)


EXPENSES = st.lists(
    st.tuples(
        st.sampled_from(["taxi", "materials", "phone", "other"]),
        CURRENCIES.flatmap(money),
        st.decimals("0.0001", "150", places=4),
        st.sampled_from(list(PaidBy)),
        st.sampled_from(["approve", "approve", "reduce", "refuse", "query", "wait"]),
        st.integers(1, 99),
    ),
    min_size=1,
    max_size=7,
)


@pytest.fixture
def statement(touring):
    def read(db, engagement_id):
        return statement_of(db, db.get_one(Engagement, engagement_id))

    return read


class TestAClaim:
    @given(spent=EXPENSES)
    @over_random_data
    def test_lines_payable_bill_and_bank_file_are_one_sum(self, spent, touring, finance, statement):
        engaged = touring.hire(f"Artist {next(_codes)}")
        with touring.acting() as db:
            claim = self.sent(db, engaged, spent)
            by = deciding.By(finance.user_id, "Callum Reid")
            for line, one in zip(claim.lines, spent, strict=True):
                self.decide(db, line, one, by)
            owed = sum(
                (line.approved_amount for line in claim.lines
                 if line.status is LineStatus.approved and line.paid_by in REIMBURSED),
                Decimal(0),
            )  # fmt: skip
            if not owed:
                with pytest.raises(Refused):
                    deciding.post_decided(db, claim, by)
                return

            if claim.decided_at is None:
                deciding.post_decided(db, claim, by)
            payable = db.scalars(select(Payable).where(Payable.claim_id == claim.id)).one()

            promised = db.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.kind == ledger_documents.POST,
                    OutboxMessage.payload["payable_id"].as_integer() == payable.id,
                )
            ).one()
            rows = list(csv.DictReader(StringIO(as_csv([payable]))))
            totals = {t.currency: t for t in statement(db, engaged.id).totals}
            assert payable.amount == owed
            assert sum(line.approved_amount for line in payables.lines_of(db, payable)) == owed
            assert ledger._bill(db, promised).total == owed
            assert [Decimal(row["Amount"]) for row in rows] == [owed]
            assert totals[payable.currency].claims == owed

    def sent(self, db, engaged, spent):
        engagement = db.get_one(Engagement, engaged.id)
        claim = receiving.receive(
            db,
            engagement,
            client_uuid=receiving.new_key(),
            claimed_by=f"artist:{engaged.person_id}",
        )
        for kind, sum_, _rate, paid_by, _fate, _part in spent:
            new = receiving.NewLine(
                kind, now().date() - timedelta(days=3), sum_.amount, sum_.currency,
                description="On tour", declaration="The machine gave no receipt.", keep_both=True,
            )  # fmt: skip
            receiving.add_line(db, claim, new, [], zone="Australia/Brisbane").paid_by = paid_by
        receiving.submit(db, claim)
        return claim

    def decide(self, db, line, one, by):
        _kind, spent, rate, _paid_by, fate, part = one
        rate = None if spent.currency == "AUD" else rate
        base = spent.amount if rate is None else quantize(spent.amount * rate, "AUD")
        if fate == "refuse" or (fate in ("approve", "reduce") and base <= 0):
            deciding.refuse(db, line, by, reason="Not covered.")
        elif fate == "query":
            deciding.query(db, line, by, question="What was it for?")
        elif fate == "approve":
            deciding.approve(db, line, by, rate=rate)
        elif fate == "reduce":
            less = max(quantize(base * part / 100, "AUD"), Decimal("0.01"))
            deciding.approve(
                db, line, by, rate=rate, amount=less, reason="The cap of the contract."
            )


class TestAFee:
    @given(
        fee=FEES,
        parts=st.integers(1, 12),
        weights=st.lists(st.integers(1, 97), min_size=1, max_size=9),
    )
    @over_random_data
    def test_instalments_payables_and_statement_are_the_fee(
        self, fee, parts, weights, touring, finance, owner_session, statement
    ):
        if fee.amount < parts or fee.amount < len(weights):
            fee = Money(fee.amount + 100, fee.currency)
        for split in (
            split_instalments(fee, parts),
            share(fee, [Decimal(weight) for weight in weights]),
        ):
            engaged = touring.hire(f"Artist {next(_codes)}", fee=fee.amount, currency=fee.currency)
            for position, part in enumerate(split, 1):
                owner_session.add(
                    FeeLine(
                        organisation_id=engaged.organisation_id, engagement_id=engaged.id,
                        position=position, amount=part.amount, currency=part.currency,
                        due_on=date(2026, 1, 1) + timedelta(days=position * 29),
                    )
                )  # fmt: skip
            owner_session.commit()

            with touring.acting() as db:
                fees.make_due(db, now())
                found = statement(db, engaged.id)

                made = sum((p.amount for p in found.payables), Decimal(0))
                waiting = sum(
                    (i.line.amount for i in found.instalments if not i.payable), Decimal(0)
                )
                assert sum((part.amount for part in split), Decimal(0)) == fee.amount
                assert made + waiting == fee.amount
                assert [(t.currency, t.fee, t.whole) for t in found.totals] == [
                    (fee.currency, fee.amount, fee.amount)
                ]

    @given(
        fates=st.lists(st.sampled_from(["open", "hold", "export", "pay"]), min_size=1, max_size=6),
        fee=FEES,
    )
    @over_random_data
    def test_the_statement_is_the_ledger(
        self, fates, fee, touring, finance, staff, owner_session, statement
    ):
        payer = _payer(staff)
        engaged = touring.hire(f"Artist {next(_codes)}", fee=fee.amount, currency=fee.currency)
        parts = split_instalments(Money(fee.amount + 100, fee.currency), len(fates) + 1)
        for position, part in enumerate(parts, 1):
            due = now().date() + timedelta(days=200 if position > len(fates) else -30)
            owner_session.add(
                FeeLine(organisation_id=engaged.organisation_id, engagement_id=engaged.id, position=position,
                        amount=part.amount, currency=part.currency, due_on=due)
            )  # fmt: skip
        owner_session.commit()

        with touring.acting() as db:
            fees.make_due(db, now())
            made = db.scalars(select(Payable).where(Payable.engagement_id == engaged.id)).all()
            for payable, fate in zip(made, fates, strict=True):
                self.move(db, payable, fate, payer)
            db.flush()
            total = statement(db, engaged.id).totals[0]

            entered = self.in_ledger(db, engaged, LedgerDocument.status == LedgerStatus.paid)
            paid = self.in_ledger(db, engaged, Payable.status == PayableStatus.paid)
            coming = self.in_ledger(db, engaged, Payable.status != PayableStatus.paid)
            assert total.paid == paid == entered
            assert total.to_come == coming + parts[-1].amount
            assert total.whole == fee.amount + 100

    def move(self, db, payable, fate, payer):
        ledger_documents.record_posted(db, payable.id, f"BILL-{payable.id}")
        if fate == "hold":
            payables.hold(db, payable, reason="A tax decision.")
        if fate in ("export", "pay"):
            payables.export(db, [payable])
        if fate == "pay":
            payables.pay(
                db,
                payable,
                on=now().date() - timedelta(days=1),
                reference="BIG-1",
                by_user_id=payer,
            )

    def in_ledger(self, db, engaged, *conditions):
        summed = (
            select(func.coalesce(func.sum(Payable.amount), 0))
            .join(LedgerDocument, LedgerDocument.payable_id == Payable.id)
            .where(Payable.engagement_id == engaged.id, *conditions)
        )
        return db.scalar(summed)


def _payer(staff, known={}):  # noqa: B006  one payer for all examples of a test
    if staff not in known:
        known.clear()
        known[staff] = staff("Finance").user_id
    return known[staff]


PLANS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(CITIES)), min_size=1, max_size=6,
    unique_by=lambda one: one[0],
)  # fmt: skip


class TestPerDiems:
    @given(
        first=PLANS,
        later=PLANS,
        rate=st.one_of(st.none(), st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)),
        meals=st.sets(st.sampled_from(["breakfast", "lunch", "dinner"])),
        cancelled=st.booleans(),
    )
    @over_random_data
    def test_payments_are_the_days_whatever_was_published_since(
        self, first, later, rate, meals, cancelled, touring, finance, owner_session, statement
    ):
        touring.production = Production(
            organisation_id=touring.organisation.id, code=f"P{next(_codes)}", title="Giselle"
        )
        owner_session.add(touring.production)
        owner_session.commit()
        engaged = touring.hire(f"Artist {next(_codes)}", rate=None if rate is None else str(rate))
        self.provide(owner_session, touring, meals)

        calls = [touring.call(MONDAY + timedelta(days=day), city) for day, city in first]
        self.confirm(touring, finance)
        self.check(touring, engaged, statement)

        if cancelled:
            touring.cancel(calls[0])
        kept = {day for day, _city in first[cancelled:]}
        for day, city in later:
            if day in kept:
                continue  # Nobody is called in two places at once: publishing refuses that.
            touring.call(MONDAY + timedelta(days=day), city)
        self.confirm(touring, finance)
        self.check(touring, engaged, statement)

    def provide(self, session, touring, meals):
        if meals:
            session.add(
                ProvidedMeal(organisation_id=touring.organisation.id, production_id=touring.production.id,
                             starts_on=MONDAY, ends_on=MONDAY + timedelta(days=4), **dict.fromkeys(meals, True))
            )  # fmt: skip
            session.commit()

    def confirm(self, touring, finance):
        try:
            touring.publish()
        except Refused as refusal:  # What was drawn may come to what is published already.
            if "Nothing has changed" not in str(refusal):
                raise
        if touring.plan(MONDAY, MONDAY + timedelta(days=13)).changed:
            touring.confirm(MONDAY, MONDAY + timedelta(days=13), by=finance.user_id)

    def check(self, touring, engaged, statement):
        plan = touring.plan(MONDAY, MONDAY + timedelta(days=13))
        days = {one.engagement.id: one.worked.totals for one in plan.people}.get(engaged.id, {})
        with touring.acting() as db:
            lines = db.scalars(
                select(AllowanceLine).where(AllowanceLine.engagement_id == engaged.id)
            ).all()
            found = statement(db, engaged.id)

            written = sum((line.amount for line in lines), Decimal(0))
            paid = sum((p.amount for p in found.payables), Decimal(0))
            carried = sum((line.amount for line in lines if line.payable_id is None), Decimal(0))
            total = next((t.allowances for t in found.totals if t.currency == "AUD"), Decimal(0))
            assert plan.changed == []
            assert written == total == sum((money.amount for money in days.values()), Decimal(0))
            assert paid + carried == written
            assert carried <= 0
