"""Sealing the audit log into a hash chain per organisation, and checking the chain.

Entries are sealed by ranges of transactions that had all finished when the seal was made, so no late
commit can slip into a sealed range (reliability.md, two differences on purpose). Whoever edits,
deletes, inserts or reorders a sealed entry breaks its seal; whoever cuts off the tail contradicts the
heads that are kept outside the database.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.db.clock import now
from app.models import AuditEntry, AuditSeal

FIELDS = (
    "id", "organisation_id", "happened_at", "actor", "on_behalf_of", "action", "entity",
    "entity_id", "before", "after", "reason", "request_id", "transaction_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of an organisation, as it is kept outside the database."""

    organisation_id: int | None
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the log is not what was sealed."""

    organisation_id: int | None
    seal: int
    reason: str


def seal(session: Session) -> list[Head]:
    """Seal what has finished since the last seals and return the new heads.

    Run as the worker, who sees every organisation's entries. Two at once: the second waits.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))"))
    horizon = session.scalars(
        text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    ).one()
    organisations = session.scalars(select(AuditEntry.organisation_id).distinct()).all()
    made = [_seal_one(session, organisation, horizon) for organisation in organisations]
    return [head for head in made if head is not None]


def heads(session: Session) -> list[Head]:
    """Return the newest seal of each organisation."""
    newest = session.scalars(
        select(AuditSeal)
        .ext(distinct_on(AuditSeal.organisation_id))
        .order_by(AuditSeal.organisation_id, AuditSeal.number.desc())
    )
    return [Head(made.organisation_id, made.number, made.hash.hex()) for made in newest]


def _seal_one(session: Session, organisation: int | None, horizon: int) -> Head | None:
    last = session.scalars(_seals(organisation).order_by(AuditSeal.number.desc()).limit(1)).first()
    start = last.to_transaction if last else 0
    previous = last.hash if last else b""
    digest, count = _digest(session, organisation, start, horizon, previous)
    if count == 0:
        return None
    made = AuditSeal(
        organisation_id=organisation,
        number=(last.number if last else 0) + 1,
        from_transaction=start,
        to_transaction=horizon,
        entry_count=count,
        previous_hash=previous,
        hash=digest,
        sealed_at=now(),
    )
    session.add(made)
    return Head(organisation, made.number, digest.hex())


def verify(session: Session, kept: Iterable[Head] = ()) -> list[Broken]:
    """Check every seal, and those ``kept`` outside against ours; return what is broken."""
    broken: list[Broken] = []
    known: dict[tuple[int | None, int], str] = {}
    previous: dict[int | None, AuditSeal] = {}
    for made in session.scalars(
        select(AuditSeal).order_by(AuditSeal.organisation_id, AuditSeal.number)
    ):
        broken += _check(session, made, previous.get(made.organisation_id))
        previous[made.organisation_id] = made
        known[made.organisation_id, made.number] = made.hash.hex()
    for head in kept:
        if known.get((head.organisation_id, head.number)) != head.hash:
            reason = "the seal kept outside the database is missing here, or differs"
            broken.append(Broken(head.organisation_id, head.number, reason))
    return broken


def _check(session: Session, made: AuditSeal, before: AuditSeal | None) -> Iterable[Broken]:
    expected = before.hash if before else b""
    number = before.number + 1 if before else 1
    start = before.to_transaction if before else 0
    digest, count = _digest(
        session, made.organisation_id, made.from_transaction, made.to_transaction, expected
    )
    if (made.number, made.from_transaction) != (number, start) or made.previous_hash != expected:
        yield Broken(made.organisation_id, made.number, "it does not follow the seal before it")
    elif count != made.entry_count:
        reason = f"{made.entry_count} entries were sealed, {count} are there"
        yield Broken(made.organisation_id, made.number, reason)
    elif digest != made.hash:
        yield Broken(made.organisation_id, made.number, "an entry is not what was sealed")


def _seals(organisation: int | None) -> Any:
    return select(AuditSeal).where(AuditSeal.organisation_id.is_not_distinct_from(organisation))


def _digest(
    session: Session, organisation: int | None, start: int, end: int, previous: bytes
) -> tuple[bytes, int]:
    digest, count = hashlib.sha256(previous), 0
    rows = session.execute(
        select(*(getattr(AuditEntry, name) for name in FIELDS))
        .where(
            AuditEntry.organisation_id.is_not_distinct_from(organisation),
            AuditEntry.transaction_id >= start,
            AuditEntry.transaction_id < end,
        )
        .order_by(AuditEntry.id)
        .execution_options(yield_per=1000)
    )
    for row in rows.mappings():
        digest.update(_canonical(row))
        count += 1
    return digest.digest(), count


def _canonical(row: Mapping[Any, Any]) -> bytes:
    facts = {str(name): _plain(value) for name, value in row.items()}
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def history(session: Session, entity: str, entity_id: int, *, limit: int = 200) -> list[AuditEntry]:
    """Return what happened to one record, newest first, as far as the viewer may see it."""
    return list(
        session.scalars(
            select(AuditEntry)
            .where(AuditEntry.entity == entity, AuditEntry.entity_id == str(entity_id))
            .order_by(AuditEntry.id.desc())
            .limit(limit)
        )
    )
