"""One process's end of the limits, with a clock's worth of patience divided."""

import pytest

from app.domain.provider_limits import ProviderLimits, Scope, Window
from app.integrations.traffic import Asker, Berths, SharedTraffic, SingleTraffic, Tempo, Traffic

QUICK = Tempo(
    lease=0.4,
    beat=0.1,
    grace=0.001,
    horizon=1.0,
    probe=0.3,
    pause=0.2,
    longest_pause=0.8,
    within=5.0,
)


@pytest.fixture
def make_asker():
    def make(*, capacity=5.0, limit=600.0, seconds=60.0, at_once=3, **more):
        limits = ProviderLimits(
            (Window(limit, seconds, capacity),), at_once, more.pop("scope", Scope.organisation)
        )
        return Asker(more.pop("provider", "test"), more.pop("organisation_id", 1), limits, **more)

    return make


@pytest.fixture
def make_traffic(redis_url, tmp_path):
    made = []

    def make(url=redis_url, *, tempo=QUICK, at_machine=10, at_account=None, processes=2):
        one = Traffic(
            SharedTraffic(url, tempo),
            SingleTraffic(processes, tempo.probe, tempo.pause, tempo.longest_pause),
            Berths(tmp_path / "berths"),
            at_machine=at_machine,
            at_account=at_account,
        )
        made.append(one)
        return one

    yield make
    for one in made:
        for lease in list(one.pulse.held):
            one.pulse.drop(lease)


@pytest.fixture
def traffic(make_traffic):
    return make_traffic()
