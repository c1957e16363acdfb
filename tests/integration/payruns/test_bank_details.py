"""An account is masked, looked at on purpose, and paid to only after a call and a second person."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from app.db import session as house
from app.db.clock import now
from app.db.viewer import Viewer
from app.domain.people import BankDetailStatus
from app.models import AuditEntry, BankDetail, ContactPoint, Message, PayeeProfile, StaffProfile
from app.services import bank_details
from tests.fixtures_sign_in import representation_of
from tests.integration.payruns.conftest import ACCOUNT, number_of

IBAN = "DE89370400440532013000"


def enter(browser, payee, **typed):
    return browser.send(f"/admin/bank-details/enter/{payee.id}", {**ACCOUNT, **typed})


class TestEntering:
    def test_an_account_is_sealed_masked_and_waits(self, finance, payee, details, owner_session):
        answer = enter(finance, payee)

        (made,) = details()
        page = finance.get(answer.location).text
        stored = owner_session.execute(text("SELECT account FROM bank_detail")).scalar_one()
        assert (answer.status_code, made.status) == (303, BankDetailStatus.proposed)
        assert made.ending == "678"
        assert "12345678" not in stored
        assert "12345678" not in page
        assert "ending 678" in page
        assert "ending 678" in finance.get("/admin/bank-details/list/").text

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"bsb": "06200"}, "A BSB has six digits"),
            ({"number": "12"}, "four to nine digits"),
            ({"holder": ""}, "Write the name the account is held in."),
            ({"kind": "iban", "iban": "DE89370400440532013001"}, "check digits"),
            ({"kind": "iban", "iban": "DE8937040044053201300"}, "too few or too many"),
            ({"kind": "other", "number": "!", "bic": "nope"}, "A BIC has 8 or 11"),
            ({"currency": "EUR"}, "takes AUD"),
            ({"kind": "gold"}, "Choose what kind of account"),
        ],
    )
    def test_a_wrong_account_comes_back_with_what_was_typed(
        self, finance, payee, details, typed, said
    ):
        answer = enter(finance, payee, **typed)

        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{typed.get("number", ACCOUNT["number"])}"' in answer.text
        assert details() == []

    def test_an_iban_brings_its_country_and_bank(self, finance, payee, details):
        enter(finance, payee, kind="iban", iban="DE89 3704 0044 0532 0130 00", number="", bsb="")

        (made,) = details()
        assert (made.country, made.bic, made.currency) == ("DE", "COBADEFFXXX", "EUR")
        assert made.ending == "000"

    def test_everybody_who_is_reached_is_told_and_an_older_proposal_lapses(
        self, finance, payee, details, worker, owner_session
    ):
        enter(finance, payee)
        enter(finance, payee, number="87654321")
        worker()

        first, newer = details()
        told = owner_session.execute(
            select(Message.recipient, Message.event).where(Message.key.like(f"bank-{newer.id}-%"))
        ).all()
        assert (first.status, newer.status) == (BankDetailStatus.lapsed, BankDetailStatus.proposed)
        assert set(told) == {
            ("noemie@example.com", "bank_proposed"),
            ("old@example.com", "bank_proposed"),
            ("+61400000147", "bank_proposed_text"),
        }


class TestTwoPeople:
    def test_one_phones_and_another_verifies(self, verified, details, worker, owner_session):
        worker()

        (made,) = details()
        events = set(owner_session.scalars(select(Message.event)))
        assert made.status is BankDetailStatus.verified
        assert made.called_number == "+61400000147"
        assert made.called_back_by != made.verified_by
        assert {"bank_verified", "bank_verified_text"} <= events

    def test_who_phoned_does_not_verify(self, finance, payee, person, owner_session, details):
        enter(finance, payee)
        (made,) = details()
        finance.send(
            f"/admin/bank-details/call-back/{made.id}",
            {"number": number_of(owner_session, person)},
        )

        finance.send(f"/admin/bank-details/action/verify/{made.id}")

        page = finance.get(f"/admin/bank-details/show/{made.id}").text
        assert "You made the call. A second person verifies this account." in page
        assert details()[0].status is BankDetailStatus.called_back

    def test_who_entered_it_does_not_verify(
        self, finance, second, payee, person, owner_session, details
    ):
        enter(finance, payee)
        (made,) = details()
        number = number_of(owner_session, person)
        second.send(f"/admin/bank-details/call-back/{made.id}", {"number": number})

        finance.send(f"/admin/bank-details/action/verify/{made.id}")

        assert details()[0].status is BankDetailStatus.called_back

    def test_nobody_verifies_their_own_account(
        self, finance, second, payee, person, owner_session, details
    ):
        profile = select(StaffProfile).where(StaffProfile.user_id == second.user_id)
        owner_session.scalars(profile).one().person_id = person.id
        owner_session.commit()
        enter(finance, payee)
        (made,) = details()
        number = number_of(owner_session, person)
        finance.send(f"/admin/bank-details/call-back/{made.id}", {"number": number})

        second.send(f"/admin/bank-details/action/verify/{made.id}")

        assert "This is paid to you." in second.get(f"/admin/bank-details/show/{made.id}").text
        assert details()[0].status is BankDetailStatus.called_back

    def test_not_even_by_sql(self, finance, payee, details, as_staff):
        enter(finance, payee)
        as_staff(finance.user_id)

        for change in (
            "status = 'verified'",
            "status = 'verified', called_back_by = :me, called_number = '1', verified_by = :me",
            "account = 'other'",
            "payee_id = payee_id + 1",
        ):
            with pytest.raises(DatabaseError), house.transaction() as db:
                db.execute(text(f"UPDATE bank_detail SET {change}"), {"me": finance.user_id})

        assert details()[0].status is BankDetailStatus.proposed

    def test_a_number_is_chosen(self, finance, payee, details):
        enter(finance, payee)
        (made,) = details()

        answer = finance.send(f"/admin/bank-details/call-back/{made.id}", {"number": "99"})

        assert answer.status_code == 422
        assert "Choose the number you phoned." in answer.text

    def test_a_number_that_came_with_the_change_is_not_phoned(
        self, verified, finance, payee, person, owner_session, details
    ):
        owner_session.add(
            ContactPoint(
                organisation_id=person.organisation_id, person_id=person.id, kind="mobile",
                value="+61499999999", normalised="+61499999999",
            )
        )  # fmt: skip
        owner_session.commit()
        enter(finance, payee, number="87654321")
        made = details()[-1]
        number = owner_session.scalars(
            select(ContactPoint.id).where(ContactPoint.value == "+61499999999")
        ).one()

        answer = finance.send(f"/admin/bank-details/call-back/{made.id}", {"number": str(number)})

        assert answer.status_code == 422
        assert "Phone a number we had a week before." in answer.text
        assert details()[-1].status is BankDetailStatus.proposed

    def test_a_change_takes_the_place_of_the_account_before(
        self, verified, finance, second, payee, person, owner_session, details
    ):
        enter(finance, payee, number="87654321")
        made = details()[-1]
        # As if the change came when the number had been known for more than a week.
        owner_session.execute(
            text("UPDATE bank_detail SET created_at = now() + interval '8 days' WHERE id = :id"),
            {"id": made.id},
        )
        owner_session.commit()
        number = number_of(owner_session, person)
        finance.send(f"/admin/bank-details/call-back/{made.id}", {"number": number})
        second.send(f"/admin/bank-details/action/verify/{made.id}")

        before, after = details()
        assert before.status is BankDetailStatus.replaced
        assert before.ended_because == "Replaced by the account ending 321"
        assert after.status is BankDetailStatus.verified

    def test_the_account_we_pay_to_is_no_change(self, verified, finance, payee):
        answer = enter(finance, payee)

        assert answer.status_code == 422
        assert "This is the account we pay to already." in answer.text

    def test_an_older_account_is_not_verified_over_a_newer(
        self, finance, second, payee, person, owner_session, details
    ):
        enter(finance, payee)
        (older,) = details()
        number = number_of(owner_session, person)
        finance.send(f"/admin/bank-details/call-back/{older.id}", {"number": number})
        enter(finance, payee, number="87654321")

        second.send(f"/admin/bank-details/action/verify/{older.id}")

        page = second.get(f"/admin/bank-details/show/{older.id}").text
        assert "A newer account came after this one." in page

    def test_a_refusal_needs_its_reason_and_is_told(
        self, finance, payee, details, worker, owner_session
    ):
        enter(finance, payee)
        (made,) = details()

        empty = finance.send(f"/admin/bank-details/refuse/{made.id}", {"reason": " "})
        finance.send(f"/admin/bank-details/refuse/{made.id}", {"reason": "Not hers"})
        worker()

        assert (empty.status_code, details()[0].status) == (422, BankDetailStatus.refused)
        letter = select(Message.text).where(Message.event == "bank_refused")
        assert "Not hers" in owner_session.scalars(letter.limit(1)).one()


class TestLooking:
    def test_a_look_needs_its_reason_and_is_written_down(self, verified, finance, owner_session):
        path = f"/admin/bank-details/unmask/{verified.id}"
        empty = finance.send(path, {"why": ""})
        shown = finance.send(path, {"why": "The bank asks"})

        looks = select(AuditEntry).where(AuditEntry.action == "view")
        look = owner_session.scalars(looks).one()
        assert (empty.status_code, shown.status_code) == (422, 200)
        assert "062-000 12345678" not in empty.text
        assert "062-000 12345678" in shown.text
        assert shown.headers["Cache-Control"] == "private, no-store"
        assert (look.actor, look.reason) == (f"staff:{finance.user_id}", "The bank asks")
        assert look.after == {"fields": ["account"]}
        again = finance.get(f"/admin/bank-details/show/{verified.id}").text
        assert "looked at the account. The bank asks" in again
        assert "12345678" not in again

    @pytest.mark.parametrize("role", ["Administrator", "Auditor", "Approver"])
    def test_others_read_it_masked(self, verified, staff, role, owner_session):
        browser = staff(role)

        page = browser.get(f"/admin/bank-details/show/{verified.id}")
        look = browser.send(f"/admin/bank-details/unmask/{verified.id}", {"why": "Curious"})

        assert page.status_code == 200
        assert "Show the account" not in page.text
        assert "12345678" not in look.text
        looks = select(func.count()).where(AuditEntry.action == "view")
        assert owner_session.scalar(looks) == 0

    @pytest.mark.parametrize("role", ["Contracts", "Schedule", "Manager"])
    def test_other_roles_do_not_see_the_page_nor_the_last_figures(
        self, verified, staff, role, person
    ):
        browser = staff(role)

        assert browser.get(f"/admin/bank-details/show/{verified.id}").status_code in (302, 403)
        assert "ending 678" not in browser.get(f"/admin/people/show/{person.id}").text


class TestLapsing:
    def test_what_nobody_confirms_lapses(
        self, finance, payee, details, as_staff, worker, owner_session
    ):
        enter(finance, payee)
        as_staff(finance.user_id)

        with house.transaction() as db:
            early = bank_details.lapse_due(db, now() + timedelta(days=13))
            late = bank_details.lapse_due(db, now() + timedelta(days=15))
        worker()

        assert (early, late) == (0, 1)
        assert details()[0].status is BankDetailStatus.lapsed
        assert "bank_lapsed" in set(owner_session.scalars(select(Message.event)))


class TestOnThePhone:
    @pytest.fixture
    def phone(self, phone_of, person):
        return phone_of(person, stepped_up=True)

    def test_the_artist_gives_an_account_and_it_waits(
        self, phone, payee, details, person, worker, owner_session
    ):
        answer = phone.send("/portal/you/bank", ACCOUNT)
        worker()

        (made,) = details()
        page = phone.get("/portal/you/bank").text
        assert answer.status_code == 303
        assert (made.proposed_by, made.status) == (f"artist:{person.id}", BankDetailStatus.proposed)
        assert "Account ending 678. Used after we have phoned you" in page
        assert "12345678" not in page
        assert "bank_proposed" in set(owner_session.scalars(select(Message.event)))

    def test_an_artist_nobody_entered_as_a_payee_becomes_one(self, phone, details, person):
        answer = phone.send("/portal/you/bank", ACCOUNT)

        assert answer.status_code == 303
        assert details()[0].payee.person_id == person.id

    def test_a_fresh_code_is_asked_first_and_the_form_is_kept(self, phone_of, person, details):
        answer = phone_of(person).send("/portal/you/bank", ACCOUNT)

        assert answer.status_code == 403
        assert 'name="number" value="1234 5678"' in answer.text
        assert details() == []

    def test_a_wrong_account_is_said_beside_its_field(self, phone, details):
        answer = phone.send("/portal/you/bank", {**ACCOUNT, "bsb": "1"})

        assert answer.status_code == 422
        assert "A BSB has six digits" in answer.text
        assert 'value="1234 5678"' in answer.text
        assert details() == []

    @pytest.mark.parametrize(("scopes", "status"), [(["view"], 403), (["view", "paid"], 303)])
    def test_an_agent_needs_the_right_to_be_paid(
        self, phone_of, person, owner_session, organisation, scopes, status, details
    ):
        agent = type(person)(organisation_id=organisation.id, name="Agent", is_agent=True)
        owner_session.add(agent)
        owner_session.flush()
        link = representation_of(agent, person)
        link.scopes = scopes
        owner_session.add(link)
        owner_session.commit()
        phone = phone_of(person, agent=agent, stepped_up=True)

        answer = phone.send("/portal/you/bank", ACCOUNT)

        assert answer.status_code == status
        assert [one.proposed_by for one in details()] == (
            [f"agent:{agent.id}"] if status == 303 else []
        )

    def test_an_artist_verifies_nothing_by_sql_nor_adds_what_is_verified(
        self, phone, payee, person, details
    ):
        phone.send("/portal/you/bank", ACCOUNT)
        house.forget()
        house.act_as(Viewer(person.organisation_id, actor="artist", artist_id=person.id))

        with house.transaction() as db:
            moved = db.execute(text("UPDATE bank_detail SET status = 'refused'")).rowcount
        with pytest.raises(DatabaseError), house.transaction() as db:
            db.add(
                BankDetail(
                    organisation_id=person.organisation_id, payee_id=payee.id, holder="x",
                    account="x", ending="x", proposed_by="x", status=BankDetailStatus.called_back,
                )
            )  # fmt: skip
        with pytest.raises(DatabaseError), house.transaction() as db:
            db.add(
                PayeeProfile(
                    organisation_id=person.organisation_id, person_id=person.id, name="x",
                    basis="contractor",
                )
            )  # fmt: skip
        house.forget()

        assert moved == 0
        assert [one.status for one in details()] == [BankDetailStatus.proposed]
