"""Bank details of payees: proposed by one, phoned back by another, verified by a third or the first.

The commonest payment fraud is a mail that brings "our new account". So nothing is paid to an account
before somebody has phoned a number the company already had and a second person has agreed, and
everybody who is reached for the payee is told (domain.md A6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.bank_accounts import Typed, masked, read_account
from app.domain.errors import Invalid, Refused
from app.domain.messages import Channel
from app.domain.people import (
    PENDING,
    PENDING_LIFE,
    BankDetailEvent,
    BankDetailStatus,
    ContactKind,
    check_known_number,
    check_verifier,
)
from app.models.audit import AuditEntry
from app.models.people import BankDetail, ContactPoint, PayeeProfile, Person
from app.services import events, messages, outbox
from app.services.expenses.deciders import decider_of
from app.services.field_encryption import conceal, read_silently, reveal

TELL = "bank.tell"
LETTERS = {
    ("proposed", Channel.email): "bank_proposed",
    ("proposed", Channel.sms): "bank_proposed_text",
    ("verified", Channel.email): "bank_verified",
    ("verified", Channel.sms): "bank_verified_text",
    ("refused", Channel.email): "bank_refused",
    ("refused", Channel.sms): "bank_refused_text",
    ("lapsed", Channel.email): "bank_lapsed",
    ("lapsed", Channel.sms): "bank_lapsed_text",
}
CHANNELS = {ContactKind.email: Channel.email, ContactKind.mobile: Channel.sms}


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may be phoned, and since when it is known."""

    contact: ContactPoint
    known_since: datetime
    why_not: str = ""


def propose(session: Session, payee: PayeeProfile, typed: Typed, *, by: str) -> BankDetail:
    """Write down an account that somebody gave; it waits for a call and a second person."""
    read = read_account(typed)
    current = verified(session, payee.id)
    if current is not None and read_silently(current, "account") == read.account:
        raise Invalid({"number": "This is the account we pay to already."})
    made = BankDetail(
        organisation_id=payee.organisation_id,
        payee_id=payee.id,
        holder=read.holder,
        kind=read.kind,
        bic=read.bic,
        ending=read.ending,
        country=read.country,
        currency=read.currency,
        proposed_by=by,
    )
    conceal(session, made, "account", read.account)
    session.add(made)
    session.flush()
    _promise(session, made, "proposed")
    return made


def payee_of_artist(session: Session, person: Person) -> PayeeProfile:
    """Return the payee an artist is paid as, made where there is none yet."""
    found = session.scalars(
        select(PayeeProfile).where(PayeeProfile.person_id == person.id).order_by(PayeeProfile.id)
    ).first()
    if found is not None:
        return found
    made = PayeeProfile(
        organisation_id=person.organisation_id,
        person_id=person.id,
        name=person.legal_name or person.name,
    )
    session.add(made)
    session.flush()
    return made


def verified(session: Session, payee_id: int) -> BankDetail | None:
    """Return the account a payee is paid to."""
    return session.scalars(
        select(BankDetail).where(
            BankDetail.payee_id == payee_id, BankDetail.status == BankDetailStatus.verified
        )
    ).one_or_none()


def pending(session: Session, payee_id: int) -> Sequence[BankDetail]:
    """Return the accounts that wait for a call or a second person, the newest first."""
    return session.scalars(
        select(BankDetail)
        .where(BankDetail.payee_id == payee_id, BankDetail.status.in_(PENDING))
        .order_by(BankDetail.id.desc())
    ).all()


def numbers(session: Session, detail: BankDetail) -> list[Number]:
    """Return the mobiles of the payee, each with why it may not be phoned about this account."""
    contacts = session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.person_id == detail.payee.person_id,
            ContactPoint.kind == ContactKind.mobile,
        )
        .order_by(ContactPoint.is_preferred.desc(), ContactPoint.id)
    ).all()
    is_first = _is_first(session, detail)
    return [_number(session, contact, detail, is_first=is_first) for contact in contacts]


def call_back(session: Session, detail: BankDetail, contact_id: int | None, *, by: int) -> None:
    """Write down who phoned which number and heard the account confirmed."""
    _take(session, detail)
    known = {one.contact.id: one for one in numbers(session, detail)}
    chosen = known.get(contact_id or 0)
    if chosen is None:
        raise Refused("Choose the number you phoned.", field="number")
    if chosen.why_not:
        raise Refused(chosen.why_not, field="number")
    detail.advance(BankDetailEvent.call_back)
    detail.called_back_by, detail.called_back_at = by, now()
    detail.called_number = chosen.contact.value


