"""A pay run is made by one, approved by another, handed to the bank once, and settled."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.db.clock import now
from app.domain.pay_runs import PayRunLineStatus, PayRunStatus
from app.domain.payables import PayableStatus
from app.models import AuditEntry, Message, PayRun, PayRunLine, StoredFile
from app.models.payables import LedgerDocument, Payable
from tests.integration.payruns.conftest import bank, newest, number_of, send


class TestMaking:
    def test_open_payables_are_chosen_by_day_currency_and_payee(
        self, owe, account, finance, engaged
    ):
        owe()
        owe("FEE-0147-2", currency="EUR")

        listed = finance.get(f"/admin/pay-runs/begin?account={account.id}").text
        early = finance.get("/admin/pay-runs/begin?currency=AUD&until=2020-01-01").text
        other = finance.get("/admin/pay-runs/begin?currency=AUD&payee=%25").text
        found = finance.get(
            f"/admin/pay-runs/begin?payee=noemie&production={engaged.production_id}"
        ).text

        assert "FEE-0147-1" in listed
        assert "FEE-0147-2" not in listed
        assert "FEE-0147-1" not in early
        assert "FEE-0147-1" not in other
        assert "FEE-0147-2" in found

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"rowid": []}, "Choose what is paid."),
            ({"account": "0"}, "Choose the account the company pays from."),
            ({"file": "pain_001"}, "Use the ABA file for this account."),
            ({"pay_on": "soon"}, "Choose the day."),
        ],
    )
    def test_half_a_run_comes_back_with_what_was_chosen(
        self, owe, account, finance, owner_session, typed, said
    ):
        one = owe()
        data = {"account": str(account.id), "pay_on": "2030-01-01", "rowid": [str(one.id)], **typed}

        answer = finance.send("/admin/pay-runs/begin", data)

        assert answer.status_code == 422
        assert said in answer.text
        assert ("checked" in answer.text) is bool(data["rowid"])
        assert owner_session.scalars(select(PayRun)).all() == []

    def test_a_payable_stands_in_one_run(self, owe, run_of, finance, account, owner_session):
        one = owe()
        run_of(one)

        answer = finance.send(
            "/admin/pay-runs/begin",
            {"account": str(account.id), "pay_on": "2030-01-01", "rowid": [str(one.id)]},
        )

        assert answer.status_code == 422
        assert "stands in PAY-0001 already" in answer.text

    def test_not_even_by_sql(self, owe, run_of, owner_session):
        one, two = owe(), owe("CL-0001")
        first, other = run_of(one).id, run_of(two).id

        with pytest.raises(IntegrityError, match="paid_once"):
            owner_session.execute(
                text("UPDATE pay_run_line SET payable_id = :one WHERE pay_run_id = :run"),
                {"one": one.id, "run": other},
            )
        assert first != other

    def test_lines_are_added_and_taken_out_until_it_is_approved(
        self, owe, verified, run_of, finance, owner_session
    ):
        one, two = owe(), owe("CL-0001")
        run = run_of(one)
        send(finance, run, "check")
        finance.send(f"/admin/pay-runs/add/{run.id}", {"rowid": [str(two.id)]})
        after = newest(owner_session)
        assert (after.status, len(after.lines)) == (PayRunStatus.draft, 2)

        send(finance, run, "take-out", line=str(after.lines[0].id))
        gone = send(finance, run, "take-out", line=str(after.lines[0].id))

        assert [line.payable.number for line in newest(owner_session).lines] == ["CL-0001"]
        assert gone.status_code == 422


class TestChecking:
    def test_a_payee_without_an_account_stops_it_with_the_way_out(
        self, owe, payee, run_of, finance, owner_session
    ):
        run = run_of(owe())

        send(finance, run, "check")

        page = finance.get(f"/admin/pay-runs/show/{run.id}").text
        assert "No bank account of Noémie Lefèvre is known." in page
        assert f"/admin/bank-details/enter/{payee.id}" in page
        assert newest(owner_session).status is PayRunStatus.draft

    def test_whoever_has_no_payee_at_all_is_named(self, owe, run_of, finance, person):
        page = finance.get(f"/admin/pay-runs/show/{run_of(owe()).id}").text

        assert "Nobody is entered as the payee of Noémie Lefèvre." in page
        assert f"/admin/people/show/{person.id}" in page

    def test_a_change_that_waits_is_paid_to_the_account_before(
        self, owe, verified, payee, run_of, finance, second, owner_session
    ):
        run = run_of(owe())
        finance.send(
            f"/admin/bank-details/enter/{payee.id}",
            {"kind": "bsb", "holder": "N", "bsb": "062001", "number": "87654321"},
        )
        send(finance, run, "check")
        blind = send(second, run, "approve")
        send(second, run, "approve", seen="y")

        approved = newest(owner_session)
        assert "Say that you have looked at what was found." in blind.text
        assert approved.status is PayRunStatus.approved
        assert approved.lines[0].bank_detail_id == verified.id

    def test_a_foreign_resident_needs_a_decision(
        self, owe, verified, run_of, finance, engaged, owner_session
    ):
        owner_session.execute(text("UPDATE engagement SET basis = 'foreign_resident'"))
        owner_session.commit()
        one = owe()
        run = run_of(one)
        before = finance.get(f"/admin/pay-runs/show/{run.id}").text
        empty = finance.send("/admin/payables/settle/withhold", {"rowid": str(one.id)})
        finance.send(
            "/admin/payables/settle/withhold",
            {"rowid": str(one.id), "reason": "Treaty, article 17"},
        )

        send(finance, run, "check")

        assert "nobody has decided on withholding tax" in before
        assert empty.status_code == 422
        assert "Treaty, article 17" in finance.get(f"/admin/payables/show/{one.id}").text
        assert newest(owner_session).status is PayRunStatus.checked

    def test_a_holder_the_file_cannot_write_stops_it_before_it_is_approved(
        self, owe, payee, person, run_of, finance, second, details, owner_session
    ):
        run = run_of(owe())
        number = number_of(owner_session, person)
        bank(finance, second, payee, number, details, holder="張偉")

        send(finance, run, "check")

        page = finance.get(f"/admin/pay-runs/show/{run.id}").text
        assert "The account is held by 張偉, and this file carries Latin letters only." in page
        assert newest(owner_session).status is PayRunStatus.draft

    def test_a_company_account_the_file_cannot_write_stops_it_and_says_where_it_is_mended(
        self, owe, verified, run_of, finance, second, account, owner_session
    ):
        run = run_of(owe())
        owner_session.execute(text("ALTER TABLE company_account DISABLE TRIGGER guarded"))
        owner_session.execute(text("UPDATE company_account SET holder = '株式会社'"))
        owner_session.execute(text("ALTER TABLE company_account ENABLE TRIGGER guarded"))
        owner_session.commit()

        send(finance, run, "check")

        page = finance.get(f"/admin/pay-runs/show/{run.id}").text
        assert "Artists is held in the name 株式会社, and this file carries Latin letters" in page
        assert f'href="/admin/company-accounts/show/{account.id}"' in page
        assert newest(owner_session).status is PayRunStatus.draft
        own = finance.get(f"/admin/company-accounts/show/{account.id}").text
        assert "No file to the bank can be made from this account" in own
        again = finance.send(
            "/admin/pay-runs/begin", {"account": str(account.id), "pay_on": "2099-01-01"}
        )
        assert "No bank file can be made from Artists" in again.text

    def test_a_company_account_that_is_retired_meanwhile_stops_it(
        self, owe, verified, run_of, finance, second, account, staff, owner_session
    ):
        run = run_of(owe())
        send(finance, run, "check")
        staff("Administrator").send(f"/admin/company-accounts/action/retire/{account.id}")

        answer = send(second, run, "approve")

        assert "Nothing is paid from Artists any more." in answer.text
        assert newest(owner_session).status is PayRunStatus.checked

    def test_held_and_other_currencies_and_late_bills_stop_it(self, owe, verified, run_of, finance):
        held, late, euro = (
            owe(),
            owe("CL-0001", post=False),
            owe("CL-0002", currency="EUR", post=False),
        )
        run = run_of(held, late, euro)
        finance.send("/admin/payables/settle/hold", {"rowid": str(held.id), "reason": "Wait"})

        page = finance.get(f"/admin/pay-runs/show/{run.id}").text

        assert "It is held. Take it out of the run." in page
        assert "Its bill is not in the ledger yet." in page
        assert "It is owed in EUR, the run pays AUD." in page


class TestApproving:
    def test_whoever_made_it_does_not_approve_it(
        self, owe, verified, run_of, finance, owner_session
    ):
        run = run_of(owe())
        send(finance, run, "check")

        answer = send(finance, run, "approve")

        assert answer.status_code == 422
        assert "You put this pay run together. Somebody else approves it." in answer.text
        assert newest(owner_session).status is PayRunStatus.checked

    def test_whoever_added_a_line_does_not_approve_it_even_by_sql(
        self, owe, verified, run_of, staff, finance, owner_session
    ):
        run = run_of(owe())
        other = staff("Finance")
        other.send(f"/admin/pay-runs/add/{run.id}", {"rowid": [str(owe("CL-0001").id)]})
        send(finance, run, "check")

        answer = send(other, run, "approve")

        assert "You put this pay run together." in answer.text
        for by in (finance.user_id, other.user_id):
            with pytest.raises(IntegrityError):
                owner_session.execute(
                    text("UPDATE pay_run SET status = 'approved', approved_by = :by"), {"by": by}
                )
            owner_session.rollback()

    def test_nobody_approves_their_own_money(
        self, owe, verified, run_of, finance, second, person, owner_session
    ):
        run = run_of(owe())
        send(finance, run, "check")
        owner_session.execute(
            text("UPDATE staff_profile SET person_id = :person WHERE user_id = :user"),
            {"person": person.id, "user": second.user_id},
        )
        owner_session.commit()

        assert "Part of this run is paid to you." in send(second, run, "approve").text

    def test_an_approved_run_is_frozen(self, exported, owner_session):
        for change in (
            "UPDATE pay_run SET pay_on = pay_on + 1",
            "UPDATE pay_run SET status = 'draft'",
            "UPDATE pay_run SET file_id = NULL",
            "UPDATE pay_run_line SET amount = 1",
            "DELETE FROM pay_run_line",
        ):
            with pytest.raises(IntegrityError):
                owner_session.execute(text(change))
            owner_session.rollback()

    def test_what_a_run_takes_to_the_bank_is_neither_held_nor_voided(self, exported, finance):
        one = exported.lines[0].payable_id

        answer = finance.send("/admin/payables/settle/void", {"rowid": str(one), "reason": "x"})

        assert answer.status_code == 422
        assert "PAY-0001 takes FEE-0147-1 to the bank." in answer.text


class TestExporting:
    def test_the_file_is_made_once_and_the_same_ever_after(self, exported, finance, owner_session):
        first, again = send(finance, exported, "export"), send(finance, exported, "export")

        run = newest(owner_session)
        lines = first.get_data(as_text=True).split("\r\n")
        looks = owner_session.scalars(select(AuditEntry).where(AuditEntry.action == "view")).all()
        assert first.data == again.data
        assert first.headers["Content-Disposition"] == "attachment; filename*=UTF-8''PAY-0001.aba"
        assert [len(line) for line in lines] == [120, 120, 120, 120, 0]
        assert lines[1][:30] == "1062-000 12345678 500000010010"
        assert lines[3][20:30] == "0000014220"
        assert run.status is PayRunStatus.exported
        assert owner_session.scalars(select(StoredFile.sha256)).all() == [run.stored.sha256]
        assert {look.reason for look in looks} == {"PAY-0001 handed to the bank"}

    def test_what_is_not_approved_is_not_handed_out(self, owe, verified, run_of, finance):
        answer = send(finance, run_of(owe()), "export")

        assert answer.status_code == 422
        assert "PAY-0001 is draft. It is approved first." in answer.text

    def test_a_list_carries_no_formula(self, owe, verified, run_of, finance, second, owner_session):
        owner_session.execute(text("UPDATE person SET name = '=cmd|x'"))
        owner_session.commit()
        run = run_of(owe(), file="csv")
        send(finance, run, "check")
        send(second, run, "approve")

        answer = send(finance, run, "export")

        assert "'=cmd|x" in answer.get_data(as_text=True)
        assert "PAY-0001-1,FEE-0147-1" in answer.get_data(as_text=True)

    @pytest.mark.parametrize("role", ["Approver", "Administrator", "Auditor", "Contracts"])
    def test_only_finance_hands_it_out(self, exported, staff, role):
        answer = send(staff(role), exported, "export")

        assert answer.status_code in (302, 403)
        assert b"12345678" not in answer.data


class TestPaying:
    def test_the_whole_run_is_paid_and_each_payee_told_once(
        self, exported, finance, phone_of, person, owner_session
    ):
        empty = send(finance, exported, "pay", paid_on=now().date().isoformat(), reference="")
        send(finance, exported, "pay", paid_on=now().date().isoformat(), reference="BT-77")
        send(finance, exported, "pay", paid_on=now().date().isoformat(), reference="BT-77")

        run = newest(owner_session)
        letters = owner_session.scalars(select(Message).where(Message.event == "remittance")).all()
        assert empty.status_code == 422
        assert run.status is PayRunStatus.paid
        assert {line.payable.status for line in run.lines} == {PayableStatus.paid}
        assert [letter.subject for letter in letters] == ["Paid: 142.20 AUD, PAY-0001"]
        assert "CL-0001: 42.10 AUD" in letters[0].text

    def test_whoever_approved_the_run_does_not_pay(
        self, owe, verified, run_of, finance, staff, owner_session
    ):
        run, third = run_of(owe()), staff("Finance")
        send(finance, run, "check")
        send(third, run, "approve")
        send(third, run, "export")
        data = {"paid_on": now().date().isoformat(), "reference": "x"}

        whole = send(third, run, "pay", **data)
        one = newest(owner_session).lines[0].payable_id
        single = third.send("/admin/payables/settle/pay", {**data, "rowid": str(one)})

        for answer in (whole, single):
            assert answer.status_code == 422
            assert "You approved this pay run. Somebody else marks it paid." in answer.text
        assert newest(owner_session).status is PayRunStatus.exported

    def test_a_payment_that_came_back_is_held_told_and_paid_again(
        self, exported, finance, run_of, owner_session
    ):
        send(finance, exported, "pay", paid_on=now().date().isoformat(), reference="BT-77")
        one = exported.lines[0].payable_id
        path = "/admin/payables/settle/bounce"
        empty = finance.send(path, {"rowid": str(one), "paid_on": now().date().isoformat()})
        finance.send(
            path,
            {"rowid": str(one), "paid_on": now().date().isoformat(), "reason": "Account closed"},
        )

        run = newest(owner_session)
        payable = owner_session.get_one(Payable, one)
        letter = owner_session.scalars(select(Message).where(Message.event == "payable_returned"))
        document = select(LedgerDocument.status).where(LedgerDocument.payable_id == one)
        assert empty.status_code == 422
        assert run.status is PayRunStatus.closed
        assert [line.status for line in run.lines] == [
            PayRunLineStatus.returned,
            PayRunLineStatus.paid,
        ]
        assert (payable.status, payable.paid_on) == (PayableStatus.held, None)
        assert owner_session.scalars(document).one() == "posted"
        assert "Account closed" in letter.one().text
        finance.send(f"/admin/payables/action/release/{one}")
        assert run_of(payable).number == "PAY-0002"

    def test_one_payable_alone_is_paid_and_the_run_waits_for_the_rest(
        self, exported, finance, owner_session
    ):
        data = {"paid_on": now().date().isoformat(), "reference": "A"}
        for line in exported.lines:
            before = newest(owner_session).status
            finance.send("/admin/payables/settle/pay", {**data, "rowid": str(line.payable_id)})

        assert before is PayRunStatus.exported
        assert newest(owner_session).status is PayRunStatus.paid

    def test_a_run_is_cancelled_with_its_reason_and_its_payables_wait(
        self, exported, finance, run_of, owner_session
    ):
        empty = send(finance, exported, "cancel", reason="")
        send(finance, exported, "cancel", reason="The bank refused the file")

        run = newest(owner_session)
        assert empty.status_code == 422
        assert run.status is PayRunStatus.cancelled
        assert {line.status for line in run.lines} == {PayRunLineStatus.dropped}
        assert {line.payable.status for line in run.lines} == {PayableStatus.open}
        assert run_of(*(line.payable for line in run.lines)).number == "PAY-0002"

    def test_what_is_paid_is_not_cancelled(self, exported, finance):
        send(finance, exported, "pay", paid_on=now().date().isoformat(), reference="A")

        assert "It cannot be cancelled." in send(finance, exported, "cancel", reason="x").text


def test_list_and_page_are_shown_to_those_who_watch(exported, staff, finance):
    for role in ("Administrator", "Manager", "Auditor", "Approver"):
        page = staff(role).get(f"/admin/pay-runs/show/{exported.id}")
        assert page.status_code == 200
        assert "Mark all paid" not in page.text
    assert "PAY-0001" in finance.get("/admin/pay-runs/list/?view=all").text
    assert staff("Schedule").get(f"/admin/pay-runs/show/{exported.id}").status_code in (302, 403)


def test_a_line_knows_its_name_at_the_bank(exported, owner_session):
    assert [line.reference for line in owner_session.scalars(select(PayRunLine))] == [
        "PAY-0001-1",
        "PAY-0001-2",
    ]
