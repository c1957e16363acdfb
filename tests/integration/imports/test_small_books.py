"""What is said of each kind of row, and what is kept of it, in books of a few rows."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.domain.contracts import ContractStatus
from app.domain.import_report import BookReport, Severity
from app.domain.imports import RowOutcome
from app.domain.people import EngagementBasis, EngagementStatus, PersonKind
from app.domain.schedules import CallStatus
from app.models import (
    ArtistProfile,
    AuditEntry,
    Call,
    ContactPoint,
    Contract,
    Engagement,
    Entitlement,
    FeeLine,
    NumberSeries,
    Person,
    Production,
    Representation,
    Venue,
)
from tests.integration.imports.conftest import Company, workbook

ADELAIDE = "Australia/Adelaide"


def artist(name: str | None, email: str | None = None, **more: Any) -> list[Any]:
    """Return a row about an artist."""
    return [name, more.get("discipline", "Soprano"), email, more.get("mobile"),
            more.get("basis", "contractor"), more.get("agent"), more.get("tax")]  # fmt: skip


def hire(name: str = "Adès, Thomas", **more: Any) -> list[Any]:
    """Return a row about an engagement."""
    return [name, more.get("code", "CAR"), more.get("role", "Piano"),
            more.get("starts", date(2027, 2, 1)), more.get("ends", date(2027, 2, 9)),
            more.get("fee", 1000), more.get("currency", "AUD"), more.get("per_diem", 0),
            more.get("paper"), more.get("terms", "50/50")]  # fmt: skip


def call(**more: Any) -> list[Any]:
    """Return a row about a call."""
    return [more.get("code", "CAR"), more.get("kind", "rehearsal"),
            more.get("day", date(2027, 2, 1)), more.get("time", "10:00AM"),
            more.get("venue", "Odeon"), "Norwood, SA", more.get("zone", ADELAIDE),
            more.get("note")]  # fmt: skip


CARMEN = ["CAR", "Carmen", "2026-27", "Coral Coast Ballet", "Opera"]
ODEON = ["Odeon", "Norwood, SA", ADELAIDE]
ADES = artist("Ades [Adès], Thomas", "thomas@example.org")


def season(**sheets: Any) -> bytes:
    """Return a book in which one artist, one production and one venue are known."""
    usual = {"Artists": [ADES], "Venues": [ODEON], "Productions": [CARMEN]}
    return workbook(**{**usual, **sheets})


def said(report: BookReport, severity: Severity) -> list[str]:
    """Return what was said with one weight: sheet, row, column and text."""
    return [
        f"{sheet.sheet}, row {remark.row}, {remark.column}: {remark.text}"
        for sheet, remark in report.remarks()
        if remark.severity is severity
    ]


class TestPeople:
    def test_one_person_in_other_case_with_blanks_and_without_accents(
        self, company: Company
    ) -> None:
        book = workbook(
            Artists=[
                artist("Lefèvre, Noémie", "N@example.org"),
                artist("LEFÈVRE,  NOÉMIE ", "n@example.org"),
                artist("Lefevre, Noemie"),
            ]
        )

        report = company.bring_in(book)

        names = company.all(select(Person.name))
        addresses = company.all(select(ContactPoint.normalised))
        assert names == ["Noémie Lefèvre"]
        assert addresses == ["n@example.org"]
        assert report.counts()["Artists"] == {
            "rows": 3, "added": 1, "changed": 0, "unchanged": 0, "merged": 2, "refused": 0,
        }  # fmt: skip

    def test_a_variant_in_brackets_is_the_same_person(self, company: Company) -> None:
        company.bring_in(workbook(Artists=[ADES]))

        report = company.bring_in(workbook(Artists=[artist("Adès, Thomas", "thomas@example.org")]))

        assert company.all(select(Person.name)) == ["Thomas Adès"]
        assert report.touched() == 0

    def test_the_same_address_under_another_name_is_a_conflict_and_both_are_kept(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(workbook(Artists=[artist("Reid, Mia", "m@example.org")]))
        owner_session.execute(update(ContactPoint).values(verified_at=func.now()))
        owner_session.commit()

        report = company.bring_in(workbook(Artists=[artist("Chen, Mei", "M@EXAMPLE.ORG")]))

        points = company.all(select(ContactPoint).order_by(ContactPoint.id))
        assert sorted(company.all(select(Person.name))) == ["Mei Chen", "Mia Reid"]
        assert [point.verified_at for point in points] == [None, None]
        assert [point.conflict_note for point in points] == [
            "Also used by Mei Chen. Unverified until somebody checks whose it is.",
            "Also used by Mia Reid. Unverified until somebody checks whose it is.",
        ]
        assert said(report, Severity.conflict) == [
            (
                "Artists, row 2, : m@example.org is also used by Mia Reid. Both are kept, and it counts "
                "as unverified until somebody checks whose it is."
            )
        ]

    def test_another_address_under_the_same_name_is_kept_beside_the_first(
        self, company: Company
    ) -> None:
        company.bring_in(workbook(Artists=[artist("Reid, Mia", "m@example.org")]))

        report = company.bring_in(workbook(Artists=[artist("Reid, Mia", "mia@example.com")]))

        preferred = select(ContactPoint.normalised).where(ContactPoint.is_preferred)
        assert company.all(select(func.count()).select_from(Person)) == [1]
        assert company.all(preferred) == ["m@example.org"]
        assert report.counts()["Artists"]["changed"] == 1

    def test_a_name_without_comma_is_an_ensemble(self, company: Company) -> None:
        company.bring_in(workbook(Artists=[artist("Canadian Brass")]))

        assert company.all(select(Person.kind)) == [PersonKind.ensemble]

    def test_words_become_codes(self, company: Company) -> None:
        rows = [
            artist("A, A", basis="company (loan-out)", tax="UK"),
            artist("B, B", basis="Contractor", tax="AUS"),
            artist("C, C", basis="via agency", tax="Deutschland"),
            artist("D, D", basis=None, tax=None),
        ]

        company.bring_in(workbook(Artists=rows))

        facts = company.all_rows(
            select(ArtistProfile.usual_basis, ArtistProfile.tax_residence).order_by(
                ArtistProfile.id
            )
        )
        assert facts == [
            (EngagementBasis.company, "GB"),
            (EngagementBasis.contractor, "AU"),
            (EngagementBasis.agency, "DE"),
            (EngagementBasis.undecided, ""),
        ]

    def test_a_number_without_country_belongs_to_the_companys(self, company: Company) -> None:
        company.bring_in(workbook(Artists=[artist("Reid, Mia", mobile="0409282371")]))

        assert company.all(select(ContactPoint.normalised)) == ["+61409282371"]

    def test_another_agent_is_added_and_the_earlier_one_is_to_be_ended_by_hand(
        self, company: Company
    ) -> None:
        company.bring_in(workbook(Artists=[artist("A, A", agent="Aurora"), artist("B, B")]))

        report = company.bring_in(workbook(Artists=[artist("A, A", agent="B, B")]))

        assert company.all(select(Person.name).where(Person.is_agent)) == ["Aurora", "B B"]
        assert said(report, Severity.conflict) == [
            (
                "Artists, row 2, : Aurora stood for A A before. End that on the artist's page if it "
                "is over."
            )
        ]

    def test_rows_about_one_person_that_differ_are_said(self, company: Company) -> None:
        rows = [
            artist("A, A", "a@example.org"), artist("A, A", "b@example.org"),
            artist("A, A", "a@example.org", discipline="Alto"),
        ]  # fmt: skip

        report = company.bring_in(workbook(Artists=rows))

        assert [line.split(": ")[1].split(".")[0] for line in said(report, Severity.conflict)] == [
            "The same name as row 2 with another e-mail address",
            "Its discipline differs from row 2, which counts",
        ]

    def test_an_agent_may_view_for_those_the_book_names(self, company: Company) -> None:
        rows = [
            artist("A, A", agent="Aurora Artists <agent@aurora.example>"),
            artist("B, B", agent="Aurora Artists (AGENT@aurora.example)"),
        ]

        company.bring_in(workbook(Artists=rows))
        company.bring_in(workbook(Artists=rows))

        agents = company.all(select(Person.name).where(Person.is_agent))
        assert agents == ["Aurora Artists"]
        assert company.all(select(Representation.scopes)) == [["view"], ["view"]]

    def test_what_cannot_be_read_refuses_its_row_and_says_what_to_write(
        self, company: Company
    ) -> None:
        rows = [
            artist(None, "nobody@example.org"),
            artist("A, A", "not-an-email", basis="handshake", tax="Narnia", mobile="12"),
        ]

        report = company.bring_in(workbook(Artists=rows))

        assert company.all(select(Person.id)) == []
        assert said(report, Severity.error) == [
            (
                "Artists, row 2, Name (Last, First): Name (Last, First) is empty. Fill it in, and bring "
                "the workbook in again."
            ),
            (
                "Artists, row 3, E-mail: not-an-email is not an e-mail address. Correct it or empty the "
                "cell."
            ),
            (
                "Artists, row 3, Mobile: 12 has too few or too many digits. Write it with its country, "
                "such as +61 412 345 678."
            ),
            (
                "Artists, row 3, Basis: handshake is not a basis we know. Write employee, contractor, "
                "company, agency or foreign resident."
            ),
            (
                "Artists, row 3, Tax residence: Narnia is not a country we know. Write its code, such as "
                "AU or GB."
            ),
        ]

    def test_two_people_of_one_name_are_told_apart_by_address_or_not_at_all(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(workbook(Artists=[artist("Reid, Mia", "one@example.org")]))
        owner_session.add(
            Person(organisation_id=company.organisation.id, name="Mia Reid", name_key="mia reid")
        )
        owner_session.commit()

        sure = company.bring_in(workbook(Artists=[artist("Reid, Mia", "one@example.org")]))
        unsure = company.bring_in(workbook(Artists=[artist("Reid, Mia", "new@example.org")]))

        assert sure.counts()["Artists"]["unchanged"] == 1
        assert "2 people here are called Mia Reid." in said(unsure, Severity.error)[0]


class TestEngagements:
    def test_a_signed_contract_without_paper_is_external_and_asks_for_it(
        self, company: Company
    ) -> None:
        company.bring_in(season(Engagements=[hire(paper="Signed")]))

        (contract,) = company.all(select(Contract))
        (engagement,) = company.all(select(Engagement))
        assert contract.status is ContractStatus.external
        assert contract.number == "C-2027-0001"
        assert contract.source_note.endswith("Upload the signed paper.")
        assert contract.executed_at is None
        assert engagement.status is EngagementStatus.confirmed
        assert engagement.number == "ENG-0001"

    def test_a_draft_without_text_is_no_contract_yet(self, company: Company) -> None:
        company.bring_in(season(Engagements=[hire(paper="draft")]))

        assert company.all(select(Contract)) == []
        assert company.all(select(Engagement.status)) == [EngagementStatus.pencilled]

    def test_a_draft_here_that_the_book_calls_signed_is_to_be_looked_at(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(season(Engagements=[hire(paper="sent")]))
        owner_session.execute(update(Contract).values(status=ContractStatus.ready))
        owner_session.commit()

        report = company.bring_in(season(Engagements=[hire(paper="signed")]))

        assert company.all(select(Contract.status)) == [ContractStatus.ready]
        assert said(report, Severity.conflict) == [
            (
                "Engagements, row 2, : The workbook says signed; here the contract is ready. If it "
                "was signed on paper, upload the signed paper on the contract's page."
            )
        ]

    def test_sums_in_words_of_a_spreadsheet(self, company: Company) -> None:
        rows = [
            hire(fee="400,000.00", currency="JPY", terms="3 instalments", per_diem=11000),
            hire(role="Organ", fee="10,000.00", terms="3 instalments"),
            hire(role="Celesta", fee=1200.5, terms="on completion"),
        ]

        company.bring_in(season(Engagements=rows))

        fees = company.all(select(Engagement.fee).order_by(Engagement.id))
        parts = company.all(
            select(FeeLine.amount).order_by(FeeLine.engagement_id, FeeLine.position)
        )
        assert fees == [400_000, 10_000, pytest.approx(1200.5)]
        assert [str(part.normalize()) for part in parts] == [
            "133334", "133333", "133333", "3333.34", "3333.33", "3333.33", "1200.5",
        ]  # fmt: skip
        assert company.all(select(Entitlement.amount)) == [11_000]

    def test_an_impossible_row_says_all_that_is_wrong_with_it(self, company: Company) -> None:
        row = hire("Nobody, Known", starts=date(2027, 9, 1), ends=date(2027, 8, 1), fee=-5,
                   currency="XXX", paper="perhaps", terms="never")  # fmt: skip

        report = company.bring_in(season(Engagements=[row]))

        assert [line.split(", ")[2].split(":")[0] for line in said(report, Severity.error)] == [
            "To", "Currency", "Fee", "Contract status", "Payment terms", "Artist",
        ]  # fmt: skip
        assert report.counts()["Engagements"]["refused"] == 1

    def test_an_artist_who_was_refused_is_named_with_the_row(self, company: Company) -> None:
        book = workbook(
            Artists=[artist("Broken, Mail", "not-an-email")],
            Productions=[CARMEN],
            Engagements=[hire("Broken, Mail")],
        )

        report = company.bring_in(book)

        assert said(report, Severity.error)[1] == (
            "Engagements, row 2, : Mail Broken is refused in row 2 of the artists. Correct that row "
            "first."
        )

    def test_a_changed_fee_makes_its_instalments_anew(self, company: Company) -> None:
        company.bring_in(season(Engagements=[hire()]))

        report = company.bring_in(season(Engagements=[hire(fee=2000, paper="sent")]))

        assert report.counts()["Engagements"]["changed"] == 1
        assert company.all(select(FeeLine.amount)) == [1000, 1000]
        assert company.all(select(Engagement.status)) == [EngagementStatus.offered]
        assert company.all(select(Contract.status)) == [ContractStatus.external]
        assert "Engagements, row 2, : Fee was 1000, is now 2000." in said(report, Severity.note)

    def test_terms_under_a_contract_that_is_out_are_not_touched(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(season(Engagements=[hire(paper="sent")]))
        owner_session.execute(update(Contract).values(status=ContractStatus.executed))
        owner_session.commit()

        report = company.bring_in(season(Engagements=[hire(fee=9)]))

        assert company.all(select(Engagement.fee)) == [1000]
        assert said(report, Severity.error) == [
            "Engagements, row 2, : Fee cannot change once a contract is executed. Make an amendment."
        ]

    def test_the_same_row_twice_is_one_and_other_terms_are_two(self, company: Company) -> None:
        report = company.bring_in(season(Engagements=[hire(), hire(), hire(fee=5)]))

        assert report.counts()["Engagements"] == {
            "rows": 3, "added": 2, "changed": 0, "unchanged": 0, "merged": 1, "refused": 0,
        }  # fmt: skip


class TestCalls:
    def test_a_call_is_local_time_with_the_zone_of_its_venue(self, company: Company) -> None:
        company.bring_in(season(Calls=[call(zone=None), call(day=date(2027, 2, 2), time="None")]))

        timed, unsure = company.all(select(Call).order_by(Call.day_of))
        assert (timed.local_start, timed.zone, timed.local_end) == (time(10), ADELAIDE, None)
        assert timed.starts_at.isoformat() == "2027-01-31T23:30:00+00:00"
        assert (unsure.local_start, unsure.time_kind, unsure.starts_at) == (None, "tbc", None)

    def test_a_venue_without_zone_takes_the_one_its_calls_agree_on(self, company: Company) -> None:
        company.bring_in(
            season(Venues=[["Odeon", "Norwood, SA", None]], Calls=[call(), call(kind="dress")])
        )

        assert company.all(select(Venue.zone)) == [ADELAIDE]

    def test_where_calls_disagree_the_zone_stays_empty(self, company: Company) -> None:
        book = season(
            Venues=[["Odeon", "Norwood, SA", None]],
            Calls=[call(), call(kind="dress", zone="Australia/Sydney")],
        )

        report = company.bring_in(book)

        assert company.all(select(Venue.zone)) == [None]
        assert company.all(select(Call.zone)) == [None, None]
        assert said(report, Severity.conflict)[0] == (
            "Venues, row 2, : No time zone is written, and its calls name Australia/Adelaide and "
            "Australia/Sydney. Set it here, or its calls cannot be published."
        )

    def test_a_call_that_contradicts_its_venue_has_no_zone(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(zone="Australia/Sydney")]))

        assert company.all(select(Call.zone)) == [None]
        assert "this row says Australia/Sydney" in said(report, Severity.conflict)[0]

    def test_a_time_that_clocks_jump_over_is_refused(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(day=date(2026, 10, 4), time="2:30AM")]))

        assert report.counts()["Calls"]["refused"] == 1
        assert "02:30 does not exist in Adelaide" in said(report, Severity.error)[0]

    def test_a_time_that_comes_twice_is_taken_as_the_first_and_said(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(day=date(2027, 4, 4), time="2:30AM")]))

        assert company.all(select(Call.starts_at))[0].isoformat() == "2027-04-03T16:00:00+00:00"
        assert "comes twice" in said(report, Severity.conflict)[0]

    def test_a_call_whose_time_becomes_known_is_the_same_call(self, company: Company) -> None:
        company.bring_in(season(Calls=[call(time=None)]))

        report = company.bring_in(season(Calls=[call(time=time(19, 30))]))

        assert company.all(select(Call.local_start)) == [time(19, 30)]
        assert report.counts()["Calls"]["changed"] == 1

    def test_identical_rows_are_one_call_and_another_note_makes_two(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(), call(), call(note="Strings")]))

        assert [fate for _, fate in sorted(report.sheets[-1].outcomes.items())] == [
            RowOutcome.added, RowOutcome.merged, RowOutcome.added,
        ]  # fmt: skip

    def test_what_refers_to_nothing_is_refused(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(code="TOS", venue="Nowhere", kind="party")]))
        other = company.bring_in(season(Calls=[call(code="TOS", venue="Nowhere")]))

        assert "party is not a kind of call we know." in said(report, Severity.error)[0]
        assert [line.split(":")[1].split(",")[0] for line in said(other, Severity.error)] == [
            " There is no production TOS", " There is no venue Nowhere",
        ]  # fmt: skip

    def test_a_call_that_was_cancelled_here_stays_cancelled(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(season(Calls=[call()]))
        owner_session.execute(update(Call).values(status=CallStatus.cancelled))
        owner_session.commit()

        report = company.bring_in(season(Calls=[call()]))

        assert report.counts()["Calls"]["unchanged"] == 1
        assert "This call is cancelled here" in said(report, Severity.note)[-1]

    def test_a_call_with_neither_venue_nor_zone_cannot_be_published(self, company: Company) -> None:
        report = company.bring_in(season(Calls=[call(venue=None, zone=None)]))

        assert company.all(select(Call.zone)) == [None]
        assert "neither a venue nor a time zone" in said(report, Severity.conflict)[0]


class TestVenues:
    def test_a_venue_twice_is_one_and_two_zones_are_said(self, company: Company) -> None:
        rows = [ODEON, ["ODEON ", "Norwood, SA", "Australia/Darwin"]]

        report = company.bring_in(season(Venues=rows))

        assert company.all_rows(select(Venue.name, Venue.zone)) == [("Odeon", ADELAIDE)]
        assert report.counts()["Venues"]["merged"] == 1
        assert said(report, Severity.conflict) == [
            (
                "Venues, row 3, : Row 2 says Australia/Adelaide, this row Australia/Darwin. The "
                "first counts; correct one."
            )
        ]

    def test_a_zone_that_becomes_known_is_taken_and_one_that_differs_is_not(
        self, company: Company
    ) -> None:
        company.bring_in(season(Venues=[["Odeon", "Norwood, SA", None]]))

        known = company.bring_in(season())
        other = company.bring_in(season(Venues=[["Odeon", "Norwood, SA", "Australia/Darwin"]]))
        silent = company.bring_in(season(Venues=[["Odeon", "Norwood, SA", None]]))

        assert company.all(select(Venue.zone)) == [ADELAIDE]
        assert known.counts()["Venues"]["changed"] == 1
        assert "in the workbook Australia/Darwin" in said(other, Severity.conflict)[0]
        assert silent.counts()["Venues"]["unchanged"] == 1


class TestWhole:
    def test_a_production_that_is_called_otherwise_is_changed_and_named(
        self, company: Company
    ) -> None:
        company.bring_in(season())

        report = company.bring_in(season(Productions=[CARMEN, CARMEN, ["CAR2", "X", "", "", ""]]))
        renamed = company.bring_in(season(Productions=[["car", "Carmen Suite", "", "", ""]]))

        assert report.counts()["Productions"]["merged"] == 1
        assert "Productions, row 2, : Title was Carmen, is now Carmen Suite." in said(
            renamed, Severity.note
        )

    def test_a_production_spans_what_is_done_for_it(self, company: Company) -> None:
        company.bring_in(season(Engagements=[hire()], Calls=[call(day=date(2027, 3, 1))]))

        spans = company.all_rows(select(Production.starts_on, Production.ends_on))
        assert spans == [(date(2027, 2, 1), date(2027, 3, 1))]

    def test_a_code_with_two_titles_is_refused(self, company: Company) -> None:
        report = company.bring_in(season(Productions=[CARMEN, ["car ", "Carmina", "", "", ""]]))

        assert "Row 2 has the code car for another title." in said(report, Severity.error)[0]

    def test_a_trial_leaves_nothing_behind_not_even_a_number(self, company: Company) -> None:
        report = company.rehearse(season(Engagements=[hire(paper="sent")], Calls=[call()]))

        kept = [
            company.all(select(func.count()).select_from(model))
            for model in (Person, Venue, Production, Engagement, Contract, Call, NumberSeries)
        ]
        told = company.all(select(AuditEntry.entity).where(AuditEntry.entity != "organisation"))
        assert report.touched() == 5
        assert kept == [[0]] * 7
        assert told == []

    def test_every_row_written_is_in_the_audit_log_with_who_did_it(self, company: Company) -> None:
        company.bring_in(season())

        told = company.all_rows(
            select(AuditEntry.entity, AuditEntry.actor)
            .where(AuditEntry.entity.in_(["person", "venue", "production"]))
            .order_by(AuditEntry.entity)
        )
        assert told == [("person", "staff:1"), ("production", "staff:1"), ("venue", "staff:1")]
