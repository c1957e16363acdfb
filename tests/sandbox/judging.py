"""Did the records end right? One envelope, one bill, one paper, one letter, and what was done to get there."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select

from app.domain.contracts import ContractStatus
from app.domain.outbox import AttemptOutcome
from app.models import Contract, Document, OutboxMessage, Payable
from app.models.contracts import SignatureEvidence, SignatureRequest
from app.models.outbox import OutboxAttempt
from tests.simulators.everybody import Everybody

THINGS = {
    "esign.send": "the envelope", "ledger.payable": "the bill", "ledger.receipts": "the receipt",
    "archive.file": "the paper", "mail.send": "a letter", "esign.compare": "the comparison",
    "esign.refresh": "where it stands", "ledger.refresh": "where the bill stands",
}  # fmt: skip
OUTCOMES = {
    AttemptOutcome.done: "done",
    AttemptOutcome.retry: "put off as the vendor asked",
    AttemptOutcome.refused: "refused",
    AttemptOutcome.unknown: "no clear answer",
    AttemptOutcome.found: "looked for: it is there",
    AttemptOutcome.not_found: "looked for: not there yet",
}


@dataclass
class Verdict:
    """One line of the table, and what was found wrong."""

    city: str
    wrong: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether everything ended right."""
        return not self.faults

    def expect(self, what: str, found: Any, wanted: Any) -> None:
        """Note what is not as it should be."""
        if found != wanted:
            self.faults.append(f"{what}: {found} instead of {wanted}")


def judge(db: Any, everybody: Everybody, verdict: Verdict, stop: tuple[int, int, datetime]) -> None:
    """Hold our records against the vendors' for the contract, the payable and the letters of a stop."""
    contract_id, payable_id, since = stop
    contract, payable = db.get_one(Contract, contract_id), db.get_one(Payable, payable_id)
    _envelope(db, everybody, verdict, contract)
    _bill(everybody, verdict, payable)
    _papers(db, everybody, verdict, contract)
    _letters(db, everybody, verdict, since)
    stopped = db.scalars(
        select(OutboxMessage).where(
            OutboxMessage.created_at >= since, OutboxMessage.state.in_(("dead", "in_doubt"))
        )
    ).all()
    verdict.expect("stopped", [f"{one.kind}: {one.last_error}" for one in stopped], [])


def _envelope(db: Any, everybody: Everybody, verdict: Verdict, contract: Contract) -> None:
    requests = db.scalars(
        select(SignatureRequest).where(SignatureRequest.contract_version_id.in_(
            [version.id for version in contract.versions]
        ))
    ).all()  # fmt: skip
    keys = db.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.kind == "esign.send",
            OutboxMessage.dedup_key.in_([f"request-{one.id}" for one in requests]),
        )
    ).all()
    made = [
        one for one in everybody["docusign"].account.envelopes.values()
        if one.transaction_id in {str(key) for key in keys}
    ]  # fmt: skip
    proofs = db.scalars(
        select(SignatureEvidence.signer_role).where(
            SignatureEvidence.request_id.in_([one.id for one in requests])
        )
    ).all()
    verdict.counts["envelopes"] = len(made)
    verdict.expect("envelopes", [one.status for one in made], ["completed"])
    verdict.expect("signatures kept", len(proofs), 2)
    verdict.expect("contract", contract.status, ContractStatus.executed)


def _bill(everybody: Everybody, verdict: Verdict, payable: Payable) -> None:
    books = everybody["xero"].book
    made = [one for one in books.invoices.values() if one["InvoiceNumber"] == payable.number]
    receipts = sum(len(books.attachments[one["InvoiceID"]]) for one in made)
    verdict.counts["bills"] = len(made)
    verdict.expect("bills", [one["Status"] for one in made], ["PAID"])
    verdict.expect("receipts", receipts, 1)
    verdict.expect("payable", payable.status.value, "paid")


def are_filed(db: Any, contract_id: int) -> bool:
    """Tell whether every paper of a contract that has a place in the library lies there."""
    ours = _papers_of(db, db.get_one(Contract, contract_id))
    return bool(ours) and all(one.archive_item_id for one in ours)


def _papers_of(db: Any, contract: Contract) -> list[Document]:
    named = select(Document).where(
        Document.engagement_id == contract.engagement_id, Document.archive_path != ""
    )
    return [one for one in db.scalars(named) if one.title.startswith(contract.number)]


def _papers(db: Any, everybody: Everybody, verdict: Verdict, contract: Contract) -> None:
    ours = _papers_of(db, contract)
    drive = everybody["sharepoint"].drive
    lying = [
        item for item in drive.items.values()
        if not item.is_folder and not item.deleted and contract.number in item.name
    ]  # fmt: skip
    verdict.counts["papers"] = len(lying)
    verdict.expect("papers", sorted(i.id for i in lying), sorted(d.archive_item_id for d in ours))
    verdict.expect("papers there", bool(lying), True)


def _letters(db: Any, everybody: Everybody, verdict: Verdict, since: datetime) -> None:
    """See that each letter that was promised is at SendGrid once, and that there are some."""
    sent = Counter(letters_of(db, everybody, since).values())
    promised = db.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.kind == "mail.send",
            OutboxMessage.created_at >= since,
            OutboxMessage.state == "done",
        )
    ).all()
    verdict.counts["letters"] = sum(sent.values())
    verdict.expect("letters", sent, Counter(str(one) for one in promised))
    verdict.expect("letters there", bool(sent), True)


def letters_of(db: Any, everybody: Everybody, since: datetime) -> dict[str, str]:
    """Return SendGrid's letters about what was promised since then: number -> our key."""
    asked = select(OutboxMessage.id).where(
        OutboxMessage.kind == "mail.send", OutboxMessage.created_at >= since
    )
    keys = {str(one) for one in db.scalars(asked)}
    told = {
        one["number"]: one["body"]["personalizations"][0]["custom_args"]["effect_id"]
        for one in everybody["sendgrid"].letters
    }
    return {number: key for number, key in told.items() if key in keys}


def what_was_done(db: Any, since: datetime) -> list[str]:
    """Return in words how each promise was kept that was not simply done."""
    rows = db.execute(
        select(OutboxMessage.id, OutboxMessage.kind, OutboxAttempt)
        .join(OutboxAttempt, OutboxAttempt.message_id == OutboxMessage.id)
        .where(OutboxMessage.created_at >= since, OutboxMessage.kind.in_(THINGS))
        .order_by(OutboxMessage.id, OutboxAttempt.fence)
    ).all()
    said: Counter[str] = Counter()
    for (_, kind), tries in groupby(rows, key=lambda row: (row[0], row[1])):
        made = [one[2] for one in tries if one[2].outcome is not AttemptOutcome.released]
        steps = [_step(one, kind) for one in made]
        if made and [one.outcome for one in made] != [AttemptOutcome.done]:
            said[f"{THINGS[kind]}: {', then '.join(steps)}"] += 1
    return [words if count == 1 else f"{count} x {words}" for words, count in said.items()]


def _step(attempt: OutboxAttempt, kind: str) -> str:
    if kind == "mail.send" and attempt.outcome is AttemptOutcome.found:
        return "no clear answer, in doubt until the vendor's own notice settled it"
    words = OUTCOMES.get(attempt.outcome, "no answer") if attempt.outcome else "no answer"
    return f"{words} ({attempt.http_status})" if attempt.http_status else words
