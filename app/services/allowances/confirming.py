"""Confirming a per diem run: its lines are written and become payables, once however often it is pressed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.numbers import allowance_number
from app.domain.payables import PayableSource
from app.models.allowances import AllowanceRun
from app.models.engagements import Engagement
from app.models.expenses import AllowanceLine
from app.models.organisations import Organisation
from app.models.payables import Payable
from app.models.productions import Production
from app.services import payables
from app.services.allowances.planning import PersonPlan, RunPlan, plan_run
from app.services.expenses.deciders import decider_of


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A run, and whether it was there before."""

    run: AllowanceRun
    is_new: bool


def confirm_run(
    session: Session,
    production: Production,
    first: date,
    last: date,
    *,
    digest: str,
    by_user_id: int,
    by_name: str,
) -> Confirmed:
    """Write down the run that somebody was shown, and make payables of what it adds."""
    session.scalars(
        select(Production).where(Production.id == production.id).with_for_update()
    ).one()
    known = session.scalars(select(AllowanceRun).where(AllowanceRun.digest == digest)).first()
    if known is not None:
        return Confirmed(known, is_new=False)
    plan = plan_run(session, production, first, last, today_of(session, production))
    _check(session, plan, digest, by_user_id)
    run = _written(session, plan, by_user_id, by_name)
    for person in plan.changed:
        _write(session, run, person)
    session.flush()
    for person in plan.changed:
        _owe(session, run, person.engagement, by_user_id)
    return Confirmed(run, is_new=True)


def runs(
    session: Session, production_id: int | None = None, most: int = 50
) -> Sequence[AllowanceRun]:
    """Return the runs that were confirmed, newest first."""
    wanted = select(AllowanceRun).options(
        joinedload(AllowanceRun.production), joinedload(AllowanceRun.schedule_version)
    )
    if production_id is not None:
        wanted = wanted.where(AllowanceRun.production_id == production_id)
    return session.scalars(wanted.order_by(AllowanceRun.id.desc()).limit(most)).all()


def lines_of_run(session: Session, run: AllowanceRun) -> Sequence[AllowanceLine]:
    """Return what a run wrote, by person and day."""
    wanted = (
        select(AllowanceLine)
        .where(AllowanceLine.run_id == run.id)
        .options(joinedload(AllowanceLine.engagement).joinedload(Engagement.person))
    )
    return session.scalars(wanted.order_by(AllowanceLine.engagement_id, AllowanceLine.day)).all()


def today_of(session: Session, production: Production) -> date:
    """Return the company's day."""
    house = session.get_one(Organisation, production.organisation_id)
    return now().astimezone(ZoneInfo(house.zone)).date()


def _check(session: Session, plan: RunPlan, digest: str, by_user_id: int) -> None:
    if not plan.changed:
        raise Refused("Nothing differs from what was computed before. There is nothing to confirm.")
    if digest != plan.digest:
        raise Refused(
            "Schedule, terms, rates or meals have changed while you were looking. "
            "See below what it comes to now."
        )
    own = decider_of(session, by_user_id).person_id
    if own is not None and own in {person.engagement.person_id for person in plan.changed}:
        raise Refused("You are paid by this run. Somebody else confirms it.")


def _written(session: Session, plan: RunPlan, by_user_id: int, by_name: str) -> AllowanceRun:
    run = AllowanceRun(
        organisation_id=plan.production.organisation_id,
        production_id=plan.production.id,
        number=plan.number,
        starts_on=plan.period.starts_on,
        ends_on=plan.period.ends_on,
        schedule_version_id=plan.version.id,
        digest=plan.digest,
        confirmed_by=by_user_id,
        confirmed_by_name=by_name,
        confirmed_at=now(),
    )
    session.add(run)
    session.flush()
    return run


def _write(session: Session, run: AllowanceRun, person: PersonPlan) -> None:
    for change in person.changes:
        session.add(
            AllowanceLine(
                organisation_id=run.organisation_id,
                engagement_id=person.engagement.id,
                day=change.day,
                amount=change.amount.amount,
                currency=change.amount.currency,
                explanation=change.explanation,
                schedule_version_id=run.schedule_version_id,
                run_id=run.id,
                term_set_id=change.term_set_id,
                place=change.place,
                worth=change.worth.amount,
            )
        )


def _owe(session: Session, run: AllowanceRun, engagement: Engagement, by_user_id: int) -> None:
    """Make one payable a currency of all that is in none yet; what comes to nothing waits for more."""
    waiting = session.scalars(
        select(AllowanceLine)
        .where(AllowanceLine.engagement_id == engagement.id, AllowanceLine.payable_id.is_(None))
        .order_by(AllowanceLine.day, AllowanceLine.id)
    )
    by_currency: dict[str, list[AllowanceLine]] = defaultdict(list)
    for line in waiting:
        by_currency[line.currency].append(line)
    for currency, lines in sorted(by_currency.items()):
        total = sum((line.amount for line in lines), Decimal(0))
        if total <= 0:
            continue
        owed = payables.Owed(
            number=allowance_number(engagement.number, _count(session, engagement) + 1),
            source=PayableSource.allowance,
            source_key=f"allowance-{run.id}-{engagement.id}-{currency}",
            amount=total,
            currency=currency,
            approved_by=by_user_id,
        )
        payable = payables.make(session, engagement, owed)
        for line in lines:
            line.payable_id = payable.id


def _count(session: Session, engagement: Engagement) -> int:
    made = select(func.count()).where(
        Payable.engagement_id == engagement.id, Payable.source == PayableSource.allowance
    )
    return session.scalar(made) or 0
