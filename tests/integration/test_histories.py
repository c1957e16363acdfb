"""The history of a record: who, what, when and why, old beside new, and no sums for whom they are not."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.models import AuditEntry, Engagement, FeeLine, PayeeProfile, StaffProfile
from app.services import field_encryption, histories
from tests.factories.base import at_home_in
from tests.factories.engagements import EngagementFactory, PayeeFactory
from tests.factories.people import PersonFactory


@pytest.fixture(autouse=True)
def _home(owner_session):
    at_home_in(owner_session)


@pytest.fixture
def engagement(owner_session, organisation):
    person = PersonFactory(organisation_id=organisation.id)
    made = EngagementFactory(person=person, fee=Decimal(4600), parts=False)
    made.fee_lines = [
        FeeLine(
            organisation_id=organisation.id, position=1, amount=Decimal(4600), currency="AUD",
            label="On signature", due_on=date(2027, 1, 4),
        )
    ]  # fmt: skip
    owner_session.commit()
    return made


class TestPage:
    def test_tells_who_changed_what_old_beside_new(self, staff, engagement):
        ruth = staff("Contracts")
        ruth.send(f"/admin/engagements/edit/{engagement.id}", _form(engagement, note="Ring first"))

        page = ruth.get(f"/admin/engagements/history/{engagement.id}")

        assert page.status_code == 200
        assert "<ins>Ring first</ins>" in page.text
        assert "<del>empty</del>" in page.text
        assert "Sam Staff" in page.text

    def test_parts_and_their_sums_are_told_to_who_sees_fees(self, staff, engagement):
        page = staff("Finance").get(f"/admin/engagements/history/{engagement.id}").text

        assert "added: fee line" in page
        assert "4,600.00 AUD" in page

    def test_sums_are_left_out_where_fees_are_not_seen(self, staff, engagement):
        seen = staff("Finance").get(f"/admin/engagements/history/{engagement.id}").text
        page = staff("Schedule").get(f"/admin/engagements/history/{engagement.id}")

        assert "4,600.00" in seen
        assert page.status_code == 200
        assert "4,600" not in page.text
        assert "4600" not in page.text

    def test_another_companys_record_has_no_history_here(self, staff, engagement, owner_session):
        other = EngagementFactory()
        ruth = staff()

        assert ruth.get(f"/admin/engagements/history/{engagement.id}").status_code == 200
        assert ruth.get(f"/admin/engagements/history/{other.id}").status_code == 404

    def test_who_may_not_see_the_record_may_not_see_its_history(self, staff, seeded, organisation):
        assert staff("Schedule").get("/admin/payables/history/1").status_code == 403

    def test_a_long_history_goes_on_page_by_page(self, staff, engagement, owner_session):
        for number in range(60):
            engagement.note = f"Note {number}"
            owner_session.commit()
        ruth = staff()

        first = ruth.get(f"/admin/engagements/history/{engagement.id}").text
        older = ruth.get(first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]).text

        assert "<ins>Note 59</ins>" in first
        assert "<ins>Note 0</ins>" in older
        assert "<ins>Note 59</ins>" not in older
        assert "Newest" in older


class TestService:
    def test_a_look_at_an_encrypted_field_is_a_step_with_its_reason(
        self, app, owner_session, organisation
    ):
        payee = PayeeFactory(person=PersonFactory(organisation_id=organisation.id))
        with app.app_context(), transaction() as db:
            act_as(Viewer(organisation.id, actor="staff:7", reason="Year-end form"))
            mine = db.get_one(PayeeProfile, payee.id)
            field_encryption.conceal(db, mine, "tax_number", "51 824 753 556")
            db.flush()
            field_encryption.reveal(db, mine, "tax_number")
            steps, _ = histories.history_of(db, mine, money=True)
        forget()

        assert (steps[0].verb, steps[0].reason) == ("looked at", "Year-end form")
        assert [change.field for change in steps[0].changes] == ["tax_number"]
        assert all("824" not in str(change.new) for step in steps for change in step.changes)

    def test_a_part_that_was_removed_is_still_told(self, app, owner_session, engagement):
        engagement.fee_lines = []
        owner_session.commit()

        with app.app_context(), transaction() as db:
            act_as(Viewer(engagement.organisation_id, actor="staff:7"))
            mine = db.get_one(Engagement, engagement.id)
            steps, _ = histories.history_of(db, mine, money=True)
        forget()

        assert ("removed", "fee line") in [(step.verb, step.what) for step in steps]


class TestStaff:
    def test_a_change_of_roles_is_in_the_companys_history(self, staff, owner_session):
        ruth, callum = staff(), staff("Finance")
        profile = owner_session.scalars(
            select(StaffProfile).where(StaffProfile.user_id == callum.user_id)
        ).one()

        ruth.send(f"/admin/staff/roles/{profile.id}", {"roles": ["Schedule"]})
        page = ruth.get(f"/admin/staff/history/{profile.id}").text

        assert "removed: role" in page
        assert "<del>Finance</del>" in page
        assert "<ins>Schedule</ins>" in page

    def test_the_hash_of_a_password_is_never_told(self, staff, owner_session):
        ruth = staff()

        ruth.get("/admin/audit/list/")
        told = owner_session.scalars(select(AuditEntry).where(AuditEntry.entity == "ab_user")).all()

        assert [entry.after["password"] for entry in told if "password" in (entry.after or {})]
        assert {entry.after["password"] for entry in told if "password" in (entry.after or {})} == {
            "•••"
        }


class TestAuditLog:
    @pytest.mark.parametrize("role", ["Administrator", "Auditor"])
    def test_is_read_by_who_watches_over_the_house(self, staff, engagement, role):
        page = staff(role).get("/admin/audit/list/?entity=fee_line")

        assert page.status_code == 200
        assert "Fee line added" in page.text

    @pytest.mark.parametrize("role", ["Contracts", "Schedule", "Finance", "Approver", "Manager"])
    def test_is_closed_to_everybody_else(self, staff, role):
        assert staff(role).get("/admin/audit/list/").status_code == 403

    def test_an_entry_shows_its_fields(self, staff, engagement, owner_session):
        entry = owner_session.scalars(
            select(AuditEntry.id).where(AuditEntry.entity == "fee_line")
        ).first()

        page = staff("Auditor").get(f"/admin/audit/show/{entry}").text

        assert "4,600.00 AUD" in page
        assert "On signature" in page

    def test_a_list_asks_few_questions(self, staff, engagement, app):
        ruth = staff("Auditor")
        ruth.get("/admin/audit/list/")

        assert ruth.get("/admin/audit/list/?action=insert&from=2026-01-01").status_code == 200


def _form(engagement, **changed):
    fields = {
        "person": engagement.person_id, "production": engagement.production_id,
        "basis": engagement.basis.name, "starts_on": engagement.starts_on.isoformat(),
        "ends_on": engagement.ends_on.isoformat(), "fee": "4600.00", "currency": "AUD",
        "version": "1",
    }  # fmt: skip
    return {**fields, **changed}


def test_the_log_itself_refuses_change_by_its_readers(staff, engagement, owner_session):
    owner_session.commit()

    with pytest.raises(Exception, match="append-only"):
        owner_session.execute(text("UPDATE audit_entry SET reason = 'x'"))
