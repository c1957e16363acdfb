"""Agents' phones: told beside the letters they get, of whom they may look after, and seen by nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.db.clock import now
from app.db.session import act_as, bind, factory, forget, transaction
from app.db.viewer import Viewer
from app.domain.people import RepresentationScope
from app.models import OutboxMessage, Person, PushSubscription, Representation
from app.services import messages
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.integration.carriers.test_push import (  # noqa: F401 -- fixtures used by name
    WORDS,
    carry,
    subscribe,
    told,
)

EVERYTHING = tuple(RepresentationScope)


@pytest.fixture
def agent(owner_session, person):
    made = Person(
        organisation_id=person.organisation_id,
        name="Ada Byron",
        name_key="byron ada",
        is_agent=True,
    )
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def engagement(owner_session, person, agent):
    at_home_in(owner_session)
    made = EngagementFactory(person=person, agent=agent)
    owner_session.commit()
    return made


@pytest.fixture
def looks_after(owner_session, person, agent):
    """Let the agent act for the artist, with some rights."""

    def give(*scopes, **dates):
        made = Representation(
            organisation_id=person.organisation_id, agent_id=agent.id, artist_id=person.id,
            scopes=[scope.value for scope in scopes],
            **{"starts_on": now().date() - timedelta(days=300), **dates},
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    return give


@pytest.fixture
def promised(told, owner_session, agent, engagement):  # noqa: F811
    """Write a letter to the agent as a task does, and return what is promised to phones."""

    def write(event="contract_sent_copy", **more):
        door = factory.kw["bind"]
        forget()
        worker = bind(told.database_worker_url)
        act_as(Viewer(agent.organisation_id, actor="task:test"), role="portal_app")
        with transaction() as db:
            messages.tell(
                db, organisation_id=agent.organisation_id, event=event, key=f"fact-{event}",
                to=messages.Addressee("ada@example.com", "Ada", agent.id),
                engagement_id=engagement.id, may_wake=True,
                **{**WORDS, "artist": WORDS["production"], "contract": WORDS["production"],
                   "deadline": "Friday", **more},
            )  # fmt: skip
        forget()
        worker.dispose()
        factory.configure(bind=door)
        owner_session.rollback()
        asked = select(OutboxMessage).where(OutboxMessage.kind == "push.send")
        return list(owner_session.scalars(asked.order_by(OutboxMessage.id)))

    return write


class TestAnAgentsPhone:
    def test_is_told_beside_the_letter_without_a_name_and_leads_to_whose_pages(
        self, told, phone_of, person, agent, subscribe, looks_after, promised  # noqa: F811
    ):  # fmt: skip
        looks_after(*EVERYTHING)
        phone = subscribe(phone_of(person, agent=agent))

        (one,) = promised()
        carry(told, one)

        assert phone.shown == [
            {
                "words": "Something waits in the contracts of an artist you look after",
                "path": "/portal/seats?next=/portal/contracts",
                "topic": "artists-contracts",
            }
        ]

    def test_is_the_agents_and_the_artist_neither_sees_nor_stops_it(
        self, told, phone_of, person, agent, subscribe, owner_session  # noqa: F811
    ):  # fmt: skip
        artists, agents = phone_of(person), phone_of(person, agent=agent)
        subscribe(artists)
        subscribe(agents)
        whose = {one.person_id: one for one in owner_session.scalars(select(PushSubscription))}

        assert set(whose) == {person.id, agent.id}
        for browser, own, other in (
            (artists, whose[person.id], whose[agent.id]),
            (agents, whose[agent.id], whose[person.id]),
        ):
            page = browser.get("/portal/you").text
            assert own.address_sha256.hex() in page
            assert other.address_sha256.hex() not in page
            assert browser.send(f"/portal/push/{other.public_id}/end").status_code == 404
            assert browser.send(f"/portal/push/{own.public_id}/end").status_code == 303

    def test_an_artists_session_cannot_enter_a_phone_for_her_agent(
        self, app, organisation, person, agent
    ):
        forget()
        act_as(Viewer(organisation.id, actor=f"artist:{person.id}", artist_id=person.id))
        added = text(
            "INSERT INTO push_subscription (public_id, organisation_id, person_id, address_sha256)"
            " VALUES (gen_random_uuid(), :company, :agent, 'x')"
        )

        with pytest.raises(Exception, match="row-level security"), transaction() as db:
            db.execute(added, {"company": organisation.id, "agent": agent.id})
        forget()

    @pytest.mark.parametrize(
        ("event", "scopes", "is_told"),
        [
            ("contract_sent_copy", (RepresentationScope.view,), True),
            ("contract_sent_copy", (RepresentationScope.sign,), False),
            ("contract_sent_copy", (), False),
            ("payable_returned", (RepresentationScope.view,), False),
            ("payable_returned", (RepresentationScope.view, RepresentationScope.paid), True),
        ],
    )
    def test_is_told_only_of_what_the_agent_may_see(
        self, told, phone_of, person, agent, subscribe, looks_after, promised, owner_session,  # noqa: F811
        event, scopes, is_told,
    ):  # fmt: skip
        given = looks_after(*EVERYTHING)
        subscribe(phone_of(person, agent=agent))
        given.scopes = [scope.value for scope in scopes]
        owner_session.commit()

        assert len(promised(event)) == int(is_told)

    def test_is_told_nothing_once_the_agent_has_left_even_if_it_was_promised(
        self, told, phone_of, person, agent, subscribe, looks_after, promised, owner_session  # noqa: F811
    ):  # fmt: skip
        given = looks_after(*EVERYTHING)
        phone = subscribe(phone_of(person, agent=agent))
        (one,) = promised()
        given.ends_on = now().date() - timedelta(days=1)
        owner_session.commit()

        carry(told, one)

        assert phone.shown == []
        assert promised("amendment_sent_copy", amendment=WORDS["production"]) == [one]
