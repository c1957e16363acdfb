"""The artist follows the money, each amount to its term, day or receipt (journey A5)."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.db.clock import now
from app.domain.expenses import ClaimStatus, ExpenseKind, LineStatus
from app.domain.payables import PayableSource, PayableStatus
from app.domain.periods import format_day
from app.models import (
    AllowanceLine,
    ExpenseClaim,
    ExpenseLine,
    FeeLine,
    Payable,
    Person,
    Representation,
)
from app.models.base import uuid7

SOON = now().date() + timedelta(days=2)


@pytest.fixture
def engaged(tour, person):
    return tour.engage(person)


@pytest.fixture
def phone(phone_of, person):
    return phone_of(person)


@pytest.fixture
def keep(owner_session, engaged):
    def add(*rows):
        for row in rows:
            row.organisation_id = engaged.organisation_id
        owner_session.add_all(rows)
        owner_session.commit()
        return rows[0]

    return add


def fee(engaged, position, amount="4600", due=SOON) -> FeeLine:
    return FeeLine(
        engagement_id=engaged.id,
        position=position,
        label=f"Instalment {position} of 2",
        amount=Decimal(amount),
        currency="AUD",
        due_on=due,
    )


def owed(engaged, number, amount, **facts) -> Payable:
    return Payable(
        **{
            "number": number,
            "source": PayableSource.fee,
            "source_key": number,
            "engagement_id": engaged.id,
            "payee_name": "Noémie Lefèvre",
            "amount": Decimal(amount),
            "currency": "AUD",
            "due_on": SOON,
            **facts,
        }
    )


def claimed(engaged, person, *lines: ExpenseLine) -> ExpenseClaim:
    claim = ExpenseClaim(
        number="CL-0231",
        client_uuid=uuid7(),
        engagement_id=engaged.id,
        status=ClaimStatus.under_review,
        claimed_by=f"artist:{person.id}",
        currency="AUD",
    )
    for position, line in enumerate(lines, 1):
        line.organisation_id, line.position = engaged.organisation_id, position
        line.claimant_id = person.id
    claim.lines = list(lines)
    return claim


def spent(kind, amount, **facts) -> ExpenseLine:
    return ExpenseLine(
        kind=kind,
        spent_on=date(2026, 11, 16),
        amount=Decimal(amount),
        currency="AUD",
        base_amount=Decimal(amount),
        base_currency="AUD",
        **facts,
    )


def words(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


class TestStatement:
    def test_an_instalment_that_was_paid_names_day_and_reference(self, phone, engaged, keep):
        first, _ = lines = [fee(engaged, 1), fee(engaged, 2)]
        keep(*lines)
        keep(
            owed(
                engaged,
                "FEE-1",
                "4600",
                fee_line_id=first.id,
                status=PayableStatus.paid,
                paid_on=date(2026, 11, 13),
                paid_reference="BIG-20931",
            )
        )

        page = words(phone.get("/portal/money"))

        assert "Paid Fri 13 Nov, ref. BIG-20931." in page
        assert f"Due {format_day(SOON)}" in page
        assert re.search(r"Yours 9,200.00 AUD Paid 4,600.00 AUD Still to come 4,600.00 AUD", page)

    def test_the_next_payment_has_its_expected_day(self, phone, engaged, keep):
        keep(
            owed(engaged, "FEE-2", "4600", due_on=SOON + timedelta(days=7)),
            owed(engaged, "CL-0231", "214.30", source=PayableSource.claim),
        )

        page = words(phone.get("/portal/money"))

        assert f"Next payment 214.30 AUD Expected {format_day(SOON)}. CL-0231" in page

    @pytest.mark.parametrize(
        ("facts", "is_said"),
        [
            ({}, True),
            ({"withholding_decision": "Nothing, by Article 17."}, False),
            ({"status": PayableStatus.paid, "paid_on": SOON, "paid_reference": "B-1"}, False),
        ],
    )
    def test_a_foreign_resident_is_told_of_withholding_while_it_is_open(
        self, phone, engaged, keep, facts, is_said
    ):
        line = keep(fee(engaged, 1))
        note = "Foreign resident: decide on withholding before it is paid."
        keep(owed(engaged, "FEE-1", "4600", fee_line_id=line.id, withholding_note=note, **facts))

        page = words(phone.get("/portal/money"))

        assert ("the company decides on withholding tax" in page) is is_said
        assert note not in page

    def test_a_held_payment_says_why_and_has_no_day(self, phone, engaged, keep):
        line = keep(fee(engaged, 1))
        keep(
            owed(
                engaged, "FEE-1", "4600", fee_line_id=line.id, status=PayableStatus.held,
                held_reason="The bank sent it back.",
            )
        )  # fmt: skip

        page = words(phone.get("/portal/money"))

        assert "Held: The bank sent it back." in page
        assert "Next payment" not in page

    def test_a_reduced_line_names_amount_rule_person_and_hour(self, phone, engaged, person, keep):
        keep(
            claimed(
                engaged,
                person,
                spent(
                    ExpenseKind.taxi,
                    "64",
                    status=LineStatus.approved,
                    approved_amount=Decimal(45),
                    decision_reason="Your contract pays up to 45.00 AUD a ride.",
                    decided_by_name="Callum Reid",
                    decided_at=now(),
                ),
            )
        )

        page = words(phone.get("/portal/money"))

        assert "Reduced from 64.00" in page
        assert "Your contract pays up to 45.00 AUD a ride. Decided by Callum Reid," in page
        assert "Brisbane +10:00" in page
        assert "Claims approved 45.00 AUD" in page

    def test_a_question_leads_to_its_answer(self, phone, engaged, person, keep):
        claim = keep(
            claimed(engaged, person, spent(ExpenseKind.taxi, "42.10", status=LineStatus.queried))
        )

        page = phone.get("/portal/money")

        assert "A question about taxi, 42.10 AUD" in words(page)
        assert f'class="btn go" href="/portal/expenses/{claim.public_id}"' in page.text

    def test_refused_is_struck_through_and_adds_nothing(self, phone, engaged, person, keep):
        keep(
            claimed(
                engaged,
                person,
                spent(
                    ExpenseKind.meal,
                    "66.45",
                    status=LineStatus.refused,
                    decision_reason="Your per diem covers meals.",
                ),
            )
        )

        page = phone.get("/portal/money")

        assert re.search(r"<del>\s*<span class=\"money\">66.45", page.text)
        assert "Yours 0.00 AUD" in words(page)

    def test_days_with_the_same_rate_stand_together(self, phone, engaged, keep):
        keep(
            *(
                AllowanceLine(
                    engagement_id=engaged.id,
                    day=date(2026, 11, day),
                    amount=Decimal(96),
                    currency="AUD",
                    explanation="Adelaide, full day",
                )
                for day in range(16, 23)
            )
        )

        page = words(phone.get("/portal/money"))

        assert "Mon 16 Nov to Sun 22 Nov 7 days at 96.00" in page
        assert page.count("Adelaide, full day") == 7
        assert "672.00 AUD" in page

    def test_two_currencies_are_never_added(self, phone, engaged, keep):
        other = fee(engaged, 2, "1000")
        other.currency = "EUR"
        keep(fee(engaged, 1), other)

        page = words(phone.get("/portal/money"))

        assert "Yours 4,600.00 AUD" in page
        assert "Yours 1,000.00 EUR" in page

    def test_a_colleagues_money_does_not_exist(self, phone, tour, engaged, keep, owner_session):
        colleague = Person(organisation_id=engaged.organisation_id, name="Ana Ruiz")
        owner_session.add(colleague)
        owner_session.commit()
        theirs = tour.engage(colleague)
        keep(fee(theirs, 1, "7777"))

        assert "7,777" not in phone.get("/portal/money").text

    def test_an_agent_sees_it_only_where_money_was_agreed(
        self, phone_of, engaged, person, keep, owner_session
    ):
        keep(fee(engaged, 1))
        for scopes, status in ((["view"], 403), (["view", "paid"], 200)):
            agent = Person(organisation_id=person.organisation_id, name="Élodie Martin")
            owner_session.add(agent)
            owner_session.flush()
            owner_session.add(
                Representation(
                    organisation_id=person.organisation_id, agent_id=agent.id, artist_id=person.id,
                    scopes=scopes, starts_on=date(2020, 1, 1),
                )
            )  # fmt: skip
            owner_session.commit()
            browser = phone_of(person, agent=agent)
            paper = f"/portal/money/{engaged.public_id}/statement.pdf"

            answers = [browser.get("/portal/money"), browser.get(paper)]

            assert [answer.status_code for answer in answers] == [status, status]
            assert ("4,600.00" in answers[0].text) is (status == 200)

    def test_nothing_yet_says_what_will_stand_here(self, phone):
        assert "No fee and no claim is recorded for you yet." in phone.get("/portal/money").text
