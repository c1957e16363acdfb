"""The demo company's own account, and the accounts its artists are paid to."""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.cli.demo.people import People
from app.db.clock import now
from app.domain.bank_accounts import Typed
from app.domain.people import BankDetailEvent, EngagementBasis
from app.models import Organisation, PayeeProfile
from app.services import bank_details, company_accounts

AHEAD = 6
"""How many artists have an account that is verified; the others show what a pay run says of them."""
GUEST = "Łucja Wiśniewska"
"""A guest from abroad with an account here: only her tax is still to be decided."""


def open_accounts(
    session: Session, organisation: Organisation, known: People, users: dict[str, Any]
) -> None:
    """Enter the company's account and those of some artists, with the people who looked at them."""
    own = company_accounts.enter(
        session,
        organisation.id,
        Typed("bsb", organisation.name, "064-001", "1000 1234"),
        {"name": "Artists", "bank": "CBA", "user_name": "MERIDIAN BALLET", "user_number": "301500"},
        by=users["Ruth"].id,
    )
    company_accounts.approve(session, own, by=users["Walter"].id)
    ids = [person.id for person in known.values()]
    payees = session.scalars(
        select(PayeeProfile)
        .where(
            PayeeProfile.person_id.in_(ids),
            or_(PayeeProfile.basis == EngagementBasis.contractor, PayeeProfile.name == GUEST),
        )
        .order_by((PayeeProfile.name != GUEST), PayeeProfile.id)
        .limit(AHEAD)
    ).all()
    for place, payee in enumerate(payees):
        _verified(session, payee, place, users)


def _verified(session: Session, payee: PayeeProfile, place: int, users: dict[str, Any]) -> None:
    typed = Typed("bsb", payee.name, "062-000", f"{10_240_000 + 37 * place}")
    detail = bank_details.propose(session, payee, typed, by=f"staff:{users['Callum'].id}")
    detail.advance(BankDetailEvent.call_back)
    detail.called_back_by, detail.called_back_at = users["Callum"].id, now()
    detail.called_number = "+61 400 000 000"
    session.flush()
    bank_details.verify(session, detail, by=users["Priya"].id)
