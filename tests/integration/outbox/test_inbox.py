"""Notices are kept once and read as the organisation they concern, or kept with the reason."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.session import bind, forget, transaction
from app.domain.errors import Refused
from app.domain.outbox import NoticeState
from app.models import InboxNotice
from app.services import inbox as inbox_service
from tasks.inbox import Inbox, Reader, due_notices
from tasks.standing import as_worker


@pytest.fixture
def keep(config, as_worker_login):
    """Keep a notice as the webhook door does: signed in as the app, as nobody's viewer."""

    def knock(event_key="evt-1", reference=None):
        forget()
        door = bind(config.database_url)
        with transaction() as db:
            new = inbox_service.keep(
                db,
                provider="test",
                event_key=event_key,
                raw=b"{}",
                headers={"Content-Type": "application/json", "Authorization": "secret"},
                reference=reference,
            )
        forget()
        door.dispose()
        bind(config.database_worker_url)
        return new

    return knock


@pytest.fixture
def notice(owner_engine):
    """Read the only notice as it stands."""

    def read():
        with Session(owner_engine) as db:
            return db.scalars(select(InboxNotice)).one()

    return read


@pytest.fixture
def read():
    return []


@pytest.fixture
def inbox(read, as_worker_login):
    made = Inbox()
    made.add(Reader("test", lambda db, kept: read.append(
        (kept.event_key, *db.execute(select(
            func.current_setting("app.organisation_id"), func.current_user())).one())
    )))  # fmt: skip
    return made


def test_the_same_event_is_kept_once(keep, notice):
    assert [keep(), keep(), keep()] == [True, False, False]
    assert notice().headers == {"Content-Type": "application/json"}


def test_a_notice_is_read_once_as_its_organisation(
    keep, inbox, read, crew, promise, organisation_id, notice
):
    message_id = promise()
    crew.courier.run(message_id)
    keep(reference=f"ext-{message_id}")

    inbox.run(notice().id)
    inbox.run(notice().id)

    assert read == [("evt-1", str(organisation_id), "portal_app")]
    assert (notice().state, notice().organisation_id) == (NoticeState.done, organisation_id)


def test_what_a_reader_says_became_of_a_notice_is_kept(as_worker_login, keep, promise, notice):
    inbox = Inbox()
    inbox.add(Reader("test", lambda _db, _notice: "Our records followed."))
    keep(reference=str(promise()))

    inbox.run(notice().id)

    assert (notice().state, notice().reason) == (NoticeState.done, "Our records followed.")


def test_a_notice_that_comes_before_our_own_answer_waits(keep, inbox, read, promise, notice, later):
    keep(reference="11111111-1111-7111-8111-111111111111")
    inbox.run(notice().id)
    early = notice().state
    message_id = promise()
    with as_worker() as db:
        db.execute(text("UPDATE inbox_notice SET reference = :id"), {"id": str(message_id)})
    later(10)

    inbox.run(notice().id)

    assert (early, notice().state, len(read)) == (NoticeState.new, NoticeState.done, 1)


def test_a_notice_about_nothing_of_ours_is_kept_with_the_reason(keep, inbox, notice, later):
    keep(reference="unknown")
    later(90_000)

    inbox.run(notice().id)

    assert (notice().state, notice().reason) == (
        NoticeState.refused, "No promise of ours is known to test as unknown.",
    )  # fmt: skip


def test_what_comes_too_late_is_kept_with_the_reason(as_worker_login, keep, promise, notice):
    def refuse(_db, _notice):
        raise Refused("The contract was withdrawn.")

    inbox = Inbox()
    inbox.add(Reader("test", refuse))
    keep(reference=str(promise()))

    inbox.run(notice().id)

    assert (notice().state, notice().reason) == (
        NoticeState.refused, "The contract was withdrawn.",
    )  # fmt: skip


def test_a_reader_that_breaks_writes_nothing_and_is_asked_again(
    as_worker_login, keep, promise, notice, owner_session
):
    def break_half_way(db, _notice):
        db.execute(text("UPDATE organisation SET name = 'Broken'"))
        raise ValueError("boom")

    inbox = Inbox()
    inbox.add(Reader("test", break_half_way))
    keep(reference=str(promise()))

    inbox.run(notice().id)

    assert notice().state is NoticeState.new
    assert f"in the log under notice-{notice().id}" in notice().reason
    assert "boom" not in notice().reason
    assert owner_session.scalar(text("SELECT name FROM organisation")) == "Northern Ballet"
    with as_worker() as db:
        assert due_notices(db, 10) == []
