"""Where an engagement stands on its way from pencil to settlement, as the six steps of its page."""

from collections.abc import Sequence
from datetime import date

from app.db.clock import now
from app.domain.contracts import ContractStatus
from app.domain.local_time import today_in
from app.domain.people import EngagementStatus
from app.models import Contract, Engagement
from app.presentation import desk_zone, period

Step = tuple[str, str, str]
SIGNED = (ContractStatus.executed, ContractStatus.completed)
OVER = (EngagementStatus.released, EngagementStatus.cancelled)


def steps_of(engagement: Engagement, contracts: Sequence[Contract]) -> list[Step]:
    """Return (name, detail, done | now | empty) for each step; the first that is not done is now."""
    today = today_in(desk_zone(), now())
    if engagement.status in OVER:
        return [(engagement.status.value.capitalize(), engagement.note, "now")]
    firm = engagement.status in (EngagementStatus.confirmed, EngagementStatus.completed)
    reached = [
        ("Pencilled", _day(today_in(desk_zone(), engagement.created_at)), True),
        ("Offered", "", engagement.status is not EngagementStatus.pencilled),
        ("Confirmed", "", firm),
        ("Contract executed", _contract(contracts), any(c.status in SIGNED for c in contracts)),
        (
            "Working",
            str(period(engagement.starts_on, engagement.ends_on).striptags()),
            engagement.ends_on < today,
        ),
        ("Settled", "", engagement.status is EngagementStatus.completed),
    ]
    current = next((i for i, (_, _, is_done) in enumerate(reached) if not is_done), len(reached))
    return [
        (name, detail, "done" if is_done else "now" if place == current else "")
        for place, (name, detail, is_done) in enumerate(reached)
    ]


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _contract(contracts: Sequence[Contract]) -> str:
    if not contracts:
        return "Not drawn up yet"
    newest = contracts[0]
    return f"{newest.number}, {newest.status.value.replace('_', ' ')}"
