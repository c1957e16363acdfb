"""Lines that look like one expense: of one person or two, of this season or the last.

What is found is told to staff with both pictures; somebody keeps both with a reason, or marks one as a
duplicate. Nothing is refused by a likeness alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db.clock import now
from app.domain.errors import Refused
from app.domain.expenses import LineStatus
from app.domain.likeness import (
    BITS,
    DAYS_APART,
    DIGITS,
    GROUNDS,
    NEAR,
    Facts,
    Ground,
    differences,
    distance,
    have_same_facts,
    turned,
)
from app.domain.money import Money
from app.domain.periods import format_day
from app.models.approvals import LineResemblance
from app.models.documents import StoredFile
from app.models.engagements import Engagement
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt

MOST = 8


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Another line that looks like this one, on which grounds, and whether both were kept."""

    line: ExpenseLine
    grounds: tuple[Ground, ...]
    different: list[str] = field(default_factory=list)
    kept_by: str = ""
    kept_reason: str = ""
    kept_at: datetime | None = None

    @property
    def in_words(self) -> str:
        """Say it neutrally: This looks like the taxi of Tue 17 Nov, 42.10 AUD, on CL-0229."""
        other = self.line
        what = other.kind.value.replace("_", " ")
        why = " and ".join(GROUNDS[ground] for ground in self.grounds)
        return (
            f"This looks like the {what} of {format_day(other.spent_on)}, "
            f"{Money(other.amount, other.currency)}, on {other.claim.number}: {why}"
        )


def resembling(session: Session, line: ExpenseLine) -> list[Resemblance]:
    """Return the lines that look like this one, the surest first."""
    kept = _kept(session, line)
    found = []
    for other in _candidates(session, line):
        grounds = _grounds(line, other)
        if grounds and not _is_settled(line, other):
            row = kept.get(other.id)
            found.append(
                Resemblance(
                    other,
                    grounds,
                    differences(facts_of(line), facts_of(other)),
                    row.kept_by_name if row else "",
                    row.kept_reason if row else "",
                    row.kept_at if row else None,
                )
            )
    return sorted(found, key=_doubt)[:MOST]


def _doubt(one: Resemblance) -> tuple[int, int, int]:
    """Sort by the surest ground; a picture alone may be like many, so more grounds go before fewer."""
    return list(Ground).index(one.grounds[0]), -len(one.grounds), one.line.id


def open_ones(session: Session, line: ExpenseLine) -> list[Resemblance]:
    """Return those that nobody has decided to keep."""
    return [one for one in resembling(session, line) if one.kept_at is None]


def keep_both(
    session: Session,
    line: ExpenseLine,
    other: ExpenseLine,
    *,
    by_id: int,
    by_name: str,
    reason: str,
) -> None:
    """Write down that two lines are two expenses, and why."""
    if not reason.strip():
        raise Refused("Say why both are kept, for whoever looks later.", field="reason")
    if other.id not in {one.line.id for one in resembling(session, line)}:
        raise Refused("These two do not look alike any more. Look again.")
    values = {
        "kept_by": by_id, "kept_by_name": by_name, "kept_reason": reason.strip(), "kept_at": now(),
    }  # fmt: skip
    _write(session, line, other, _grounds(line, other), values)


def note_resemblances(session: Session, claim: ExpenseClaim) -> int:
    """Write down what a claim that came in looks like, so that lists can show it; return how many."""
    found = [(line, one) for line in claim.lines for one in open_ones(session, line)]
    # In one order for everybody: two claims that come in together and look alike would wait for each other.
    for line, one in sorted(found, key=lambda pair: sorted((pair[0].id, pair[1].line.id))):
        _write(session, line, one.line, one.grounds, {})
    return len(found)


def is_flagged() -> ColumnElement[bool]:
    """Return the condition that a line looks like another one and nobody has kept both."""
    return (
        select(LineResemblance.id)
        .where(
            or_(
                LineResemblance.line_id == ExpenseLine.id,
                LineResemblance.other_id == ExpenseLine.id,
            ),
            LineResemblance.kept_at.is_(None),
        )
        .correlate(ExpenseLine)
        .exists()
    )


