"""Which contracts a run can take along, as the list is narrowed, and beginning a run with them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.bulk_runs import AWAITED, BulkKind, check_chosen
from app.domain.errors import Refused
from app.domain.names import fold
from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.contracts import Contract
from app.models.engagements import Engagement
from app.models.people import Person
from app.models.productions import Production
from app.services import outbox
from app.services.bulk_runs.deeds import DEEDS, counted

CHECK = "bulk.check"
"""Kind of the promise to try a run: nothing is done to anybody."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list of candidates is narrowed to."""

    words: str = ""
    production_id: int = 0
    starts_from: date | None = None

    def written(self) -> dict[str, Any]:
        """Return it as it is kept with the run."""
        return {
            "words": self.words,
            "production_id": self.production_id,
            "starts_from": self.starts_from.isoformat() if self.starts_from else "",
        }


def candidates(kind: BulkKind, narrowed: Narrowed) -> Any:
    """Return the contracts that a run of this kind can take along: key, artist, production, number."""
    asked = (
        select(
            Contract.id,
            Person.name.label("artist"),
            Production.title.label("production"),
            Contract.number,
            Contract.status,
            Engagement.id.label("engagement_id"),
            Engagement.starts_on,
            Engagement.ends_on,
        )
        .join(Engagement, Engagement.id == Contract.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .where(Contract.status.in_(DEEDS[kind].statuses), Contract.archived_at.is_(None))
        .order_by(Production.folded, Person.folded, Contract.id)
    )
    for word in narrowed.words.replace("\0", "").split():
        found = Person.folded + " " + Production.folded + " " + func.lower(Contract.number)
        asked = asked.where(found.contains(fold(word), autoescape=True))
    if narrowed.production_id:
        asked = asked.where(Production.id == narrowed.production_id)
    if narrowed.starts_from:
        asked = asked.where(Engagement.starts_on >= narrowed.starts_from)
    return asked


def begin(
    session: Session,
    kind: BulkKind,
    contract_ids: list[int],
    *,
    narrowed: Narrowed,
    organisation_id: int,
    user_id: int,
) -> BulkRun:
    """Begin a run with the chosen contracts, and promise to try it."""
    kept = _known(session, check_chosen(contract_ids))
    run = BulkRun(
        organisation_id=organisation_id,
        kind=kind,
        title=counted(DEEDS[kind].title, len(kept)),
        chosen=narrowed.written(),
        started_by_id=user_id,
    )
    run.rows = [
        BulkRunRow(
            organisation_id=organisation_id,
            position=place,
            subject_id=row.id,
            label=f"{row.name}, {row.title} ({row.number})",
            engagement_id=row.engagement_id,
        )
        for place, row in enumerate(kept, start=1)
    ]
    session.add(run)
    session.flush()
    promise_check(session, run)
    return run


def _known(session: Session, chosen: list[int]) -> list[Any]:
    """Return what the rows are called by, in the order chosen; refuse if none is there any more."""
    asked = (
        select(Contract.id, Contract.number, Contract.engagement_id, Person.name, Production.title)
        .join(Engagement, Engagement.id == Contract.engagement_id)
        .join(Person, Person.id == Engagement.person_id)
        .join(Production, Production.id == Engagement.production_id)
        .where(Contract.id.in_(chosen))
    )
    known = {row.id: row for row in session.execute(asked)}
    kept = [known[number] for number in chosen if number in known]
    if not kept:
        raise Refused("These contracts are not there any more. Choose again.", field="rowid")
    return kept


def promise_check(session: Session, run: BulkRun) -> None:
    """Promise to try the run as it stands."""
    outbox.promise(
        session,
        organisation_id=run.organisation_id,
        kind=CHECK,
        key=f"bulk-{run.id}-check-{run.tries}",
        payload={"run_id": run.id},
        priority=AWAITED,
    )
