"""Before what cannot be taken back, a fresh code; what was typed is not lost (domain.md 3.7, point 8)."""

from datetime import timedelta

import pytest
from flask import Blueprint, request
from sqlalchemy import select, update

from app.db.clock import now
from app.domain.people import ContactKind
from app.models import ContactPoint
from app.models.outbox import OutboxMessage
from app.models.sign_in import LoginToken, WebSession
from portal.step_up import proved_by, require_step_up
from tests.conftest import move_in


@pytest.fixture
def app(make_app, config):
    """The product with one more room behind a code, which moves from test to test."""
    if not _vaults:
        _vaults.append(with_a_vault(make_app()))
    move_in(_vaults[0], config)
    return _vaults[0]


_vaults = []


def with_a_vault(made):
    room = Blueprint("vault", __name__, url_prefix="/portal/vault")

    @room.route("/", methods=["GET", "POST"])
    @require_step_up
    def vault() -> str:
        return f"open {request.form.get('account', '')} by {proved_by()}"

    made.register_blueprint(room)
    made.before_request_funcs["vault"] = made.before_request_funcs["portal"]
    return made


@pytest.fixture
def phone(phone_of, person):
    return phone_of(person)


class TestRequireStepUp:
    def test_a_page_asks_for_a_code_first_and_then_opens(self, phone, newest_letter):
        first = phone.get("/portal/vault/")
        assert first.status_code == 403
        assert "Send me a code" in first.text

        phone.send("/portal/prove", {"next": "/portal/vault/", "step_up_again": "1"})
        answer = phone.send(
            "/portal/prove", {"next": "/portal/vault/", "step_up_code": newest_letter().code}
        )

        assert answer.headers["Location"] == "/portal/vault/"
        assert phone.get("/portal/vault/").text.startswith(
            "open  by code by e-mail to a•••@example.com, "
        )

    def test_looking_sends_nothing(self, phone, owner_session):
        phone.get("/portal/vault/")

        assert owner_session.scalars(select(OutboxMessage)).all() == []

    def test_a_form_is_carried_through_the_code(self, phone, newest_letter):
        asked = phone.send("/portal/vault/", {"account": "062-000 <1>"})
        assert asked.status_code == 403
        assert 'name="account" value="062-000 &lt;1&gt;"' in asked.text

        done = phone.send(
            "/portal/vault/", {"account": "062-000 <1>", "step_up_code": newest_letter().code}
        )

        assert done.text.startswith("open 062-000 <1> by code by e-mail")

    def test_a_wrong_code_is_said_beside_the_field_and_keeps_the_form(self, phone, newest_letter):
        phone.send("/portal/vault/", {"account": "062"})
        wrong = "22222222" if newest_letter().code != "2222-2222" else "33333333"

        page = phone.send("/portal/vault/", {"account": "062", "step_up_code": wrong})

        assert page.status_code == 422
        assert "That is not the code we sent last." in page.text
        assert 'name="account" value="062"' in page.text

    def test_the_session_goes_on_under_a_new_id(self, phone, newest_letter, owner_session):
        before = phone.get_cookie("__Host-artist").value
        phone.send("/portal/vault/", {"account": "062"})
        phone.send("/portal/vault/", {"account": "062", "step_up_code": newest_letter().code})

        assert phone.get_cookie("__Host-artist").value != before
        live = owner_session.scalars(select(WebSession).where(WebSession.ended_at.is_(None))).all()
        assert len(live) == 1

    def test_a_code_of_another_session_is_nothing(self, phone, phone_of, person, newest_letter):
        phone.send("/portal/vault/", {"account": "062"})

        page = phone_of(person).send("/portal/vault/", {"step_up_code": newest_letter().code})

        assert page.status_code == 422

    def test_a_sign_in_code_does_not_prove_again(self, phone, newest_letter, owner_session):
        phone.send("/portal/vault/", {"account": "062"})
        owner_session.execute(update(LoginToken).values(purpose="sign_in"))
        owner_session.commit()

        page = phone.send("/portal/vault/", {"step_up_code": newest_letter().code})

        assert page.status_code == 422

    def test_it_counts_for_ten_minutes(self, phone_of, person, owner_session):
        phone = phone_of(person, stepped_up=True)
        assert phone.get("/portal/vault/").status_code == 200
        owner_session.execute(
            update(WebSession).values(stepped_up_at=now() - timedelta(minutes=10, seconds=1))
        )
        owner_session.commit()
        phone.application.session_interface._cache._redis.flushall()

        assert phone.get("/portal/vault/").status_code == 403

    def test_a_verified_mobile_gets_the_code_instead_of_the_mail(
        self, phone, person, owner_session
    ):
        owner_session.add(
            ContactPoint(
                organisation_id=person.organisation_id,
                person_id=person.id,
                kind=ContactKind.mobile,
                value="+61 400 000 211",
                normalised="+61400000211",
                verified_at=now(),
            )
        )
        owner_session.commit()

        page = phone.send("/portal/vault/", {"account": "062"})

        [message] = owner_session.scalars(select(OutboxMessage)).all()
        assert (message.kind, message.payload["recipient"]) == ("sms.sign_in", "+61400000211")
        assert "by text to ••• 211" in page.text

    def test_a_stranger_is_asked_to_sign_in(self, client):
        assert client.get("/portal/vault/").status_code == 401
