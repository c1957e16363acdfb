"""Ten cities, played before the reader's eyes: contracts signed, claims paid, and a fault at every stop.

Everything goes through the product's own services and couriers; only what people do at the vendors is
done here, by the simulators' own hands. Each stop is judged: one envelope, one bill, one paper, one letter.
"""

import os
import time
import traceback
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db.clock import now
from app.domain.archive import COLUMNS
from app.domain.contracts import ContractStatus
from app.domain.ledger_settings import LedgerSettings
from app.integrations import providers
from app.models import Contract, OutboxMessage, Payable, ProviderConnection
from app.models.contracts import SignatureRequest
from app.services import xero_connection
from app.services.archive import filing
from app.services.connections import Keys
from app.services.xero_connection import Come
from tests.sandbox.company import LONGEST, Company
from tests.sandbox.judging import Verdict, are_filed, judge, letters_of, what_was_done
from tests.sandbox.notices import Post
from tests.sandbox.stops import STOPS, News, Stop
from tests.simulators.everybody import Everybody
from tests.simulators.graph_tenants import TENANT

EXPENSES = (
    "taxi meal hotel flight baggage materials phone medical other public_transport mileage".split()
)

SEASON = 600.0
"""Seconds that the papers and letters of a whole season may take."""


class Tour:
    """One company on the road, wired to every simulator."""

    def __init__(self, everybody: Everybody, environment: Mapping[str, str], var: Path) -> None:
        self.everybody = everybody
        self.company = Company(environment, var)

    def play(self) -> bool:
        """Connect the vendors, play the cities, and say in a table how each ended."""
        began = time.monotonic()
        say("The season until today is sealed and written to people first.")
        self.company.settled(now() - timedelta(days=1), longest=SEASON)
        say(
            f"The tour begins after {time.monotonic() - began:.0f} s. Watch it at the desk, and at each simulator's page."
        )
        began = time.monotonic()
        self.connect_xero()
        self.connect_sharepoint()
        contracts = self.company.contracts(len(STOPS))
        claimants = self.company.claimants(len(STOPS))
        verdicts = []
        for place, stop in enumerate(STOPS):
            verdict = Verdict(stop.city, stop.wrong)
            verdicts.append(verdict)
            at = time.monotonic()
            try:
                self.visit(stop, verdict, contracts[place], (claimants[place], place))
            except Exception as error:  # noqa: BLE001  one city that fails leaves nine to see
                verdict.faults.append(str(error) or type(error).__name__)
                if os.environ.get("LOG_LEVEL") == "DEBUG":
                    traceback.print_exc()
            verdict.seconds = time.monotonic() - at
            for fault in verdict.faults:
                say(f"{stop.city}: WRONG: {fault}")
        return self.sum_up(verdicts, time.monotonic() - began)

    def visit(
        self, stop: Stop, verdict: Verdict, contract_id: int, claimant: tuple[int, int]
    ) -> None:
        """Have one contract signed and one claim paid while things go wrong, and judge the end."""
        say(f"{stop.city}: {stop.wrong}.")
        since = now()
        planned = self._throw(stop, self.company.number_of(contract_id))
        post = Post(self.everybody, stop.news)
        post.hold()
        try:
            number = self.company.send(contract_id)
            payable_id = self.company.claim(claimant[0], stop.city, claimant[1])
            envelope = self._sign(contract_id, number)
            post.bring_envelope(envelope)
            self._pay(payable_id)
            post.bring_bill()
            post.forge_a_stop("+61400000001")
            if stop.news is News.never:
                say(f"{stop.city}: nothing was heard, so the vendors are asked, as every night.")
                self.company.look_at_vendors()
            self._until_ended(contract_id, payable_id)
            self._deliver(post, since)
            # What was only found by looking is filed with the season's papers, after what is signed today.
            longest = SEASON if stop.news is News.never else LONGEST
            self.company.until(
                lambda db: are_filed(db, contract_id), f"the papers of {number}", longest
            )
        finally:
            post.release()
        with self.company.as_staff() as db:
            judge(db, self.everybody, verdict, (contract_id, payable_id, since))
            steps = what_was_done(db, since)
        verdict.expect("faults that met no call", [one.kind for one in planned if one.times], [])
        verdict.expect("forged ones let in", [one for one in post.refused if one < 400], [])
        self._tell(stop, verdict, steps, post)

    def _throw(self, stop: Stop, number: str) -> list[Any]:
        """Throw the switches of a stop; SharePoint's are for the papers of its contract alone."""
        if stop.tokens_end:
            self.everybody["docusign"].expire_tokens()
            self.everybody["xero"].expire_tokens()
            self.everybody["sharepoint"].forget_tokens()
        for vendor, kind, more in stop.faults:
            about = {"path": f".*{number}.*"} if vendor == "sharepoint" else {}
            self.everybody.vendors[vendor].faults.plan(kind, **{**more, **about})
        return [self.everybody.vendors[vendor].faults.plans[-1] for vendor, _, _ in stop.faults]

    def _sign(self, contract_id: int, number: str) -> str:
        """Let both sides sign at the vendor, once the product knows that the paper is there."""
        account = self.everybody["docusign"].account
        self.company.until(
            lambda db: (
                db.get_one(Contract, contract_id).status is not ContractStatus.ready
                and _is_out(db, contract_id)
            ),
            f"the envelope of {number}",
        )
        with self.company.as_staff() as db:
            envelope = str(_is_out(db, contract_id))
        for _ in account.envelopes[envelope].signers:
            account.sign(envelope)
        return envelope

    def _pay(self, payable_id: int) -> None:
        """Pay the bill at the vendor, once the product knows that it is there."""
        invoice = self.company.until(lambda db: _posted(db, payable_id), "the bill in Xero")
        self.everybody["xero"].book.pay(invoice, reference="Bank feed")

    def _until_ended(self, contract_id: int, payable_id: int) -> None:
        self.company.until(
            lambda db: db.get_one(Contract, contract_id).status is ContractStatus.executed,
            "both signatures",
        )
        self.company.until(
            lambda db: db.get_one(Payable, payable_id).status.value == "paid", "the payment"
        )

    def _deliver(self, post: Post, since: Any) -> None:
        """Let letters arrive as far as they were sent, until everything has ended."""
        told: set[str] = set()
        for _ in range(2):
            self.company.settled(since)
            with self.company.as_staff() as db:
                sent = set(letters_of(db, self.everybody, since)) - told
            told |= sent
            post.bring_letters(
                [one for one in self.everybody["sendgrid"].letters if one["number"] in sent]
            )
            self.company.until(lambda db: _no_doubts(db, since), "an end of doubts about letters")

    def _tell(self, stop: Stop, verdict: Verdict, steps: list[str], post: Post) -> None:
        for step in steps:
            say(f"{stop.city}:   {step}")
        if post.refused:
            say(f"{stop.city}:   {len(post.refused)} forged or played back, all turned away")
        counts = ", ".join(f"{count} {what}" for what, count in verdict.counts.items())
        say(f"{stop.city}: {counts}. {'As it should be.' if verdict.passed else ''}")

    def connect_xero(self) -> None:
        """Let the product into Xero, as a person does on its page, and choose how bills are coded."""
        signing = providers.xero_sign_in()
        tokens = signing.exchange(self.everybody["xero"].let_in())
        places = tuple((place.id, place.name) for place in signing.places(tokens.access))
        come = Come(Keys(tokens.access, tokens.refresh), tokens.seconds, places)
        with self.company.as_staff() as db:
            xero_connection.connect(db, come, organisation_id=self.company.id, by="The tour")
        self.company.until(_offers, "what Xero offers")
        taxes = dict.fromkeys(EXPENSES, "INPUT") | dict.fromkeys(
            ("fee", "allowance"), "BASEXCLUDED"
        )
        chosen = {
            "expense_account": "493", "fee_account": "404", "allowance_account": "412",
            "bill_status": "AUTHORISED", "tax_types": taxes,
        }  # fmt: skip
        with self.company.as_staff() as db:
            xero_connection.choose(db, LedgerSettings.kept(chosen))
        say("Xero is connected.")

    def connect_sharepoint(self) -> None:
        """Choose the library, as an Administrator does on the archive's page."""
        drive = self.everybody["sharepoint"].drive
        shown = {
            "id": drive.id, "name": drive.name, "list": drive.list_id,
            "columns": list(COLUMNS.values()),
        }  # fmt: skip
        settings = {"site_name": "Productions", "libraries": [shown]}
        with self.company.as_staff() as db:
            own = {"organisation_id": self.company.id, "provider": "sharepoint"}
            db.add(ProviderConnection(**own, external_id=TENANT, settings=settings))
            db.flush()
            waited = filing.choose_library(db, drive.id)
        say(
            f"SharePoint is connected; {waited} papers of the season are filed now, after what is signed today."
        )

    def sum_up(self, verdicts: list[Verdict], seconds: float) -> bool:
        """Print the table; tell whether everything is as it should be."""
        broken = self.everybody.violations()
        say("")
        say(
            f"{'City':<11}{'What went wrong':<34}{'envelope':>9}{'bill':>6}{'paper':>7}{'letter':>8}{'s':>6}"
        )
        for one in verdicts:
            counts = "".join(
                f"{one.counts.get(name, '-'):>{width}}"
                for name, width in (("envelopes", 9), ("bills", 6), ("papers", 7), ("letters", 8))
            )
            end = "pass" if one.passed else f"FAIL: {'; '.join(one.faults)}"
            say(f"{one.city:<11}{one.wrong:<34}{counts}{one.seconds:>6.0f}  {end}")
        passed = sum(one.passed for one in verdicts)
        say("")
        say(f"{passed} of {len(verdicts)} cities passed in {seconds:.0f} s.")
        say(f"{len(broken)} words broke a vendor's contract.{''.join(f' {b}' for b in broken[:3])}")
        return passed == len(STOPS) and not broken


