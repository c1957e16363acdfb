"""Connect knocks: only what is signed by one of our keys is kept, once, and read forward."""

import base64
import hashlib
import hmac
import json
import random
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select

from app.domain.contracts import ContractStatus
from app.domain.envelopes import EnvelopeStatus
from app.domain.outbox import NoticeState
from app.integrations.esign.docusign_words import standing_told
from app.models import Contract, OutboxAttempt, OutboxMessage, SignatureEvidence, SignatureRequest
from app.models.inbox import InboxNotice
from app.services.esign.following import follow
from tests.simulators.gate import SPECS, needs_specs

pytestmark = needs_specs

KEYS = "hmac-key-one"


def signed(raw, *keys):
    return {
        f"X-DocuSign-Signature-{place}": base64.b64encode(
            hmac.new(key.encode(), raw, hashlib.sha256).digest()
        ).decode()
        for place, key in enumerate(keys, start=1)
    }


def kept(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(InboxNotice))


def test_the_published_sample_is_kept_once_when_signed_and_refused_when_forged(
    app, config, knock, owner_session
):
    sample = (SPECS / "samples" / "docusign-connect-json-sim.json").read_bytes()
    other = json.dumps(json.loads(sample)).encode()

    good = [knock(sample, signed(sample, KEYS)).status_code for _ in range(3)]
    rotated = knock(sample, signed(sample, "another-key", KEYS)).status_code
    bad = [
        knock(sample, {}).status_code,
        knock(sample, signed(sample, "another-key")).status_code,
        knock(other, signed(sample, KEYS)).status_code,
        knock(sample, {"X-DocuSign-Signature-1": "ü"}).status_code,
        knock(sample, {"X-DocuSign-Signature-2": signed(sample, KEYS)["X-DocuSign-Signature-1"]}).status_code,
    ]  # fmt: skip
    unreadable = knock(b"{]", signed(b"{]", KEYS)).status_code

    assert good == [200, 200, 200]
    assert rotated == 200
    assert bad == [401] * 5
    assert unreadable == 400
    assert kept(owner_session) == 1


def test_of_a_thousand_forged_notices_none_is_taken(app, knock, owner_session):
    chance = random.Random(4)
    body = json.dumps({"event": "envelope-completed", "data": {"envelopeId": "e"}}).encode()
    right = signed(body, KEYS)["X-DocuSign-Signature-1"]

    answers = set()
    for _ in range(1000):
        place = chance.randrange(len(right) - 2)
        letter = chance.choice([c for c in "abcXYZ019+/" if c != right[place]])
        forged = right[:place] + letter + right[place + 1 :]
        answers.add(knock(body, {"X-DocuSign-Signature-1": forged}).status_code)

    assert answers == {401}
    assert kept(owner_session) == 0


def test_what_is_played_back_after_weeks_is_refused(out, account, knock, request_now):
    envelope = request_now().external_id
    account.listener = "unused"
    raw, _ = account.envelopes[envelope].notices[0]
    said = json.loads(raw)
    said["generatedDateTime"] = "2026-01-01T00:00:00.0000000Z"
    stale = json.dumps(said).encode()

    assert knock(stale, account.headers_of(stale)).status_code == 401


def test_while_a_key_is_changed_no_notice_is_lost(out, account, knock, request_now, read):
    envelope = request_now().external_id
    account.keys = ["new-key", KEYS]
    account.view(envelope)
    raw, headers = account.envelopes[envelope].notices[-1]

    status = knock(raw, headers).status_code
    read()

    assert status == 200
    assert request_now().envelope_status is EnvelopeStatus.viewed


def test_a_notice_that_comes_before_our_own_answer_waits_for_it(
    pressed, vendor, account, knock, work, read, request_now, owner_session
):
    vendor.faults.plan("drop_after", method="POST", path=r".*/envelopes")
    while not account.envelopes:
        work(1)
    (envelope,) = account.envelopes.values()
    early = knock(*envelope.notices[0]).status_code
    first = read()
    long_ago = func.now() - timedelta(minutes=5)
    owner_session.execute(OutboxMessage.__table__.update().values(not_before=func.now()))
    owner_session.execute(OutboxAttempt.__table__.update().values(sent_at=long_ago))
    owner_session.execute(InboxNotice.__table__.update().values(not_before=func.now()))
    owner_session.commit()
    work()
    last = read()

    assert early == 200
    assert first[0][0] is NoticeState.new
    assert last[0][0] in (NoticeState.done, NoticeState.refused)
    assert len(account.envelopes) == 1
    assert vendor.faults.count("POST", r".*/envelopes") == 1
    assert request_now().external_id == envelope.envelope_id


@pytest.mark.parametrize(
    ("ending", "contract_ends", "envelope_ends"),
    [
        ("sign", ContractStatus.executed, EnvelopeStatus.completed),
        ("decline", ContractStatus.declined, EnvelopeStatus.declined),
        ("void", ContractStatus.voided, EnvelopeStatus.voided),
        ("expire", ContractStatus.expired, EnvelopeStatus.expired),
    ],
)
def test_every_order_of_an_envelopes_events_with_repeats_ends_the_same(
    out, account, request_now, as_staff, ending, contract_ends, envelope_ends
):
    request = request_now()
    account.view(request.external_id)
    if ending == "sign":
        account.sign(request.external_id)
    getattr(account, ending)(request.external_id)
    told = [
        standing_told(json.loads(raw)) for raw, _ in account.envelopes[request.external_id].notices
    ]
    distinct = list({standing.written(): standing for standing in told}.values())[-4:]

    ends = set()
    with as_staff() as db:
        for order in permutations(distinct):
            trial = db.begin_nested()
            for standing in (*order, *reversed(order)):
                follow(db, request.id, standing)
            found = db.get_one(SignatureRequest, request.id)
            contract = db.get_one(Contract, out)
            proofs = db.scalar(select(func.count()).select_from(SignatureEvidence))
            ends.add((contract.status, found.envelope_status, proofs))
            trial.rollback()
            db.expire_all()

    assert len(distinct) >= 3
    assert ends == {(contract_ends, envelope_ends, 2 if ending == "sign" else 0)}


def test_late_news_is_kept_with_the_reason_and_changes_nothing(
    out, account, told_of, read, contract_now, request_now
):
    envelope = request_now().external_id
    account.sign(envelope)
    account.sign(envelope)

    statuses = told_of(order=[-1, 0, 1, 2, -1])
    states = read()

    assert set(statuses) == {200}
    assert contract_now().status is ContractStatus.executed
    assert states[0][0] is NoticeState.done
    assert [state for state, _ in states[1:]] == [NoticeState.refused] * 3
    assert "came late" in (states[1][1] or "")
