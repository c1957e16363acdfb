"""Notices to phones: asked for by a tap, sent beside the letter, encrypted, nameless, forgotten when gone."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.db.session import act_as, bind, factory, forget, transaction
from app.db.viewer import Viewer
from app.domain.local_time import is_zone
from app.domain.messages import Channel
from app.domain.outbox import MessageState
from app.domain.people import ContactKind
from app.domain.quiet_hours import Night, Sleeper, find_sleepers
from app.integrations import exchanges, providers
from app.integrations.errors import Permanent, Retryable, Unclear
from app.integrations.push.keys import public_key
from app.integrations.push.port import GONE, PushNotice
from app.integrations.push.vapid import VapidPush
from app.models import ArtistProfile, ContactPoint, Message, OutboxMessage, PushSubscription
from app.services import messages, quiet
from tasks.couriers import push as courier
from tasks.crew import engage
from tasks.permits import FreePermits

PRIVATE = "9" * 43


@pytest.fixture
def told(config, push_service, app):
    """The product that may call the simulated service."""
    chosen = replace(
        config,
        vapid_private_key=PRIVATE,
        vendor={"VAPID_SUBJECT": "mailto:office@northern.example", "PUSH_HOSTS": "127.0.0.1"},
    )
    before, app.config["HOUSE"] = app.config["HOUSE"], chosen
    providers.configure(chosen)
    yield chosen
    app.config["HOUSE"] = before


@pytest.fixture
def carrier(push_service):
    return VapidPush(PRIVATE, subject="mailto:a@example.com", hosts=("127.0.0.1",), timeout=1)


@pytest.fixture
def subscribe(push_service):
    """Let a signed-in phone ask to be told, as its page does."""

    def ask(browser):
        phone, endpoint = push_service.simulator.phone()
        point, secret = phone.keys
        answer = browser.send(
            "/portal/push", {"endpoint": endpoint, "point": point, "secret": secret}
        )
        assert answer.status_code == 303
        return phone

    return ask


@pytest.fixture
def tell(told, owner_session, person):
    """Write a letter to the artist as a task does, and return what was promised for her phones."""
    owner_session.add(
        ContactPoint(
            organisation_id=person.organisation_id, person_id=person.id, kind=ContactKind.email,
            value="n@example.com", normalised="n@example.com",
        )
    )  # fmt: skip
    owner_session.commit()

    def write(event="payable_returned", key="fact", channel=Channel.email, **more):
        door, forgotten = factory.kw["bind"], forget()
        worker = bind(told.database_worker_url)
        act_as(Viewer(person.organisation_id, actor="task:test"), role="portal_app")
        with transaction() as db:
            messages.tell(
                db, organisation_id=person.organisation_id, event=event, key=key, channel=channel,
                to=messages.Addressee("n@example.com", "Noémie", person.id), **WORDS, **more,
            )  # fmt: skip
        forget()
        worker.dispose()
        factory.configure(bind=door)
        assert forgotten is None
        owner_session.rollback()
        asked = select(OutboxMessage).where(OutboxMessage.kind == "push.send")
        return list(owner_session.scalars(asked.order_by(OutboxMessage.id)))

    return write


class Thing:
    """Whatever a letter's template asks of a record."""

    def __getattr__(self, name):
        return self

    def __str__(self):
        return "thing"


WORDS = {
    "payable": Thing(), "production": Thing(), "returned_on": now().date(), "reason": "no",
    "phone": "1",
}  # fmt: skip


def carry(told, promised):
    crew = engage(told)
    courier.join(crew)
    crew.courier.permits = FreePermits()
    door = factory.kw["bind"]
    worker = bind(told.database_worker_url)
    crew.courier.run(promised.id)
    forget()
    worker.dispose()
    factory.configure(bind=door)


def notice(phone, endpoint, **more):
    point, secret = phone.keys
    usual = {"words": "Something changed in your calls", "path": "/portal/", "topic": "calls"}
    return PushNotice(endpoint, point, secret, **{**usual, **more}, seconds=60)


