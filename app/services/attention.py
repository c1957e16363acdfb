"""What needs a person: written down once while it is open, and closed when it is done."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.counting import rows_touched
from app.domain.connections import AttentionStatus
from app.domain.errors import Refused
from app.models.connections import AttentionItem


def ask(
    session: Session,
    *,
    provider: str,
    problem: str,
    subject: str,
    title: str,
    advice: str,
    href: str = "",
    deed: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Ask a person to do something about a provider; asking again while it is open brings it up to date."""
    said = {
        "title": title,
        "advice": advice,
        "href": href,
        "deed": deed,
        "facts": dict(facts or {}),
    }
    session.execute(
        insert(AttentionItem)
        .values(
            organisation_id=_organisation(session),
            provider=provider,
            problem=problem,
            subject=subject,
            **said,
        )
        .on_conflict_do_update(
            index_elements=["organisation_id", "provider", "problem", "subject"],
            # Written into the statement: with a parameter, a plan for all values matches no index.
            index_where=text("status = 'open'"),
            set_={**said, "updated_at": func.clock_timestamp()},
        )
    )


def settle(session: Session, *, provider: str, subject: str, problem: str = "", how: str) -> int:
    """Close what is open about a subject because it solved itself; return how many there were."""
    which = [
        AttentionItem.provider == provider,
        AttentionItem.subject == subject,
        AttentionItem.status == AttentionStatus.open,
    ]
    if problem:
        which.append(AttentionItem.problem == problem)
    return rows_touched(
        session,
        update(AttentionItem)
        .where(*which)
        .values(status=AttentionStatus.closed, closed_at=now(), closed_by="task", closing=how),
    )


def close(session: Session, item: AttentionItem, *, by: str, how: str) -> None:
    """Close one because a person says that it is done, and how."""
    if not how.strip():
        raise Refused("Say what was done, for whoever reads this later.", field="how")
    if item.status is AttentionStatus.closed:
        raise Refused("Somebody has closed it already.")
    item.status = AttentionStatus.closed
    item.closed_at, item.closed_by, item.closing = now(), by, how.strip()


def _organisation(session: Session) -> int:
    organisation_id: int = session.scalars(
        select(func.current_setting("app.organisation_id").cast(AttentionItem.id.type))
    ).one()
    return organisation_id
