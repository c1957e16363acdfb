"""The artist's statement: every amount traced, the sums the ledger's, as page and paper, and copies kept."""

import hashlib
import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from app.db.clock import now
from app.domain.contracts import TermSource
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus, PaidBy
from app.domain.payables import PayableSource, PayableStatus
from app.domain.people import EngagementStatus
from app.models import (
    Amendment,
    Contract,
    ContractVersion,
    Document,
    Engagement,
    ExpenseClaim,
    ExpenseLine,
    FeeLine,
    Organisation,
    Payable,
    TermSet,
)
from app.models.base import uuid7
from app.services import payables
from app.services.statement_lines import accounts
from app.services.statements import statement_of
from tests.integration.allowances.conftest import MONDAY


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@pytest.fixture
def dancer(touring, finance, owner_session):
    """Return somebody with two instalments, three days on tour and two expenses."""
    made = touring.hire("Noémie Lefèvre")
    own = {"organisation_id": made.organisation_id, "engagement_id": made.id}
    for position in (1, 2):
        owner_session.add(
            FeeLine(**own, position=position, label=f"Instalment {position} of 2", amount=Decimal(500),
                    currency="AUD", due_on=date(2026, 12, position))
        )  # fmt: skip
    claim = ExpenseClaim(
        **own, number="CL-0231", client_uuid=uuid7(), claimed_by=f"artist:{made.person_id}",
        status=ClaimStatus.under_review, currency="AUD", submitted_at=now(),
    )  # fmt: skip
    for position, (kind, paid_by, approved) in enumerate(
        [(ExpenseKind.taxi, PaidBy.artist, "45"), (ExpenseKind.hotel, PaidBy.company, "64")], 1
    ):
        claim.lines.append(
            ExpenseLine(
                organisation_id=made.organisation_id, position=position, kind=kind, spent_on=MONDAY,
                amount=Decimal(64), currency="AUD", base_amount=Decimal(64), base_currency="AUD",
                paid_by=paid_by, status=LineStatus.approved, approved_amount=Decimal(approved),
                decision_reason="Your contract pays up to 45.00 AUD a ride." if approved == "45" else "",
                decided_by=finance.user_id, decided_by_name="Callum Reid", decided_at=now(),
                claimant_id=made.person_id,
            )
        )  # fmt: skip
    owner_session.add(claim)
    owner_session.commit()
    for day in (MONDAY, MONDAY + timedelta(days=2)):
        touring.call(day)
    touring.publish()
    touring.confirm(by=finance.user_id)
    return made


@pytest.fixture
def account(touring, dancer):
    def read(today=MONDAY):
        with touring.acting() as db:
            return accounts(db, [statement_of(db, db.get_one(Engagement, dancer.id))], today)[0]

    return read