class TestANotice:
    def test_is_read_by_its_phone_alone_and_says_who_asks(self, carrier, push_service):
        phone, endpoint = push_service.simulator.phone()

        carrier.send(notice(phone, endpoint), key="effect-1")

        (asked,) = push_service.simulator.asked
        assert phone.shown == [
            {"words": "Something changed in your calls", "path": "/portal/", "topic": "calls"}
        ]
        assert (asked["headers"]["Topic"], asked["headers"]["Ttl"]) == ("calls", "60")
        assert asked["headers"]["Authorization"].endswith(f"k={public_key(PRIVATE)}")

    def test_replaces_an_older_one_of_its_topic(self, carrier, push_service):
        phone, endpoint = push_service.simulator.phone()
        phone.is_on = False

        for words, topic in (("one", "calls"), ("two", "calls"), ("three", "money")):
            carrier.send(notice(phone, endpoint, words=words, topic=topic), key="k")
        phone.switch_on()

        assert [one["words"] for one in phone.shown] == ["two", "three"]

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ("refuse", Retryable), ("fail_before", Retryable), ("drop_before", Unclear),
            ("drop_after", Unclear), ("expire", Permanent),
        ],
    )  # fmt: skip
    def test_fails_as_the_answer_says(self, carrier, push_service, fault, failure):
        phone, endpoint = push_service.simulator.phone()
        push_service.faults.plan(fault, seconds=9)

        with pytest.raises(failure) as failed:
            carrier.send(notice(phone, endpoint), key="k")

        assert getattr(failed.value, "retry_after", None) == (9 if fault == "refuse" else None)
        assert push_service.faults.count("POST") == 1

    def test_that_is_refused_says_what_to_do_and_keeps_the_answer_below(
        self, carrier, push_service
    ):
        phone, endpoint = push_service.simulator.phone()
        stranger = replace(notice(phone, endpoint), point="AAAA")
        heard: list[dict[str, object]] = []

        with exchanges.listening(heard):
            with pytest.raises(Permanent, match="sign-up for notices is damaged"):
                carrier.send(stranger, key="effect-1")
            push_service.faults.plan("expire")
            with pytest.raises(Permanent, match=r"does not accept our key .* VAPID_PRIVATE_KEY"):
                carrier.send(notice(phone, endpoint), key="effect-2")
            carrier.subject = "nobody"
            with pytest.raises(Permanent, match="Our key for notices cannot be used"):
                carrier.send(notice(phone, endpoint), key="effect-3")

        assert [one["status"] for one in heard] == [None, 401, None]
        assert endpoint not in str(heard)

    def test_to_a_phone_that_is_gone_is_no_failure(self, carrier, push_service):
        phone, endpoint = push_service.simulator.phone()
        phone.is_gone = True

        assert carrier.send(notice(phone, endpoint), key="k") == GONE

    def test_goes_nowhere_but_to_known_services(self, push_service):
        phone, endpoint = push_service.simulator.phone()
        strict = VapidPush(PRIVATE, subject="mailto:a@example.com", hosts=("push.apple.com",))

        with pytest.raises(Permanent):
            strict.send(notice(phone, endpoint), key="k")

        assert push_service.faults.heard == []


class TestThePhone:
    def test_asks_is_listed_and_stops(self, told, phone_of, person, subscribe, owner_session):
        browser = phone_of(person)

        subscribe(browser)

        page = browser.get("/portal/you").text
        (kept,) = owner_session.scalars(select(PushSubscription)).all()
        assert kept.address_sha256.hex() in page
        assert "127.0.0.1" not in kept.credentials
        browser.send(f"/portal/push/{kept.public_id}/end")
        owner_session.refresh(kept)
        assert kept.ended_at is not None
        assert kept.credentials is None
        assert kept.address_sha256.hex() not in browser.get("/portal/you").text

    def test_that_asks_twice_is_one(self, told, phone_of, person, push_service, owner_session):
        browser = phone_of(person)
        phone, endpoint = push_service.simulator.phone()
        point, secret = phone.keys

        for _ in range(2):
            browser.send("/portal/push", {"endpoint": endpoint, "point": point, "secret": secret})

        assert len(owner_session.scalars(select(PushSubscription)).all()) == 1

    def test_of_an_unknown_service_is_refused_in_words(self, told, phone_of, person, owner_session):
        browser = phone_of(person)

        browser.send("/portal/push", {"endpoint": "https://10.0.0.1/x", "point": "", "secret": ""})

        assert "by mail all the same" in browser.get("/portal/you").text
        assert owner_session.scalars(select(PushSubscription)).all() == []

    def test_of_somebody_else_is_not_found(self, told, phone_of, person, subscribe, owner_session):
        other = type(person)(organisation_id=person.organisation_id, name="Otto", name_key="otto")
        owner_session.add(other)
        owner_session.commit()
        subscribe(phone_of(person))
        (kept,) = owner_session.scalars(select(PushSubscription)).all()
        stranger = phone_of(other)

        assert stranger.send(f"/portal/push/{kept.public_id}/end").status_code == 404
        assert kept.address_sha256.hex() not in stranger.get("/portal/you").text

    def test_is_not_offered_without_a_key(self, told, phone_of, person, app):
        assert "data-push-key" in phone_of(person).get("/portal/you").text
        app.config["HOUSE"] = replace(told, vapid_private_key="")
        assert "data-push-key" not in phone_of(person).get("/portal/you").text

    def test_can_keep_the_portal_on_its_home_screen(self, client):
        manifest = client.get("/portal/manifest.webmanifest")
        worker = client.get("/portal/worker.js")

        said = manifest.get_json(force=True)
        assert (said["scope"], said["display"]) == ("/portal/", "standalone")
        assert all(client.get(icon["src"]).status_code == 200 for icon in said["icons"])
        assert worker.content_type.startswith("text/javascript")
        assert worker.status_code == 200


