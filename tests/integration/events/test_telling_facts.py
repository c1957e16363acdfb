"""Facts told to other systems: as catalogued, once each, to Redis and to Service Bus."""

import json
from dataclasses import replace

import jsonschema
import pytest
import redis
from sqlalchemy import select

from app.cli.events import papers
from app.db import session as house
from app.db.viewer import Viewer
from app.domain import events as catalogue
from app.domain.outbox import EffectClass, MessageState
from app.integrations import providers
from app.integrations.errors import Retryable, Unclear
from app.integrations.events.redis_streams import STREAM, RedisEvents
from app.integrations.events.service_bus import ServiceBusEvents
from app.models import Person
from app.models.outbox import OutboxMessage
from app.services import events, people
from tasks.couriers import gather
from tasks.crew import engage
from tasks.permits import FreePermits
from tests.simulators.servicebus import serving

EVENT = catalogue.cloud_events(
    "0190a1b2-0000-7000-8000-000000000001",
    "http://localhost/companies/1",
    [{"fact": "person.created", "subject": "person/7", "time": "2026-11-25T10:00:00+00:00", "data": {}}],
)  # fmt: skip


@pytest.fixture
def stream(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True) as opened:
        yield opened


@pytest.fixture
def as_staff(app, organisation):
    def do(deed):
        house.forget()
        house.act_as(Viewer(organisation.id, actor="staff:1"))
        with house.transaction() as db:
            made = deed(db)
        house.forget()
        return made

    return do


@pytest.fixture
def carry(config, owner_session):
    """Keep every promise to tell a fact, and return how each ended."""

    def run(**changes):
        chosen = replace(config, **changes)
        providers.configure(chosen)
        crew = gather(engage(chosen))
        crew.courier.permits = FreePermits()
        bound, worker = house.factory.kw["bind"], house.bind(chosen.database_worker_url)
        try:
            for key in owner_session.scalars(
                select(OutboxMessage.id).where(
                    OutboxMessage.kind == events.PUBLISH, OutboxMessage.state == MessageState.ready
                )
            ).all():
                crew.courier.run(key)
        finally:
            house.forget()
            worker.dispose()
            house.factory.configure(bind=bound)
        owner_session.rollback()
        owner_session.expire_all()
        return owner_session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == events.PUBLISH)
        ).all()

    return run


def new_person(db, organisation):
    person = Person(organisation_id=organisation.id, name="Ines Álvarez")
    people.add(db, person)
    db.add(person)
    db.flush()
    return str(person.public_id)


class TestTheCatalogue:
    def test_its_page_and_schemas_are_as_written(self):
        for place, text in papers().items():
            assert place.read_text("utf-8") == text, f"{place.name}: run `flask events write`"

    @pytest.mark.parametrize("fact", sorted(catalogue.FACTS))
    def test_every_schema_is_one_and_refuses_what_it_does_not_name(self, fact):
        schema = catalogue.schema_of(fact)
        jsonschema.Draft202012Validator.check_schema(schema)

        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"name": "Ines Álvarez"}, schema)

    def test_a_fact_with_something_else_than_catalogued_is_refused(self):
        with pytest.raises(ValueError, match=r"contract.sent says .* and was told"):
            catalogue.check("contract.sent", {"artist": "Ines Álvarez"})

    def test_every_fact_is_told_somewhere_in_the_services(self):
        root = papers().__iter__().__next__().parents[1]
        written = "".join(
            place.read_text("utf-8")
            for folder in ("app/services", "admin")
            for place in (root / folder).rglob("*.py")
        )

        assert [fact for fact in catalogue.FACTS if f'"{fact}"' not in written] == []


