"""Every kind of promise has a sentence in words of the trade."""

import pytest

from app.domain.outbox_kinds import KINDS
from app.domain.promise_words import WORDS, sentence, spelt

OF_NOBODY = {"mail.sign_in", "mail.new_device", "sms.sign_in"}
"""Letters to an address, which nobody reads on the desk."""


@pytest.mark.parametrize("kind", sorted(set(KINDS) - OF_NOBODY))
def test_every_kind_that_staff_see_has_its_sentence(kind):
    assert kind in WORDS


def test_a_sentence_says_what_it_is_about_and_who_gets_or_carries_it():
    assert sentence("ledger.payable", "CL-7 for Petra", "xero") == "Bill CL-7 for Petra to Xero"
    assert (
        sentence("mail.send", "“Hello” to Petra", "smtp")
        == "Letter “Hello” to Petra by Mail server"
    )
    assert sentence("esign.fetch", "C-7", "docusign") == "Signed papers of C-7 from DocuSign"
    assert sentence("report.make", "ageing", "house") == "Report: ageing"
    assert sentence("ledger.payable", "", "xero") == "Bill a record that is gone to Xero"


def test_a_kind_of_tomorrow_is_spelt_out():
    assert sentence("esign.dance", "C-7", "docusign") == "Esign dance: C-7 to DocuSign"
    assert spelt("mail.send") == "Mail send"
