"""A contract goes on only while its engagement stands and says what the paper says."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.people import EngagementEvent, EngagementStatus
from app.models import Contract, Engagement, Organisation, Person
from app.services import engagements
from app.services.contracts import drafting, ending, sending, signing
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import As, checker_of, stored
from tests.integration.contracts.test_portal_contracts import document, sign

CALLED_OFF = "This engagement was called off, so there is nothing to sign any more."


def end(session: Session, engagement: Engagement, **facts: Any) -> None:
    kept = stored(session, Engagement, engagement.id)
    for name, value in facts.items():
        setattr(kept, name, value)
    session.commit()


@pytest.mark.parametrize(
    "facts",
    [{"status": EngagementStatus.cancelled}, {"archived_at": now()}],
    ids=["cancelled", "archived"],
)
def test_nobody_signs_for_an_engagement_that_is_over(
    facts: dict[str, Any], engagement: Engagement, sent: int, phone_of: Callable[..., Browser],
    artist: Person, owner_session: Session,
) -> None:  # fmt: skip
    end(owner_session, engagement, **facts)

    answer = sign(phone_of(artist, stepped_up=True), owner_session, sent)

    assert answer.status_code == 409
    assert CALLED_OFF in answer.text
    assert stored(owner_session, Contract, sent).status is ContractStatus.sent


def test_nor_does_the_company(
    engagement: Engagement, sent: int, artist: Person, organisation: Organisation,
    as_staff: As, owner_session: Session,
) -> None:  # fmt: skip
    act = signing.Act("Sign", document(owner_session, sent), "::1", "test", "UTC", "code")
    with as_staff() as db:
        signing.sign(db, db.get_one(Contract, sent), db.get_one(Person, artist.id), act)
    end(owner_session, engagement, status=EngagementStatus.cancelled)

    with pytest.raises(Refused, match=CALLED_OFF), as_staff() as db:
        signing.countersign(
            db, db.get_one(Contract, sent), user_id=organisation.signatory_user_id or 0,
            name="Joel Okafor", act=act,
        )  # fmt: skip


@pytest.mark.parametrize("deed", [drafting.submit, drafting.revise], ids=["submit", "revise"])
def test_nothing_more_is_written_for_it(
    deed: Callable[..., Any], engagement: Engagement, drafted: int, as_staff: As,
    owner_session: Session,
) -> None:  # fmt: skip
    end(owner_session, engagement, status=EngagementStatus.released)

    with pytest.raises(Refused, match="This engagement is released"), as_staff() as db:
        deed(db, db.get_one(Contract, drafted), by_user_id=1)


@pytest.mark.parametrize("deed", ["release", "archive"])
def test_an_engagement_whose_contract_is_out_is_not_ended_silently(
    deed: str, engagement: Engagement, sent: int, as_staff: As
) -> None:
    with pytest.raises(Refused, match="is out for signature"), as_staff() as db:
        kept = db.get_one(Engagement, engagement.id)
        kept.status = EngagementStatus.offered
        if deed == "archive":
            engagements.archive(db, kept)
        else:
            engagements.move(db, kept, EngagementEvent.release)


def test_the_parts_of_a_fee_stay_as_they_were_sent(
    engagement: Engagement, sent: int, as_staff: As
) -> None:
    with pytest.raises(Refused, match="Void it and send a new version"), as_staff() as db:
        line = db.get_one(Engagement, engagement.id).fee_lines[0]
        line.amount += 1
        engagements.settle_fee_line(db, line)
    with pytest.raises(Refused, match="is sent"), as_staff() as db:
        engagements.take_away(db, db.get_one(Engagement, engagement.id).fee_lines[0])


def test_a_fee_that_changed_after_approval_is_not_sent_on_the_old_paper(
    engagement: Engagement, drafted: int, organisation: Organisation, as_staff: As
) -> None:
    by = {"by_user_id": organisation.signatory_user_id or 0}
    with as_staff() as db:
        contract = db.get_one(Contract, drafted)
        drafting.submit(db, contract, **by)
        drafting.approve(db, contract, by_user_id=checker_of(db))
    with as_staff() as db:
        _raise_fee(db.get_one(Engagement, engagement.id))

    with pytest.raises(Refused, match="Changed since version 1 was written: Fee"), as_staff() as db:
        sending.check_sendable(db, db.get_one(Contract, drafted))
    with (
        pytest.raises(Refused, match="text cannot change once a contract is ready"),
        as_staff() as db,
    ):
        drafting.refresh(db, db.get_one(Contract, drafted))


def test_nor_does_the_old_paper_go_out_again_after_it_was_taken_back(
    engagement: Engagement, sent: int, organisation: Organisation, as_staff: As
) -> None:
    with as_staff() as db:
        ending.void(db, db.get_one(Contract, sent), reason="The fee changes.")
        _raise_fee(db.get_one(Engagement, engagement.id))

    with pytest.raises(Refused, match="Write a new version"), as_staff() as db:
        sending.resend(
            db, db.get_one(Contract, sent), by_user_id=organisation.signatory_user_id or 0
        )


def _raise_fee(engagement: Engagement) -> None:
    engagement.fee += Decimal(100)
    engagement.fee_lines[0].amount += Decimal(100)
