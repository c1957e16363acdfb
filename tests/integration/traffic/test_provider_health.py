"""What the desk says of a provider's limits and breaker, with Redis and without it."""

from dataclasses import replace

import pytest

from admin.health_words import words
from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.circuit_breaker import BreakerState, CallOutcome
from app.domain.provider_limits import limits_of
from app.integrations.traffic import Asker
from app.models import Organisation
from app.provider_health import provider_health
from app.services import provider_usage


@pytest.fixture
def organisation_id(owner_session):
    company = Organisation(name="Northern Ballet", slug="northern")
    owner_session.add(company)
    owner_session.commit()
    return company.id


@pytest.fixture
def look(app, organisation_id):
    def see(provider="xero", whose=None):
        with app.app_context():
            act_as(Viewer(whose or organisation_id, actor="staff:1"))
            with transaction() as db:
                found = provider_health(db, provider, whose or organisation_id)
            forget()
            return found

    return see


@pytest.fixture
def asker(organisation_id):
    return Asker("xero", organisation_id, limits_of("xero"))


class TestHealth:
    def test_calls_of_the_day_and_what_is_left_of_them(self, look, owner_session, organisation_id):
        provider_usage.add(
            owner_session, provider="xero", organisation_id=organisation_id, calls=4450
        )
        owner_session.commit()

        health = look()

        assert (health.used_today, health.allowed_today) == (4450, 5000)
        assert (health.left_for_automatic, health.left_for_people) == (50, 550)

    def test_another_companys_calls_are_not_seen(self, look, owner_session, organisation_id):
        other = Organisation(name="Other", slug="other")
        owner_session.add(other)
        owner_session.flush()
        provider_usage.add(owner_session, provider="xero", organisation_id=other.id, calls=7)
        owner_session.commit()

        assert look().used_today == 0
        assert look(whose=other.id).used_today == 7

    def test_a_failing_provider_is_said_to_be_left_alone(self, look, asker, traffic):
        for _ in range(5):
            opened = traffic.tell(asker, "lease", CallOutcome.failed)

        health = look()

        assert opened is True
        assert health.breaker is BreakerState.open
        assert words(health).startswith("Open: it failed too often. One call tries again in")

    def test_a_wish_to_wait_is_told(self, look, asker, traffic):
        traffic.hold(asker, 3600)

        health = look()

        assert 3590 < health.held_for <= 3600
        assert words(health) == "Closed. It asked us to wait, 60 minutes more."

    def test_calls_in_flight_are_told(self, look, asker, traffic):
        traffic.shared.beat(asker.place, "lease")

        assert words(look()) == "Closed: calls go out, 1 at this moment."

    def test_without_redis_it_says_that_nobody_knows(self, look, app, config):
        app.config["HOUSE"] = replace(config, redis_url="redis://127.0.0.1:1/0")

        health = look()

        assert health.breaker is None
        assert words(health).startswith("Not known: Redis does not answer")

    def test_half_open_and_hours_have_words_of_their_own(self, look):
        health = look()

        half = words(replace(health, breaker=BreakerState.half_open))
        long = words(replace(health, held_for=8 * 3600.0))

        assert half.startswith("Half open")
        assert "8 hours more" in long

    def test_what_is_part_of_this_product_is_never_held_back(self, look):
        health = look("postroom")

        assert (health.is_ours, health.breaker) == (True, BreakerState.closed)
