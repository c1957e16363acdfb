"""What the tax rules of the company's country say of a payment: shown to finance, decided by nobody here."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Refused
from app.domain.packs.australia import AUSTRALIA
from app.domain.rules_packs import TaxFacts, TaxFlag, pack_in_force, tax_flags
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.models.people import ArtistProfile


def flags_of(session: Session, payable: Payable) -> list[TaxFlag]:
    """Return what somebody must look at before this is paid, each with its reason.

    Who has an artist's profile performs; the basis is what a person decided for the engagement.
    """
    house = session.get_one(Organisation, payable.organisation_id)
    try:
        pack = pack_in_force((AUSTRALIA,), house.jurisdiction, AUSTRALIA.name, payable.due_on)
    except Refused:
        return []
    hired = payable.engagement
    profile = session.scalars(
        select(ArtistProfile).where(ArtistProfile.person_id == hired.person_id)
    ).one_or_none()
    facts = TaxFacts(
        basis=hired.basis.value,
        source=payable.source.value,
        tax_residence=profile.tax_residence.strip() if profile else "",
        is_performer=profile is not None,
    )
    return tax_flags(pack, facts)
