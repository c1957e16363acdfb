"""Adobe knocks: it gets its client id back, and nothing that it says is believed before we have looked."""

import json
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from app.domain.contracts import ContractStatus
from app.models.inbox import InboxNotice
from tests.simulators.gate import SPECS, needs_specs

pytestmark = needs_specs

HOOK = "/hooks/adobe-sign"
OURS = {"X-AdobeSign-ClientId": "client-1"}


@pytest.fixture
def which():
    return "adobe_sign"


def test_the_client_id_is_echoed_and_nobody_elses(app, knock, owner_session):
    client = app.test_client()
    samples = json.loads((SPECS / "samples" / "adobe-webhook-payloads.json").read_text())
    shown = client.get(HOOK, headers=OURS)
    answers = [
        knock(json.dumps({**one, "agreement": {**one["agreement"], "id": name}}).encode(), OURS, HOOK)
        for name, one in samples.items()
    ]  # fmt: skip
    owner_session.rollback()

    assert shown.headers["X-AdobeSign-ClientId"] == "client-1"
    assert {a.status_code for a in answers} == {200}
    assert {a.json["xAdobeSignClientId"] for a in answers} == {"client-1"}
    assert owner_session.scalar(select(func.count()).select_from(InboxNotice)) == len(samples)
    assert client.get(HOOK).status_code == 403
    assert knock(b"{}", {}, HOOK).status_code == 403
    assert knock(b"{}", {"X-AdobeSign-ClientId": "somebody-else"}, HOOK).status_code == 403
    assert knock(b"{]", OURS, HOOK).status_code == 400
    assert knock(b'{"agreement": 7}', OURS, HOOK).status_code == 400


def test_whoever_signed_at_adobe_comes_back_to_thanks(out, account, phone_of, artist, request_now):
    envelope = request_now().external_id
    account.sign(envelope)
    back = urlsplit(account.envelopes[envelope].redirect_url)

    page = phone_of(artist, stepped_up=True).get(f"{back.path}?{back.query}").text

    assert "Thank you. We wait for the confirmation" in page
    assert "Not signed yet" not in page


def test_a_contract_is_signed_at_adobe_and_comes_back_executed(
    out, account, knock, read, work, request_now, contract_now
):
    envelope = request_now().external_id
    account.sign(envelope)
    account.sign(envelope)
    for raw, headers in reversed(account.envelopes[envelope].notices[-3:]):
        knock(raw, headers, HOOK)
    read()
    believed = contract_now().status
    work()

    assert believed is ContractStatus.sent
    assert contract_now().status is ContractStatus.executed
    assert contract_now().current.sealed_file_id is not None


def test_a_notice_that_somebody_made_up_changes_nothing(
    out, knock, read, work, request_now, contract_now
):
    envelope = request_now().external_id
    lie = {
        "event": "AGREEMENT_WORKFLOW_COMPLETED",
        "agreement": {"id": envelope, "status": "SIGNED"},
    }

    status = knock(json.dumps(lie).encode(), OURS, HOOK).status_code
    read()
    work()

    assert status == 200
    assert contract_now().status is ContractStatus.sent
