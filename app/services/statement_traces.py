"""Where each amount of a statement comes from: the paper in force, the version of the schedule, the receipt."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.contracts import ContractStatus, TermSource
from app.models.allowances import PaymentPromise
from app.models.contracts import Amendment, Contract, ContractVersion
from app.models.engagements import TermSet
from app.models.expenses import AllowanceLine
from app.models.payables import Payable

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed paper that terms stand in."""

    words: str
    contract_id: int
    public_id: UUID


@dataclass(frozen=True, slots=True)
class Stay:
    """Days in a row in one place, paid together: Adelaide, 16 to 22 Nov."""

    lines: list[AllowanceLine]

    @property
    def first(self) -> AllowanceLine:
        """Return its first day."""
        return self.lines[0]

    @property
    def last(self) -> AllowanceLine:
        """Return its last day."""
        return self.lines[-1]

    @property
    def amount(self) -> Decimal:
        """Return what the days come to."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def rates(self) -> list[tuple[int, Decimal]]:
        """Return how many days give how much, what most days give first; corrections are counted in."""
        by_day: dict[date, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            by_day[line.day] += line.amount
        return [(days, amount) for amount, days in Counter(by_day.values()).most_common()]

    @property
    def versions(self) -> list[int]:
        """Return the versions of the schedule it was worked out by."""
        known = {line.schedule_version.number for line in self.lines if line.schedule_version}
        return sorted(known)


class Papers:
    """The signed papers of engagements: the one in force for each, and the one of each set of terms."""

    def __init__(self, session: Session, engagement_ids: Sequence[int], today: date) -> None:
        by_source = _sources(session, engagement_ids)
        self._of_set: dict[int, Paper] = {}
        self._in_force: dict[int, Paper] = _signed(session, engagement_ids)
        sets = session.scalars(
            select(TermSet)
            .where(TermSet.engagement_id.in_(engagement_ids))
            .order_by(TermSet.effective_from, TermSet.number)
        )
        for each in sets:
            paper = by_source.get((each.source, each.source_id))
            if paper is None:
                continue
            self._of_set[each.id] = paper
            if each.effective_from <= today or each.engagement_id not in self._in_force:
                self._in_force[each.engagement_id] = paper

    def in_force(self, engagement_id: int) -> Paper | None:
        """Return the paper whose terms are in force today."""
        return self._in_force.get(engagement_id)

    def of_line(self, line: AllowanceLine) -> Paper | None:
        """Return the paper that an allowance was worked out by."""
        found = self._of_set.get(line.term_set_id) if line.term_set_id else None
        return found or self._in_force.get(line.engagement_id)


def stays(lines: Iterable[AllowanceLine]) -> list[Stay]:
    """Put days together that follow each other in one place and are paid together."""
    key = {line.id: _same(line) for line in lines}
    ordered = sorted(lines, key=lambda line: (line.payable_id or 0, line.day, line.id))
    found: list[Stay] = []
    for _, group in groupby(ordered, key=lambda line: key[line.id]):
        for line in group:
            last = found[-1].last if found else None
            follows = last is not None and line.day - last.day <= ONE_DAY
            if last is not None and follows and key[last.id] == key[line.id]:
                found[-1].lines.append(line)
            else:
                found.append(Stay([line]))
    return sorted(found, key=lambda stay: (stay.first.day, stay.first.id))


def first_promises(session: Session, payables: Iterable[Payable]) -> dict[int, date]:
    """Return the day that was promised first for each payment."""
    ids = [payable.id for payable in payables]
    first = (
        select(func.min(PaymentPromise.id))
        .where(PaymentPromise.payable_id.in_(ids))
        .group_by(PaymentPromise.payable_id)
    )
    rows = select(PaymentPromise.payable_id, PaymentPromise.due_on).where(
        PaymentPromise.id.in_(first)
    )
    return {row.payable_id: row.due_on for row in session.execute(rows)}


def _same(line: AllowanceLine) -> tuple[object, ...]:
    is_more = line.amount > 0
    return line.place, line.kind, line.currency, line.payable_id, is_more


def _signed(session: Session, ids: Sequence[int]) -> dict[int, Paper]:
    rows = session.scalars(
        select(Contract)
        .where(
            Contract.engagement_id.in_(ids),
            Contract.status.in_(
                (ContractStatus.executed, ContractStatus.completed, ContractStatus.external)
            ),
        )
        .order_by(Contract.id)
    )
    return {c.engagement_id: Paper(f"Contract {c.number}", c.id, c.public_id) for c in rows}


def _sources(session: Session, ids: Sequence[int]) -> dict[tuple[TermSource, int], Paper]:
    found: dict[tuple[TermSource, int], Paper] = {}
    own = Contract.engagement_id.in_(ids)
    versions = session.execute(
        select(
            ContractVersion.id,
            ContractVersion.number,
            Contract.number,
            Contract.id,
            Contract.public_id,
        )
        .join(Contract, Contract.id == ContractVersion.contract_id)
        .where(own)
    )
    for key, number, name, contract_id, public_id in versions:
        words = f"Contract {name}, version {number}"
        found[TermSource.contract_version, key] = Paper(words, contract_id, public_id)
    amendments = session.execute(
        select(Amendment.id, Amendment.number, Contract.number, Contract.id, Contract.public_id)
        .join(Contract, Contract.id == Amendment.contract_id)
        .where(own)
    )
    for key, number, name, contract_id, public_id in amendments:
        words = f"Amendment {number} of contract {name}"
        found[TermSource.amendment, key] = Paper(words, contract_id, public_id)
    return found
