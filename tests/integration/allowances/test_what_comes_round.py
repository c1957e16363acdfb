"""What comes round: Finance hears of changed per diems once, and a payment whose day passed gets the next."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.payables import PayableSource, PayableStatus
from app.models import Message, Payable, PaymentPromise
from app.services import promised_days
from app.services.allowances import watching
from tests.integration.allowances.conftest import MONDAY


@pytest.fixture
def hour(touring):
    def run():
        with touring.acting() as db:
            return watching.tell_of_changes(db, now())

    return run


@pytest.fixture
def confirmed(touring, finance):
    dancer = touring.hire("Noémie Lefèvre")
    touring.call(MONDAY)
    touring.publish()
    touring.confirm(by=finance.user_id)
    return dancer


class TestAChangedSchedule:
    def test_is_told_to_finance_once_a_version(
        self, touring, confirmed, hour, staff, owner_session
    ):
        staff("Schedule")
        touring.call(MONDAY + timedelta(days=1))
        touring.publish()

        assert [hour(), hour()] == [1, 1]

        letter = owner_session.scalars(
            select(Message).where(Message.event == "per_diems_changed_staff")
        ).one()
        assert letter.subject == "Giselle: version 2 changes per diems"
        assert "+96.00 AUD for 1 person" in letter.text
        assert f"/admin/per-diems/work-out?production={touring.production.id}" in letter.text

    def test_that_changes_no_sum_is_not_told(self, touring, confirmed, hour, owner_session):
        assert hour() == 0
        touring.call(MONDAY)
        touring.publish()

        assert hour() == 0
        events = owner_session.scalars(select(Message.event)).all()
        assert "per_diems_changed_staff" not in events


class TestAPromisedDay:
    @pytest.fixture
    def owed(self, confirmed, owner_session):
        def make(number, status=PayableStatus.open, days=-3):
            made = Payable(
                organisation_id=confirmed.organisation_id, number=number, source=PayableSource.fee,
                source_key=number, engagement_id=confirmed.id, payee_name="N", amount=5, currency="AUD",
                due_on=now().date() + timedelta(days=days), status=status,
            )  # fmt: skip
            owner_session.add(made)
            owner_session.commit()
            return made

        return make

    def days(self, owner_session, payable):
        owner_session.expire_all()
        wanted = select(PaymentPromise.due_on).where(PaymentPromise.payable_id == payable.id)
        return list(owner_session.scalars(wanted.order_by(PaymentPromise.id)))

    def test_that_passed_is_followed_by_the_next_pay_run_and_stays_known(
        self, touring, owed, owner_session
    ):
        passed, held = owed("FEE-1"), owed("FEE-2", PayableStatus.held)
        coming, banked = owed("FEE-3", days=9), owed("FEE-4", PayableStatus.exported)
        first, today = passed.due_on, now().date()

        with touring.acting() as db:
            assert promised_days.name_next_days(db, today) == 1

        later = self.days(owner_session, passed)
        assert later[0] == first
        assert later[1] > today
        assert [len(self.days(owner_session, one)) for one in (held, coming, banked)] == [1, 1, 1]
        with touring.acting() as db:
            assert promised_days.name_next_days(db, today) == 0

    def test_is_written_down_whoever_moves_it(self, owed, owner_session):
        payable = owed("FEE-1", days=5)
        first = payable.due_on
        for days in (1, 0, 2):
            payable = owner_session.get_one(Payable, payable.id)
            payable.due_on = first + timedelta(days=days)
            owner_session.commit()

        named = self.days(owner_session, payable)
        assert named == [first + timedelta(days=days) for days in (0, 1, 0, 2)]

    def test_slips_are_told_by_production_and_period(self, touring, owed):
        late = owed("FEE-1", days=-5)
        today = now().date()

        with touring.acting() as db:
            ask = (db, late.due_on, late.due_on, today)
            here = promised_days.slips(*ask, production_id=touring.production.id)
            assert [(slip.payable.id, slip.late) for slip in here] == [(late.id, 5)]
            assert promised_days.slips(*ask, production_id=touring.production.id + 1) == []
            before = late.due_on - timedelta(days=1)
            assert promised_days.slips(db, before, before, today) == []
