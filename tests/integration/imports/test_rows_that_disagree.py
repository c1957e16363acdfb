"""Rows that refer to refused rows, change what was brought in before, or say nothing new."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.contracts import EntitlementKind
from app.domain.import_report import Severity
from app.models import Call, Engagement, Entitlement, FeeLine, Person, Production, Venue
from tests.integration.imports.conftest import Company, workbook
from tests.integration.imports.test_small_books import (
    CARMEN,
    ODEON,
    artist,
    call,
    hire,
    said,
    season,
)


class TestEngagements:
    def test_of_a_production_that_was_refused_or_is_nowhere_say_so(self, company: Company) -> None:
        rows = [hire(code="CAR"), hire(code="TOS")]
        book = season(Productions=[["CAR", None, "", "", ""]], Engagements=rows, Calls=[call()])

        report = company.bring_in(book)

        errors = "\n".join(said(report, Severity.error))
        assert "There is no production TOS, neither in the workbook nor here." in errors
        assert "Production CAR is refused in row 2. Correct that row first." in errors
        assert company.all(select(Engagement.id)) == []

    def test_of_two_people_of_one_name_are_told_apart(
        self, company: Company, owner_session
    ) -> None:
        company.bring_in(season())
        owner_session.add(
            Person(
                organisation_id=company.organisation.id, name="Thomas Adès", name_key="thomas ades"
            )
        )
        owner_session.commit()

        report = company.bring_in(workbook(Engagements=[hire()]))

        assert "2 people here are called" in "\n".join(said(report, Severity.error))

    def test_take_over_another_per_diem_and_say_what_it_was(self, company: Company) -> None:
        company.bring_in(season(Engagements=[hire(per_diem=96)]))
        same = company.bring_in(season(Engagements=[hire(per_diem=96)]))

        report = company.bring_in(season(Engagements=[hire(per_diem=100)]))

        given = select(Entitlement.amount).where(Entitlement.kind == EntitlementKind.per_diem)
        assert company.all(given) == [100]
        assert same.counts()["Engagements"]["unchanged"] == 1
        assert "Per diem was 96" in "\n".join(said(report, Severity.note))

    def test_without_a_fee_owe_nothing_and_are_in_the_companys_currency(
        self, company: Company
    ) -> None:
        company.bring_in(season(Engagements=[hire(fee=0, currency=None)]))

        assert company.all(select(Engagement.currency)) == ["AUD"]
        assert company.all(select(FeeLine.id)) == []

    def test_without_days_are_refused_though_their_artist_is_known(self, company: Company) -> None:
        report = company.bring_in(season(Engagements=[hire(starts=None), hire(ends=None)]))

        assert report.counts()["Engagements"]["refused"] == 2
        assert not any("no artist" in line for line in said(report, Severity.error))


class TestPeople:
    def test_are_not_their_own_agents(self, company: Company) -> None:
        report = company.bring_in(workbook(Artists=[artist("A, A", agent="A, A")]))

        assert report.counts()["Artists"]["added"] == 1
        assert company.all(select(Person.name)) == ["A A"]

    def test_who_stood_for_others_before_may_view_again_without_a_word(
        self, company: Company
    ) -> None:
        company.bring_in(workbook(Artists=[artist("A, A", agent="Aurora"), artist("B, B")]))

        again = company.bring_in(workbook(Artists=[artist("A, A", agent="Aurora")]))
        second = company.bring_in(workbook(Artists=[artist("B, B", agent="A, A")]))

        assert again.counts()["Artists"]["unchanged"] == 1
        assert said(second, Severity.conflict) == []
        assert sorted(company.all(select(Person.name).where(Person.is_agent))) == ["A A", "Aurora"]


class TestPlaces:
    def test_a_venue_said_twice_without_a_zone_is_one(self, company: Company) -> None:
        report = company.bring_in(season(Venues=[ODEON, ["Odeon", "Norwood, SA", None]]))

        assert said(report, Severity.conflict) == []
        assert company.all(select(Venue.name)) == ["Odeon"]

    @pytest.mark.parametrize(("sheet", "row"), [("Venues", [None, "X", None]), ("Productions", [None, "X", "", "", ""])])  # fmt: skip
    def test_without_a_name_or_code_they_are_refused(self, company: Company, sheet, row) -> None:
        report = company.bring_in(season(**{sheet: [row]}))

        assert report.counts()[sheet]["refused"] == 1

    def test_a_season_alone_changes_a_production_without_a_word(self, company: Company) -> None:
        company.bring_in(season())

        report = company.bring_in(season(Productions=[["CAR", "Carmen", "2027-28", *CARMEN[3:]]]))

        assert report.counts()["Productions"]["changed"] == 1
        assert company.all(select(Production.title)) == ["Carmen"]

    def test_a_book_of_calls_alone_finds_what_is_here(self, company: Company) -> None:
        company.bring_in(season())

        report = company.bring_in(workbook(Calls=[call(), call(venue=None, day=date(2027, 2, 2))]))

        assert report.counts()["Calls"]["added"] == 2
        assert company.all(select(Call.zone).order_by(Call.day_of)) == ["Australia/Adelaide"] * 2
