"""Ten cities, played before the reader's eyes: contracts signed, claims paid, and a fault at every stop.

Everything goes through the product's own services and couriers; only what people do at the vendors is
done here, by the simulators' own hands. At the end what was asked is counted against what happened.
"""

import os
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.db.session import act_as, forget, transaction
from app.db.viewer import Viewer
from app.domain.archive import COLUMNS
from app.domain.contracts import ContractStatus
from app.domain.errors import Refused
from app.domain.ledger_settings import LedgerSettings
from app.factory import create_app
from app.integrations import providers
from app.models import (
    Contract,
    Organisation,
    OutboxMessage,
    Payable,
    ProviderConnection,
    StaffProfile,
)
from app.services import xero_connection
from app.services.archive import filing
from app.services.connections import Keys
from app.services.contracts import drafting, sending
from app.services.xero_connection import Come
from config import Config
from tests.simulators.everybody import Everybody

TENANT = "84bd8158-6d4d-4958-8b9f-9d6445542f95"
CITIES = ("Brisbane", "Sydney", "Newcastle", "Canberra", "Melbourne", "Hobart", "Adelaide", "Perth", "Darwin", "Cairns")  # fmt: skip
FAULTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("", "", {}),
    ("docusign", "drop_after", {"method": "POST", "path": ".*/envelopes"}),
    ("xero", "refuse", {"method": "PUT", "path": ".*/Invoices", "seconds": 2}),
    ("docusign", "fail_after", {"method": "POST", "path": ".*/envelopes"}),
    ("sharepoint", "drop_after", {"method": "PUT"}),
    ("xero", "drop_after", {"method": "PUT", "path": ".*/Invoices"}),
    ("sharepoint", "slow", {"seconds": 3}),
    ("sendgrid", "refuse", {"seconds": 2}),
    ("docusign", "expire", {"path": ".*/envelopes"}),
    ("xero", "fail_after", {"method": "PUT", "path": ".*/Invoices"}),
)
"""What goes wrong at each stop: who, what, at which call."""
LONGEST = 900.0
"""Seconds: bills wait their turn behind those of the season, at Xero's published pace."""
EXPENSES = (
    "taxi meal hotel flight baggage materials phone medical other public_transport mileage".split()
)


