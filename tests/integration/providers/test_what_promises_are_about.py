"""A promise names what it is about; carriers' news and second factors are taken once and in order."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pyotp
import pytest

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.documents import DocumentKind
from app.domain.errors import Invalid, Refused
from app.domain.reports import ReportFormat
from app.models import ArtistProfile, Contract, Document
from app.services import promise_subjects, reports, sealed_numbers, second_factor, sign_in
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory
from tests.factories.people import PersonFactory
from tests.fixtures_sign_in import user_of


@pytest.fixture
def db(owner_session, organisation):
    at_home_in(owner_session)
    return owner_session


class TestSubjects:
    def test_are_called_by_their_own_names_in_one_question(self, db, organisation):
        engagement = EngagementFactory(person=PersonFactory(organisation_id=organisation.id))
        own = {"organisation_id": organisation.id, "engagement_id": engagement.id}
        contract = Contract(**own, number="C-2027-0001", title="Carmen", status=ContractStatus.sent)
        paper = Document(**own, kind=DocumentKind.contract, title="The sealed paper", person_id=engagement.person_id)  # fmt: skip
        db.add_all([contract, paper])
        db.commit()

        def promise(kind, **payload):
            return SimpleNamespace(id=uuid4(), kind=kind, payload=payload)

        ones = [
            promise("contract.seal", contract_id=contract.id), promise("contract.tell", contract_id=contract.id),
            promise("archive.file", document_id=paper.id), promise("mail.send", about="A letter"),
            promise("report.make", run_id=987654), promise("other.kind", run_id=3),
            promise("ledger.refresh", payable_ids=[7, 8]), promise("ledger.refresh", payable_ids=[]),
        ]  # fmt: skip

        found = promise_subjects.subjects_of(db, ones)

        words = [found[one.id].name if one.id in found else None for one in ones]
        assert "C-2027-0001" in words[0]
        assert words[1] == words[0]
        assert "The sealed paper" in words[2]
        assert words[3:] == ["A letter", None, "", "2 bills", "what is being entered"]


class TestReports:
    @pytest.fixture
    def run(self, db, organisation):
        """Return a maker of reports that were asked for."""
        asker = user_of(db)

        def ask(report="contract_status"):
            wish = reports.Wish(
                report, "Contracts", ReportFormat.csv, {}, "", fees=False, mail=False
            )
            return reports.ask(db, wish, organisation_id=organisation.id, requested_by=asker.id)

        return ask

    def test_that_were_given_up_are_neither_finished_nor_failed(self, db, run):
        given_up = run()
        reports.cancel(db, given_up)

        reports.fail(db, given_up.id, "Too late")
        reports.finish(db, given_up.id, SimpleNamespace())

        assert (given_up.status, given_up.error, given_up.file) == ("cancelled", "", None)
        assert reports.begin(db, given_up.id) is None
        assert reports.show(db, given_up.id, 3, [{"rows": []}]) is False

    def test_are_listed_by_what_they_are(self, db, run):
        one, _other = run(), run("schedule")
        readable = {"contract_status", "schedule"}

        listed = reports.history(db, readable, fees=False, report="contract_status")

        assert listed == [one]
        assert len(reports.history(db, readable, fees=True)) == 2


class TestSecondFactors:
    def test_wait_for_their_first_code_under_one_secret_shown_until_then(self, db, organisation):
        user = user_of(db)
        made = second_factor.prepare(db, user.id, organisation.id)
        db.commit()

        again = second_factor.prepare(db, user.id, organisation.id)
        code = pyotp.TOTP(second_factor.secret_of(again)).at(now())
        second_factor.confirm(db, user.id, code)

        assert again is made
        with pytest.raises(Refused, match="its secret is not shown again"):
            second_factor.secret_of(made)

    def test_are_forgotten_also_where_there_is_none(self, db, organisation):
        user = user_of(db)
        second_factor.prepare(db, user.id, organisation.id)
        for _ in range(2):
            second_factor.forget(db, user.id)
            db.commit()

        assert second_factor.of(db, user.id) is None


class TestTravel:
    def test_is_kept_for_artists_in_words_of_some_length_and_the_passport_once(self, db, person):
        with pytest.raises(Refused, match="is no artist"):
            sealed_numbers.profile_of(db, person)
        profile = ArtistProfile(organisation_id=person.organisation_id, person_id=person.id)
        db.add(profile)
        db.commit()

        def change(**typed):
            seen = sealed_numbers.stamp_of(sealed_numbers.profile_of(db, person))
            return sealed_numbers.change_travel(db, person, typed, seen=seen)

        with pytest.raises(Invalid) as refusal:
            change(dietary="x" * 5000)
        first = change(dietary="None", passport="PA1234567").passport
        again = change(dietary="No nuts", passport="PA1234567").passport

        assert set(refusal.value.errors) == {"dietary"}
        assert again == first
        with pytest.raises(Refused, match="Somebody changed this while you were writing"):
            sealed_numbers.change_travel(db, person, {}, seen=(now() - timedelta(1)).isoformat())


def test_a_link_that_nobody_made_opens_nothing(db):
    assert sign_in.look_at(db, "x" * 43) is None
