"""A vendor's own error is never called a refusal; what it refuses without a word is."""

import pytest
from python_http_client.exceptions import HTTPError
from twilio.base.exceptions import TwilioRestException

from app.integrations.accounting import sign_in, xero_line
from app.integrations.archive.graph import failure_of
from app.integrations.email import sendgrid
from app.integrations.errors import Failure, Permanent, Retryable, Unclear
from app.integrations.esign.adobe_access import complaint as of_adobe
from app.integrations.esign.docusign_access import _reason
from app.integrations.esign.docusign_links import complaint as of_docusign
from app.integrations.esign.wire import Answer, failure
from app.integrations.files import blob_wire
from app.integrations.sms.twilio import TwilioSms


def raised(deed):
    try:
        deed()
    except Failure as failed:
        return failed
    raise AssertionError("nothing was raised")


def at_twilio(status):
    carrier = TwilioSms("AC1", "t", sender="+1", base_url="http://127.0.0.1:9", callback_base="x")
    return carrier._failure(TwilioRestException(status, "/Messages.json"))


ANSWERS = {
    "DocuSign": lambda status: failure(status, of_docusign(b"", status), {}),
    "DocuSign page": lambda status: failure(status, of_docusign(b"<html>", status), {}),
    "DocuSign access": lambda status: failure(status, _reason(Answer(status, {}, b"")), {}),
    "Adobe Acrobat Sign": lambda status: failure(status, of_adobe(Answer(status, {}, b"")), {}),
    "Xero": lambda status: xero_line.failure(status, b"", {}),
    "Xero sign-in": lambda status: sign_in._failure(status, b"", {}),
    "SharePoint": lambda status: failure_of(status, {}, ""),
    "SendGrid": lambda status: sendgrid._failure(HTTPError(status, "", b"", {})),
    "Twilio": at_twilio,
    "Azure": lambda status: raised(lambda: blob_wire.Answer(status, {}).need(201)),
}


@pytest.mark.parametrize("vendor", ANSWERS)
@pytest.mark.parametrize("status", [500, 502])
def test_an_error_of_its_own_is_called_one_and_tried_again(vendor, status):
    failed = ANSWERS[vendor](status)

    assert isinstance(failed, Retryable | Unclear)
    assert failed.reason.startswith(
        vendor.split(" access")[0].split(" page")[0].split(" sign-in")[0]
    )
    assert f"had an error of its own ({status})." in failed.reason
    assert "refuse" not in failed.reason
    assert failed.status == status


@pytest.mark.parametrize("vendor", sorted(set(ANSWERS) - {"Twilio"}))
def test_one_that_takes_nothing_says_so(vendor):
    failed = ANSWERS[vendor](503)

    assert isinstance(failed, Retryable | Unclear)
    assert "refuse" not in failed.reason


@pytest.mark.parametrize("vendor", ["DocuSign", "DocuSign access", "Adobe Acrobat Sign", "Xero"])
def test_a_refusal_without_a_word_is_one_and_names_the_status(vendor):
    failed = ANSWERS[vendor](400)

    assert isinstance(failed, Permanent)
    assert "400" in failed.reason
