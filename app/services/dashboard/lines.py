"""What waits, topic by topic, asked for in one statement and put in the order of its urgency."""

from collections.abc import Set
from typing import Any, Final

from sqlalchemy import union_all
from sqlalchemy.orm import Session

from app.domain.waiting import NAMED, Topic, Urgency, Waiting
from app.services.dashboard import house, money, papers, season
from app.services.dashboard.asking import Asker, Question
from app.services.dashboard.words import say

QUESTIONS: Final[dict[Topic, Question]] = {
    **papers.QUESTIONS,
    **money.QUESTIONS,
    **season.QUESTIONS,
    **house.QUESTIONS,
}


def lines(session: Session, topics: Set[Topic], asker: Asker) -> list[Waiting]:
    """Return what waits in these topics, the most urgent first, then what has waited longest."""
    asked = [QUESTIONS[topic](asker) for topic in Topic if topic in topics]
    if not asked:
        return []
    rows = session.execute(union_all(*asked)).all()
    found = [say(row, asker) for row in rows]
    return sorted([*found, *_more_claims(rows)], key=lambda line: line.order)


def _more_claims(rows: Any) -> list[Waiting]:
    counts = [row.number for row in rows if row.topic == Topic.claim.value]
    more = max(counts, default=0) - NAMED
    if more <= 0:
        return []
    title = "One more claim waits" if more == 1 else f"{more} more claims wait"
    return [
        Waiting(Topic.claim, title, "The oldest stand first", "See all", "", None, Urgency.soon)
    ]
