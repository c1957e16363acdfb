"""How a contract goes out: its ladder of reminders, its signer, its time; and what stops them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignatureRequestStatus
from app.domain.errors import Refused
from app.models import Contract, Message, Organisation, Person, SignatureRequest
from app.services.contracts import delivering, ending, reminding, sending, signing
from tests.factories.people import ContactPointFactory, PersonFactory, RepresentationFactory
from tests.integration.contracts.conftest import As, act_of, checker_of, stored


def remind(as_staff: As, days: float) -> int:
    with as_staff() as db:
        return reminding.remind_due(db, now() + timedelta(days=days))


def letters(session: Session, event: str) -> int:
    session.rollback()
    return len(session.scalars(select(Message).where(Message.event == event)).all())


class TestReminders:
    def test_each_step_comes_once_and_one_letter_stands_for_those_slept_through(
        self, as_staff: As, sent: int, owner_session: Session
    ) -> None:
        told = [remind(as_staff, days) for days in (0, 3.9, 3.9, 12.9, 12.9, 13.5)]

        assert told == [0, 1, 0, 1, 0, 0]
        assert letters(owner_session, "contract_reminder") == 2

    def test_none_comes_after_the_signature(
        self, as_staff: As, sent: int, owner_session: Session
    ) -> None:
        with as_staff() as db:
            contract = db.get_one(Contract, sent)
            signing.sign(db, contract, contract.engagement.person, act_of(contract, "I sign"))

        assert remind(as_staff, 8) == 0

    @pytest.mark.parametrize("end", ["decline", "void"])
    def test_none_comes_after_the_end(
        self, as_staff: As, sent: int, end: str, owner_session: Session
    ) -> None:
        with as_staff() as db:
            getattr(ending, end)(db, db.get_one(Contract, sent), reason="Enough.")

        assert remind(as_staff, 8) == 0

    def test_none_comes_after_the_time_to_sign(self, as_staff: As, sent: int) -> None:
        assert remind(as_staff, 20) == 0

    def test_the_ladder_of_one_contract_can_be_changed(
        self, as_staff: As, sent: int, owner_session: Session
    ) -> None:
        until = now() + timedelta(days=40)
        with as_staff() as db:
            terms = sending.Delivery(expires_at=until, reminder_days=[30])
            delivering.change_delivery(db, db.get_one(Contract, sent), terms)

        assert [remind(as_staff, days) for days in (13, 31)] == [0, 1]
        assert stored(owner_session, Contract, sent).expires_at == until


class TestExpiry:
    def test_one_odd_request_does_not_keep_the_others_from_ending(
        self, as_staff: As, sent: int, owner_session: Session
    ) -> None:
        owner_session.execute(
            update(SignatureRequest).values(status=SignatureRequestStatus.completed)
        )
        owner_session.commit()

        with as_staff() as db:
            ended = ending.expire_due(db, now() + timedelta(days=20))
        unmoved = stored(owner_session, Contract, sent).status
        owner_session.execute(update(SignatureRequest).values(status=SignatureRequestStatus.sent))
        owner_session.commit()
        with as_staff() as db:
            again = ending.expire_due(db, now() + timedelta(days=20))

        assert (ended, unmoved, again) == (0, ContractStatus.sent, 1)


class TestWhoSigns:
    def test_an_agent_with_the_right_is_asked_and_the_artist_is_told(
        self, as_staff: As, sent: int, artist: Person, owner_session: Session
    ) -> None:
        agent = PersonFactory(organisation_id=artist.organisation_id, is_agent=True)
        ContactPointFactory(person=agent)
        RepresentationFactory(agent=agent, artist=artist, scopes=["view", "sign"])
        owner_session.commit()

        with as_staff() as db:
            contract = db.get_one(Contract, sent)
            delivering.reassign(db, contract, db.get_one(Person, agent.id))

        assert stored(owner_session, Contract, sent).signer_id == agent.id
        assert letters(owner_session, "contract_reassigned") == 1

    def test_a_stranger_is_refused(self, as_staff: As, sent: int, artist: Person) -> None:
        stranger = PersonFactory(organisation_id=artist.organisation_id)

        with as_staff() as db, pytest.raises(Refused, match="has no right to sign"):
            delivering.reassign(db, db.get_one(Contract, sent), db.get_one(Person, stranger.id))

    def test_the_link_goes_out_again_once_an_hour(
        self, as_staff: As, sent: int, owner_session: Session
    ) -> None:
        for _ in range(2):
            with as_staff() as db:
                delivering.send_link(db, db.get_one(Contract, sent))

        assert letters(owner_session, "contract_link") == 1


def test_the_database_too_refuses_that_a_maker_approves(
    as_staff: As, sent: int, owner_session: Session, organisation: Organisation
) -> None:
    with as_staff() as db:
        checker = checker_of(db)

    with pytest.raises(IntegrityError, match="maker_not_checker"):
        owner_session.execute(
            text("UPDATE contract SET submitted_by_id = :who, approved_by_id = :who"),
            {"who": checker},
        )
    owner_session.rollback()
