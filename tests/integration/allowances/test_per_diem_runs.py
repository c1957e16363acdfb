"""Per diem runs: previewed with reasons, confirmed once, corrected by differences, never edited."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.domain.errors import Refused
from app.domain.payables import PayableStatus
from app.domain.people import EngagementStatus
from app.models import (
    AllowanceLine,
    AllowanceRun,
    AuditEntry,
    Contract,
    Payable,
    Person,
    ProvidedMeal,
    StaffProfile,
)
from app.services import payables
from tests.integration.allowances.conftest import MONDAY

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


@pytest.fixture
def week(touring):
    """Return one dancer on tour from Monday to Wednesday, published."""
    dancer = touring.hire("Noémie Lefèvre")
    for day in (MONDAY, WEDNESDAY):
        touring.call(day)
    touring.publish()
    return dancer


@pytest.fixture
def owed(owner_session):
    def read():
        owner_session.rollback()
        owner_session.expire_all()
        return owner_session.scalars(select(Payable).order_by(Payable.id)).all()

    return read


class TestAPlan:
    def test_names_each_day_with_contract_and_reason(self, touring, week):
        plan = touring.plan()

        said = [(c.day, str(c.amount), c.explanation) for c in plan.people[0].changes]
        contract = f"contract C-2026-{week.id:04}"
        assert said == [
            (MONDAY, "96.00 AUD", f"Call in Adelaide: 96.00 AUD a day by {contract}."),
            (TUESDAY, "96.00 AUD", f"Free day in Adelaide: 96.00 AUD a day by {contract}."),
            (WEDNESDAY, "96.00 AUD", f"Call in Adelaide: 96.00 AUD a day by {contract}."),
        ]
        assert str(plan.totals["AUD"]) == str(plan.added["AUD"]) == "288.00 AUD"

    def test_leaves_days_at_home_out(self, touring):
        touring.hire("Mia", home="adelaide, South Australia")
        touring.call(MONDAY)
        touring.publish()

        assert touring.plan().people == []

    def test_counts_an_amendment_from_its_day(self, touring, week):
        touring.amend(week, "90", MONDAY - timedelta(days=30))
        touring.amend(week, "110", WEDNESDAY)

        amounts = [change.amount.amount for change in touring.plan().people[0].changes]

        assert amounts == [90, 90, 110]

    @pytest.mark.parametrize(
        ("status", "why"),
        [
            (EngagementStatus.offered, "Only offered. Confirm the engagement first"),
            (EngagementStatus.confirmed, "No contract is in force. Have it signed first"),
        ],
    )
    def test_says_who_is_called_and_left_out(self, touring, owner_session, status, why):
        dancer = touring.hire("Mia", status=status)
        owner_session.query(Contract).delete()
        owner_session.commit()
        touring.call(MONDAY)
        touring.publish()

        assert [(e.id, said) for e, said in touring.plan().left_out] == [(dancer.id, why)]

    def test_says_that_a_contract_gives_none(self, touring, owner_session):
        dancer = touring.hire("Mia")
        owner_session.delete(dancer.entitlements[0])
        owner_session.commit()
        touring.call(MONDAY)
        touring.publish()

        assert touring.plan().left_out[0][1] == "The contract gives no per diem"

    def test_takes_provided_meals_off_for_all_or_for_one(self, touring, week, owner_session):
        other = touring.hire("Mia")
        touring.call(TUESDAY)
        touring.publish()
        own = {"organisation_id": week.organisation_id, "production_id": week.production_id}
        owner_session.add_all(
            [
                ProvidedMeal(**own, starts_on=MONDAY, ends_on=MONDAY, dinner=True),
                ProvidedMeal(**own, engagement_id=other.id, starts_on=MONDAY, ends_on=TUESDAY, breakfast=True),
            ]
        )  # fmt: skip
        owner_session.commit()

        people = {
            p.engagement.id: [c.amount.amount for c in p.changes] for p in touring.plan().people
        }

        assert people[week.id] == [48, 96, 96]
        assert people[other.id] == [Decimal("28.80"), Decimal("76.80"), 96]

    def test_pays_nobody_twice_for_one_day(self, touring, week, owner_session):
        person = owner_session.get_one(Person, week.person_id)
        touring.hire("", person=person, mark="-2")
        touring.call(TUESDAY)
        touring.publish()

        first, second = touring.plan().people

        assert len(first.changes) == 3
        assert (second.changes, len(second.worked.notes)) == ([], 3)
        assert first.engagement.number in second.worked.notes[0][1]

    def test_needs_a_published_schedule(self, touring):
        with pytest.raises(Refused, match="Nothing is published yet"):
            touring.plan()

    @pytest.mark.parametrize(
        ("last", "why"),
        [
            (MONDAY - timedelta(days=1), "The last day is before the first"),
            (MONDAY + timedelta(days=500), "more than a year"),
        ],
    )
    def test_refuses_days_that_cannot_be(self, touring, last, why):
        with pytest.raises(Refused, match=why) as refusal:
            touring.plan(last=last)

        assert refusal.value.field == "last"


class TestConfirming:
    def test_makes_one_payable_of_the_days_and_says_for_what(self, touring, week, finance, owed):
        touring.confirm(by=finance.user_id)

        payable = owed()[0]
        assert (payable.amount, payable.currency, payable.source) == (288, "AUD", "allowance")
        assert payable.number == f"PD-{week.number.rpartition('-')[2]}-1"
        assert payable.approved_by == finance.user_id
        assert touring.lines(week) == [(16, "96.00"), (17, "96.00"), (18, "96.00")]

    def test_pressed_again_is_the_same_run(self, touring, week, finance, owed):
        digest = touring.plan().digest

        done = [touring.confirm(by=finance.user_id, digest=digest) for _ in range(3)]

        assert [one.is_new for one in done] == [True, False, False]
        assert len({one.run.id for one in done}) == len(owed()) == 1

    def test_pressed_by_many_at_once_is_one_run(self, touring, week, finance, owed, owner_session):
        digest = touring.plan().digest

        with ThreadPoolExecutor(6) as crowd:
            done = list(
                crowd.map(lambda _: touring.confirm(by=finance.user_id, digest=digest), range(6))
            )

        assert sum(one.is_new for one in done) == 1
        assert owner_session.scalar(select(func.count()).select_from(AllowanceRun)) == 1
        assert [payable.amount for payable in owed()] == [288]

    def test_refuses_what_was_not_shown(self, touring, week, finance, owed):
        digest = touring.plan().digest
        touring.call(MONDAY + timedelta(days=3))
        touring.publish()

        with pytest.raises(Refused, match="have changed while you were looking"):
            touring.confirm(by=finance.user_id, digest=digest)

        assert owed() == []

    def test_refuses_when_nothing_differs(self, touring, week, finance):
        touring.confirm(by=finance.user_id)

        with pytest.raises(Refused, match="Nothing differs"):
            touring.confirm(by=finance.user_id)

    def test_refuses_whoever_is_paid_by_it(self, touring, week, finance, owner_session, owed):
        owner_session.query(StaffProfile).filter_by(user_id=finance.user_id).update(
            {"person_id": week.person_id}
        )
        owner_session.commit()

        with pytest.raises(Refused, match="You are paid by this run"):
            touring.confirm(by=finance.user_id)

        assert owed() == []


class TestANewVersion:
    def test_pays_added_days_on_top(self, touring, week, finance, owed):
        touring.confirm(by=finance.user_id)
        touring.call(MONDAY + timedelta(days=3))
        touring.publish()

        touring.confirm(by=finance.user_id)

        assert [payable.amount for payable in owed()] == [288, 96]
        assert touring.lines(week)[-1] == (19, "96.00")

    def test_takes_a_day_that_fell_away_off_the_next_payment(self, touring, finance, owed):
        dancer = touring.hire("Mia")
        touring.call(MONDAY)
        lost = touring.call(TUESDAY)
        touring.publish()
        touring.confirm(by=finance.user_id)
        touring.cancel(lost)
        touring.publish()

        touring.confirm(by=finance.user_id)
        assert [payable.amount for payable in owed()] == [192]

        for shift in (2, 3):
            touring.call(MONDAY + timedelta(days=shift))
        touring.publish()
        touring.confirm(by=finance.user_id)

        # Tuesday is a free day again now, so it comes back: 96 taken off, 3 x 96 given.
        assert [payable.amount for payable in owed()] == [192, 192]
        assert sum(Decimal(amount) for _, amount in touring.lines(dancer)) == 4 * 96

    def test_edits_no_line_that_was_written(self, touring, week, finance, owner_session):
        touring.confirm(by=finance.user_id)
        before = touring.lines(week)
        touring.amend(week, "80", MONDAY - timedelta(days=30))

        touring.confirm(by=finance.user_id)

        assert touring.lines(week) == [*before, (16, "-16.00"), (17, "-16.00"), (18, "-16.00")]
        last = owner_session.scalars(
            select(AllowanceLine).order_by(AllowanceLine.id.desc())
        ).first()
        assert (last.worth, last.payable_id) == (80, None)
        assert last.explanation.startswith("Was 96.00 AUD. Call in Adelaide: 80.00 AUD a day")

    def test_works_a_voided_payment_out_anew(self, touring, week, finance, owed, worker):
        touring.confirm(by=finance.user_id)
        worker()
        with touring.acting() as db:
            payables.void(db, db.get_one(Payable, owed()[0].id), reason="Wrong account.")

        touring.confirm(by=finance.user_id)

        assert [(p.amount, p.status) for p in owed()] == [
            (288, PayableStatus.voided),
            (288, PayableStatus.open),
        ]

    def test_ends_what_was_called_off_from_today_on(self, touring, week, finance, owner_session):
        touring.confirm(by=finance.user_id)
        week.status = EngagementStatus.cancelled
        owner_session.commit()

        changes = touring.plan(today=TUESDAY).people[0].changes

        assert [(c.day, c.amount.amount) for c in changes] == [(TUESDAY, -96), (WEDNESDAY, -96)]

    def test_leaves_out_who_was_called_off_before_anything_was_paid(
        self, touring, week, owner_session
    ):
        week.status = EngagementStatus.cancelled
        owner_session.commit()

        assert touring.plan().left_out[0][1] == "Cancelled"


class TestTheDesk:
    def address(self, touring):
        return f"/admin/per-diems/work-out?production={touring.production.id}&first={MONDAY}&last={WEDNESDAY}"

    def test_shows_reasons_then_confirms_once(self, touring, week, finance, owed):
        page = finance.get(self.address(touring))
        digest = re.search(r'name="digest"[^>]*value="(\w+)"', page.text).group(1)

        assert "Free day in Adelaide: 96.00 AUD a day" in words(page)
        assert "Confirm 288.00 AUD for 1 person" in words(page)

        answers = [finance.send(self.address(touring), {"digest": digest}) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(owed()) == 1
        run = finance.get(answers[0].location)
        assert "288.00 AUD for 1 person" in words(run)
        assert "Giselle, run 1" in words(finance.get("/admin/per-diems/"))

    def test_says_what_changed_meanwhile_and_keeps_the_page(self, touring, week, finance, owed):
        page = finance.send(self.address(touring), {"digest": "0" * 32})

        assert "have changed while you were looking" in words(page)
        assert "Confirm 288.00 AUD" in words(page)
        assert owed() == []

    def test_a_manager_sees_the_cost_and_cannot_confirm(self, touring, week, staff, owed):
        manager = staff("Manager")

        page = manager.get(self.address(touring))

        assert "Differs from before by 288.00 AUD" in words(page)
        assert 'name="digest"' not in page.text
        assert manager.send(self.address(touring), {"digest": "x"}).status_code == 403
        assert owed() == []

    @pytest.mark.parametrize("role", ["Schedule", "Contracts"])
    def test_who_sees_no_money_sees_no_per_diems(self, touring, staff, role):
        browser = staff(role)

        assert browser.get(self.address(touring)).status_code in (302, 403)
        assert "Per diems" not in browser.get("/admin/").text

    def test_another_companys_run_does_not_exist(
        self, touring, week, finance, staff, owner_session
    ):
        run = touring.confirm(by=finance.user_id).run
        other = type(touring.organisation)(name="Other", slug="other-house")
        owner_session.add(other)
        owner_session.commit()
        stranger = staff("Finance", organisation_id=other.id)

        assert finance.get(f"/admin/per-diems/run/{run.id}").status_code == 200
        assert stranger.get(f"/admin/per-diems/run/{run.id}").status_code == 404
        assert stranger.get(self.address(touring)).status_code == 303

    def test_bad_days_are_said_in_words(self, touring, week, finance):
        page = finance.get(
            f"/admin/per-diems/work-out?production={touring.production.id}&first=soon"
        )

        assert "“soon” is not a day. Choose one." in words(page)
        late = finance.get(self.address(touring).replace(f"last={WEDNESDAY}", "last=2026-01-01"))
        assert "The last day is before the first." in words(late)


class TestRates:
    def test_a_rate_of_the_companys_own_is_used_from_its_day(self, touring, finance):
        dancer = touring.hire("Mia", rate=None)
        for day in (MONDAY, TUESDAY, WEDNESDAY):
            touring.call(day)
        touring.publish()
        assert [c.amount.amount for c in touring.plan().people[0].changes] == [95, 95, 95]

        for amount in ("99", "101.50"):
            answer = finance.send(
                "/admin/per-diem-rates/",
                {"city": "Adelaide", "country": "Australia", "amount": amount, "currency": "aud",
                 "valid_from": str(TUESDAY), "note": "Board, 3 Nov"},
            )  # fmt: skip
            assert answer.status_code == 303

        changes = touring.plan().people[0].changes
        assert [c.amount.amount for c in changes] == [95, Decimal("101.50"), Decimal("101.50")]
        assert "the company's rate for Adelaide, Australia" in changes[1].explanation
        assert dancer.id == touring.plan().people[0].engagement.id

    @pytest.mark.parametrize(
        ("field", "typed", "said"),
        [
            ("country", "Atlantis", "is no country we know"),
            ("currency", "DOL", "DOL is not a currency"),
            ("amount", "1,5", "could be read in two ways"),
            ("amount", "-5", "cannot be below zero"),
            ("valid_from", "soon", "is not a day"),
            ("valid_from", "1066-10-14", "cannot be right"),
        ],
    )
    def test_what_cannot_be_is_refused_beside_its_field(self, finance, field, typed, said):
        good = {
            "city": "Adelaide",
            "country": "AU",
            "amount": "99",
            "currency": "AUD",
            "valid_from": "2026-11-01",
        }

        page = finance.send("/admin/per-diem-rates/", {**good, field: typed})

        assert page.status_code == 200
        assert said in words(page)
        assert f'id="{field}-say"' in page.text
        assert 'value="Adelaide"' in page.text

    def test_shares_are_set_shown_and_taken_away(self, finance, owner_session):
        typed = {
            "breakfast": "10",
            "lunch": "20",
            "dinner": "30",
            "part_day": "75",
            "since": "2026-11-01",
        }

        assert finance.send("/admin/per-diem-rates/shares", typed).status_code == 303
        page = finance.get("/admin/per-diem-rates/")
        assert "breakfast 10 %, lunch 20 %, dinner 30 %" in words(page)
        wrong = finance.send("/admin/per-diem-rates/shares", {**typed, "dinner": "90"})
        assert "more than 100 percent together" in words(wrong)

        key = re.search(r"take-away/(\d+)", page.text).group(1)
        finance.send(f"/admin/per-diem-rates/take-away/{key}")
        again = finance.send(f"/admin/per-diem-rates/take-away/{key}", follow_redirects=True)
        assert again.status_code == 404

    def test_every_change_is_in_the_history(self, finance, owner_session):
        typed = {
            "city": "",
            "country": "",
            "amount": "70",
            "currency": "AUD",
            "valid_from": "2026-11-01",
        }
        for amount in ("70", "75"):
            finance.send("/admin/per-diem-rates/", {**typed, "amount": amount})

        told = owner_session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "pack_rule").order_by(AuditEntry.id)
        ).all()
        assert [(e.action, e.after["params"]["amount"]) for e in told] == [
            ("insert", "70.00"),
            ("update", "75.00"),
        ]
        assert told[1].before["params"]["amount"] == "70.00"

    def test_a_manager_reads_rates_and_sets_none(self, staff):
        manager = staff("Manager")

        assert "Set a rate" not in manager.get("/admin/per-diem-rates/").text
        assert manager.send("/admin/per-diem-rates/", {"city": "x"}).status_code == 403


class TestMeals:
    def test_are_entered_with_what_they_must_say(self, touring, week, finance, owner_session):
        typed = {
            "production_words": "Giselle",
            "starts_on": str(WEDNESDAY),
            "ends_on": str(MONDAY),
        }

        page = finance.send("/admin/provided-meals/add", {**typed, "lunch": "y"})
        assert "The last day is before the first. Swap them." in words(page)
        page = finance.send("/admin/provided-meals/add", {**typed, "ends_on": str(WEDNESDAY)})
        assert "Tick at least one meal." in words(page)
        done = finance.send(
            "/admin/provided-meals/add", {**typed, "ends_on": str(WEDNESDAY), "lunch": "y"}
        )

        assert done.status_code == 303
        assert "lunch" in words(finance.get("/admin/provided-meals/list/"))
        kept = owner_session.scalars(select(ProvidedMeal)).one()
        assert finance.send(f"/admin/provided-meals/delete/{kept.id}").status_code == 303
        owner_session.expire_all()
        assert owner_session.scalars(select(ProvidedMeal)).all() == []

    def test_for_somebody_of_another_production_are_refused(
        self, touring, week, finance, owner_session
    ):
        other = type(touring.production)(
            organisation_id=week.organisation_id, code="NUT", title="Nutcracker"
        )
        owner_session.add(other)
        owner_session.commit()

        page = finance.send(
            "/admin/provided-meals/add",
            {"production_words": "Nutcracker", "engagement_words": week.number, "starts_on": str(MONDAY),
             "ends_on": str(MONDAY), "lunch": "y"},
        )  # fmt: skip

        assert "is engaged for Giselle. Choose that production." in words(page)
