"""Promising: once per fact, in the transaction of the fact, under the walls of the database."""

from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.errors import MoveRefused, Refused
from app.domain.outbox import EffectClass, MessageState
from app.integrations.errors import Permanent, Unclear
from app.models import OutboxMessage
from app.services import outbox


@pytest.fixture
def seen_as(organisation_id, as_worker_login):
    """Open a transaction as somebody of the organisation."""

    def open_as(**who):
        forget()
        act_as(Viewer(who.pop("organisation", organisation_id), **who), role="portal_app")
        return transaction()

    return open_as


def promise_mail(db, organisation_id, key="mail-1"):
    return outbox.promise(
        db,
        organisation_id=organisation_id,
        kind="mail.send",
        key=key,
        payload={"to": "a@b.example"},
    )


class TestPromise:
    def test_the_same_fact_is_promised_once(self, promise):
        assert promise("fact-1") == promise("fact-1")

    def test_another_fact_is_another_promise(self, promise):
        assert promise("fact-1") != promise("fact-2")

    def test_what_is_rolled_back_was_never_promised(self, seen_as, organisation_id, owner_session):
        with pytest.raises(ZeroDivisionError), seen_as(actor="staff:1") as db:
            promise_mail(db, organisation_id)
            raise ZeroDivisionError

        assert owner_session.scalars(select(OutboxMessage)).all() == []

    def test_an_artist_promises_and_cannot_look(self, seen_as, organisation_id):
        with seen_as(actor="artist:5", artist_id=5) as db:
            first = promise_mail(db, organisation_id)
            again = promise_mail(db, organisation_id)
            seen = db.scalars(select(OutboxMessage)).all()

        with seen_as(actor="staff:1") as db:
            visible = db.scalars(select(OutboxMessage.id)).all()

        assert (first, seen, visible) == (again, [], [first])

    def test_sign_in_mail_belongs_to_no_organisation(self, seen_as, owner_session):
        with seen_as(organisation=None, actor="stranger") as db:
            message_id = promise_mail(db, None)

        message = owner_session.get_one(OutboxMessage, message_id)
        assert (message.organisation_id, message.cls) == (None, EffectClass.U)

    def test_nobody_promises_for_another_company(self, seen_as, organisation_id):
        with pytest.raises(ProgrammingError, match="row-level security"), seen_as(actor="x") as db:
            promise_mail(db, organisation_id + 1)

    def test_staff_of_another_company_see_nothing(self, promise, seen_as, organisation_id):
        message_id = promise()

        with seen_as(organisation=organisation_id + 1, actor="staff:9") as db:
            visible = db.scalars(select(OutboxMessage.id)).all()
        with seen_as(actor="staff:1") as db:
            mine = db.scalars(select(OutboxMessage.id)).all()

        assert (visible, mine) == ([], [message_id])

    def test_the_doors_cannot_delete(self, promise, seen_as):
        promise()

        with pytest.raises(ProgrammingError, match="permission denied"), seen_as(actor="s") as db:
            db.execute(text("DELETE FROM outbox_message"))


class TestDecisions:
    @pytest.fixture
    def dead(self, crew, provider, promise):
        provider.plans = [Permanent("No such account.")]
        message_id = promise()
        crew.courier.run(message_id)
        return message_id

    @pytest.fixture
    def in_doubt(self, crew, provider, promise, later):
        provider.plans = [Unclear("Cut off.")]
        message_id = promise(cls=EffectClass.U)
        crew.courier.run(message_id)
        later(100)
        crew.courier.run(message_id)
        return message_id

    def test_a_dead_message_is_tried_again_under_its_id(
        self, crew, provider, dead, seen_as, stored
    ):
        with seen_as(actor="staff:1") as db:
            outbox.redrive(db, dead, reason="The account was corrected.")

        crew.courier.run(dead)

        assert (provider.ledger, stored(dead).state) == ([str(dead)], MessageState.done)

    def test_a_person_vouches_that_an_unclear_one_did_not_happen(
        self, crew, provider, in_doubt, seen_as, stored
    ):
        with seen_as(actor="staff:1") as db:
            outbox.redrive(db, in_doubt, reason="The company called: nothing came.")

        crew.courier.run(in_doubt)

        assert (provider.ledger, stored(in_doubt).state) == ([str(in_doubt)], MessageState.done)

    def test_a_person_marks_it_done(self, crew, provider, in_doubt, seen_as, stored):
        with seen_as(actor="staff:1") as db:
            outbox.mark_done(db, in_doubt, external_id=" SG-1 ", reason="Seen at the provider.")

        crew.courier.run(in_doubt)

        message = stored(in_doubt)
        assert (message.state, message.external_id, provider.ledger) == (
            MessageState.done, "SG-1", [],
        )  # fmt: skip

    def test_a_cancelled_message_is_never_sent(self, crew, provider, promise, seen_as, stored):
        message_id = promise()
        with seen_as(actor="staff:1") as db:
            outbox.cancel(db, message_id, reason="The contract was withdrawn.")

        crew.courier.run(message_id)

        assert (stored(message_id).state, provider.ledger) == (MessageState.cancelled, [])

    def test_a_decision_is_audited_with_its_reason(self, dead, seen_as, owner_session):
        with seen_as(actor="staff:1") as db:
            outbox.redrive(db, dead, reason="The account was corrected.")

        rows = owner_session.execute(
            text("SELECT actor, reason, after ->> 'state' FROM audit_entry "
                 "WHERE entity = 'outbox_message'")
        ).all()  # fmt: skip
        assert [tuple(row) for row in rows] == [("staff:1", "The account was corrected.", "ready")]

    def test_a_reason_is_needed(self, dead, seen_as):
        with pytest.raises(Refused) as refusal, seen_as(actor="staff:1") as db:
            outbox.redrive(db, dead, reason=" ")

        assert refusal.value.field == "reason"

    def test_the_providers_number_is_needed(self, dead, seen_as):
        with pytest.raises(Refused) as refusal, seen_as(actor="staff:1") as db:
            outbox.mark_done(db, dead, external_id="", reason="Seen.")

        assert refusal.value.field == "external_id"

    def test_what_is_done_stays_done(self, crew, promise, seen_as):
        message_id = promise()
        crew.courier.run(message_id)

        with pytest.raises(MoveRefused), seen_as(actor="staff:1") as db:
            outbox.cancel(db, message_id, reason="Too late.")

    def test_a_message_of_nobody_is_refused(self, seen_as, promise):
        promise()

        with pytest.raises(Refused, match="no such message"), seen_as(actor="staff:1") as db:
            outbox.cancel(db, UUID(int=0), reason="Why not.")
