from flask import Flask
from sqlalchemy.orm.exc import StaleDataError

from app import errors
from app.db.secrets import Unreadable
from app.domain.errors import Refused


def answer_to(error):
    app = Flask(__name__)
    errors.install(app)

    @app.get("/api/try")
    def refuse():
        raise error

    answer = app.test_client().get("/api/try")
    return answer.status_code, answer.json["title"], answer.json["detail"]


def test_who_comes_second_is_told_that_something_changed():
    assert answer_to(StaleDataError("1 row was expected")) == (
        409,
        *errors.WORDS[409],
    )


def test_a_refusal_that_no_door_caught_is_still_a_sentence():
    assert answer_to(Refused("The season is closed.")) == (
        409,
        "That cannot be done",
        "The season is closed.",
    )


def test_a_sealed_entry_without_its_key_is_a_sentence_and_a_line_for_the_operator(caplog):
    assert answer_to(Unreadable("bank_detail.account was sealed with a key we do not have.")) == (
        503,
        *errors.SEALED,
    )
    assert "put its key back among FIELD_KEYS" in caplog.text
