"""The terms in force on any day: the signed contract, with every signed amendment laid over it.

Whoever pays, caps or counts asks here: ``terms_on`` for everything, ``fee_line_on`` for an
instalment. Only what both sides have signed counts; an amendment that is open,
declined, expired or voided changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contract_terms import SignedChange, terms_in_force
from app.domain.contracts import FeeTrigger, TermSource
from app.domain.money import Money
from app.models.contracts import Amendment, Contract, ContractVersion
from app.models.engagements import Engagement, FeeLine, TermSet
from app.services.contracts.terms import Change, changes, rows, terms_of


@dataclass(frozen=True, slots=True)
class Step:
    """What one signed amendment changed, from which day on."""

    amendment: Amendment
    effective_from: date
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """The terms of an engagement on a day, and the papers that say so."""

    day: date
    terms: Mapping[str, Any]
    contract: Contract | None
    """The signed contract they rest on; None while nothing is signed and they are a draft."""
    steps: tuple[Step, ...] = ()
    """The amendments in force on that day, in the order in which they took effect."""
    coming: tuple[Step, ...] = ()
    """Those that are signed and take effect later."""

    @property
    def is_signed(self) -> bool:
        """Tell whether somebody has signed these terms."""
        return self.contract is not None

    def written(self) -> list["Written"]:
        """Return the key terms in words, each with what it was and the paper that changed it."""
        return [_written(label, words, self.steps) for label, words in _gathered(self.terms)]


@dataclass(frozen=True, slots=True)
class Written:
    """One term in words; where an amendment changed it, what it was before and which one."""

    label: str
    words: str
    old: str = ""
    amendment: Amendment | None = None
    effective_from: date | None = None

    @property
    def change(self) -> Change:
        """Return what an amendment did to this term."""
        return Change(self.label, self.old, self.words)


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the fee as it is agreed on a day: how much, and what makes it due."""

    amount: Money
    trigger: FeeTrigger
    due_on: date | None


def terms_on(session: Session, engagement: Engagement, day: date) -> InForce:
    """Return the terms that hold on a day. While nothing is signed, the engagement's own are shown."""
    sets = _signed_sets(session, engagement)
    base = next((one for one in reversed(sets) if _is_contract(one)), None)
    if base is None:
        return InForce(day, terms_of(session, engagement, None), None)
    later = [one for one in sets if one.number > base.number and not _is_contract(one)]
    amendments = _amendments(session, later)
    signed = [
        SignedChange(one.number, one.effective_from, one.terms)
        for one in later
        if one.source_id in amendments
    ]
    steps = _steps(base.terms, later, amendments)
    return InForce(
        day=day,
        terms=terms_in_force(base.terms, signed, day),
        contract=_contract_of(session, base),
        steps=tuple(step for step in steps if step.effective_from <= day),
        coming=tuple(step for step in steps if step.effective_from > day),
    )


def papers_on(sets: Sequence[TermSet], day: date) -> list[TermSet]:
    """Return the papers that count on a day, each lying over the one before it.

    A new contract ends what was signed before it, and counts from its signature: an amendment may take
    effect before the engagement's first day. Before the day of the first paper, that one counts.
    """
    newest = max((one.number for one in sets if _is_contract(one)), default=0)
    line = sorted(
        (one for one in sets if one.number >= newest),
        key=lambda one: (not _is_contract(one), one.effective_from, one.number),
    )
    return line[:1] + [one for one in line[1:] if one.effective_from <= day]


def fee_line_on(session: Session, line: FeeLine, day: date) -> Instalment | None:
    """Return an instalment as the terms in force on a day have it, None if it is no more."""
    lines = terms_on(session, line.engagement, day).terms["fee_lines"]
    found = next((one for one in lines if one["position"] == line.position), None)
    if found is None:
        return None
    return Instalment(
        amount=Money(Decimal(found["amount"]), found["currency"]),
        trigger=FeeTrigger(found["trigger"]),
        due_on=date.fromisoformat(found["due_on"]) if found["due_on"] else None,
    )


def _signed_sets(session: Session, engagement: Engagement) -> Sequence[TermSet]:
    return session.scalars(
        select(TermSet).where(TermSet.engagement_id == engagement.id).order_by(TermSet.number)
    ).all()


def _is_contract(one: TermSet) -> bool:
    return one.source is TermSource.contract_version


def _amendments(session: Session, sets: Sequence[TermSet]) -> dict[int, Amendment]:
    ids = [one.source_id for one in sets]
    if not ids:
        return {}
    found = session.scalars(select(Amendment).where(Amendment.id.in_(ids)))
    return {amendment.id: amendment for amendment in found}


def _contract_of(session: Session, base: TermSet) -> Contract | None:
    return session.scalars(
        select(Contract)
        .join(ContractVersion, ContractVersion.contract_id == Contract.id)
        .where(ContractVersion.id == base.source_id)
    ).first()


def _steps(
    base: Mapping[str, Any], sets: Sequence[TermSet], amendments: Mapping[int, Amendment]
) -> list[Step]:
    terms, steps = dict(base), []
    for one in sorted(sets, key=lambda each: (each.effective_from, each.number)):
        amendment = amendments.get(one.source_id)
        if amendment is None:
            continue
        after = {**terms, **one.terms}
        steps.append(Step(amendment, one.effective_from, tuple(changes(terms, after))))
        terms = after
    return steps


def _written(label: str, words: str, steps: Sequence[Step]) -> Written:
    last = next(
        (
            (step, change)
            for step in reversed(steps)
            for change in step.changes
            if change.label == label
        ),
        None,
    )
    if last is None:
        return Written(label, words)
    step, change = last
    return Written(label, words, change.old, step.amendment, step.effective_from)


def _gathered(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for label, words in rows(terms):
        found[label] = f"{found[label]}; {words}" if label in found else words
    return list(found.items())
