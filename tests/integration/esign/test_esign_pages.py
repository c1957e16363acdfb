"""What staff and the artist see of a contract that is signed at DocuSign, and the way there and back."""

from uuid import uuid4

import pytest
import urllib3
from sqlalchemy import update

from app.domain.contracts import ContractStatus
from app.models import SignatureRequest
from app.services import provider_switches
from tests.integration.contracts.conftest import stored
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


@pytest.fixture
def desk(staff, organisation):
    """Return the browser of somebody who looks after contracts."""
    return staff("Contracts", organisation_id=organisation.id)


@pytest.fixture
def phone(phone_of, artist):
    """Return the artist's phone just after a code."""
    return phone_of(artist, stepped_up=True)


def test_the_desk_shows_it_on_its_way_then_out_and_offers_what_can_be_done(
    pressed, desk, work, contract_now, account
):
    waiting = desk.get(f"/admin/contracts/show/{pressed}").text
    work()
    out = desk.get(f"/admin/contracts/show/{pressed}").text

    (envelope,) = account.envelopes
    assert "On its way to DocuSign" in waiting
    assert "Call it back" in waiting
    assert "Send for signature" not in waiting
    assert envelope in out
    for words in ("At DocuSign", "Sent, not opened", "Compare with DocuSign", "Sign here instead"):
        assert words in out
    assert "Ask somebody else to sign" not in out


def test_the_desk_says_that_it_waits_because_the_provider_is_paused(
    pressed, desk, as_staff, organisation
):
    with as_staff() as db:
        provider_switches.pause(
            db, "docusign", organisation_id=organisation.id, reason="Invoice unpaid", by="Ruth"
        )

    shown = desk.get(f"/admin/contracts/show/{pressed}").text

    assert "Invoice unpaid. It waits until an Administrator lets DocuSign carry on" in shown
    assert "That takes seconds" not in shown


def test_the_buttons_of_the_desk_do_what_they_say(out, desk, work, account, requests_now):
    compared = desk.send(f"/admin/contracts/compare/{out}", follow_redirects=True)
    again = desk.send(f"/admin/contracts/compare/{out}")
    early = desk.send(f"/admin/contracts/remind_company/{out}")
    late = desk.send(f"/admin/contracts/call_back/{out}")
    left = desk.send(f"/admin/contracts/sign_here/{out}", follow_redirects=True)
    leaving = desk.get(f"/admin/contracts/show/{out}").text
    work()
    here = desk.get(f"/admin/contracts/show/{out}").text

    assert "The provider is asked" in compared.text
    assert (again.status_code, early.status_code, late.status_code) == (422, 422, 422)
    assert "less than 15 minutes ago" in again.text
    assert "The artist signs first" in early.text
    assert "Void the contract instead" in late.text
    assert "is asked to let go" in left.text
    assert "is asked to let go" in leaving
    assert "At DocuSign" not in here
    assert [one.provider for one in requests_now()] == ["docusign", "builtin"]


def test_an_auditor_sees_the_envelope_and_no_button(out, staff, organisation):
    page = staff("Auditor", organisation_id=organisation.id)
    shown = page.get(f"/admin/contracts/show/{out}").text

    assert "At DocuSign" in shown
    assert "Sign here instead" not in shown
    assert page.send(f"/admin/contracts/sign_here/{out}").status_code in {302, 403}


