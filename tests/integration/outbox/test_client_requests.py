"""A request sent twice is answered once, and the key of one cannot be used for another."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.models import ClientRequest
from app.services import client_requests

KEY = UUID("018f0000-0000-7000-8000-000000000001")
ASKED = client_requests.fingerprint({"amount": "12.50"})


@pytest.fixture
def ask(organisation_id, as_worker_login):
    """Send a request as an artist, and do its work if it is new."""

    def send(asked=ASKED, actor="artist:5"):
        forget()
        act_as(Viewer(organisation_id, actor=actor, artist_id=5), role="portal_app")
        who = {"organisation_id": organisation_id, "actor": actor, "key": KEY}
        with transaction() as db:
            known = client_requests.begin(db, **who, asked=asked)
            if known is not None:
                return known, False
            return client_requests.answer(db, **who, status=201, body={"id": 1}), True

    return send


def test_a_repeat_gets_the_first_answer_and_does_no_work(ask):
    first, worked = ask()
    again, worked_again = ask()

    assert (first, worked, again, worked_again) == (
        client_requests.Answer(201, {"id": 1}), True, first, False,
    )  # fmt: skip


def test_the_key_of_another_request_is_refused(ask):
    ask()

    with pytest.raises(client_requests.KeyReused):
        ask(client_requests.fingerprint({"amount": "99.00"}))


def test_two_people_may_choose_the_same_key(ask):
    ask()

    assert ask(actor="artist:6")[1] is True


def test_nobody_reads_the_answer_to_another(ask, organisation_id):
    ask()
    forget()
    act_as(Viewer(organisation_id, actor="artist:6"), role="portal_app")

    with transaction() as db:
        seen = db.scalars(select(ClientRequest)).all()
    forget()
    act_as(Viewer(organisation_id, actor="artist:5"), role="portal_app")
    with transaction() as db:
        mine = db.scalars(select(ClientRequest)).all()

    assert (len(seen), len(mine)) == (0, 1)
