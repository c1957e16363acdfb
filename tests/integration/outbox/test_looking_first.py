"""A courier whose first call only looks: until its second call nothing can have happened."""

import time
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.domain import provider_limits
from app.domain.outbox import AttemptOutcome, EffectClass, MessageState
from app.domain.provider_limits import ProviderLimits, Window, daily
from app.integrations.calls import before_call

ROOMY = ProviderLimits((Window(6000, 60, 50),), at_once=5, budgets=(daily(5000),))
KIND = "vendor.create"


class PowerCutError(BaseException):
    """The process ends here, with no word to anybody."""


@pytest.fixture(params=["testly", "local"])
def courier(request, real_permits, crew, provider, monkeypatch):
    """Return a maker of couriers that look, then create, and are cut off in one of the two."""
    monkeypatch.setattr(provider_limits, "LIMITS", provider_limits.LIMITS | {"testly": ROOMY})
    traffic = crew.courier.permits.traffic
    traffic.shared.tempo = replace(traffic.shared.tempo, grace=0.001)

    def make(cut_in=""):
        cuts = [cut_in]

        def call(name):
            before_call()
            if cuts == [name]:
                cuts.clear()
                raise PowerCutError

        def send(asked, key):
            call("look")
            if key in provider.ledger:
                return f"ext-{key}"
            call("create")
            return provider.send(asked, key)

        made = provider.handler(
            KIND, EffectClass.R, provider=request.param, calls=2, looks_first=True
        )
        crew.carry(replace(made, send=send))
        return crew.courier

    yield make
    for lease in list(traffic.pulse.held):
        traffic.pulse.drop(lease)


@pytest.fixture
def keep(stored, attempts, later):
    """Keep a promise once, waiting for a permit as the sweeper would; say whether it was cut off."""

    def run(courier, message_id):
        before = len([one for one in attempts(message_id) if one.outcome != "released"])
        for _ in range(40):
            try:
                courier.run(message_id)
            except PowerCutError:
                return True
            if len([one for one in attempts(message_id) if one.outcome != "released"]) > before:
                return False
            time.sleep(0.02)
            later(1)
        raise AssertionError("No permit came.")

    return run


@pytest.fixture
def promised(promise):
    return promise(kind=KIND, cls=EffectClass.R)


def test_what_was_cut_off_while_looking_is_simply_begun_anew(
    courier, keep, promised, provider, stored, attempts, later
):
    made = courier("look")
    cut = keep(made, promised)
    later(61)
    keep(made, promised)

    assert cut
    assert [one.sent_at is None for one in attempts(promised) if one.outcome != "released"] == [
        True, False,
    ]  # fmt: skip
    assert (stored(promised).state, len(provider.ledger)) == (MessageState.done, 1)
    assert provider.looked == 0


def test_what_was_cut_off_while_creating_is_looked_for_before_it_is_sent_again(
    courier, keep, promised, provider, stored, attempts, later
):
    made = courier("create")
    cut = keep(made, promised)
    later(200)
    keep(made, promised)
    first, second = (one for one in attempts(promised) if one.outcome != "released")

    assert cut
    assert first.sent_at is not None
    assert second.outcome is AttemptOutcome.not_found
    assert (stored(promised).state, provider.ledger, provider.looked) == (
        MessageState.ready, [], 1,
    )  # fmt: skip


def test_who_lost_the_lease_while_looking_creates_nothing(
    courier, keep, promised, provider, owner_engine, attempts, crew
):
    made = courier()
    handler = crew.handlers.by_kind[KIND]

    def send(_asked, key):
        before_call()
        with owner_engine.begin() as db:
            db.execute(text("UPDATE outbox_message SET fence = fence + 1"))
        before_call()
        return provider.send(_asked, key)

    crew.handlers.by_kind[KIND] = replace(handler, send=send)
    for _ in range(5):
        made.run(promised)
        time.sleep(0.05)

    assert provider.ledger == []
    assert all(one.sent_at is None for one in attempts(promised))


@pytest.mark.parametrize("courier", ["testly"], indirect=True)  # nothing of ours has a budget
def test_a_budget_that_ends_after_the_look_puts_it_off(
    courier, keep, promised, provider, stored, attempts, monkeypatch
):
    tight = replace(ROOMY, budgets=(daily(1),))
    made = courier()
    monkeypatch.setattr(provider_limits, "LIMITS", provider_limits.LIMITS | {"testly": tight})

    for _ in range(5):
        made.run(promised)

    assert (stored(promised).state, stored(promised).attempts) == (MessageState.ready, 0)
    assert provider.ledger == []
    assert {one.outcome for one in attempts(promised)} == {AttemptOutcome.released}
