"""What a notice says happened, in one line, whatever it is made of."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.notice_words import WORDS, happening
from tests.simulators.gate import SPECS, needs_specs


@pytest.mark.parametrize(
    ("provider", "said", "line"),
    [
        ("docusign", {"event": "envelope-completed"}, "Everybody has signed"),
        ("docusign", {"event": "recipient-reassign"}, "Recipient reassign"),
        ("adobe_sign", {"event": "AGREEMENT_REJECTED"}, "A signer declined"),
        ("xero", {"eventCategory": "INVOICE", "eventType": "UPDATE"}, "A bill was changed"),
        ("xero", {"eventCategory": "CONTACT", "eventType": "CREATE"}, "A contact was made"),
        ("sendgrid", {"event": "bounce"}, "The letter bounced"),
        ("twilio", {"kind": "status", "said": {"MessageStatus": "undelivered"}}, "The text was not delivered"),
        ("twilio", {"kind": "inbound", "said": {"Body": " STOP \n"}}, "Somebody wrote “STOP”"),
        ("twilio", {"kind": "inbound", "said": "odd"}, "A notice of Twilio"),
        ("sharepoint", {"value": []}, "Something changed in the library"),
        ("sharepoint", {"what": "changes"}, "The library was compared"),
        ("postroom", {}, "A notice of Post room"),
    ],
)  # fmt: skip
def test_each_kind_of_notice_has_its_line(provider, said, line):
    assert happening(provider, json.dumps(said).encode()) == line


@pytest.mark.parametrize("provider", sorted(WORDS))
@given(raw=st.binary(max_size=60) | st.recursive(
    st.none() | st.text(max_size=9) | st.integers(),
    lambda deeper: st.lists(deeper, max_size=2) | st.dictionaries(
        st.sampled_from(["event", "said", "kind", "what", "eventCategory"]), deeper, max_size=3),
    max_leaves=5,
).map(lambda said: json.dumps(said).encode()))  # fmt: skip
def test_odd_notices_break_nothing(provider, raw):
    assert happening(provider, raw).strip()


@needs_specs
def test_every_published_event_of_sendgrid_has_words_or_is_spelt_out():
    published = json.loads((SPECS / "samples" / "sendgrid-event-webhook.json").read_text("utf-8"))

    lines = {one["event"]: happening("sendgrid", json.dumps(one).encode()) for one in published}

    assert lines["spamreport"] == "The reader reported spam"
    assert lines["unsubscribe"] == "The reader unsubscribed"
    assert "_" not in "".join(lines.values())