def facts_of(line: ExpenseLine) -> Facts:
    """Return what a line says of its expense."""
    return Facts(line.spent_on, line.amount, line.currency, line.supplier)


def _candidates(session: Session, line: ExpenseLine) -> Sequence[ExpenseLine]:
    near_day = ExpenseLine.spent_on.between(
        line.spent_on - timedelta(days=DAYS_APART), line.spent_on + timedelta(days=DAYS_APART)
    )
    same_sum = and_(
        ExpenseLine.amount == line.amount, ExpenseLine.currency == line.currency, near_day
    )
    alike = _files_alike(line)
    by_paper = (
        [ExpenseLine.id.in_(select(Receipt.line_id).join(Receipt.file).where(alike))]
        if alike is not None
        else []
    )
    return session.scalars(
        select(ExpenseLine)
        .join(ExpenseLine.claim)
        .where(
            ExpenseLine.id != line.id,
            ExpenseClaim.submitted_at.is_not(None),
            ExpenseClaim.recalled_at.is_(None),
            or_(same_sum, *by_paper),
        )
        .options(
            joinedload(ExpenseLine.claim)
            .joinedload(ExpenseClaim.engagement)
            .joinedload(Engagement.person),
            selectinload(ExpenseLine.receipts).joinedload(Receipt.file),
        )
        .order_by(ExpenseLine.id.desc())
        .limit(50)
    ).all()


def _files_alike(line: ExpenseLine) -> ColumnElement[bool] | None:
    mine = [receipt.file for receipt in line.receipts]
    if not mine:
        return None
    looks = [one for file in mine for one in turned(file.perceptual_hash)]
    theirs = cast(func.concat("x", func.left(StoredFile.perceptual_hash, DIGITS)), BIT(BITS))
    apart = [
        func.bit_count(theirs.bitwise_xor(cast(literal(f"x{one}", Text), BIT(BITS))))
        for one in looks
    ]
    near = [func.least(*apart) <= NEAR] if apart else []
    # An older release kept shorter hashes, which are not to be cast.
    is_comparable = func.length(StoredFile.perceptual_hash) >= DIGITS
    by_look = [case((is_comparable, one), else_=False) for one in near]
    return or_(StoredFile.sha256.in_([file.sha256 for file in mine]), *by_look)


def _grounds(line: ExpenseLine, other: ExpenseLine) -> tuple[Ground, ...]:
    found = []
    is_split = line.claim_id == other.claim_id and line.amount != other.amount
    if not is_split:
        mine = [receipt.file for receipt in line.receipts]
        theirs = [receipt.file for receipt in other.receipts]
        if {file.sha256 for file in mine} & {file.sha256 for file in theirs}:
            found.append(Ground.same_file)
        elif any(
            distance(one.perceptual_hash or "", another.perceptual_hash or "") <= NEAR
            for one in mine
            for another in theirs
        ):
            found.append(Ground.same_look)
    if have_same_facts(facts_of(line), facts_of(other)):
        found.append(Ground.same_facts)
    return tuple(found)


def _is_settled(line: ExpenseLine, other: ExpenseLine) -> bool:
    """Tell whether one of the two is no claim any more because of the other."""
    return line.duplicate_of_id == other.id or (
        other.status is LineStatus.duplicate and other.duplicate_of_id == line.id
    )


def _kept(session: Session, line: ExpenseLine) -> dict[int, LineResemblance]:
    rows = session.scalars(
        select(LineResemblance).where(
            or_(LineResemblance.line_id == line.id, LineResemblance.other_id == line.id)
        )
    )
    return {row.other_id if row.line_id == line.id else row.line_id: row for row in rows}


def _write(
    session: Session,
    line: ExpenseLine,
    other: ExpenseLine,
    grounds: Sequence[Ground],
    values: dict[str, object],
) -> None:
    first, second = sorted((line.id, other.id))
    made = insert(LineResemblance).values(
        organisation_id=line.organisation_id,
        line_id=first,
        other_id=second,
        grounds=[ground.value for ground in grounds],
        **{"kept_by_name": "", "kept_reason": "", **values},
    )
    key = ["line_id", "other_id"]
    if values:
        session.execute(made.on_conflict_do_update(index_elements=key, set_=values))
    else:
        session.execute(made.on_conflict_do_nothing(index_elements=key))