def play(everybody: Everybody, environment: Mapping[str, str], var: Path) -> bool:
    """Play the tour beside the running product; say so if it breaks off."""
    try:
        return Tour(everybody, environment, var).play()
    except Exception as error:  # noqa: BLE001  the sandbox stays open for whoever wants to look
        say(f"The tour broke off: {error}")
        if os.environ.get("LOG_LEVEL") == "DEBUG":
            traceback.print_exc()
        return False


def say(words: str) -> None:
    """Tell whoever watches."""
    print(f"  tour  {words}".rstrip(), flush=True)


def _offers(db: Any) -> bool:
    found = db.scalar(select(ProviderConnection).where(ProviderConnection.provider == "xero"))
    return found is not None and "offers" in found.settings


def _is_out(db: Any, contract_id: int) -> str | None:
    """Return the envelope of a contract, once we know it."""
    contract = db.get_one(Contract, contract_id)
    ids = [version.id for version in contract.versions]
    found: str | None = db.scalar(
        select(SignatureRequest.external_id)
        .where(SignatureRequest.contract_version_id.in_(ids))
        .order_by(SignatureRequest.id.desc())
        .limit(1)
    )
    return found


def _posted(db: Any, payable_id: int) -> str:
    document = db.get_one(Payable, payable_id).ledger_document
    return str(document.external_id or "") if document else ""


def _no_doubts(db: Any, since: Any) -> bool:
    """Tell whether what SendGrid said of the letters in doubt was taken in."""
    doubts = select(OutboxMessage.id).where(
        OutboxMessage.created_at >= since, OutboxMessage.state == "in_doubt"
    )
    return db.scalars(doubts).first() is None
