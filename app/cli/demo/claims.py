"""The expense claims of the tour, in every state: waiting, asked about, decided, paid."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.demo.hiring import Hired
from app.cli.demo.receipts import photograph
from app.db.clock import now
from app.domain.documents import DocumentKind
from app.domain.payables import LedgerStatus
from app.models import Engagement, ExpenseClaim, ExpenseLine, FeeLine, Payable
from app.models.approvals import ApprovalDelegate, ApprovalLimit
from app.models.outbox import OutboxMessage
from app.models.payables import LedgerDocument
from app.services import fees, files, ledger_documents, outbox, payables
from app.services.expenses import deciding, deputies, pricing, questions, receiving
from app.uploads import take_in


@dataclass(frozen=True, slots=True)
class Spent:
    """An expense, how many days ago it was, and what became of it."""

    kind: str
    supplier: str
    city: str
    days_ago: int
    amount: str
    what: str
    fate: str
    """waits, asked, answered, approved, reduced, refused."""
    reason: str = ""


CLAIMS: Final[tuple[tuple[str, tuple[Spent, ...], bool], ...]] = (
    ("Noémie Lefèvre", (
        Spent("taxi", "Adelaide Cabs", "Adelaide", 2, "42.10", "Airport to hotel", "answered",
              "Is this ride covered by the company bus?"),
        Spent("meal", "Café Rundle", "Adelaide", 1, "28.50", "Lunch on the travel day", "refused",
              "The per diem covers meals on tour days."),
        Spent("baggage", "Regional Airways", "Sydney", 4, "65.00", "Second bag, pointe shoes", "approved"),
        Spent("taxi", "Silver Top", "Sydney", 5, "61.20", "After the late rehearsal", "reduced",
              "Taxi cap of 45.00 a ride in your contract."),
    ), False),
    ("Kahurangi Tāmihana", (
        Spent("materials", "Bloch", "Sydney", 6, "118.00", "Canvas shoes", "approved"),
        Spent("taxi", "Silver Top", "Sydney", 6, "31.40", "Hotel to theatre", "approved"),
    ), True),
    ("Mia Calloway", (
        Spent("hotel", "Harbour Rooms", "Newcastle", 8, "189.00", "Night after the bus broke down", "approved"),
        Spent("public_transport", "Transport NSW", "Sydney", 7, "8.40", "Train to Newcastle", "waits"),
    ), False),
    ("Þórdís Jónsdóttir", (
        Spent("medical", "City Physio", "Adelaide", 1, "95.00", "Physiotherapy, left ankle", "waits"),
        Spent("taxi", "Adelaide Cabs", "Adelaide", 2, "42.10", "Airport to hotel", "waits"),
    ), False),
    ("Jack Whitlam", (
        Spent("taxi", "13Cabs", "Brisbane", 12, "38.90", "Home after the double show", "asked",
              "Which show was this after? The roster has you on the matinee only."),
    ), False),
    ("Tilda Rosenkvist", (
        Spent("phone", "Telstra Shop", "Sydney", 5, "30.00", "Prepaid data for the call sheet", "approved"),
    ), True),
)  # fmt: skip
"""Who, what they spent, and whether it has been paid already."""


def claim_everything(session: Session, hired: Hired, users: dict[str, Any], today: date) -> None:
    """Send the claims in, and let finance decide some of them; the dearest waits for a second person."""
    _set_up(session, hired["GIS"][0].organisation_id, users, today)
    by_name = {engagement.person.name: engagement for engagement in hired["GIS"]}
    for name, spent, is_paid in CLAIMS:
        claim = _claim(session, by_name[name], spent, today)
        for line, one in zip(claim.lines, spent, strict=True):
            _decide(session, line, one, users)
        session.flush()
        if is_paid:
            _pay(session, claim, users, today)


def _set_up(session: Session, organisation_id: int, users: dict[str, Any], today: date) -> None:
    """Set what one person may approve alone, and who decides while the director is on tour."""
    own = {"organisation_id": organisation_id}
    session.add(ApprovalLimit(**own, currency="AUD", amount=Decimal(150)))
    away = ApprovalDelegate(
        **own,
        user_id=users["Walter"].id,
        delegate_user_id=users["Imogen"].id,
        starts_on=today,
        ends_on=today + timedelta(days=9),
        note="On tour with the second cast",
    )
    deputies.name_deputy(session, away)
    session.add(away)
    session.flush()


def _claim(
    session: Session, engagement: Engagement, spent: tuple[Spent, ...], today: date
) -> ExpenseClaim:
    actor = f"artist:{engagement.person_id}"
    claim = receiving.receive(
        session, engagement, client_uuid=receiving.new_key(), claimed_by=actor
    )
    for one in spent:
        day = today - timedelta(days=one.days_ago)
        picture = photograph(one.supplier, one.city, day, one.what, one.amount)
        taken = take_in(picture, DocumentKind.receipt)
        stored = files.record(
            session,
            taken.kept,
            organisation_id=engagement.organisation_id,
            stored_by=actor,
            owner_person_id=engagement.person_id,
            scan_status=taken.scan_status,
        )
        new = pricing.NewLine(
            one.kind, day, Decimal(one.amount), "AUD", description=one.what, supplier=one.supplier
        )
        zone = receiving.zone_of(session, engagement)
        receiving.add_line(session, claim, new, [stored], zone=zone)
    receiving.submit(session, claim)
    return claim


def _decide(session: Session, line: ExpenseLine, one: Spent, users: dict[str, Any]) -> None:
    by = deciding.By(users["Callum"].id, "Callum Reid")
    match one.fate:
        case "approved":
            deciding.approve(session, line, by)
        case "reduced":
            deciding.approve(session, line, by, amount=Decimal("45.00"), reason=one.reason)
        case "refused":
            deciding.refuse(session, line, by, reason=one.reason)
        case "asked" | "answered":
            deciding.query(session, line, by, question=one.reason)
    if one.fate == "answered":
        said = "The night tram had stopped. Imogen said to take a taxi to the hotel, and Þórdís came too."
        questions.answer(session, line, author=line.claim.engagement.person.name, body=said)


def pay_what_was_due(session: Session, users: dict[str, Any], today: date) -> None:
    """Make the fees payable, and pay those that fell due before this week."""
    fees.make_due(session, now())
    session.flush()
    due = session.scalars(
        select(Payable)
        .join(FeeLine, FeeLine.id == Payable.fee_line_id)
        .where(FeeLine.due_on < today - timedelta(days=7))
    ).all()
    for payable in due:
        _settle(session, payable, users, today)


def book_the_past(session: Session) -> None:
    """Enter what is owed by now in the company's own ledger, where bills went until today."""
    waiting = session.scalars(
        select(Payable)
        .join(Payable.ledger_document)
        .where(LedgerDocument.status == LedgerStatus.posting)
        .order_by(Payable.id)
    ).all()
    for payable in waiting:
        _enter(session, payable)


def _pay(session: Session, claim: ExpenseClaim, users: dict[str, Any], today: date) -> None:
    for payable in session.scalars(select(Payable).where(Payable.claim_id == claim.id)).all():
        _settle(session, payable, users, today)


def _settle(session: Session, payable: Payable, users: dict[str, Any], today: date) -> None:
    _enter(session, payable)
    payables.export(session, [payable])
    reference = f"MB-{20900 + payable.id}"
    payables.pay(session, payable, on=today, reference=reference, by_user_id=users["Priya"].id)


def _enter(session: Session, payable: Payable) -> None:
    """Enter a bill in the ledger at once: no worker runs while the demo is told."""
    promised = session.scalars(
        select(OutboxMessage.id).where(
            OutboxMessage.kind == ledger_documents.POST,
            OutboxMessage.payload["payable_id"].as_integer() == payable.id,
        )
    ).one()
    outbox.cancel(session, promised, reason="Entered by hand for the demo company.")
    ledger_documents.record_posted(session, payable.id, f"BILL-{payable.number}")
