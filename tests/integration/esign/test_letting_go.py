"""Signed here instead, called back, taken back: the envelope is voided first, or marked in doubt."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.db.clock import now
from app.domain.contracts import ContractStatus, SignatureRequestStatus
from app.domain.envelopes import EnvelopeStatus
from app.domain.errors import Refused
from app.models import Contract, OutboxAttempt, OutboxMessage
from app.models.people import Person
from app.services.contracts import delivering, ending, sending
from app.services.contracts.drafting import return_for_changes
from app.services.esign import choice, comparing, letting_go, nudging
from tests.integration.contracts.conftest import send
from tests.integration.esign.conftest import resend
from tests.simulators.gate import needs_specs

pytestmark = needs_specs

VOID = {"method": "PUT", "path": r".*/envelopes/[^/]+"}


@pytest.fixture
def doing(as_staff):
    """Do something about a contract as a member of staff."""

    def run(deed, contract_id, *more, **named):
        with as_staff() as db:
            return deed(db, db.get_one(Contract, contract_id), *more, **named)

    return run


@pytest.fixture
def impatient(as_staff):
    """Let time pass until waiting for the provider is over."""

    def run():
        with as_staff() as db:
            return letting_go.open_impatient(db, now() + timedelta(minutes=5))

    return run


def states(requests):
    return [(one.provider, one.status.value) for one in requests]


def test_by_one_button_the_envelope_is_voided_and_then_it_is_signed_here(
    out, doing, work, account, requests_now, contract_now
):
    doing(letting_go.sign_here, out)
    meanwhile = states(requests_now())
    doing(letting_go.sign_here, out)
    work()

    (envelope,) = account.envelopes.values()
    assert meanwhile == [("docusign", "sent")]
    assert envelope.status == "voided"
    assert states(requests_now()) == [("docusign", "voided"), ("builtin", "sent")]
    assert contract_now().status is ContractStatus.sent


def test_a_provider_that_does_not_answer_leaves_a_doubt_and_signing_goes_on_here(
    out, doing, work, vendor, account, requests_now, impatient, open_items, owner_session
):
    vendor.faults.plan("drop_before", times=1, **VOID)
    doing(letting_go.sign_here, out)
    work(1)
    opened = impatient()
    asked = open_items()["envelope_in_doubt"]
    doubt = requests_now()[0].is_in_doubt
    owner_session.execute(OutboxMessage.__table__.update().values(not_before=func.now()))
    owner_session.commit()
    work()

    (envelope,) = account.envelopes.values()
    assert (opened, doubt) == (1, True)
    assert "may still be open at DocuSign" in asked.title
    assert states(requests_now()) == [("docusign", "voided"), ("builtin", "sent")]
    assert envelope.status == "voided"
    assert requests_now()[0].is_in_doubt is False
    assert "envelope_in_doubt" not in open_items()


def test_signed_there_meanwhile_it_is_not_signed_here(
    out, doing, work, account, requests_now, contract_now, request_now, open_items
):
    envelope = request_now().external_id
    account.sign(envelope)
    account.sign(envelope)
    doing(letting_go.sign_here, out)
    work()

    assert "envelope_not_voided" in open_items()
    assert states(requests_now()) == [("docusign", "completed")]
    assert contract_now().status is ContractStatus.executed


def test_what_the_artist_has_signed_there_cannot_be_moved_here(
    out, doing, account, told_of, read, request_now
):
    account.sign(request_now().external_id)
    told_of()
    read()

    with pytest.raises(Refused, match="has signed at DocuSign already"):
        doing(letting_go.sign_here, out)


def test_while_it_is_on_its_way_it_is_called_back_and_changed(
    pressed, doing, work, account, contract_now, request_now
):
    with pytest.raises(Refused, match="Call it back first"):
        doing(return_for_changes, pressed, reason="The fee.")
    doing(letting_go.call_back, pressed)
    doing(return_for_changes, pressed, reason="The fee.")
    work()

    assert contract_now().status is ContractStatus.draft
    assert request_now().status is SignatureRequestStatus.voided
    assert account.envelopes == {}


def test_an_envelope_that_was_made_without_our_knowing_is_found_and_voided(
    pressed, doing, work, vendor, account, owner_session
):
    vendor.faults.plan("drop_after", method="POST", path=r".*/envelopes")
    while not account.envelopes:
        work(1)
    doing(letting_go.call_back, pressed)
    long_ago = func.now() - timedelta(minutes=5)
    owner_session.execute(OutboxMessage.__table__.update().values(not_before=func.now()))
    owner_session.execute(OutboxAttempt.__table__.update().values(sent_at=long_ago))
    owner_session.commit()
    for _ in range(3):
        owner_session.execute(OutboxMessage.__table__.update().values(not_before=func.now()))
        owner_session.commit()
        work()

    (envelope,) = account.envelopes.values()
    assert envelope.status == "voided"


def test_a_contract_taken_back_is_voided_there_and_goes_out_again_as_another_envelope(
    out, doing, work, account, as_staff, organisation, contract_now, requests_now
):
    doing(ending.void, out, reason="Wrong dates.")
    work()
    resend(as_staff, out, organisation)
    work()

    first, second = account.envelopes.values()
    assert (first.status, first.voided_reason) == ("voided", "Wrong dates.")
    assert second.status == "sent"
    assert contract_now().status is ContractStatus.sent
    assert states(requests_now()) == [("docusign", "voided"), ("docusign", "sent")]


def test_signed_there_after_it_was_taken_back_a_person_decides(
    out, doing, account, told_of, read, contract_now, request_now, open_items
):
    doing(ending.void, out, reason="Wrong dates.")
    envelope = request_now().external_id
    account.sign(envelope)
    account.sign(envelope)
    told_of()
    read()

    assert contract_now().status is ContractStatus.voided
    assert "after it had ended here" in open_items()["envelope_signed_too"].title


def test_a_story_told_in_one_go_is_signed_here_whatever_was_chosen(
    as_staff, drafted, organisation, requests_now
):
    with choice.signed_here():
        send(as_staff, drafted, organisation)
    with as_staff() as db:
        after = choice.chosen(db)

    assert states(requests_now()) == [("builtin", "sent")]
    assert after == "docusign"


def test_pressing_send_twice_makes_one_envelope(
    pressed, as_staff, organisation, work, account, requests_now
):
    with as_staff() as db:
        contract = db.get_one(Contract, pressed)
        _, made = sending.make_paper(contract)
        sending.send_for_signature(db, contract, made, by_user_id=organisation.signatory_user_id)
    work()

    assert len(requests_now()) == len(account.envelopes) == 1


def test_what_docusign_refuses_is_asked_about_and_can_be_signed_here(
    pressed, doing, work, vendor, requests_now, contract_now, open_items
):
    vendor.simulator.has_consent = False
    work()
    asked = open_items()["envelope_not_sent"]
    vendor.simulator.has_consent = True
    doing(letting_go.sign_here, pressed)
    work()

    assert "did not go out to DocuSign" in asked.title
    assert "consent" in asked.advice
    assert states(requests_now()) == [("docusign", "voided"), ("builtin", "sent")]
    assert contract_now().status is ContractStatus.sent


def test_an_envelope_keeps_its_signer_and_its_end(out, doing, as_staff, engagement):
    later = sending.Delivery(expires_at=now() + timedelta(days=60), reminder_days=[3])
    sooner = sending.Delivery(expires_at=now() + timedelta(days=3), reminder_days=[1])

    with pytest.raises(Refused, match="ends this envelope"):
        doing(delivering.change_delivery, out, later)
    doing(delivering.change_delivery, out, sooner)
    with as_staff() as db, pytest.raises(Refused, match="addressed to its signer"):
        delivering.reassign(db, db.get_one(Contract, out), db.get_one(Person, engagement.person_id))


def test_comparing_follows_a_step_forward_and_asks_about_all_else(
    out, doing, as_staff, organisation, work, account, request_now, contract_now, open_items,
    owner_session,
):  # fmt: skip
    envelope = request_now().external_id
    account.sign(envelope)
    with as_staff() as db:
        first = comparing.compare_open(db, organisation.id, now())
        again = comparing.compare_open(db, organisation.id, now())
    work()
    followed = contract_now().status
    with pytest.raises(Refused, match="less than 15 minutes ago"):
        doing(comparing.compare_one, out)
    account.envelopes[envelope].signers[0].status = "sent"
    account.envelopes[envelope].status = "sent"
    _ask_again(owner_session, as_staff, organisation, work, days=1)
    differs = open_items()["envelope_differs"]
    del account.envelopes[envelope]
    _ask_again(owner_session, as_staff, organisation, work, days=2)

    assert (first, again) == (1, 0)
    assert followed is ContractStatus.signed_by_artist
    assert differs.facts["ours"] == "signed"
    assert "envelope_unknown" in open_items()
    assert contract_now().status is ContractStatus.signed_by_artist
    assert request_now().envelope_status is EnvelopeStatus.signed


def _ask_again(owner_session, as_staff, organisation, work, *, days):
    owner_session.rollback()
    owner_session.execute(
        Contract.metadata.tables["signature_request"].update().values(compared_at=None)
    )
    owner_session.commit()
    with as_staff() as db:
        comparing.compare_open(db, organisation.id, now() + timedelta(days=days))
    work()


def test_our_signer_is_reminded_by_docusign_once_the_artist_has_signed(
    out, doing, account, told_of, read, work, request_now
):
    with pytest.raises(Refused, match="The artist signs first"):
        doing(nudging.remind_company, out)
    envelope = request_now().external_id
    account.sign(envelope)
    told_of()
    read()
    doing(nudging.remind_company, out)
    doing(nudging.remind_company, out)
    work()

    assert account.envelopes[envelope].resent == 1


def test_papers_that_do_not_come_are_asked_for(
    out, account, vendor, told_of, read, work, request_now, contract_now, open_items, owner_session
):
    envelope = request_now().external_id
    account.sign(envelope)
    account.sign(envelope)
    account.envelopes[envelope].document = b"not a paper"
    told_of()
    read()
    work()

    assert contract_now().status is ContractStatus.executed
    assert contract_now().current.sealed_file_id is None
    assert "did not come from DocuSign" in open_items()["envelope_papers_missing"].title
    assert owner_session.scalar(select(func.count()).select_from(Contract)) == 1
