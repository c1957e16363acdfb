"""Each role is told what waits for it and no more, in few questions; figures only where they may be seen."""

import re
from datetime import time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from app.db import session as house
from app.db.clock import now
from app.domain.bank_accounts import AccountKind
from app.domain.company_accounts import CompanyAccountStatus
from app.domain.contracts import AmendmentStatus, ContractStatus
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus
from app.domain.pay_runs import BankFile, PayRunStatus
from app.domain.payables import LedgerStatus, PayableSource
from app.domain.people import AvailabilityKind, BankDetailStatus
from app.domain.reports import ReportFormat, ReportStatus
from app.domain.schedules import CallType, ChangeKind, TimeKind
from app.domain.sign_in import StaffStatus
from app.models import (
    Amendment,
    ApprovalDelegate,
    Availability,
    BankDetail,
    Call,
    CallNotice,
    CompanyAccount,
    Contract,
    ExpenseClaim,
    ExpenseLine,
    LedgerDocument,
    Payable,
    PayeeProfile,
    PayRun,
    PayRunLine,
    ReportRun,
    ScheduleVersion,
    StaffProfile,
    Venue,
)
from app.models.base import uuid7
from app.services.schedules.facts import facts_of
from tests.integration.expenses.conftest import engagement_of

ROLES = ["Administrator", "Contracts", "Schedule", "Finance", "Approver", "Manager", "Auditor"]
WAITS = {
    "contract was declined": {"Administrator", "Contracts"},
    "contract waits for the company": {"Administrator", "Contracts", "Approver", "Manager"},
    "amendment waits for review": {"Administrator", "Contracts", "Approver", "Manager"},
    "Decide CL-0001": {"Finance", "Approver"},
    "payable is due and in no pay run": {"Finance"},
    "payments are late": {"Administrator", "Manager", "Auditor"},
    "bill did not reach the ledger": {"Finance"},
    "payable needs a decision on withholding": {"Finance"},
    "PAY-0001 waits for your approval": {"Approver", "Finance"},
    "new bank account to phone back about": {"Finance", "Approver"},
    "account of the company waits to be let into use": {"Administrator", "Approver", "Manager"},
    "is called in two places at one time": {"Administrator", "Schedule"},
    "One person has not confirmed": {"Administrator", "Schedule", "Manager"},
    "change of dates waits for an answer": {"Administrator", "Contracts", "Schedule"},
    "invited member of staff has not come in": {"Administrator"},
}
"""What waits in ``busy``, and who could do something about it."""
FIGURES = {
    "Contracts by status": {
        "Administrator",
        "Contracts",
        "Finance",
        "Approver",
        "Manager",
        "Auditor",
    },
    "Undecided claims by age": {"Administrator", "Finance", "Approver", "Manager", "Auditor"},
    "Payments due": {"Administrator", "Finance", "Approver", "Manager", "Auditor"},
    "Calls confirmed": set(ROLES),
}


@pytest.fixture
def engaged(owner_session, person):
    return engagement_of(owner_session, person, "ENG-0147")


@pytest.fixture
def busy(owner_session, organisation, person, engaged, staff):
    """Let something of nearly everything wait; return who made the pay run."""
    db, own, at = owner_session, {"organisation_id": organisation.id}, now()
    first = staff("Finance")
    today, maker = at.date(), first.user_id
    contracts = [
        Contract(**own, number=f"C-{n}", title="Contract", engagement_id=engaged.id, status=status)
        for n, status in enumerate((ContractStatus.declined, ContractStatus.signed_by_artist))
    ]
    db.add_all(contracts)
    db.flush()
    db.add(
        Amendment(**own, contract_id=contracts[1].id, number=1, title="Two more shows",
                  effective_from=today, status=AmendmentStatus.in_review, changes={})
    )  # fmt: skip
    claim = ExpenseClaim(
        **own, number="CL-0001", client_uuid=uuid7(), engagement_id=engaged.id, claimed_by="artist:1",
        currency="AUD", status=ClaimStatus.submitted, submitted_at=at - timedelta(days=3),
    )  # fmt: skip
    claim.lines.append(
        ExpenseLine(**own, position=1, kind=ExpenseKind.taxi, spent_on=today, amount=Decimal("987654.32"),
                    currency="AUD", base_amount=Decimal("987654.32"), base_currency="AUD",
                    claimant_id=person.id, status=LineStatus.entered)
    )  # fmt: skip
    db.add(claim)
    owed = [
        Payable(**own, number=f"FEE-{n}", source=PayableSource.fee, source_key=f"fee-{n}",
                engagement_id=engaged.id, payee_name="Lefèvre", amount=Decimal("987654.32"),
                currency="AUD", due_on=today - timedelta(days=2), withholding_note=note)
        for n, note in enumerate(("", "Decide."))
    ]  # fmt: skip
    owed[0].ledger_document = LedgerDocument(**own, number="FEE-0", status=LedgerStatus.failed)
    payee = PayeeProfile(**own, person_id=person.id, name="Lefèvre")
    db.add_all([*owed, payee])
    account = CompanyAccount(
        **own, name="Artists", holder="Company", kind=AccountKind.bsb, account="sealed", ending="234",
        country="AU", currency="AUD", entered_by=maker, status=CompanyAccountStatus.proposed,
    )  # fmt: skip
    db.add(account)
    db.flush()
    db.add(
        BankDetail(**own, payee_id=payee.id, holder="Lefèvre", account="sealed", ending="678",
                   proposed_by="artist", status=BankDetailStatus.proposed)
    )  # fmt: skip
    run = PayRun(**own, number="PAY-0001", account_id=account.id, currency="AUD", file=BankFile.csv,
                 pay_on=today + timedelta(days=4), made_by=maker, status=PayRunStatus.checked)  # fmt: skip
    db.add(run)
    db.flush()
    db.add(
        PayRunLine(**own, pay_run_id=run.id, payable_id=owed[0].id, position=1, amount=owed[0].amount,
                   currency="AUD", payee_name="Lefèvre", run_number="PAY-0001", added_by=maker)
    )  # fmt: skip
    _season(db, own, engaged, person, today, at)
    invited = staff("Manager")
    profile = db.scalars(select(StaffProfile).where(StaffProfile.user_id == invited.user_id)).one()
    profile.status, profile.display_name = StaffStatus.invited, "Ida Invited"
    profile.updated_at = at - timedelta(days=5)
    db.commit()
    return first


