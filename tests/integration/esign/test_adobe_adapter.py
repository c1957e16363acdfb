"""Every operation of the Adobe Acrobat Sign adapter against the simulator, behind the gate."""

from datetime import timedelta

import pytest

from app.db.clock import now
from app.domain.contracts import SignerRole
from app.domain.envelopes import EnvelopeStatus
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.esign import adobe_links, adobe_sign
from app.integrations.esign.port import Reader, Signer, SigningPaper
from app.models.base import uuid7
from config import Config
from tests.simulators.adobe_sign import UNCHECKED, AdobeSign
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
    expires_at=now() + timedelta(days=13),
    message="Please sign.",
    return_url="https://portal.example/back",
)
CREATE = r".*/agreements"


@pytest.fixture
def vendor():
    with serve(AdobeSign(), spec("adobe"), unchecked=UNCHECKED) as running:
        yield running


@pytest.fixture
def settings(vendor, tmp_path):
    own = {"VAR": str(tmp_path), "HTTP_TIMEOUT_SECONDS": "2"}
    return Config.load({**own, **vendor.simulator.settings(vendor.base)})


@pytest.fixture
def esign(settings):
    return adobe_sign.made(settings)


@pytest.fixture
def links(settings):
    made = adobe_links.made(settings)
    made.sleep = lambda _seconds: None
    return made


@pytest.fixture
def account(vendor):
    return vendor.simulator.account


def sent(esign):
    return esign.send(PAPER, key=str(uuid7()))


def test_an_agreement_has_our_pdf_its_signers_in_order_a_copy_and_an_end(esign, account):
    key = str(uuid7())

    one = account.envelopes[esign.send(PAPER, key=key)]

    assert (one.external_id, one.document) == (key, PAPER.content)
    assert one.signers == ["noemie@example.com", "joel@example.com"]
    assert one.copies == ["ada@example.com"]
    assert one.expires.endswith("Z")
    assert one.redirect_url == PAPER.return_url


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_whatever_becomes_of_the_answer_one_agreement_was_made(esign, vendor, account, fault):
    key = str(uuid7())
    vendor.faults.plan(fault, method="POST", path=CREATE)

    with pytest.raises(Unclear):
        esign.send(PAPER, key=key)

    assert esign.send(PAPER, key=key) == esign.find(key)
    assert list(account.envelopes) == [esign.find(key)]
    assert esign.find(str(uuid7())) is None


def test_a_refusal_for_too_many_calls_says_when_to_come_back(esign, vendor):
    vendor.faults.plan("refuse", path=CREATE, method="POST", seconds=61)

    with pytest.raises(Retryable) as refusal:
        sent(esign)

    assert refusal.value.retry_after == 61
    assert vendor.faults.count("POST", CREATE) == 1


def test_a_token_is_kept_and_renewed_once_when_it_ran_out(esign, vendor):
    envelope = sent(esign)
    vendor.simulator.expire_tokens()
    esign.standing(envelope)

    assert vendor.simulator.granted == 2


def test_a_refresh_token_that_has_ended_says_what_to_do(settings):
    settings.vendor["ADOBE_SIGN_REFRESH_TOKEN"] = "old"

    with pytest.raises(Permanent, match="ADOBE_SIGN_REFRESH_TOKEN") as refusal:
        adobe_sign.made(settings).find(str(uuid7()))

    # A courier reads keys again, which may have been changed, for a 401 alone.
    assert refusal.value.status == 401


def test_it_is_followed_from_sent_to_completed_with_both_papers(esign, account):
    envelope = sent(esign)
    seen = [esign.standing(envelope).status]
    account.view(envelope)
    seen.append(esign.standing(envelope).status)
    account.sign(envelope)
    half = esign.standing(envelope)
    account.sign(envelope)
    whole, papers = esign.standing(envelope), esign.executed(envelope)

    assert seen == [EnvelopeStatus.sent, EnvelopeStatus.viewed]
    assert (half.status, set(half.signed)) == (EnvelopeStatus.signed, {SignerRole.artist})
    assert whole.status is EnvelopeStatus.completed
    assert set(whole.signed) == {SignerRole.artist, SignerRole.company}
    assert papers.document.startswith(PAPER.content)
    assert papers.certificate.startswith(b"%PDF")


def test_ends_are_told_apart_with_their_reasons(esign, account):
    one, two, three = (sent(esign) for _ in range(3))
    account.decline(one, "The fee is wrong.")
    esign.void(two, reason="Wrong dates.")
    esign.void(two, reason="Wrong dates.")
    account.expire(three)

    told = [esign.standing(envelope) for envelope in (one, two, three)]

    assert [(t.status.value, t.reason) for t in told] == [
        ("declined", "The fee is wrong."), ("voided", "Wrong dates."), ("expired", ""),
    ]  # fmt: skip
    assert esign.statuses([one, three, "unknown"]) == {one: "voided", three: "expired"}


def test_what_is_signed_is_not_cancelled_and_what_changes_meanwhile_is_tried_again(
    esign, account, vendor, monkeypatch
):
    signed, moving = sent(esign), sent(esign)
    account.sign(signed)
    account.sign(signed)
    seen = vendor.simulator.on_show

    def changed(request, envelope):
        answer = seen(request, envelope)
        account.view(envelope)
        return answer

    monkeypatch.setattr(vendor.simulator, "on_show", changed)

    with pytest.raises(Permanent, match="signed it already"):
        esign.void(signed, reason="Late.")
    with pytest.raises(Retryable):
        esign.void(moving, reason="Late.")


def test_whoever_is_next_is_reminded(esign, account):
    envelope = sent(esign)
    account.sign(envelope)

    esign.remind(envelope)

    assert account.envelopes[envelope].reminded == ["member-2"]


def test_nobody_is_reminded_of_what_has_ended(esign, account):
    envelope = sent(esign)
    account.void(envelope)

    with pytest.raises(Permanent):
        esign.remind(envelope)


def test_a_link_waits_until_adobe_has_prepared_the_paper(esign, links, account, vendor):
    envelope = sent(esign)
    account.envelopes[envelope].not_ready = 2

    link = links.link(envelope, ARTIST, return_url="unused")

    assert link.startswith(vendor.base)
    account.envelopes[envelope].not_ready = 9
    with pytest.raises(Retryable):
        links.link(envelope, ARTIST, return_url="unused")


def test_a_link_is_only_for_whoever_is_next(esign, links, account):
    envelope = sent(esign)
    account.sign(envelope)

    with pytest.raises(Permanent, match="does not ask"):
        links.link(envelope, ARTIST, return_url="unused")


def test_a_list_of_several_pages_is_walked_until_all_are_found(esign, monkeypatch):
    monkeypatch.setattr(adobe_sign, "PAGE", 1)
    all_of_them = [sent(esign) for _ in range(3)]

    assert set(esign.statuses(all_of_them)) == set(all_of_them)
