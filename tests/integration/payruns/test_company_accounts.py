"""The company's own account is entered by one person and let into use by another."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domain.company_accounts import CompanyAccountStatus
from app.models import CompanyAccount

OWN = {
    "name": "Artists AUD", "kind": "bsb", "holder": "Meridian Ballet", "bsb": "064001",
    "number": "10001234", "bank": "cba", "user_name": "MERIDIAN BALLET", "user_number": "301500",
}  # fmt: skip


@pytest.fixture
def ruth(staff):
    """Ruth, the Administrator."""
    return staff("Administrator")


@pytest.fixture
def account(ruth, owner_session):
    """An account that waits."""
    assert ruth.send("/admin/company-accounts/enter", OWN).status_code == 303
    return owner_session.scalars(select(CompanyAccount)).one()


def test_it_is_sealed_and_waits_for_a_second_person(account, ruth, staff, fresh):
    ruth.send(f"/admin/company-accounts/action/approve/{account.id}")
    own = ruth.get(f"/admin/company-accounts/show/{account.id}").text
    assert "You entered this account. A second person approves it." in own
    assert fresh(account).status is CompanyAccountStatus.proposed

    staff("Manager").send(f"/admin/company-accounts/action/approve/{account.id}")

    assert fresh(account).status is CompanyAccountStatus.approved
    assert (account.bank, account.user_number, account.ending) == ("CBA", "301500", "234")
    assert "10001234" not in account.account
    assert "10001234" not in own


def test_it_is_refused_or_retired(account, ruth, staff, fresh):
    ruth.send(f"/admin/company-accounts/action/refuse/{account.id}")
    assert fresh(account).status is CompanyAccountStatus.refused

    ruth.send("/admin/company-accounts/enter", {**OWN, "name": "Second"})
    other = fresh(account) and account.id + 1
    staff("Approver").send(f"/admin/company-accounts/action/approve/{other}")
    ruth.send(f"/admin/company-accounts/action/retire/{other}")

    assert "Retired" in ruth.get(f"/admin/company-accounts/show/{other}").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Write what you call this account."),
        ({"bank": "Commonwealth"}, "three letters"),
        ({"user_name": "Ström"}, "plain letters"),
        ({"holder": "Балет Меридиан"}, "Files to the bank carry Latin letters only"),
        ({"user_number": "12x"}, "up to six digits"),
        ({"kind": "iban", "iban": "MT84MALT011000012345MTLCAST001S", "bic": "x"}, "A BIC has"),
        ({"bsb": ""}, "A BSB has six digits"),
    ],
)
def test_a_wrong_setting_comes_back_beside_its_field(ruth, owner_session, typed, said):
    answer = ruth.send("/admin/company-accounts/enter", {**OWN, **typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="10001234"' in answer.text
    assert owner_session.scalars(select(CompanyAccount)).all() == []


def test_two_accounts_have_two_names(account, ruth):
    answer = ruth.send("/admin/company-accounts/enter", OWN)

    assert "There is an account of this name." in answer.text


def test_an_iban_account_names_its_bank(ruth, owner_session):
    ruth.send(
        "/admin/company-accounts/enter",
        {"name": "Euro", "kind": "iban", "holder": "M", "iban": "DE89370400440532013000"},
    )

    made = owner_session.scalars(select(CompanyAccount)).one()
    assert (made.bic, made.currency, made.user_number) == ("COBADEFFXXX", "EUR", "")


@pytest.mark.parametrize("role", ["Finance", "Approver", "Contracts"])
def test_only_an_administrator_enters_one(staff, role, owner_session):
    staff(role).send("/admin/company-accounts/enter", OWN)

    assert owner_session.scalars(select(CompanyAccount)).all() == []


@pytest.mark.parametrize(
    "change", ["account = 'x'", "bank = 'NAB'", "status = 'approved', approved_by = entered_by"]
)
def test_it_is_not_changed_nor_approved_alone_even_by_sql(account, owner_session, change):
    with pytest.raises(IntegrityError):
        owner_session.execute(text(f"UPDATE company_account SET {change}"))
