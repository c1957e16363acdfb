"""The desk's first page: each role sees what waits for it, and the chart says what its table says."""

import re
from datetime import date, timedelta

import pytest

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.outbox import EffectClass, MessageState
from app.domain.schedules import CallType
from app.models import Call, Contract, ContractQuestion, Engagement, OutboxMessage, Production


@pytest.fixture
def production(owner_session, organisation):
    made = Production(organisation_id=organisation.id, code="GIS", title="Giselle")
    owner_session.add(made)
    owner_session.commit()
    return made


@pytest.fixture
def contract(owner_session, organisation, person, production):
    def make(status: ContractStatus, number: str) -> Contract:
        engagement = Engagement(
            organisation_id=organisation.id, number=f"ENG-{number}", person_id=person.id,
            production_id=production.id, starts_on=date(2026, 10, 1), ends_on=date(2026, 12, 1),
        )  # fmt: skip
        owner_session.add(engagement)
        owner_session.flush()
        made = Contract(
            organisation_id=organisation.id, number=number, engagement_id=engagement.id,
            title="Contract", status=status,
        )  # fmt: skip
        owner_session.add(made)
        owner_session.commit()
        return made

    return make


def first_page(browser):
    return browser.get("/admin/").text


class TestWaiting:
    def test_nothing_waits_where_everything_is_done(self, staff):
        assert "Nothing waits for you" in first_page(staff("Administrator"))

    def test_contracts_wait_for_those_who_make_them_and_lead_to_their_list(self, staff, contract):
        contract(ContractStatus.ready, "C-1")
        contract(ContractStatus.ready, "C-2")
        contract(ContractStatus.declined, "C-3")

        page = first_page(staff("Contracts"))

        assert "2 contracts are ready to send" in page
        assert "One contract was declined" in page
        assert "Two things wait for you" in page
        assert "/admin/contracts/list/?view=all&amp;status=ready" in page

    def test_the_link_leads_to_exactly_those(self, staff, contract):
        contract(ContractStatus.ready, "C-1")
        contract(ContractStatus.declined, "C-3")
        browser = staff("Contracts")

        page = browser.get("/admin/contracts/list/?view=all&status=ready").text

        assert "C-1" in page
        assert "C-3" not in page

    def test_questions_of_artists_come_first(self, staff, contract, owner_session):
        asked = contract(ContractStatus.sent, "C-1")
        owner_session.add(
            ContractQuestion(
                organisation_id=asked.organisation_id, contract_id=asked.id, side="artist",
                author="Noémie Lefèvre", body="Is the flight paid?",
            )
        )  # fmt: skip
        owner_session.commit()

        page = first_page(staff("Contracts"))

        assert "Noémie Lefèvre asks about the contract" in page
        assert "Is the flight paid?" in page

    def test_calls_nobody_knows_of_wait_for_whoever_plans(self, staff, production, owner_session):
        owner_session.add(
            Call(
                organisation_id=production.organisation_id, production_id=production.id,
                type=CallType.rehearsal, day_of=now().date() + timedelta(days=3), time_kind="tbc",
                is_for_everyone=True,
            )
        )  # fmt: skip
        owner_session.commit()

        page = first_page(staff("Schedule"))

        assert "Giselle: 1 call is not published" in page
        assert "not published" not in first_page(staff("Finance"))

    def test_what_the_worker_could_not_do_waits_for_the_administrator(
        self, staff, organisation, owner_session
    ):
        owner_session.add(
            OutboxMessage(
                organisation_id=organisation.id, kind="mail.send", dedup_key="m-1",
                cls=EffectClass.U, payload={}, payload_sha256=b"x" * 32, not_before=now(),
                state=MessageState.dead,
            )
        )  # fmt: skip
        owner_session.commit()

        assert "Mail send: 1 is stopped" in first_page(staff("Administrator"))
        assert "is stopped" not in first_page(staff("Contracts"))

    def test_another_companys_contracts_do_not_wait_here(
        self, staff, contract, organisation, owner_session
    ):
        contract(ContractStatus.ready, "C-1")
        other = type(organisation)(name="Other", slug="other-company", zone="Europe/Paris")
        owner_session.add(other)
        owner_session.commit()

        assert "ready to send" not in first_page(staff("Contracts", organisation_id=other.id))


class TestChart:
    def test_the_table_behind_it_says_the_same(self, staff, contract):
        contract(ContractStatus.executed, "C-1")
        contract(ContractStatus.executed, "C-2")
        contract(ContractStatus.sent, "C-3")

        page = first_page(staff("Manager"))

        bars = re.findall(r'<text class="v"[^>]*>(\d+)</text>', page)
        cells = re.findall(r'<td class="r">(\d+)</td>', page)
        assert bars == cells == ["2", "0", "1", "0", "0", "0", "0"]
        assert "Executed 2, Signed by artist 0, Sent 1" in page
