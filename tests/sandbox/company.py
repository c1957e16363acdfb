"""What staff and artists do on the tour, through the product's own services, and what its records say."""

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.cli.demo.receipts import photograph
from app.db.clock import now
from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.bulk_runs import PRIORITY
from app.domain.contracts import ContractStatus
from app.domain.documents import DocumentKind
from app.domain.errors import Refused
from app.factory import create_app
from app.integrations import providers
from app.models import (
    Contract,
    Engagement,
    ExpenseClaim,
    Organisation,
    OutboxMessage,
    Payable,
    StaffProfile,
)
from app.services import files, xero_connection
from app.services.contracts import drafting, sending
from app.services.esign import comparing
from app.services.expenses import deciding, pricing, receiving
from app.uploads import take_in
from config import Config

LONGEST = 120.0
"""Seconds that anything of a stop may take."""
OURS = ("esign.%", "contract.%", "archive.file", "mail.send", "ledger.payable", "ledger.receipts", "claim.%")  # fmt: skip
"""What is promised at a stop and must have ended before it is judged."""


class Company:
    """One company on the road."""

    def __init__(self, environment: Mapping[str, str], var: Path) -> None:
        config = Config.load({**environment, "VAR": str(var), "LOG_LEVEL": "ERROR"})
        self.app = create_app(config)
        with self.app.app_context(), transaction() as db:
            self.id = db.scalar(select(func.min(Organisation.id))) or 1
        forget()

    @contextmanager
    def as_staff(self) -> Any:
        """Act as the company's staff in one transaction."""
        act_as(Viewer(self.id, actor="staff:tour", request_id="sandbox-tour"))
        try:
            with transaction() as db:
                yield db
        finally:
            forget()

    def until(self, look: Callable[[Any], Any], what: str, longest: float = LONGEST) -> Any:
        """Wait for something to be true in our records or at a vendor."""
        end = time.monotonic() + longest
        while time.monotonic() < end:
            with self.as_staff() as db:
                found = look(db)
            if found:
                return found
            time.sleep(0.2)
        raise TimeoutError(f"{what} did not come within {longest:.0f} s")

    def settled(self, since: datetime, longest: float = LONGEST) -> None:
        """Wait until all that was promised since then has ended, one way or another."""

        def is_quiet(db: Any) -> bool:
            waiting = select(func.count()).where(
                OutboxMessage.created_at >= since,
                OutboxMessage.state.in_(("ready", "leased")),
                OutboxMessage.priority > PRIORITY,
                _like_any(OURS),
            )
            return bool(db.scalar(waiting) == 0)

        self.until(is_quiet, "an end of what was promised", longest)

    def contracts(self, count: int) -> list[int]:
        """Return contracts that can be sent for signature as they are."""
        found = []
        with self.as_staff() as db:
            states = (ContractStatus.ready, ContractStatus.in_review, ContractStatus.draft)
            asked = select(Contract.id).where(Contract.status.in_(states)).order_by(Contract.id)
            ids = list(db.scalars(asked))
            ruth, walter = self._hands(db)
        for contract_id in ids:
            if len(found) < count and self._is_made_ready(contract_id, ruth, walter):
                found.append(contract_id)
        return found

    def _is_made_ready(self, contract_id: int, ruth: int, walter: int) -> bool:
        """Have a contract reviewed, unless something has to be settled first."""
        try:
            with self.as_staff() as db:
                contract = db.get_one(Contract, contract_id)
                if contract.status is ContractStatus.draft:
                    drafting.submit(db, contract, by_user_id=ruth)
                if contract.status is ContractStatus.in_review:
                    drafting.approve(db, contract, by_user_id=walter)
                sending.check_sendable(db, contract)
        except Refused:
            return False
        return True

    def number_of(self, contract_id: int) -> str:
        """Return the number of a contract."""
        with self.as_staff() as db:
            return str(db.get_one(Contract, contract_id).number)

    def send(self, contract_id: int) -> str:
        """Send a contract for signature; return its number."""
        with self.as_staff() as db:
            contract = db.get_one(Contract, contract_id)
            content, made = sending.make_paper(contract)
            providers.files().put(content)
            sending.send_for_signature(db, contract, made, by_user_id=self._hands(db)[0])
            return str(contract.number)

    def claimants(self, count: int) -> list[int]:
        """Return engagements that run today, of artists who have claimed nothing yet."""
        with self.as_staff() as db:
            today = now().date()
            asked = (
                select(Engagement.id)
                .join(Contract, Contract.engagement_id == Engagement.id)
                .where(
                    Contract.status == ContractStatus.executed,
                    Engagement.starts_on < today - timedelta(days=3),
                    Engagement.ends_on > today,
                    Engagement.id.not_in(select(ExpenseClaim.engagement_id)),
                )
                .order_by(Engagement.id)
                .limit(count)
            )
            return list(db.scalars(asked))

    def claim(self, engagement_id: int, city: str, place: int) -> int:
        """Let an artist claim for shoes with a receipt, and finance approve it; return what is owed."""
        with self.as_staff() as db:
            engagement = db.get_one(Engagement, engagement_id)
            actor, amount = f"artist:{engagement.person_id}", f"{60 + place}.40"
            key = receiving.new_key()
            claim = receiving.receive(db, engagement, client_uuid=key, claimed_by=actor)
            day = now().date() - timedelta(days=2)
            picture = photograph("Bloch", city, day, "Canvas shoes", amount)
            taken = take_in(picture, DocumentKind.receipt)
            stored = files.record(
                db, taken.kept, organisation_id=self.id, stored_by=actor,
                owner_person_id=engagement.person_id, scan_status=taken.scan_status,
            )  # fmt: skip
            new = pricing.NewLine(
                "materials", day, Decimal(amount), "AUD",
                description=f"Canvas shoes, {city}", supplier="Bloch",
            )  # fmt: skip
            zone = receiving.zone_of(db, engagement)
            line = receiving.add_line(db, claim, new, [stored], zone=zone)
            receiving.submit(db, claim)
            finance = db.scalars(
                select(StaffProfile).where(StaffProfile.display_name == "Callum Reid")
            ).one()
            by = deciding.By(finance.user_id, finance.display_name)
            deciding.approve(db, line, by, reason="Bought for the tour.")
            return db.scalars(select(Payable.id).where(Payable.claim_id == claim.id)).one()

    def look_at_vendors(self) -> None:
        """Compare with the vendors now, as the night does and a person may at the desk."""
        with self.as_staff() as db:
            comparing.compare_open(db, self.id, now())
            xero_connection.look_now(db)

    def _hands(self, db: Any) -> tuple[int, int]:
        ruth, walter = db.scalars(
            select(StaffProfile.user_id).order_by(StaffProfile.id).limit(2)
        ).all()
        return ruth, walter


def _like_any(patterns: tuple[str, ...]) -> Any:
    found = OutboxMessage.kind.like(patterns[0])
    for pattern in patterns[1:]:
        found |= OutboxMessage.kind.like(pattern)
    return found
