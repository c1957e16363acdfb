"""Two people of one name are two contacts in Xero: a bill on the wrong one pays the wrong person."""

import pytest
from sqlalchemy import select

from app.models.payables import LedgerContact
from app.models.people import ContactPoint
from tests.simulators.gate import needs_specs

pytestmark = needs_specs


def made_for(accounts, **more):
    """Return what Xero has by the artist's name."""
    return accounts.books.make_contact({"Name": accounts.engagement.person.name, **more})


def billed(accounts):
    """Return the contact of the one bill."""
    (bill,) = accounts.bills()
    return bill["Contact"]


@pytest.fixture
def address(accounts):
    """Give the artist an e-mail address."""
    person = accounts.engagement.person
    point = ContactPoint(
        organisation_id=person.organisation_id, person_id=person.id, kind="email",
        value="second@artists.example", normalised="second@artists.example",
    )  # fmt: skip
    accounts.session.add(point)
    accounts.session.commit()
    return point.value


def test_a_namesake_who_carries_our_number_is_somebody_else(accounts, address):
    other = made_for(accounts, ContactNumber="person-another", EmailAddress="first@artists.example")
    accounts.claim("42.10")

    accounts.finish()

    contact = billed(accounts)
    name = accounts.engagement.person.name
    assert contact["ContactID"] != other["ContactID"]
    assert contact["Name"] == f"{name} ({address})"
    assert contact["ContactNumber"] == f"person-{accounts.engagement.person.public_id}"


def test_a_namesake_we_know_under_another_number_is_somebody_else(accounts):
    other = made_for(accounts)
    own = accounts.engagement.organisation_id
    accounts.session.add(
        LedgerContact(
            organisation_id=own, provider="xero", number="person-another",
            external_id=other["ContactID"],
        )
    )  # fmt: skip
    accounts.session.commit()
    accounts.claim("42.10")

    accounts.finish()

    kept = set(accounts.session.scalars(select(LedgerContact.external_id)))
    assert kept == {other["ContactID"], billed(accounts)["ContactID"]}
    assert len(kept) == 2


def test_one_agency_for_two_artists_is_one_contact_by_its_address(accounts, address):
    agency = made_for(accounts, ContactNumber="payee-of-another", EmailAddress=address.upper())
    accounts.claim("42.10")

    accounts.finish()

    assert billed(accounts)["ContactID"] == agency["ContactID"]


@pytest.mark.parametrize("is_theirs", [True, False])
def test_who_was_made_between_our_look_and_our_making_is_looked_at_again(
    accounts, address, monkeypatch, is_theirs
):
    ours = f"person-{accounts.engagement.person.public_id}"
    books, make, meanwhile = accounts.books, accounts.books.make_contact, []

    def make_second(typed):
        if not meanwhile:
            meanwhile.append(made_for_another())
        return make(typed)

    def made_for_another():
        number = ours if is_theirs else "person-another"
        return make({"Name": accounts.engagement.person.name, "ContactNumber": number})

    monkeypatch.setattr(books, "make_contact", make_second)
    accounts.claim("42.10")

    accounts.finish()

    contact = billed(accounts)
    assert contact["ContactNumber"] == ours
    assert (contact["ContactID"] == meanwhile[0]["ContactID"]) is is_theirs
    assert len(books.contacts) == (1 if is_theirs else 2)
