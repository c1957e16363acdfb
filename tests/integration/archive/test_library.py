"""Papers of a company in its library: filed once, watched, compared, filed again by a person."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.db.clock import now
from app.domain.archive import Library, state_of
from app.domain.errors import Refused
from app.domain.outbox import MessageState, NoticeState
from app.integrations.errors import Permanent
from app.models import AttentionItem, Document, ProviderConnection
from app.models.inbox import InboxNotice
from app.models.outbox import OutboxAttempt, OutboxMessage
from app.models.outbox_decisions import HookRefusal
from app.services import needs_attention, provider_switches
from app.services.archive import filing, library
from tasks.couriers import gather
from tasks.couriers.provider_tests import TRIALS
from tasks.crew import engage
from tests.integration.archive.conftest import files
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


@pytest.fixture
def watched(connected, work, as_staff, filed):
    """A paper is filed and SharePoint tells of changes."""
    document = filed()
    with as_staff() as db:
        library.watch(db, "now")
        library.look_for_changes(db, "first", is_whole=True)
    work()
    return document


def see(vendor, work, later):
    """Let the hints arrive and be answered."""
    vendor.simulator.deliver()
    work()
    later()
    work()
    later()


class TestFiling:
    def test_a_promised_paper_is_in_the_library_with_what_it_is_about(
        self, connected, vendor, filed, work, stored, open_items
    ):
        document = filed()

        work()

        (kept,) = files(vendor)
        known = stored(Document, document)
        assert (known.archive_item_id, known.filed_at is not None) == (kept.id, True)
        assert kept.fields["Artist"] == "Noémie Lefèvre"
        assert kept.fields["ContentHash"] == known.file.sha256
        assert open_items() == []

    @pytest.mark.parametrize("kind", ["drop_after", "fail_after", "drop_before"])
    def test_an_answer_that_was_lost_is_one_file_after_the_next_try(
        self, connected, vendor, filed, work, later, stored, kind
    ):
        document = filed()
        vendor.faults.plan(kind, method="PUT")

        work()
        later()
        work()

        assert len(files(vendor)) == 1
        assert stored(Document, document).archive_item_id == files(vendor)[0].id

    def test_what_was_said_can_be_read_beside_the_attempt(
        self, connected, filed, work, owner_session
    ):
        filed()

        work()

        said = owner_session.scalars(select(OutboxAttempt.exchanges)).one()
        assert [one["method"] for one in said] == ["POST", "GET", "PUT", "POST"]

    def test_asked_to_wait_it_waits_as_long(self, connected, vendor, filed, work, owner_session):
        filed()
        vendor.faults.plan("refuse", method="PUT", seconds=90)

        work()

        message = owner_session.scalars(select(OutboxMessage)).one()
        wait = (message.not_before - now()).total_seconds()
        assert message.state is MessageState.ready
        assert 80 < wait <= 91

    def test_without_a_library_a_person_is_asked_and_choosing_one_files_what_waits(
        self, as_staff, vendor, connected, filed, work, open_items, owner_session
    ):
        connected.settings = {**connected.settings, "drive": ""}
        owner_session.commit()
        filed()
        work()
        assert open_items() == [("no_library", "library")]

        with as_staff() as db:
            waited = filing.choose_library(db, vendor.simulator.drive.id)
        work()

        assert waited == 1
        assert len(files(vendor)) == 1
        assert open_items() == []

    def test_by_hand_nothing_is_sent_one_thing_is_asked_and_what_lies_there_is_recognised(
        self, connected, vendor, filed, work, as_staff, organisation, stored, open_items
    ):
        own = {"organisation_id": organisation.id, "reason": "SharePoint is away", "by": "Ruth"}
        with as_staff() as db:
            provider_switches.go_by_hand(db, "sharepoint", **own)
        first, second = filed(), filed("C-2026-0002 v1.pdf", b"%PDF-1.7 another")
        work()
        asked, sent = open_items(), files(vendor)
        path = stored(Document, first).archive_path
        vendor.simulator.drive.write(f"root:/{path}:", b"%PDF-1.7 signed")
        with as_staff() as db:
            still = filing.take_up(db)
            waiting = needs_attention.troubles(db).stopped
            provider_switches.go_by_provider(db, "sharepoint", **own)
            again = filing.take_up(db)
        work()

        assert (len(asked), "by_hand" in str(asked), sent) == (1, True, [])
        assert (still, waiting, again) == (0, [], 2)
        assert {kept.name for kept in files(vendor)} == {"C-2026-0001 v1.pdf", "C-2026-0002 v1.pdf"}
        assert [kept.versions for kept in files(vendor)] == [[], []]
        assert all(stored(Document, one).filed_at for one in (first, second))
        assert open_items() == []

    def test_a_stranger_in_its_place_is_left_there_until_a_person_files_again(
        self, connected, vendor, filed, work, as_staff, stored, open_items
    ):
        path = "company/2026/Nabucco/Noémie Lefèvre/C-2026-0001 v1.pdf"
        vendor.simulator.drive.write(f"root:/{path}:", b"a stranger")
        document = filed()
        work()
        assert open_items() == [("paper_not_filed", f"document:{document}")]
        assert files(vendor)[0].content == b"a stranger"

        with as_staff() as db:
            filing.file_again(db, db.get_one(Document, document))
        work()

        (kept,) = files(vendor)
        assert (kept.content, kept.versions) == (b"%PDF-1.7 signed", [b"a stranger"])
        assert stored(Document, document).filings == 2
        assert open_items() == []


class TestChoosing:
    def test_consent_then_a_site_then_a_library(self, as_staff, organisation, vendor, work, stored):
        with as_staff() as db:
            library.consented(db, organisation_id=organisation.id, tenant="t-1", by="staff:1")
            library.look_at_site(
                db, "https://contoso.example/sites/productions/Shared%20Documents?x=1"
            )
        work()
        with as_staff() as db:
            found = library.connection(db)
            assert [one["name"] for one in found.settings["libraries"]] == [
                "Contracts",
                "Documents",
            ]
            key = found.id

            filing.choose_library(db, vendor.simulator.drive.id)
        work()

        known = stored(ProviderConnection, key)
        assert known.external_name == "Productions, Contracts"
        assert known.settings["missing"] == []
        assert known.settings["subscription"] in vendor.simulator.subscriptions
        assert known.settings["link"].endswith("delta(token='0')")

    def test_a_site_that_is_not_there_is_told(self, as_staff, connected, work, stored):
        with as_staff() as db:
            library.look_at_site(db, "contoso.example/sites/nowhere")

        work()

        assert stored(ProviderConnection, connected.id).last_error == (
            "There is no site contoso.example/sites/nowhere."
        )

    @pytest.mark.parametrize("typed", ["", "productions", "ftp://x.example/sites/a", "a b.example"])
    def test_what_is_no_address_is_refused_beside_the_field(self, as_staff, connected, typed):
        with as_staff() as db, pytest.raises(Refused) as refused:
            library.look_at_site(db, typed)

        assert refused.value.field == "address"

    def test_a_library_of_another_site_is_refused(self, as_staff, connected):
        with as_staff() as db, pytest.raises(Refused, match="Choose one"):
            library.choose(db, "b!other")

    def test_another_tenant_begins_anew(self, as_staff, connected, organisation, stored):
        with as_staff() as db:
            library.consented(db, organisation_id=organisation.id, tenant="t-2", by="staff:1")

        assert stored(ProviderConnection, connected.id).settings == {}

    def test_given_up_nothing_is_asked_any_more(self, as_staff, connected, work):
        with as_staff() as db:
            library.give_up(db)

            assert library.chosen(db) is None
            with pytest.raises(Refused, match="not connected"):
                library.watch(db, "x")


class TestWatching:
    def test_a_paper_deleted_there_becomes_a_task_and_is_filed_again_by_a_person(
        self, watched, vendor, work, later, as_staff, open_items
    ):
        vendor.simulator.drive.delete(files(vendor)[0])
        see(vendor, work, later)
        assert open_items() == [("paper_missing", f"document:{watched}")]

        with as_staff() as db:
            filing.file_again(db, db.get_one(Document, watched))
        work()

        assert len(files(vendor)) == 1
        assert open_items() == []

    def test_a_paper_changed_there_is_not_overwritten_and_its_change_is_kept_as_a_version(
        self, watched, vendor, work, later, as_staff, open_items, owner_session
    ):
        vendor.simulator.drive.write(files(vendor)[0].id, b"%PDF forged")
        see(vendor, work, later)
        assert open_items() == [("paper_changed", f"document:{watched}")]
        assert files(vendor)[0].content == b"%PDF forged"

        with as_staff() as db:
            filing.file_again(db, db.get_one(Document, watched))
        work()
        see(vendor, work, later)

        (kept,) = files(vendor)
        assert (kept.content, kept.versions[-1]) == (b"%PDF-1.7 signed", b"%PDF forged")
        assert open_items() == []
        item = owner_session.scalars(select(AttentionItem)).one()
        assert item.closing == "It was filed."

    def test_a_paper_moved_there_is_told_with_both_places_and_settles_when_it_comes_back(
        self, watched, vendor, work, later, open_items, owner_session
    ):
        (kept,) = files(vendor)
        home = kept.parent
        vendor.simulator.drive.move(kept, folder_path="Elsewhere")
        see(vendor, work, later)
        assert open_items() == [("paper_moved", f"document:{watched}")]
        facts = owner_session.scalars(select(AttentionItem.facts)).one()
        assert facts["In SharePoint"] == "Elsewhere/C-2026-0001 v1.pdf"

        kept.parent = home
        vendor.simulator.drive.touch(kept)
        see(vendor, work, later)

        assert open_items() == []

    def test_a_hint_that_was_lost_is_made_up_for_at_night(
        self, watched, vendor, work, later, open_items
    ):
        vendor.simulator.lost = 1
        vendor.simulator.drive.delete(files(vendor)[0])
        vendor.simulator.deliver()
        later()
        assert work() == []

        work([("archive.compare", datetime.now(UTC) + timedelta(days=2))])

        assert open_items() == [("paper_missing", f"document:{watched}")]

    def test_what_others_do_in_the_library_is_nobodys_task(
        self, watched, vendor, work, later, open_items
    ):
        vendor.simulator.drive.write("root:/minutes.docx:", b"of a meeting")

        see(vendor, work, later)

        assert open_items() == []

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_hints_in_any_order_and_twice_lead_to_one_state(
        self, watched, vendor, work, later, open_items, order
    ):
        drive, (kept,) = vendor.simulator.drive, files(vendor)
        drive.write(kept.id, b"%PDF forged")
        drive.move(kept, folder_path="Elsewhere")
        drive.delete(kept)
        vendor.simulator.waiting = vendor.simulator.waiting[-3:]

        vendor.simulator.deliver([*order, *order])
        work()
        later()
        work()

        assert open_items() == [("paper_missing", f"document:{watched}")]

    def test_looks_read_in_the_wrong_order_never_go_back(
        self, watched, vendor, work, as_staff, owner_session, open_items, stored, connected
    ):
        sound = {
            "what": "changes", "link": "old", "is_whole": False, "seen": [],
            "asked_at": "2026-01-01T00:00:00+00:00",
        }  # fmt: skip
        late = InboxNotice(
            provider="sharepoint", event_key="late", raw=json.dumps(sound).encode(), headers={},
            reference=str(owner_session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).first()),
        )  # fmt: skip
        owner_session.add(late)
        owner_session.commit()

        work()

        assert stored(InboxNotice, late.id).state is NoticeState.refused
        assert stored(ProviderConnection, connected.id).settings["link"] != "old"

    def test_a_mark_that_is_too_old_means_comparing_everything(
        self, watched, vendor, work, as_staff, connected, owner_session, open_items
    ):
        vendor.simulator.drive.delete(files(vendor)[0])
        owner_session.refresh(connected)
        stale = connected.settings["link"].replace("token='", "token='stale")
        connected.settings = {**connected.settings, "link": stale}
        owner_session.query(Document).update({"filed_at": now() - timedelta(hours=1)})
        owner_session.commit()

        with as_staff() as db:
            library.look_for_changes(db, "again")
        work()

        assert open_items() == [("paper_missing", f"document:{watched}")]

    def test_many_files_come_in_pages(self, watched, vendor, work, as_staff, stored, connected):
        for number in range(120):
            vendor.simulator.drive.write(f"root:/other/{number}.pdf:", b"x")

        with as_staff() as db:
            library.look_for_changes(db, "pages", is_whole=True)
        work()

        assert vendor.faults.count("GET", ".*delta.*") >= 3
        assert (
            stored(ProviderConnection, connected.id)
            .settings["link"]
            .endswith(f"'{vendor.simulator.drive.clock}')")
        )


class TestSubscription:
    def test_is_renewed_before_it_ends_and_not_made_twice(
        self, watched, vendor, work, stored, connected, owner_session
    ):
        first = dict(vendor.simulator.subscriptions)
        owner_session.refresh(connected)
        soon = (now() + timedelta(hours=30)).isoformat()
        connected.settings = {**connected.settings, "subscription_until": soon}
        owner_session.commit()

        work([("archive.watch", datetime.now(UTC))])

        assert list(vendor.simulator.subscriptions) == list(first)
        until = stored(ProviderConnection, connected.id).settings["subscription_until"]
        assert datetime.fromisoformat(until) > now() + timedelta(hours=70)

    def test_is_left_alone_while_it_holds(self, watched, work):
        assert work([("archive.watch", datetime.now(UTC))]) == []

    def test_an_answer_that_was_lost_makes_no_second_one(
        self, connected, vendor, work, later, as_staff
    ):
        vendor.faults.plan("drop_after", method="POST", path="/v1.0/subscriptions")
        with as_staff() as db:
            library.watch(db, "now")

        work()
        later()
        work()

        assert len(vendor.simulator.subscriptions) == 1

    def test_lost_at_sharepoint_it_is_made_anew(self, watched, vendor, work, later):
        vendor.simulator.subscriptions.clear()

        work([("archive.compare", datetime.now(UTC) + timedelta(days=2))])

        assert len(vendor.simulator.subscriptions) == 1

    def test_refused_a_person_is_asked_and_it_settles_by_itself(
        self, connected, vendor, work, as_staff, open_items
    ):
        post, vendor.simulator.post = vendor.simulator.post, lambda *_: (500, b"")
        with as_staff() as db:
            library.watch(db, "one")
        work()
        assert open_items() == [("changes_not_told", "library")]

        vendor.simulator.post = post
        with as_staff() as db:
            library.watch(db, "two")
        work()

        assert open_items() == []


class TestTheDoor:
    def test_repeats_the_token_that_proves_the_address(self, sharepoint, app):
        answer = app.test_client().post(
            "/hooks/graph?validationToken=Validation%3A+Testing+%26+more%3Cscript%3E",
            content_type="text/plain; charset=utf-8",
        )

        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        assert answer.text == "Validation: Testing & more<script>"

    @pytest.mark.parametrize(
        "state", ["", "x", "0190a1b2-0000-7000-8000-000000000001.00ff", None, 7]
    )
    def test_a_forged_hint_is_refused_and_nothing_is_kept(
        self, sharepoint, app, owner_session, state
    ):
        body = {"value": [{"subscriptionId": "1", "clientState": state}]}

        answer = app.test_client().post("/hooks/graph", json=body)

        assert answer.status_code == 403
        assert owner_session.scalars(select(InboxNotice)).all() == []
        counted = [(one.provider, one.why, one.count) for one in owner_session.query(HookRefusal)]
        assert counted == [("sharepoint", "forged", 1)]

    def test_a_forged_hint_beside_a_genuine_one_is_counted_and_shown_on_the_desk(
        self, sharepoint, app, staff, owner_session
    ):
        ours = state_of("0190a1b2-0000-7000-8000-000000000001", sharepoint.secret_key)
        hints = [{"clientState": ours}, {"clientState": "guessed"}]

        answer = app.test_client().post("/hooks/graph", json={"value": hints})

        assert answer.status_code == 202
        assert len(owner_session.scalars(select(InboxNotice)).all()) == 1
        page = staff("Administrator").get("/admin/integrations/archive").text
        assert "1 with a wrong signature or too old in 24 hours" in page

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"value": 1}', b"\xff"])
    def test_what_is_no_notification_is_refused(self, sharepoint, app, owner_session, body):
        answer = app.test_client().post("/hooks/graph", data=body, content_type="application/json")

        assert answer.status_code == 400
        assert [one.why for one in owner_session.query(HookRefusal)] == ["unreadable"]

    def test_our_word_under_another_key_is_not_ours(self, sharepoint, app):
        state = state_of("0190a1b2-0000-7000-8000-000000000001", "another key")

        answer = app.test_client().post("/hooks/graph", json={"value": [{"clientState": state}]})

        assert answer.status_code == 403


class TestATest:
    @pytest.fixture
    def trial(self, sharepoint):
        gather(engage(sharepoint))
        return TRIALS["archive", "sharepoint"]

    def test_asks_for_the_library_that_was_chosen(self, connected, trial, as_staff):
        with as_staff() as db:
            place = trial.prepare(db)

        assert trial.call(place) == "SharePoint answers, and the library is there."
        with pytest.raises(Permanent):
            trial.call(Library(place.tenant, "no-such-drive"))

    def test_says_that_none_is_chosen_yet(self, connected, trial, as_staff):
        with as_staff() as db:
            tenant = trial.prepare(db).tenant

        assert trial.call(Library(tenant, "")).endswith("No library is chosen yet.")

    def test_says_where_leave_is_missing(self, trial, as_staff):
        with as_staff() as db, pytest.raises(Refused, match="Let an administrator consent"):
            trial.prepare(db)
