"""Engagements: the thread everything hangs on is opened, changed, confirmed and put away here."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app.db.clock import now
from app.domain.contracts import OUT_FOR_SIGNATURE, ContractStatus
from app.domain.errors import Invalid, Refused
from app.domain.money import check_amount
from app.domain.numbers import engagement_number
from app.domain.people import EngagementEvent
from app.models import Contract, Engagement, Entitlement, FeeLine, RoleAssignment
from app.services import events, fees
from app.services.numbers import next_number

TERMS = frozenset(
    {"fee", "currency", "starts_on", "ends_on", "person", "production", "payment_terms"}
)
SETTLED = frozenset(
    {ContractStatus.sent, ContractStatus.part_signed, ContractStatus.signed_by_artist,
     ContractStatus.executed, ContractStatus.completed}
)  # fmt: skip

ENDINGS = frozenset({EngagementEvent.release, EngagementEvent.cancel})


def open_engagement(session: Session, engagement: Engagement) -> None:
    """Open the thread of an artist in a production, and give it its number."""
    _check(engagement)
    with session.no_autoflush:
        engagement.number = engagement_number(
            next_number(session, engagement.organisation_id, "engagement")
        )


def revise(session: Session, engagement: Engagement) -> None:
    """Accept changed facts; terms that somebody is signing or has signed need an amendment."""
    _check(engagement)
    state = inspect(engagement)
    changed = {name for name in TERMS if state.attrs[name].history.has_changes()}
    if changed:
        _check_open_to_change(session, engagement, field=min(changed))


def _check_open_to_change(session: Session, engagement: Engagement, field: str) -> None:
    """Refuse to change terms that somebody has before them or has signed."""
    contract = _contract_that_is(session, engagement, SETTLED)
    if contract is not None:
        word = contract.status.value.replace("_", " ")
        raise Refused(
            f"Contract {contract.number} is {word}. Void it and send a new version, or agree an "
            "amendment, to change this.",
            field=field,
        )


def _contract_that_is(
    session: Session, engagement: Engagement, statuses: Iterable[ContractStatus]
) -> Contract | None:
    with session.no_autoflush:
        return session.scalars(
            select(Contract).where(
                Contract.engagement_id == engagement.id, Contract.status.in_(statuses)
            )
        ).first()


def _check(engagement: Engagement) -> None:
    errors: dict[str, str] = {}
    if engagement.ends_on < engagement.starts_on:
        errors["ends_on"] = "The last day is before the first. Swap them or choose a later day."
    try:
        engagement.fee = check_amount(engagement.fee, engagement.currency, field="fee", zero=True)
    except Refused as refusal:
        errors[refusal.field or "fee"] = refusal.reason
    if errors:
        raise Invalid(errors)


def move(session: Session, engagement: Engagement, event: EngagementEvent) -> None:
    """Offer, confirm, release, cancel or complete an engagement."""
    if engagement.archived_at is not None:
        raise Refused(f"{engagement.number} is archived. Restore it first.")
    if event in ENDINGS:
        _check_nothing_to_sign(session, engagement)
    engagement.advance(event)
    events.tell(session, "engagement.moved", engagement, status=engagement.status.value)
    if event is EngagementEvent.cancel:
        fees.drop_not_due(session, engagement, now())


def _check_nothing_to_sign(session: Session, engagement: Engagement) -> None:
    """Refuse to end an engagement while its contract can be signed: nobody would be told."""
    contract = _contract_that_is(session, engagement, OUT_FOR_SIGNATURE)
    if contract is not None:
        raise Refused(
            f"{contract.number} is out for signature. Void it first, so that its signers are told."
        )


def archive(session: Session, engagement: Engagement) -> None:
    """Put an engagement away with all that hangs on it; it can be restored."""
    if engagement.archived_at is not None:
        raise Refused(f"{engagement.number} is archived already.")
    _check_nothing_to_sign(session, engagement)
    engagement.archived_at = now()


def restore(session: Session, engagement: Engagement) -> None:
    """Bring an engagement back."""
    del session
    if engagement.archived_at is None:
        raise Refused(f"{engagement.number} is not archived.")
    engagement.archived_at = None


def settle_role(session: Session, role: RoleAssignment) -> None:
    """Check a role; one that somebody has before them or has signed needs an amendment."""
    _check_open_to_change(session, role.engagement, field="role")
    if not role.role.strip():
        raise Refused("Write the role, for example Myrtha.", field="role")
    if role.starts_on and role.ends_on and role.ends_on < role.starts_on:
        raise Refused("The last day is before the first.", field="ends_on")


def settle_fee_line(session: Session, line: FeeLine) -> None:
    """Check a part of the fee and put it after the others."""
    _check_open_to_change(session, line.engagement, field="amount")
    line.currency = line.engagement.currency
    line.amount = check_amount(line.amount, line.currency, field="amount")
    if line.position is None:
        with session.no_autoflush:
            last = session.scalar(
                select(func.max(FeeLine.position)).where(
                    FeeLine.engagement_id == line.engagement.id
                )
            )
        line.position = (last or 0) + 1


def settle_entitlement(session: Session, entitlement: Entitlement) -> None:
    """Check what is given beside the fee: an amount, a cap or a rule."""
    _check_open_to_change(session, entitlement.engagement, field="amount")
    entitlement.currency = entitlement.currency or entitlement.engagement.currency
    for name in ("amount", "cap"):
        value: Decimal | None = getattr(entitlement, name)
        if value is not None:
            checked = check_amount(value, entitlement.currency, field=name, zero=True)
            setattr(entitlement, name, checked)
    if entitlement.amount is None and entitlement.cap is None and not entitlement.rule.strip():
        raise Refused("Give an amount, a cap, or the rule in words.", field="amount")


def take_away(session: Session, term: FeeLine | Entitlement | RoleAssignment) -> None:
    """Let a role, a part of the fee or an entitlement go, unless somebody has it before them or signed it."""
    _check_open_to_change(session, term.engagement, field="amount")
