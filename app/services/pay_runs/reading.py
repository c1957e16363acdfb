"""Reading pay runs from the side of what they paid: a payable's runs, and an artist's remittance advice."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.pay_runs import PayRunLineStatus
from app.models.engagements import Engagement
from app.models.pay_runs import PayRunLine
from app.models.payables import Payable

TOLD = (PayRunLineStatus.paid, PayRunLineStatus.returned)


def runs_of(session: Session, payable: Payable) -> Sequence[PayRunLine]:
    """Return the runs that took a payable, the newest first."""
    taken = select(PayRunLine).where(PayRunLine.payable_id == payable.id)
    return session.scalars(taken.order_by(PayRunLine.id.desc())).all()


def remittance(
    session: Session, run_number: str, person_id: int | None = None
) -> Sequence[PayRunLine]:
    """Return what a run paid to one person, with what each payment is for.

    An artist's session sees her own lines alone; staff name the person.
    """
    wanted = (
        select(PayRunLine)
        .join(PayRunLine.payable)
        .join(Payable.engagement)
        .where(PayRunLine.run_number == run_number, PayRunLine.status.in_(TOLD))
        .options(
            joinedload(PayRunLine.payable)
            .joinedload(Payable.engagement)
            .joinedload(Engagement.production),
            joinedload(PayRunLine.payable)
            .joinedload(Payable.engagement)
            .joinedload(Engagement.person),
        )
        .order_by(PayRunLine.position)
    )
    if person_id is not None:
        wanted = wanted.where(Engagement.person_id == person_id)
    return session.scalars(wanted).all()


def advised(session: Session, payables: Iterable[Payable]) -> dict[int, str]:
    """Return the run that paid each payable, by its id: its remittance advice stands under that number."""
    rows = session.execute(
        select(PayRunLine.payable_id, PayRunLine.run_number).where(
            PayRunLine.payable_id.in_([one.id for one in payables]),
            PayRunLine.status == PayRunLineStatus.paid,
        )
    )
    return {row.payable_id: row.run_number for row in rows}