def verify(session: Session, detail: BankDetail, *, by: int) -> None:
    """Let an account be paid to; the one before it is replaced, and everybody is told."""
    _take(session, detail)
    check_verifier(by, detail.called_back_by)
    if detail.proposed_by == f"staff:{by}":
        raise Refused("You entered this account. A second person verifies it.")
    if decider_of(session, by).person_id == detail.payee.person_id:
        raise Refused("This is paid to you. Somebody else verifies it.")
    if _newer(session, detail):
        raise Refused("A newer account came after this one. Phone about that one.")
    before = verified(session, detail.payee_id)
    if before is not None:
        _end(before, BankDetailEvent.supersede, f"Replaced by the account {masked(detail.ending)}")
        session.flush()
    detail.advance(BankDetailEvent.verify)
    detail.verified_by, detail.verified_at = by, now()
    session.flush()
    _promise(session, detail, "verified")
    events.tell(session, "bank_detail.verified", detail)


def refuse(session: Session, detail: BankDetail, *, reason: str) -> None:
    """Turn an account away, or stop paying to one that turned out false."""
    _take(session, detail)
    if not reason.strip():
        raise Refused("Say why. The payee is told that it is not used.", field="reason")
    _end(detail, BankDetailEvent.refuse, reason.strip())
    session.flush()
    _promise(session, detail, "refused")


def show(session: Session, detail: BankDetail, *, reason: str) -> str:
    """Return the whole account, once; who looked and why is written into the history."""
    if not reason.strip():
        raise Refused("Say why you look. It is written into the history.", field="why")
    return reveal(session, detail, "account", reason=reason.strip())


def lapse_due(session: Session, at: datetime) -> int:
    """Let changes go that nobody phoned about in time; return how many."""
    due = session.scalars(
        select(BankDetail).where(
            BankDetail.status.in_(PENDING), BankDetail.created_at < at - PENDING_LIFE
        )
    ).all()
    for detail in due:
        _end(detail, BankDetailEvent.lapse, f"Not confirmed within {PENDING_LIFE.days} days")
        _promise(session, detail, "lapsed")
    return len(due)


def tell(session: Session, detail_id: int, event: str) -> None:
    """Tell every address and number of the payee what became of an account; drop older proposals."""
    detail = session.get_one(BankDetail, detail_id, options=[joinedload(BankDetail.payee)])
    if event == "proposed":
        for older in pending(session, detail.payee_id):
            if older.id < detail.id:
                _end(older, BankDetailEvent.lapse, "A newer account was given")
    person = detail.payee.person
    for contact in person.contact_points:
        if contact.is_open and not contact.conflict_note:
            _tell_one(session, detail, event, person, contact)


def _tell_one(
    session: Session, detail: BankDetail, event: str, person: Person, contact: ContactPoint
) -> None:
    channel = CHANNELS[contact.kind]
    messages.tell(
        session,
        organisation_id=detail.organisation_id,
        event=LETTERS[event, channel],
        key=f"bank-{detail.id}-{event}",
        to=messages.Addressee(contact.value, person.preferred_name or person.name, person.id),
        channel=channel,
        # Somebody else's hand in it must be stopped while the money can be: the others can wait.
        may_wake=event == "proposed",
        detail=detail,
        account=masked(detail.ending),
        payee=detail.payee,
        lapses=detail.created_at + PENDING_LIFE,
    )


def _promise(session: Session, detail: BankDetail, event: str) -> None:
    outbox.promise(
        session,
        organisation_id=detail.organisation_id,
        kind=TELL,
        key=f"bank-{detail.id}-{event}",
        payload={"detail_id": detail.id, "event": event},
    )


def _end(detail: BankDetail, event: BankDetailEvent, because: str) -> None:
    detail.advance(event)
    detail.ended_at, detail.ended_because = now(), because


def _take(session: Session, detail: BankDetail) -> None:
    session.flush()
    session.refresh(detail, with_for_update={"of": BankDetail})


def _newer(session: Session, detail: BankDetail) -> bool:
    return any(other.id > detail.id for other in pending(session, detail.payee_id))


def _is_first(session: Session, detail: BankDetail) -> bool:
    used = select(BankDetail.id).where(
        BankDetail.payee_id == detail.payee_id, BankDetail.verified_at.is_not(None)
    )
    return session.scalar(used.limit(1)) is None


def _number(
    session: Session, contact: ContactPoint, detail: BankDetail, *, is_first: bool
) -> Number:
    changed = session.scalar(
        select(AuditEntry.happened_at)
        .where(
            AuditEntry.entity == "contact_point",
            AuditEntry.entity_id == str(contact.id),
            AuditEntry.after.has_key("normalised"),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    since = max(contact.created_at, changed or contact.created_at)
    try:
        check_known_number(since, detail.created_at, is_first=is_first)
    except Refused as refusal:
        return Number(contact, since, refusal.reason)
    return Number(contact, since)