def test_the_artist_goes_there_by_a_link_of_the_moment_signs_and_comes_back(
    out, phone, vendor, account, contract_now, told_of, read, work, owner_session, request_now
):
    place = f"/portal/contracts/{contract_now().public_id}"
    page = phone.get(f"{place}/sign").text
    gone = phone.send(f"{place}/elsewhere")
    again = phone.send(f"{place}/elsewhere")
    link = gone.headers["Location"]
    ceremony = urllib3.request("GET", link)
    signed = urllib3.request("POST", link, fields={"deed": "sign"}, redirect=False)
    back = phone.get(signed.headers["Location"])
    told_of()
    read()
    after = phone.get(place).text

    owner_session.rollback()
    kept = owner_session.connection().exec_driver_sql("SELECT sent_to::text FROM signature_request")
    assert "Sign with DocuSign" in page
    assert (gone.status_code, ceremony.status) == (303, 200)
    assert link.startswith(vendor.base)
    assert link != again.headers["Location"]
    assert signed.headers["Location"].endswith("/signed?event=signing_complete")
    assert "Thank you. We wait for the confirmation" in back.text
    assert "Now it is with" in after
    assert all(vendor.base not in row[0] for row in kept)
    assert contract_now().status is ContractStatus.signed_by_artist


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("cancel", "Not signed yet"),
        ("decline", "You declined there"),
        ("ttl_expired", "Not signed yet"),
        ("", "If you have signed, this page says so"),
    ],
)
def test_whoever_comes_back_without_signing_is_told_so(out, phone, contract_now, event, words):
    page = phone.get(f"/portal/contracts/{contract_now().public_id}/signed?event={event}")

    assert words in page.text


def test_without_an_answer_nothing_is_signed_and_the_page_says_so(out, phone, vendor, contract_now):
    vendor.faults.plan("fail_before", path=r".*/views/recipient", method="POST", times=2)

    page = phone.send(f"/portal/contracts/{contract_now().public_id}/elsewhere")

    assert page.status_code == 409
    assert "does not answer at the moment. Nothing was signed" in page.text


def test_keys_that_were_changed_are_read_again_at_the_tap(out, phone, config, contract_now):
    place = f"/portal/contracts/{contract_now().public_id}/elsewhere"
    right = config.vendor["DOCUSIGN_INTEGRATION_KEY"]
    config.vendor["DOCUSIGN_INTEGRATION_KEY"] = str(uuid4())
    refused = phone.send(place)
    config.vendor["DOCUSIGN_INTEGRATION_KEY"] = right
    gone = phone.send(place)

    assert (refused.status_code, gone.status_code) == (409, 303)


def test_what_the_provider_refuses_is_asked_about_and_no_dead_end(
    out, phone, account, contract_now, work
):
    place = f"/portal/contracts/{contract_now().public_id}"
    (envelope,) = account.envelopes
    account.void(envelope)
    page = phone.send(f"{place}/elsewhere")
    work()

    assert page.status_code == 409
    assert "does not let you sign this at the moment" in page.text
    assert contract_now().status is ContractStatus.voided


def test_our_own_signing_is_refused_while_it_is_out_there(out, phone, contract_now):
    contract = contract_now()
    page = phone.send(
        f"/portal/contracts/{contract.public_id}/sign",
        {"document": contract.current.document_sha256, "zone": "Europe/Paris"},
    )

    assert page.status_code == 409
    assert "This contract is signed at DocuSign" in page.text


def test_somebody_who_was_not_asked_gets_no_link(
    out, phone_of, artist, contract_now, owner_session, request_now
):
    owner_session.execute(update(SignatureRequest).values(status="voided"))
    owner_session.commit()
    phone = phone_of(artist, stepped_up=True)

    page = phone.send(f"/portal/contracts/{contract_now().public_id}/elsewhere")

    assert page.status_code == 409
    assert "is not out at a signing provider" in page.text
    assert stored(owner_session, SignatureRequest, request_now().id).status == "voided"


def test_an_administrator_compares_all_that_is_open_from_the_integrations_desk(
    pressed, staff, organisation, work, account
):
    ruth = staff("Administrator", organisation_id=organisation.id)
    empty = ruth.send("/admin/integrations/esign/compare", follow_redirects=True).text
    never = ruth.get("/admin/integrations/esign").text
    work()

    begun = ruth.send("/admin/integrations/esign/compare", follow_redirects=True).text
    work()
    done = ruth.get("/admin/integrations/esign").text
    again = ruth.send("/admin/integrations/esign/compare")

    assert "No envelope is open at DocuSign" in empty
    assert "Not yet. It is done every night." in never
    assert "One open envelope is being compared." in begun
    assert "It is being compared with our records" in begun
    assert "being compared" not in done
    assert "Not yet. It is done every night." not in done
    assert again.status_code == 422
    assert "compared less than 15 minutes ago" in again.text