class Tour:
    """One company on the road, wired to every simulator."""

    def __init__(self, everybody: Everybody, environment: Mapping[str, str], var: Path) -> None:
        self.everybody = everybody
        config = Config.load({**environment, "VAR": str(var), "LOG_LEVEL": "ERROR"})
        self.app = create_app(config)
        with self.app.app_context(), transaction() as db:
            self.organisation = db.scalar(select(func.min(Organisation.id))) or 1
        forget()

    @contextmanager
    def as_staff(self) -> Any:
        """Act as the company's staff in one transaction."""
        act_as(Viewer(self.organisation, actor="staff:tour", request_id="sandbox-tour"))
        try:
            with transaction() as db:
                yield db
        finally:
            forget()

    def play(self) -> None:
        """Connect the vendors, play the cities, and count."""
        say("The tour begins. Watch it at the desk, and at each simulator's page.")
        self.connect_sharepoint()
        self.connect_xero()
        contracts, payables = self.waiting()
        for place, city in enumerate(CITIES):
            vendor, kind, more = FAULTS[place]
            say(f"{city}: {vendor or 'nobody'} will {kind.replace('_', ' ') or 'fail'}.")
            if vendor:
                self.everybody.vendors[vendor].faults.plan(kind, **more)
            if place < len(contracts):
                self.sign(contracts[place], city)
            if place < len(payables):
                self.pay(payables[place], city)
        self.count()

    def connect_xero(self) -> None:
        """Let the product into Xero, as a person does on its page, and choose how bills are coded."""
        signing = providers.xero_sign_in()
        tokens = signing.exchange(self.everybody["xero"].let_in())
        places = tuple((place.id, place.name) for place in signing.places(tokens.access))
        come = Come(Keys(tokens.access, tokens.refresh), tokens.seconds, places)
        with self.as_staff() as db:
            xero_connection.connect(db, come, organisation_id=self.organisation, by="The tour")
        self.until(lambda db: self._offers(db), "what Xero offers")
        taxes = {
            **dict.fromkeys(EXPENSES, "INPUT"),
            "fee": "BASEXCLUDED",
            "allowance": "BASEXCLUDED",
        }
        chosen = {
            "expense_account": "493", "fee_account": "404", "allowance_account": "412",
            "bill_status": "AUTHORISED", "tax_types": taxes,
        }  # fmt: skip
        with self.as_staff() as db:
            xero_connection.choose(db, LedgerSettings.kept(chosen))
        say("Xero is connected.")

    def _offers(self, db: Any) -> bool:
        found = db.scalar(select(ProviderConnection).where(ProviderConnection.provider == "xero"))
        return found is not None and "offers" in found.settings

    def connect_sharepoint(self) -> None:
        """Choose the library, as an Administrator does on the archive's page."""
        drive = self.everybody["sharepoint"].drive
        shown = {
            "id": drive.id, "name": drive.name, "list": drive.list_id,
            "columns": list(COLUMNS.values()),
        }  # fmt: skip
        with self.as_staff() as db:
            db.add(
                ProviderConnection(
                    organisation_id=self.organisation,
                    provider="sharepoint",
                    external_id=TENANT,
                    settings={"site_name": "Productions", "libraries": [shown]},
                )
            )
            db.flush()
            waited = filing.choose_library(db, drive.id)
        say(f"{waited} papers waited for a library; they are filed now.")
        say("SharePoint is connected.")

    def waiting(self) -> tuple[list[int], list[int]]:
        """Return contracts that are ready to send, and payables that are not in the books yet."""
        with self.as_staff() as db:
            ready = [
                contract.id
                for contract in db.scalars(
                    select(Contract)
                    .where(Contract.status.in_([ContractStatus.ready, ContractStatus.draft]))
                    .order_by(Contract.id)
                ).unique()
                if is_sendable(db, contract)
            ]
            owed = db.scalars(
                select(Payable.id)
                .where(Payable.ledger_document.has(external_id=None))
                .order_by(Payable.id)
            ).all()
        return ready, list(owed)

    def sign(self, contract_id: int, city: str) -> None:
        """Send a contract, let both sides sign at the vendor, and see it executed and filed."""
        account = self.everybody["docusign"].account
        known = set(account.envelopes)
        with self.as_staff() as db:
            contract = db.get_one(Contract, contract_id)
            ruth, walter = db.scalars(
                select(StaffProfile.user_id).order_by(StaffProfile.id).limit(2)
            ).all()
            if contract.status is ContractStatus.draft:
                drafting.submit(db, contract, by_user_id=ruth)
                drafting.approve(db, contract, by_user_id=walter)
            content, made = sending.make_paper(contract)
            providers.files().put(content)
            sending.send_for_signature(db, contract, made, by_user_id=ruth)
            number = contract.number
        self.until(lambda _: set(account.envelopes) - known, f"the envelope of {number}")
        envelope = (set(account.envelopes) - known).pop()
        account.view(envelope)
        for _ in account.envelopes[envelope].signers:
            account.sign(envelope)
        self.until(
            lambda db: db.get_one(Contract, contract_id).status is ContractStatus.executed,
            f"{number} executed",
        )
        say(f"{city}: {number} is signed by both sides and executed.")

    def pay(self, payable_id: int, city: str) -> None:
        """See a bill arrive in Xero once, pay it there, and see the product know."""
        books = self.everybody["xero"].book

        def posted(db: Any) -> str:
            return db.get_one(Payable, payable_id).ledger_document.external_id or ""

        invoice = self.until(posted, "the bill in Xero")
        books.pay(invoice)
        self.until(lambda db: db.get_one(Payable, payable_id).status == "paid", "the payment known")
        say(
            f"{city}: bill {books.invoices[invoice]['InvoiceNumber']} is paid, and the artist sees it."
        )

    def until(self, look: Callable[[Any], Any], what: str) -> Any:
        """Wait for something to be true in our records or at a vendor."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            with self.as_staff() as db:
                found = look(db)
            if found:
                return found
            time.sleep(0.3)
        raise TimeoutError(f"{what} did not come within {LONGEST:.0f} s")

    def count(self) -> None:
        """Set what was promised beside what the vendors did."""
        with self.as_staff() as db:
            states = dict(
                db.execute(
                    select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
                ).all()
            )
        envelopes = [
            one.transaction_id for one in self.everybody["docusign"].account.envelopes.values()
        ]
        bills = [one["InvoiceNumber"] for one in self.everybody["xero"].book.invoices.values()]
        twice = len(envelopes) - len(set(envelopes)) + len(bills) - len(set(bills))
        broken = self.everybody.violations()
        say(f"{len(envelopes)} envelopes and {len(bills)} bills; {twice} made twice.")
        say(
            f"Promises: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}."
        )
        say(f"{len(broken)} words broke a vendor's contract.{''.join(f' {b}' for b in broken[:3])}")
        say("The tour is over. The product and the simulators stay open.")


def play(everybody: Everybody, environment: Mapping[str, str], var: Path) -> None:
    """Play the tour beside the running product; say so if it breaks off."""
    try:
        Tour(everybody, environment, var).play()
    except Exception as error:  # noqa: BLE001  the sandbox stays open for whoever wants to look
        say(f"The tour broke off: {error}")
        if os.environ.get("LOG_LEVEL") == "DEBUG":
            traceback.print_exc()


def is_sendable(db: Any, contract: Contract) -> bool:
    """Tell whether nothing has to be settled first."""
    if contract.status is ContractStatus.draft:
        return True
    try:
        sending.check_sendable(db, contract)
    except Refused:
        return False
    return True


def say(words: str) -> None:
    """Tell whoever watches."""
    print(f"  tour  {words}", flush=True)