def _season(db, own, engaged, person, today, at):
    venues = [
        Venue(**own, name=f"Theatre {n}", city="Perth", zone="Australia/Perth") for n in (1, 2)
    ]
    db.add_all(venues)
    db.flush()
    starts = at + timedelta(days=1)
    calls = [
        Call(**own, production_id=engaged.production_id, venue_id=venue.id, type=CallType.rehearsal,
             day_of=today + timedelta(days=1), time_kind=TimeKind.exact, local_start=time(10), local_end=time(12), is_for_everyone=True,
             starts_at=starts, ends_at=starts + timedelta(hours=2), zone="Australia/Perth")
        for venue in venues
    ]  # fmt: skip
    version = ScheduleVersion(**own, production_id=engaged.production_id, number=1, published_at=at,
                              published_by="Imogen", starts_on=today, ends_on=today)  # fmt: skip
    db.add_all([*calls, version])
    db.add(
        Availability(**own, person_id=person.id, starts_on=today, ends_on=today,
                     kind=AvailabilityKind.unavailable)
    )  # fmt: skip
    db.flush()
    db.add(
        # The second call, so that its number is not also that of a version.
        CallNotice(**own, schedule_version_id=version.id, call_id=calls[1].id, person_id=person.id,
                   kind=ChangeKind.added, before={}, after=facts_of(calls[1], [engaged.id]), day_of=calls[1].day_of, known_by=starts)
    )  # fmt: skip


def first_page(browser):
    return browser.get("/admin/").text


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_told_what_it_can_do_something_about(role, busy, staff):
    page = first_page(staff(role))

    told = {what for what in WAITS if what in page}
    drawn = {figure for figure in FIGURES if figure in page}
    assert told == {what for what, roles in WAITS.items() if role in roles}
    assert drawn == {figure for figure, roles in FIGURES.items() if role in roles}


def test_who_may_not_see_fees_is_shown_no_sum(busy, staff):
    assert "987,654.32" in first_page(staff("Finance"))
    page = first_page(staff("Schedule"))
    assert "987,654" not in page
    assert "AUD" not in page


@pytest.mark.parametrize("role", ROLES)
def test_every_deed_leads_to_a_page_that_opens(role, busy, staff):
    browser = staff(role)
    hrefs = re.findall(r'<a class="btn small" href="([^"]+)"', first_page(browser))

    for href in hrefs:
        assert browser.get(href.replace("&amp;", "&")).status_code == 200, href


def test_the_maker_of_a_run_is_not_told_to_approve_it(busy):
    assert "waits for your approval" not in first_page(busy)


def test_the_most_urgent_stands_first_and_the_rest_by_age(busy, staff):
    page = first_page(staff("Finance"))

    assert page.index("bill did not reach") < page.index("Decide CL-0001")
    assert page.index('id="now"') < page.index('id="soon"')


def test_a_deputy_is_told_in_whose_place_and_sees_the_claims(
    busy, staff, organisation, owner_session
):
    deputy = staff("Manager")
    day = now().date()
    owner_session.add(
        ApprovalDelegate(organisation_id=organisation.id, user_id=busy.user_id, delegate_user_id=deputy.user_id,
                         starts_on=day - timedelta(days=1), ends_on=day + timedelta(days=1))
    )  # fmt: skip
    owner_session.commit()

    page = first_page(deputy)

    assert "You decide claims in place of" in page
    assert "Decide CL-0001" in page


def test_ones_own_report_is_told_to_oneself_alone(staff, organisation, owner_session):
    asker = staff("Manager")
    owner_session.add(
        ReportRun(organisation_id=organisation.id, report="contract_status", format=ReportFormat.csv,
                  status=ReportStatus.ready, requested_by=asker.user_id, finished_at=now())
    )  # fmt: skip
    owner_session.commit()

    assert "Contract status is ready" in first_page(asker)
    assert "Contract status is ready" not in first_page(staff("Manager"))


def test_it_asks_few_questions_whoever_looks(busy, staff):
    browser = staff("Administrator")
    first_page(browser)

    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(house.factory.kw["bind"], "before_cursor_execute", note)
    first_page(browser)
    event.remove(house.factory.kw["bind"], "before_cursor_execute", note)

    asked = [one for one in asked if "set_config" not in one]
    assert 0 < len(asked) <= 12, asked
