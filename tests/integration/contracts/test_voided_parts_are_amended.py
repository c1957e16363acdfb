"""A part of the fee whose payable was voided is open to amendment again, and owed as it is agreed on its day."""

# ruff: noqa: F811 -- fixtures of a neighbour, used by name

from datetime import timedelta

import pytest

from app.db.clock import now
from app.domain.contracts import FeeTrigger
from app.domain.payables import PayableSource, PayableStatus
from app.models import Contract, Payable, TermSet
from app.services import fees
from app.services.statements import statement_of
from tests.integration.contracts.conftest import stored
from tests.integration.contracts.test_amended_terms import one_instalment, through
from tests.integration.contracts.test_amendments import checker, hand  # noqa: F401 -- fixtures


@pytest.fixture
def voided(hand, owner_session):
    """The payable of the last part of the fee, which is due in nine days, voided."""
    engagement = stored(owner_session, Contract, hand.contract_id).engagement
    last = engagement.fee_lines[-1]
    last.trigger, last.due_on = FeeTrigger.on_date, now().date() + timedelta(days=9)
    terms = owner_session.query(TermSet).one()
    lines = [dict(line) for line in terms.terms["fee_lines"]]
    lines[-1] |= {"trigger": "on_date", "due_on": last.due_on.isoformat()}
    terms.terms = {**terms.terms, "fee_lines": lines}
    made = Payable(
        organisation_id=engagement.organisation_id, engagement_id=engagement.id,
        number="FEE-1", payee_name="Łucja Wiśniewska", status=PayableStatus.voided,
        due_on=last.due_on, source=PayableSource.fee, source_key=f"fee-{last.id}",
        amount=last.amount, currency=last.currency, fee_line_id=last.id,
    )  # fmt: skip
    owner_session.add(made)
    owner_session.commit()
    return made


def test_it_can_be_put_into_another_part(voided, hand, checker, owner_session):
    through(hand, checker, change=one_instalment)

    owner_session.rollback()
    owner_session.expire_all()
    engagement = stored(owner_session, Contract, hand.contract_id).engagement
    shown = statement_of(owner_session, engagement).instalments
    assert [line.amount for line in engagement.fee_lines] == [21600, 0]
    assert [one.line.amount for one in shown] == [21600]


def test_it_is_owed_again_by_the_terms_of_its_day(voided, hand, checker, as_staff):
    through(hand, checker, on=now().date() + timedelta(days=5))

    with as_staff() as db:
        again = fees.owe_again(db, db.get_one(Payable, voided.id), now())
        assert again.amount == 11200
