"""The pages of the simulators: every vendor has the same switches, and a person sees and takes back what was thrown."""

import pytest
from werkzeug.test import Client

from tests.sandbox.stops import STOPS, News
from tests.simulators import adobe_sign, docusign, graph, sendgrid, twilio, xero
from tests.simulators.faults import KINDS, Faults
from tests.simulators.sim_page import WORDS

VENDORS = (
    docusign.DocuSign, adobe_sign.AdobeSign, xero.XeroSimulator, graph.Graph, sendgrid.SendGrid,
    twilio.Twilio,
)  # fmt: skip


@pytest.fixture(params=VENDORS, ids=lambda made: made.__name__)
def faults(request):
    made = Faults(request.param())
    made.neighbours = (("Xero", "http://127.0.0.1:8102/sim/"),)
    return made


def press(client, **form):
    """Press a button of the switches and return the page one comes back to."""
    return client.post("/sim/faults", data=form, follow_redirects=True).text


def test_a_switch_is_seen_until_it_is_taken_back(faults):
    client = Client(faults)

    thrown = press(client, kind="fail_after", method="PUT", times="3", seconds="1")
    (plan,) = faults.plans
    back = press(client, back=str(plan.number))

    assert (plan.kind, plan.method, plan.times, plan.seconds) == ("fail_after", "PUT", 3, 1.0)
    assert "Thrown for the next 3 calls by PUT: do it, then 500." in thrown
    assert "Taken back." in back
    assert "No switch is thrown." in back
    assert faults.plans == []


def test_no_page_meets_a_fault_and_the_next_call_does(faults):
    client = Client(faults)
    press(client, kind="fail_before")

    pages = [client.get(path).status_code for path in ("/sim/", "/favicon.ico", "/sim/")]
    called = client.get("/whatever")
    after = client.get("/sim/").text

    assert pages == [200, 204, 200]
    assert called.status_code == 500
    assert "No switch is thrown." in after
    assert "500, nothing done, GET <code>/whatever</code>" in after


@pytest.mark.parametrize(
    "form",
    [{"kind": "explode"}, {"kind": "slow", "times": "many", "seconds": ""}, {"back": "99999"}],
)
def test_what_is_typed_wrong_breaks_no_page(form):
    faults = Faults(sendgrid.SendGrid())

    shown = press(Client(faults), **form)

    assert "Let the next calls go wrong" in shown
    assert [(one.kind, one.times, one.seconds) for one in faults.plans] in ([], [("slow", 1, 2)])


def test_every_kind_of_fault_has_a_switch_and_a_stop_of_the_tour():
    met = {kind for stop in STOPS for _, kind, _ in stop.faults}

    assert set(WORDS) == set(KINDS)
    assert met >= {"slow", "refuse", "fail_before", "fail_after", "drop_after"}
    assert {stop.news for stop in STOPS} == set(News)
    assert len({stop.city for stop in STOPS}) == 10
