"""One amendment of the demo company: a performance more, sent to the artist one signs in as."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.integrations import providers
from app.models import Contract, Engagement
from app.services.amendments import drafting, sending

MORE = Decimal("600.00")
WORDS = "The artist dances one performance more, on the last day in Brisbane. Her fittings stay as they are."


def amend(session: Session, engagement: Engagement, users: dict[str, Any], today: date) -> None:
    """Write an amendment of an executed contract, have it reviewed, and send it."""
    contract = session.scalars(
        select(Contract).where(Contract.engagement_id == engagement.id)
    ).one()
    held = drafting.base_of(session, contract, today).terms
    lines = [dict(line) for line in held["fee_lines"]]
    lines[-1]["amount"] = str(Decimal(lines[-1]["amount"]) + MORE)
    terms = {**held, "fee": str(Decimal(held["fee"]) + MORE), "fee_lines": lines}
    wanted = drafting.Wanted("One performance more", today, terms, WORDS)
    ruth, walter = users["Ruth"].id, users["Walter"].id
    amendment = drafting.draft(session, contract, wanted, by_user_id=ruth)
    drafting.submit(session, amendment, by_user_id=ruth)
    drafting.approve(session, amendment, by_user_id=walter)
    content, made = sending.make_paper(amendment)
    providers.files().put(content)
    sending.send(session, amendment, made, by_user_id=ruth)
