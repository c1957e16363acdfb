"""The witness of a measurement: it lets in what DocuSign would, counts it, and refuses the rest."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from tests.simulators.docusign_limits import Limited

ENVELOPES = "/restapi/v2.1/accounts/acc-1/envelopes"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limited(clock):
    return Limited(Response("{}"), clock=clock)


@pytest.fixture
def call(limited):
    door = Client(limited)
    return lambda path=ENVELOPES: door.get(path)


def test_the_call_above_the_burst_is_refused_as_docusign_says_it(call, clock, limited):
    answers = [call() for _ in range(501)]
    clock.now += 30.1
    later = call()

    assert [one.status_code for one in answers] == [200] * 500 + [429]
    assert answers[0].headers["X-BurstLimit-Remaining"] == "499"
    assert answers[-1].json["errorCode"] == "BURST_APIINVOCATION_LIMIT_EXCEEDED"
    assert 30 <= int(answers[-1].headers["Retry-After"]) <= 31
    assert later.status_code == 200
    assert (limited.most_within(30.0), len(limited.times)) == (500, 501)


def test_the_hour_is_any_sixty_minutes(call, clock, limited):
    for _ in range(3000):
        clock.now += 1.0
        call()
    refused = call()
    clock.now += 601.5
    later = call()

    assert refused.json["errorCode"] == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
    assert later.status_code == 200
    assert limited.refused.total() == 1
    assert limited.most_within(3600.0) == 3000


def test_tokens_come_from_another_host_and_are_not_counted(call, limited):
    call("/oauth/token")

    assert limited.times == []
