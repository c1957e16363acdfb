"""What lies open with somebody whose employment ends: seen before, said at the end, and never stuck after it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import AmendmentStatus
from app.domain.errors import Invalid, Refused
from app.domain.local_time import today_in
from app.domain.sign_in import StaffStatus
from app.models import Amendment, Contract, Message, Organisation, StaffProfile
from app.models.approvals import ApprovalDelegate
from app.services.amendments import sending as amendment_sending
from app.services.contracts import ending, sending, signing
from tests.fixtures_sign_in import Browser
from tests.integration.contracts.conftest import As, act_of, checker_of, stored
from tests.integration.contracts.test_amendments import Hand, hand  # noqa: F401 -- fixture


@pytest.fixture
def ruth(staff: Callable[..., Browser]) -> Browser:
    """Return the Administrator."""
    return staff("Administrator", "Contracts")


@pytest.fixture
def joel(owner_session: Session, organisation: Organisation) -> StaffProfile:
    """Return who signs for the company."""
    asked = select(StaffProfile).where(StaffProfile.user_id == organisation.signatory_user_id)
    return owner_session.scalars(asked).one()


def end(session: Session, profile: StaffProfile) -> None:
    session.execute(
        update(StaffProfile)
        .where(StaffProfile.id == profile.id)
        .values(status=StaffStatus.ended, ended_at=now())
    )
    session.commit()


def test_what_is_open_stands_on_their_page_and_is_said_as_they_leave(
    signed: int,
    ruth: Browser,
    joel: StaffProfile,
    owner_session: Session,
) -> None:
    number = stored(owner_session, Contract, signed).number
    here = f"/admin/staff/show/{joel.id}"
    before = ruth.get(here).text

    said = ruth.send(f"/admin/staff/action/end_employment/{joel.id}", follow_redirects=True).text

    after = ruth.get(here).text
    assert "Before this employment ends" in before
    assert f'<a href="/admin/contracts/show/{signed}">{number}</a>' in before
    assert "New contracts name them as the one who signs for the company" in before
    assert "Joel Okafor: One contract needs their signature for the company." in said
    assert "Left open" in after
    assert "take it back, choose who signs, and send it again" in after


def test_the_last_who_holds_a_role_is_named(
    ruth: Browser, staff: Callable[..., Browser], owner_session: Session
) -> None:
    priya = staff("Finance")
    asked = select(StaffProfile.id).where(StaffProfile.user_id == priya.user_id)
    page = ruth.get(f"/admin/staff/show/{owner_session.scalar(asked)}").text

    assert "Nobody else is Finance, who decides claims and pays." in page
    assert "Nobody else is Approver" not in page


def test_a_contract_that_names_somebody_who_left_says_the_way_out_to_all_who_could_sign(
    signed: int,
    as_staff: As, joel: StaffProfile, staff: Callable[..., Browser],
    owner_session: Session,
) -> None:  # fmt: skip
    walter = staff("Manager")
    hidden = "waits for the company’s signature" in walter.get("/admin/").text
    end(owner_session, joel)

    board = walter.get("/admin/").text
    with as_staff() as db, pytest.raises(Refused) as refusal:
        contract = db.get_one(Contract, signed)
        signing.countersign(
            db, contract, user_id=walter.user_id, name="W", act=act_of(contract, "Countersign")
        )

    assert not hidden
    assert "contract waits for the company’s signature" in board
    assert refusal.value.reason == (
        "Joel Okafor signs this contract for the company. They work here no more: take it back, "
        "choose who signs instead, and send it again."
    )


def test_letters_about_a_contract_go_to_nobody_who_left_but_to_all_of_contracts(
    sent: int, as_staff: As, joel: StaffProfile, ruth: Browser, owner_session: Session,
    organisation: Organisation, work: Callable[[], list[str]],
) -> None:  # fmt: skip
    end(owner_session, joel)
    with as_staff() as db:
        ending.decline(db, db.get_one(Contract, sent), reason="The fee.")

    work()

    asked = select(Message.recipient).where(Message.event == "contract_declined_staff")
    told = owner_session.scalars(asked).all()
    assert told == [owner_session.get_one(User, ruth.user_id).email]


def test_who_alone_is_left_to_review_is_named(ruth: Browser, owner_session: Session,
    organisation: Organisation, staff: Callable[..., Browser]) -> None:  # fmt: skip
    walter = staff("Manager")
    asked = select(StaffProfile).where(StaffProfile.user_id.in_([walter.user_id, ruth.user_id]))
    known = {one.user_id: one for one in owner_session.scalars(asked)}

    page = ruth.get(f"/admin/staff/show/{known[walter.user_id].id}").text

    assert f"Only {known[ruth.user_id].display_name} is left to review contracts" in page


def test_nothing_new_goes_out_in_the_name_of_somebody_who_left(
    drafted: int, as_staff: As, joel: StaffProfile, owner_session: Session
) -> None:
    end(owner_session, joel)

    with as_staff() as db:
        contract = db.get_one(Contract, drafted)
        with pytest.raises(Invalid) as refusal:
            sending.check_sendable(db, contract)
        with pytest.raises(Refused, match="Choose who signs for the company"):
            sending.change_signers(db, contract, contract.engagement.person, joel.user_id)

    assert "Joel Okafor works here no more." in refusal.value.errors["company_signatory_id"]


def test_an_amendment_of_theirs_is_kept_again_in_the_name_of_who_signs_now(
    hand: Hand,  # noqa: F811 -- a fixture of a neighbour, used by name
    joel: StaffProfile, organisation: Organisation, owner_session: Session,
    as_staff: As,
) -> None:  # fmt: skip
    first = hand.draft()
    end(owner_session, joel)
    with as_staff() as db, pytest.raises(Refused, match="Nobody who works here is named to sign"):
        amendment_sending.check_sendable(db, db.get_one(Amendment, first))
    owner_session.execute(update(Organisation).values(signatory_user_id=checker_of(owner_session)))
    owner_session.execute(update(Amendment).values(status=AmendmentStatus.voided))
    owner_session.commit()

    second = hand.draft()

    made = stored(owner_session, Amendment, second)
    assert made.company_signatory_id == checker_of(owner_session)
    assert made.before["company_signatory"] == "Ruth Ando"


def test_an_amendment_that_is_out_says_the_way_out(
    hand: Hand,  # noqa: F811 -- a fixture of a neighbour, used by name
    joel: StaffProfile,
    owner_session: Session,
    ruth: Browser,
) -> None:
    made = hand.draft()
    hand.send(made, checker_of(owner_session))
    hand.sign(made)
    page = ruth.get(f"/admin/staff/show/{joel.id}").text
    end(owner_session, joel)
    hand.user_id = checker_of(owner_session)

    with pytest.raises(Refused, match="They work here no more"):
        hand.countersign(made)

    assert "One amendment needs their signature for the company." in page


def test_what_was_handed_to_somebody_who_leaves_ends_and_is_named(
    ruth: Browser, staff: Callable[..., Browser], organisation: Organisation,
    owner_session: Session,
) -> None:  # fmt: skip
    priya, deputy = staff("Finance"), staff("Manager")
    today = today_in(organisation.zone, now())
    owner_session.add(
        ApprovalDelegate(
            organisation_id=organisation.id, user_id=priya.user_id, starts_on=today,
            delegate_user_id=deputy.user_id, ends_on=today + timedelta(days=3),
        )
    )  # fmt: skip
    owner_session.commit()
    asked = select(StaffProfile.id).where(StaffProfile.user_id == deputy.user_id)
    key = owner_session.scalar(asked)

    said = ruth.send(f"/admin/staff/action/end_employment/{key}", follow_redirects=True).text

    owner_session.expire_all()
    assert "decides claims in place of" in said
    assert owner_session.scalars(select(ApprovalDelegate)).one().ended_at is not None
