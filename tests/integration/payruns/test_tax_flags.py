"""Finance sees beside a payable what the tax rules of the country say of it, and why."""

import pytest
from sqlalchemy import text

from app.models import ArtistProfile

SUPER = "Paid to perform: super may be due although it is no employment."
WHICH = "Tax residence is not Australia, but the basis is not foreign resident"
FOREIGN = "A foreign resident: fees, allowances and reimbursed expenses may be withheld from."


@pytest.mark.parametrize(
    ("basis", "residence", "said"),
    [
        ("contractor", "AU", {SUPER}),
        ("contractor", "FR", {SUPER, WHICH}),
        ("foreign_resident", "FR", {FOREIGN}),
        ("company", "AU", set()),
    ],
)
def test_each_flag_stands_with_its_reason(
    owe,
    finance,
    person,
    owner_session,
    basis,
    residence,
    said,
):
    owner_session.execute(text("UPDATE engagement SET basis = :basis"), {"basis": basis})
    owner_session.add(
        ArtistProfile(
            organisation_id=person.organisation_id, person_id=person.id, tax_residence=residence
        )
    )
    owner_session.commit()

    page = finance.get(f"/admin/payables/show/{owe().id}").text

    assert {one for one in (SUPER, WHICH, FOREIGN) if one in page} == said
    assert ("Tax, to look at" in page) is bool(said)


def test_a_country_whose_rules_are_not_here_says_nothing(owe, finance, owner_session):
    owner_session.execute(text("UPDATE organisation SET jurisdiction = 'NZ'"))
    owner_session.commit()

    assert "Tax, to look at" not in finance.get(f"/admin/payables/show/{owe().id}").text