class TestTelling:
    def test_a_new_person_is_a_cloud_event_in_the_stream_that_names_nobody(
        self, as_staff, organisation, carry, stream
    ):
        public_id = as_staff(lambda db: new_person(db, organisation))

        (message,) = carry()

        ((_, kept),) = stream.xrange(STREAM)
        told = json.loads(kept["event"])
        assert told == {
            "specversion": "1.0",
            "id": str(message.id),
            "source": f"http://localhost/companies/{organisation.public_id}",
            "type": "live.big.portal.person.created.v1",
            "subject": f"person/{public_id}",
            "time": told["time"],
            "datacontenttype": "application/json",
            "dataschema": "urn:live.big.portal:event:person.created:v1",
            "data": {},
        }
        assert message.state is MessageState.done
        assert "Ines" not in kept["event"]

    def test_a_fact_whose_transaction_was_undone_is_not_told(
        self, as_staff, organisation, carry, stream
    ):
        def fails(db):
            new_person(db, organisation)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            as_staff(fails)

        assert carry() == []

    def test_many_of_a_kind_are_few_promises_and_each_its_own_event(
        self, as_staff, organisation, carry, stream
    ):
        as_staff(lambda db: events.tell_many(db, "person.created", organisation.id, range(250)))

        messages = carry()

        told = [json.loads(kept["event"]) for _, kept in stream.xrange(STREAM)]
        assert len(messages) == 3
        assert len({event["id"] for event in told}) == 250
        assert {str(message.id) for message in messages} <= {event["id"] for event in told}

    def test_a_failed_sign_in_is_told_of_the_house_and_not_of_a_company(
        self, app, carry, stream, client
    ):
        page = client.get("/admin/login/").text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        client.post(
            "/admin/login/",
            data={"username": "nobody@example.com", "password": "wrong", "csrf_token": token},
        )

        (message,) = carry()

        ((_, kept),) = stream.xrange(STREAM)
        told = json.loads(kept["event"])
        assert (told["type"], told["source"]) == (
            "live.big.portal.sign_in.failed.v1", "http://localhost",
        )  # fmt: skip
        assert "nobody@example.com" not in kept["event"]
        assert message.organisation_id is None


class TestRedis:
    def test_twice_is_once(self, redis_url, stream):
        place = RedisEvents(redis_url, length=100, timeout=2)

        place.publish(EVENT)
        place.publish(EVENT)

        assert stream.xlen(STREAM) == 1

    def test_the_stream_does_not_grow_for_ever(self, redis_url, stream):
        place = RedisEvents(redis_url, length=50, timeout=2)
        many = [{**EVENT[0], "id": str(number)} for number in range(1000)]

        place.publish(many)

        assert stream.xlen(STREAM) < 300

    def test_away_it_is_told_later(self):
        place = RedisEvents("redis://127.0.0.1:1/0", length=50, timeout=1)

        with pytest.raises(Retryable):
            place.publish(EVENT)


class TestServiceBus:
    @pytest.fixture
    def bus(self):
        with serving() as broker:
            yield broker

    @pytest.fixture
    def place(self, bus):
        return ServiceBusEvents(bus.connection, "facts", is_topic=False, timeout=3)

    def test_a_test_opens_the_line_and_sends_nothing(self, bus, place):
        place.try_out()

        assert not bus.queues["facts"]

    def test_an_event_arrives_under_its_own_id(self, bus, place):
        place.publish(EVENT)

        (message,) = bus.queues["facts"]
        assert message.id == EVENT[0]["id"]
        assert message.content_type == "application/cloudevents+json; charset=utf-8"
        assert message.subject == EVENT[0]["type"]
        assert bus.events("facts") == EVENT

    def test_twice_is_once(self, bus, place):
        place.publish(EVENT)
        place.publish(EVENT)

        assert len(bus.queues["facts"]) == 1
        assert bus.duplicates == 1

    def test_several_arrive_each_under_its_id(self, bus, place):
        many = [{**EVENT[0], "id": str(number)} for number in range(20)]

        place.publish(many)

        assert [event["id"] for event in bus.events("facts")] == [str(n) for n in range(20)]

    def test_an_answer_that_was_lost_is_unclear_and_telling_again_is_once(self, bus, place):
        bus.drop = 1
        with pytest.raises(Unclear):
            place.publish(EVENT)

        place.publish(EVENT)

        assert len(bus.queues["facts"]) == 1

    def test_nobody_there_is_unclear(self):
        away = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=R;SharedAccessKey=x;UseDevelopmentEmulator=true;"

        with pytest.raises(Unclear):
            ServiceBusEvents(away, "facts", is_topic=False, timeout=2).publish(EVENT)

    def test_chosen_the_outbox_tells_there_with_the_promise_as_its_key(
        self, as_staff, organisation, carry, bus
    ):
        as_staff(lambda db: new_person(db, organisation))

        (message,) = carry(
            events="azure_service_bus",
            vendor={
                "AZURE_SERVICE_BUS_CONNECTION_STRING": bus.connection,
                "AZURE_SERVICE_BUS_QUEUE": "facts", "AZURE_SERVICE_BUS_TOPIC": "",
            },
        )  # fmt: skip

        assert (message.last_error, message.state, message.cls) == (
            None,
            MessageState.done,
            EffectClass.K,
        )
        assert [event["id"] for event in bus.events("facts")] == [str(message.id)]


def test_a_test_opens_the_line_and_tells_nothing(stream, redis_url):
    RedisEvents(redis_url, length=10, timeout=2).try_out()
    with pytest.raises(Retryable):
        RedisEvents("redis://127.0.0.1:1", length=10, timeout=1).try_out()

    assert stream.xlen(STREAM) == 0
