"""Every operation of the DocuSign adapter against the simulator, behind the gate, with what may go wrong."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.db.clock import now
from app.domain.contracts import SignerRole
from app.domain.envelopes import EnvelopeStatus
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.esign import docusign, docusign_links
from app.integrations.esign.port import Reader, Signer, SigningPaper
from app.models.base import uuid7
from config import Config
from tests.simulators.docusign import UNCHECKED, DocuSign
from tests.simulators.gate import needs_specs, spec
from tests.simulators.serving import serve

pytestmark = needs_specs

ARTIST = Signer(SignerRole.artist, "Noémie Lefèvre", "noemie@example.com", "client-7")
PAPER = SigningPaper(
    title="Contract: C-2026-0001",
    file_name="C-2026-0001 v1.pdf",
    content=b"%PDF-1.7 the paper",
    signers=(ARTIST, Signer(SignerRole.company, "Joel Okafor", "joel@example.com")),
    copies=(Reader("Ada Agent", "ada@example.com"),),
    expires_at=now() + timedelta(days=13, hours=2),
)
CREATE = r".*/envelopes"


@pytest.fixture(scope="module")
def simulator():
    return DocuSign()


@pytest.fixture
def vendor(simulator):
    """Return the simulator, running and empty."""
    simulator.account.envelopes.clear()
    simulator.account.clock = lambda: datetime.now(UTC)
    simulator.tokens.clear()
    simulator.granted, simulator.polices_polling = 0, False
    simulator.has_consent = True
    with serve(simulator, spec("docusign"), unchecked=UNCHECKED) as running:
        yield running


@pytest.fixture
def settings(vendor, tmp_path):
    own = {"VAR": str(tmp_path), "HTTP_TIMEOUT_SECONDS": "2"}
    return Config.load({**own, **vendor.simulator.settings(vendor.base)})


@pytest.fixture
def esign(settings):
    return docusign.made(settings)


@pytest.fixture
def links(settings):
    return docusign_links.made(settings)


@pytest.fixture
def account(vendor):
    return vendor.simulator.account


def test_an_envelope_has_our_pdf_its_signers_in_order_a_copy_and_an_end(esign, account):
    key = str(uuid7())

    envelope = account.envelopes[esign.send(PAPER, key=key)]

    assert envelope.transaction_id == key
    assert envelope.document == PAPER.content
    assert [(r.role, r.order, r.client_user_id) for r in envelope.signers] == [
        ("Artist", 1, "client-7"), ("Company", 2, ""),
    ]  # fmt: skip
    assert [r.email for r in envelope.recipients if r.is_copy] == ["ada@example.com"]
    assert envelope.expire_after == 14


def test_a_template_is_used_where_one_is_configured(settings, account):
    settings.vendor["DOCUSIGN_TEMPLATE_ID"] = "tpl-1"

    envelope = account.envelopes[docusign.made(settings).send(PAPER, key=str(uuid7()))]

    assert envelope.template_id == "tpl-1"
    assert [r.role for r in envelope.recipients] == ["Artist", "Company", "Agent"]


def test_one_key_makes_one_envelope(esign, account):
    key = str(uuid7())

    assert esign.send(PAPER, key=key) == esign.send(PAPER, key=key)
    assert len(account.envelopes) == 1


@pytest.mark.parametrize("fault", ["drop_after", "fail_after", "slow"])
def test_whatever_becomes_of_the_answer_one_envelope_was_made_and_is_found(
    esign, vendor, account, fault
):
    key = str(uuid7())
    vendor.faults.plan(fault, method="POST", path=CREATE, seconds=1.4)

    with pytest.raises(Unclear):
        esign.send(PAPER, key=key)
    time.sleep(0.8 if fault == "slow" else 0)

    assert esign.find(key) in account.envelopes
    assert esign.send(PAPER, key=key) == esign.find(key)
    assert vendor.faults.count("POST", CREATE) == 1


def test_an_envelope_is_found_after_its_transaction_id_was_forgotten(esign, account):
    begun = now() - timedelta(days=9)
    key = f"{int(begun.timestamp() * 1000):012x}"
    key = f"{key[:8]}-{key[8:]}-7abc-8abc-0123456789ab"
    account.clock = lambda: begun
    envelope = esign.send(PAPER, key=key)
    account.clock = lambda: datetime.now(UTC)

    assert esign.find(key) == envelope
    assert esign.find(str(uuid7())) is None


def test_a_refusal_for_too_many_calls_says_when_to_come_back(esign, vendor, account):
    vendor.faults.plan("refuse", method="POST", path=CREATE, seconds=37)

    with pytest.raises(Retryable) as refusal:
        esign.send(PAPER, key=str(uuid7()))

    assert (refusal.value.status, refusal.value.retry_after) == (429, 37)
    assert vendor.faults.count("POST", CREATE) == 1
    assert account.envelopes == {}


def test_asking_too_often_about_one_envelope_is_known_by_its_code(esign, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))
    vendor.simulator.polices_polling = True
    esign.standing(envelope)

    with pytest.raises(Retryable) as refusal:
        esign.standing(envelope)

    assert refusal.value.retry_after == 900


def test_nothing_is_sent_twice_behind_our_back(esign, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))
    vendor.faults.plan("drop_before", method="PUT", times=9)
    vendor.faults.plan("drop_before", method="GET", times=9, path=r".*/envelopes/.*")

    with pytest.raises(Unclear):
        esign.void(envelope, reason="Wrong fee.")
    with pytest.raises(Unclear):
        esign.standing(envelope)

    assert vendor.faults.count("PUT", r".*/envelopes/[^/]+") == 1
    assert vendor.faults.count("GET", r".*/envelopes/[^/]+") == 1


def test_a_token_is_kept_and_renewed_once_when_it_ran_out(esign, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))
    esign.standing(envelope)
    before = vendor.simulator.granted
    vendor.simulator.expire_tokens()
    esign.standing(envelope)

    assert (before, vendor.simulator.granted) == (1, 2)


def test_a_token_that_is_refused_for_good_ends_the_attempt(esign, vendor):
    vendor.faults.plan("expire", times=9, path=r"/restapi/.*")

    with pytest.raises(Permanent) as refusal:
        esign.find(str(uuid7()))

    assert refusal.value.status == 401
    assert vendor.simulator.granted == 2


def test_missing_consent_says_what_to_do(esign, vendor):
    vendor.simulator.has_consent = False

    with pytest.raises(Permanent, match="consent") as refusal:
        esign.find(str(uuid7()))

    # Keys that were changed are refused with 400: a courier reads them again for a 401 alone.
    assert refusal.value.status == 401


def test_a_key_that_is_none_says_what_to_do(settings):
    settings.vendor["DOCUSIGN_PRIVATE_KEY"] = "not a key"

    with pytest.raises(Permanent, match="DOCUSIGN_PRIVATE_KEY"):
        docusign.made(settings).find(str(uuid7()))


def test_a_provider_that_nobody_reaches_has_done_nothing(settings, free_port):
    settings.vendor["DOCUSIGN_OAUTH_URL"] = f"http://127.0.0.1:{free_port}"

    with pytest.raises(Retryable):
        docusign.made(settings).send(PAPER, key=str(uuid7()))


def test_it_is_followed_from_sent_to_completed_with_both_papers(esign, account):
    envelope = esign.send(PAPER, key=str(uuid7()))
    seen = [esign.standing(envelope).status]
    account.view(envelope)
    seen.append(esign.standing(envelope).status)
    account.sign(envelope)
    half = esign.standing(envelope)
    account.sign(envelope)
    whole, papers = esign.standing(envelope), esign.executed(envelope)

    assert seen == [EnvelopeStatus.sent, EnvelopeStatus.viewed]
    assert half.status is EnvelopeStatus.signed
    assert set(half.signed) == {SignerRole.artist}
    assert whole.status is EnvelopeStatus.completed
    assert all(whole.signed[role] for role in (SignerRole.artist, SignerRole.company))
    assert papers.document == account.document_of(envelope)
    assert papers.certificate.startswith(b"%PDF")


def test_no_certificate_is_there_before_the_end(esign):
    envelope = esign.send(PAPER, key=str(uuid7()))

    with pytest.raises(Permanent, match="no certificate"):
        esign.executed(envelope)


def test_ends_are_told_apart_with_their_reasons(esign, account):
    one, two, three = (esign.send(PAPER, key=str(uuid7())) for _ in range(3))
    account.decline(one, "The fee is wrong.")
    esign.void(two, reason="Wrong dates.")
    account.expire(three)

    told = [esign.standing(envelope) for envelope in (one, two, three)]

    assert [(t.status.value, t.reason) for t in told] == [
        ("declined", "The fee is wrong."), ("voided", "Wrong dates."),
        ("expired", "Envelope has expired."),
    ]  # fmt: skip
    assert esign.statuses([one, two, "unknown"]) == {one: "declined", two: "voided"}


def test_voiding_what_has_ended_is_done_and_what_is_signed_is_refused(esign, account):
    ended, signed = esign.send(PAPER, key=str(uuid7())), esign.send(PAPER, key=str(uuid7()))
    account.decline(ended)
    account.sign(signed)
    account.sign(signed)

    esign.void(ended, reason="Late.")
    with pytest.raises(Permanent, match="signed it already"):
        esign.void(signed, reason="Late.")


def test_the_company_is_reminded_by_sending_again(esign, account):
    envelope = esign.send(PAPER, key=str(uuid7()))

    esign.remind(envelope)

    assert account.envelopes[envelope].resent == 1


def test_a_link_is_made_at_the_tap_and_only_for_whoever_is_next(esign, links, account, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))

    first = links.link(envelope, ARTIST, return_url="https://portal.example/back")
    again = links.link(envelope, ARTIST, return_url="https://portal.example/back")

    assert first != again
    assert first.startswith(vendor.base)
    stranger = Signer(SignerRole.artist, "Somebody", ARTIST.email, ARTIST.client_id)
    with pytest.raises(Permanent, match="UNKNOWN_ENVELOPE_RECIPIENT"):
        links.link(envelope, stranger, return_url="https://portal.example/back")
    account.sign(envelope)
    with pytest.raises(Permanent, match="NOT_IN_SEQUENCE"):
        links.link(envelope, ARTIST, return_url="https://portal.example/back")


def test_a_link_survives_a_token_that_ran_out(esign, links, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))
    links.link(envelope, ARTIST, return_url="https://portal.example/back")
    vendor.simulator.expire_tokens()

    assert links.link(envelope, ARTIST, return_url="https://portal.example/back")


def test_an_envelope_nobody_knows_is_a_permanent_failure(esign):
    with pytest.raises(Permanent, match="ENVELOPE_DOES_NOT_EXIST"):
        esign.standing("nowhere")


def test_every_operation_that_is_used_has_passed_the_gate(esign, links, account, vendor):
    envelope = esign.send(PAPER, key=str(uuid7()))
    links.link(envelope, ARTIST, return_url="https://portal.example/back")
    esign.statuses([envelope])
    account.sign(envelope)
    account.sign(envelope)
    esign.executed(envelope)
    with pytest.raises(Permanent):
        esign.void(envelope, reason="Late.")

    base = "/v2.1/accounts/{accountId}/envelopes"
    assert {operation[1:] for operation in vendor.gate.covered} == {
        ("GET", base), ("POST", base), ("GET", f"{base}/{{envelopeId}}"),
        ("PUT", f"{base}/{{envelopeId}}"), ("POST", f"{base}/{{envelopeId}}/views/recipient"),
        ("GET", f"{base}/{{envelopeId}}/documents/{{documentId}}"),
    }  # fmt: skip