class TestEveryLine:
    def test_of_the_fee_names_the_contract_and_its_day(self, account, dancer):
        fee = account().section("Fee")

        assert [(line.title, line.stage.said) for line in fee] == [
            ("Instalment 1 of 2", "Due Tue 1 Dec. Finance has it now."),
            ("Instalment 2 of 2", "Due Wed 2 Dec. Finance has it now."),
        ]
        assert fee[0].traces[0].words == f"Contract C-2026-{dancer.id:04}"

    def test_of_the_per_diems_names_schedule_contract_and_payment(self, account):
        stay = account().section("Per diems")[0]

        assert (stay.title, stay.detail, stay.amount) == (
            "Adelaide, Mon 16 Nov to Wed 18 Nov",
            "3 days at 96.00",
            288,
        )
        assert [trace.words for trace in stay.traces][1:] == ["Schedule version 1"]
        assert stay.traces[1].day == MONDAY
        assert stay.number.startswith("PD-")
        assert len(stay.days) == 3

    def test_of_a_claim_names_amount_rule_and_person(self, account):
        taxi, hotel = account().section("Claim CL-0231")

        assert (taxi.amount, taxi.detail) == (
            45,
            "Reduced from 64.00. Your contract pays up to 45.00 AUD a ride. Decided by Callum Reid.",
        )
        assert taxi.stage.words.startswith("Expected ")
        assert taxi.traces[0].words == "Claim CL-0231, line 1"
        assert (hotel.is_counted, hotel.stage.said) == (
            False,
            "Approved. The company paid it, so nothing is paid out.",
        )

    def test_counts_once_and_only_what_is_the_artists(self, account):
        total = account().statement.totals[0]

        assert (total.fee, total.allowances, total.claims, total.whole) == (1000, 288, 45, 1333)

    def test_names_the_paper_in_force_today(self, touring, account, dancer, owner_session):
        contract = owner_session.scalars(select(Contract)).one()
        own = {"organisation_id": dancer.organisation_id}
        version = ContractVersion(
            **own, contract_id=contract.id, number=2, markdown="", terms={}, missing=[]
        )
        amendment = Amendment(
            **own,
            contract_id=contract.id,
            number=1,
            title="More",
            changes={},
            effective_from=MONDAY,
        )
        owner_session.add_all([version, amendment])
        owner_session.flush()
        for number, source, key, start in (
            (1, TermSource.contract_version, version.id, MONDAY - timedelta(days=30)),
            (2, TermSource.amendment, amendment.id, MONDAY + timedelta(days=1)),
        ):
            owner_session.add(
                TermSet(**own, engagement_id=dancer.id, number=number, effective_from=start, source=source,
                        source_id=key, terms={}, recorded_at=now())
            )  # fmt: skip
        owner_session.commit()

        said = [
            account(MONDAY + timedelta(days=n)).section("Fee")[0].traces[0].words for n in (0, 1)
        ]

        assert said == [
            f"Contract {contract.number}, version 2",
            f"Amendment 1 of contract {contract.number}",
        ]

    def test_of_what_was_voided_waits_for_a_new_payment_and_per_diems_for_a_new_run(
        self, touring, account, finance, dancer, worker, owner_session
    ):
        with touring.acting() as db:
            payables.post_claim(
                db, db.scalars(select(ExpenseClaim)).one(), approved_by=finance.user_id
            )
        worker()
        with touring.acting() as db:
            for payable in db.scalars(select(Payable)):
                payables.void(db, payable, reason="Entered twice.")

        total, taxi = account().statement.totals[0], account().section("Claim CL-0231")[0]

        assert (total.claims, total.allowances, total.paid) == (45, 0, 0)
        assert (taxi.is_counted, taxi.number) == (True, "")
        assert taxi.stage.words.startswith("Expected ")

    def test_of_a_correction_waits_for_the_next_payment(self, touring, account, finance, dancer):
        touring.amend(dancer, "90", MONDAY - timedelta(days=30))
        touring.confirm(by=finance.user_id)

        given, taken = account().section("Per diems")

        assert (given.amount, taken.amount) == (288, -18)
        assert taken.stage.said == "Taken off the next payment."
        assert account().statement.totals[0].allowances == 270

    def test_of_a_cancelled_engagement_keeps_what_had_fallen_due(
        self, account, dancer, owner_session, finance
    ):
        line = owner_session.scalars(select(FeeLine).order_by(FeeLine.id)).first()
        owner_session.add(
            Payable(
                organisation_id=dancer.organisation_id, number="FEE-1", source=PayableSource.fee,
                source_key="fee-1", engagement_id=dancer.id, fee_line_id=line.id, payee_name="N",
                amount=Decimal(500), currency="AUD", due_on=MONDAY,
            )
        )  # fmt: skip
        owner_session.get_one(Engagement, dancer.id).status = EngagementStatus.cancelled
        owner_session.commit()

        assert [line.amount for line in account().section("Fee")] == [500]