class TestTelling:
    def test_goes_to_every_phone_beside_the_letter_and_names_nobody(
        self, told, phone_of, person, subscribe, tell, push_service, owner_session
    ):
        phones = [subscribe(phone_of(person)) for _ in range(2)]

        promised = tell(may_wake=True)
        for one in promised:
            carry(told, one)

        assert len(promised) == 2
        assert [phone.shown[0]["words"] for phone in phones] == [
            "Something changed in your money"
        ] * 2
        everything = json.dumps([one["plain"] for one in push_service.simulator.asked])
        assert "Noémie" not in everything
        assert owner_session.scalars(select(Message)).one().channel is Channel.email
        for kept in owner_session.scalars(select(PushSubscription)):
            owner_session.refresh(kept)
            assert kept.told_at is not None

    def test_leaves_out_letters_that_need_no_haste_and_phones_that_stopped(
        self, told, phone_of, person, subscribe, tell, owner_session
    ):
        browser = phone_of(person)
        subscribe(browser)
        (kept,) = owner_session.scalars(select(PushSubscription)).all()
        browser.send(f"/portal/push/{kept.public_id}/end")

        assert tell(may_wake=True) == []

    def test_forgets_a_phone_that_is_gone_and_needs_nobody_for_it(
        self, told, phone_of, person, subscribe, tell, owner_session
    ):
        phone = subscribe(phone_of(person))
        (promised,) = tell(may_wake=True)
        phone.is_gone = True

        carry(told, promised)

        owner_session.refresh(promised)
        (kept,) = owner_session.scalars(select(PushSubscription)).all()
        owner_session.refresh(kept)
        assert promised.state is MessageState.done
        assert kept.ended_because == "the browser took its leave back"

    def test_an_unclear_one_is_told_again_and_shows_once(
        self, told, phone_of, person, subscribe, tell, push_service, owner_session
    ):
        phone = subscribe(phone_of(person))
        (promised,) = tell(may_wake=True)
        push_service.faults.plan("drop_after")
        carry(told, promised)
        owner_session.refresh(promised)
        promised.not_before = now() - timedelta(minutes=1)
        owner_session.commit()

        carry(told, promised)

        owner_session.refresh(promised)
        assert promised.state is MessageState.done
        assert {one["topic"] for one in phone.shown} == {"money"}


class TestTheNight:
    def test_lets_notices_and_texts_wait_for_the_morning_where_their_reader_is(
        self, told, phone_of, person, subscribe, tell, owner_session
    ):
        subscribe(phone_of(person))
        zone = _where_it_is(23)
        owner_session.add(
            ArtistProfile(
                organisation_id=person.organisation_id, person_id=person.id, home_zone=zone
            )
        )
        owner_session.commit()

        (waits,) = tell(key="quiet")
        (_, urgent) = tell(key="urgent", may_wake=True)

        (asleep,) = find_sleepers([Sleeper(person.id, zone)], now(), Night())
        assert abs(waits.not_before - asleep.morning) < timedelta(minutes=1)
        assert urgent.not_before <= now()

    def test_lets_letters_go_at_any_hour(self, told, person, tell, owner_session):
        owner_session.add(
            ArtistProfile(
                organisation_id=person.organisation_id, person_id=person.id,
                home_zone=_where_it_is(2),
            )
        )  # fmt: skip
        owner_session.commit()

        tell(key="letter")
        tell(key="text", channel=Channel.sms)

        asked = select(OutboxMessage).where(OutboxMessage.kind.in_(["mail.send", "sms.send"]))
        by_kind = {one.kind: one.not_before for one in owner_session.scalars(asked)}
        assert by_kind["mail.send"] <= now()
        assert by_kind["sms.send"] > now() + timedelta(hours=3)

    def test_is_nobodys_where_nobody_is_known(self, owner_session, organisation):
        assert quiet.not_before(owner_session, organisation.id, None, None) is None


def _where_it_is(hour):
    """Return a place at which it is that hour now; somewhere it is, whatever the season."""
    places = (zone for zone in sorted(available_timezones()) if is_zone(zone))
    return next(zone for zone in places if now().astimezone(ZoneInfo(zone)).hour == hour)
