"""A payment says where it stands, who has it and which day is expected; a promise that slipped is counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.expenses import LineStatus, PaidBy
from app.domain.payables import PayableStatus
from app.domain.payment_stages import PaymentFacts, line_stage, payment_stage
from app.domain.promised_days import Promised, days_late

FRIDAY = date(2026, 11, 27)
TODAY = date(2026, 11, 25)


class TestAPayment:
    @pytest.mark.parametrize(
        ("facts", "said"),
        [
            (PaymentFacts(PayableStatus.open, FRIDAY), "Expected Fri 27 Nov. Finance has it now."),
            (
                PaymentFacts(PayableStatus.exported, FRIDAY),
                "Expected Fri 27 Nov. The bank has it now.",
            ),
            (
                PaymentFacts(PayableStatus.open, FRIDAY, date(2026, 11, 20)),
                "Expected Fri 27 Nov. First promised for Fri 20 Nov. Finance has it now.",
            ),
            (
                PaymentFacts(PayableStatus.open, date(2026, 11, 20)),
                "Late, was expected Fri 20 Nov. Finance has it now.",
            ),
            (
                PaymentFacts(PayableStatus.held, FRIDAY, held_reason="A tax decision"),
                "Held: A tax decision. Finance has it now.",
            ),
            (
                PaymentFacts(PayableStatus.held, FRIDAY),
                "Held: we tell you why by mail. Finance has it now.",
            ),
            (
                PaymentFacts(PayableStatus.paid, FRIDAY, paid_on=TODAY, reference="BIG-1"),
                "Paid Wed 25 Nov, ref. BIG-1.",
            ),
            (PaymentFacts(PayableStatus.paid, FRIDAY, paid_on=TODAY), "Paid Wed 25 Nov."),
            (PaymentFacts(PayableStatus.voided, FRIDAY), "Taken back."),
        ],
    )
    def test_says_where_it_is(self, facts, said):
        assert payment_stage(facts, TODAY).said == said

    def test_whose_day_has_passed_is_late(self):
        assert payment_stage(PaymentFacts(PayableStatus.open, TODAY), TODAY).is_late is False
        past = PaymentFacts(PayableStatus.exported, TODAY - timedelta(days=1))
        assert payment_stage(past, TODAY).is_late is True


class TestALine:
    @pytest.mark.parametrize(
        ("status", "paid_by", "said"),
        [
            ("queried", "artist", "Waiting for your answer. You has it now."),
            ("entered", "artist", "Not decided yet. Finance has it now."),
            ("answered", "artist", "Not decided yet. Finance has it now."),
            (
                "first_approved",
                "artist",
                "Approved once. Somebody else decides as well. Finance has it now.",
            ),
            ("refused", "artist", "Refused."),
            ("duplicate", "artist", "Claimed twice, paid once."),
            ("approved", "artist", "Expected Fri 27 Nov. Finance has it now."),
            ("approved", "rechargeable", "Expected Fri 27 Nov. Finance has it now."),
            ("approved", "company", "Approved. The company paid it, so nothing is paid out."),
        ],
    )
    def test_says_where_it_is(self, status, paid_by, said):
        stage = line_stage(LineStatus(status), PaidBy(paid_by), FRIDAY)

        assert stage.said == said.replace("You has", "You have")


class TestAPromise:
    @pytest.mark.parametrize(
        ("days", "status", "paid_on", "late"),
        [
            ([FRIDAY], "open", None, 0),
            ([FRIDAY, FRIDAY + timedelta(days=7)], "open", None, 7),
            ([date(2026, 11, 20)], "open", None, 5),
            ([date(2026, 11, 20)], "exported", None, 5),
            ([date(2026, 11, 20), FRIDAY], "held", None, 7),
            ([date(2026, 11, 20)], "paid", date(2026, 11, 23), 3),
            ([FRIDAY], "paid", TODAY, 0),
            ([date(2026, 11, 20)], "voided", None, 0),
            ([], "open", None, 0),
        ],
    )
    def test_is_measured_by_the_day_named_first(self, days, status, paid_on, late):
        assert days_late(Promised(days, PayableStatus(status), paid_on), TODAY) == late

    @given(
        st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=1),
        st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 12, 31))),
    )
    def test_is_never_early_by_being_late(self, days, paid_on):
        status = PayableStatus.paid if paid_on else PayableStatus.open

        late = days_late(Promised(days, status, paid_on), TODAY)

        assert late >= 0
        if paid_on is not None:
            assert late == max(0, (paid_on - days[0]).days)