class TestThePages:
    def test_phone_and_desk_say_the_same_sums_and_lead_to_the_sources(
        self, phone_of, dancer, finance, owner_session
    ):
        person = dancer.person
        phone, contract = phone_of(person), owner_session.scalars(select(Contract)).one()

        mine = phone.get("/portal/money")
        theirs = finance.get(f"/admin/statements/{dancer.id}")

        for page in (mine, theirs):
            assert "1,333.00 AUD" in words(page)
            assert "Adelaide, Mon 16 Nov to Wed 18 Nov" in words(page)
            assert "Call in Adelaide: 96.00 AUD a day" in words(page)
        assert f'href="/portal/contracts/{contract.public_id}"' in mine.text
        assert f'href="/portal/days/{MONDAY}"' in mine.text
        assert phone.get(f"/portal/days/{MONDAY}").status_code == 200
        assert f'href="/admin/contracts/show/{contract.id}"' in theirs.text

    def test_the_paper_is_tagged_and_says_what_the_page_says(self, phone_of, dancer):
        answer = phone_of(dancer.person).get(f"/portal/money/{dancer.public_id}/statement.pdf")

        paper = PdfReader(BytesIO(answer.data))
        text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in paper.pages))
        assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
        for said in (
            "1,333.00",
            "Schedule version 1",
            "SHA-256 of the data",
            "As of",
            "Brisbane +10:00",
        ):
            assert said in text
        assert answer.headers["Content-Disposition"].startswith(
            "attachment; filename=statement-ENG"
        )

    def test_a_colleagues_paper_does_not_exist(self, phone_of, touring, dancer):
        other = touring.hire("Mia")

        assert (
            phone_of(other.person)
            .get(f"/portal/money/{dancer.public_id}/statement.pdf")
            .status_code
            == 404
        )

    def test_a_kept_copy_stays_as_it_was_for_both_sides(
        self, phone_of, dancer, finance, owner_session
    ):
        page = finance.send(f"/admin/statements/{dancer.id}/keep", follow_redirects=True)
        copy = owner_session.scalars(select(Document)).one()
        link = re.search(r"/admin/statements/\d+/copies/[\w-]+", page.text).group()
        first = finance.get(link).data
        owner_session.add(
            FeeLine(organisation_id=dancer.organisation_id, engagement_id=dancer.id, position=3,
                    amount=Decimal(1), currency="AUD")
        )  # fmt: skip
        owner_session.commit()

        assert finance.get(link).data == first
        assert hashlib.sha256(first).hexdigest() == copy.file.sha256
        assert copy.file.sha256 in page.text
        phone = phone_of(dancer.person)
        assert "Copies the company kept" in phone.get("/portal/money").text
        assert phone.get(f"/portal/files/{copy.file.public_id}/original").data == first
        assert finance.get(f"/admin/statements/{dancer.id}/pdf").data != first

    def test_without_money_rights_there_is_no_statement(
        self, staff, dancer, touring, owner_session
    ):
        planner, auditor = staff("Schedule"), staff("Auditor")

        assert planner.get(f"/admin/statements/{dancer.id}").status_code in (302, 403)
        assert auditor.get(f"/admin/statements/{dancer.id}").status_code == 200
        assert auditor.send(f"/admin/statements/{dancer.id}/keep").status_code in (302, 403)
        other = Organisation(name="Other", slug="other-house")
        owner_session.add(other)
        owner_session.commit()
        stranger = staff("Finance", organisation_id=other.id)
        assert stranger.get(f"/admin/statements/{dancer.id}").status_code == 404
        assert stranger.get(f"/admin/statements/{dancer.id}/pdf").status_code == 404
        assert stranger.send(f"/admin/statements/{dancer.id}/keep").status_code == 404
        assert stranger.get(f"/admin/statements/{dancer.id}/copies/{uuid7()}").status_code == 404


class TestPaidLate:
    @pytest.mark.parametrize("status", [PayableStatus.open, PayableStatus.held])
    def test_managers_see_what_missed_its_day_and_why(
        self, touring, dancer, staff, owner_session, status
    ):
        payable = owner_session.scalars(select(Payable)).one()
        first = payable.due_on
        payable.status, payable.held_reason = status, "Waits for a tax decision."
        payable.due_on = first + timedelta(days=7)
        owner_session.commit()
        manager = staff("Manager")

        page = words(manager.get(f"/admin/late-payments/?production={touring.production.id}"))

        assert "1 payment, 7.0 days late on average." in page
        assert "moved once" in page
        assert "Waits for a tax decision." in page
        empty = manager.get("/admin/late-payments/?production=999999&first=soon")
        assert "No payment promised in these days missed its day." in words(empty)
        assert "“soon” is not a day." in words(empty)
