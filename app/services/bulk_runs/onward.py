"""What becomes of contracts that a run has handed to a signing provider: on their way, out, or stopped."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.bulk_runs import Onward, RowStatus, onward_of
from app.domain.connections import AttentionStatus
from app.domain.contracts import SignatureRequestStatus
from app.domain.envelopes import BUILTIN
from app.models.bulk_runs import BulkRun, BulkRunRow
from app.models.connections import AttentionItem
from app.models.contracts import ContractVersion, SignatureRequest
from app.services.esign.sending import NOT_SENT

SUBJECT: Final = func.concat("request:", SignatureRequest.id)


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a contract of a row has come to at its provider."""

    onward: Onward
    provider: str
    at: datetime
    why: str = ""
    """What stopped it."""


def fates(session: Session, rows: Iterable[BulkRunRow]) -> dict[int, Fate]:
    """Return what became of the rows' contracts at a provider, by row; those signed here have none."""
    ids = [row.id for row in rows if row.status is RowStatus.done]
    found = session.execute(_asked().where(BulkRunRow.id.in_(ids)))
    return {each.row_id: _fate(each) for each in found}


def tally(session: Session, run: BulkRun) -> Mapping[Onward, int]:
    """Count where the contracts of a run have come to at their provider."""
    found = session.execute(_asked().where(BulkRunRow.run_id == run.id))
    return Counter(_fate(each).onward for each in found)


def changed_since(session: Session, run: BulkRun, since: datetime) -> list[BulkRunRow]:
    """Return the rows to which something happened since then, here or at their provider."""
    news = _asked().where(BulkRunRow.run_id == run.id).subquery()
    asked = (
        select(BulkRunRow)
        .outerjoin(news, news.c.row_id == BulkRunRow.id)
        .where(
            BulkRunRow.run_id == run.id,
            or_(BulkRunRow.updated_at >= since, news.c.at >= since, news.c.stopped_at >= since),
        )
        .order_by(BulkRunRow.position)
    )
    return list(session.scalars(asked))


def _asked() -> Select[int, str, SignatureRequestStatus, str | None, datetime, datetime, str]:
    """Ask for the newest request to sign of each row that is done, with what stopped it."""
    stopped = and_(
        AttentionItem.subject == SUBJECT,
        AttentionItem.provider == SignatureRequest.provider,
        AttentionItem.problem == NOT_SENT,
        AttentionItem.status == AttentionStatus.open,
    )
    return (
        select(
            BulkRunRow.id.label("row_id"),
            SignatureRequest.provider,
            SignatureRequest.status,
            SignatureRequest.external_id,
            SignatureRequest.updated_at.label("at"),
            AttentionItem.updated_at.label("stopped_at"),
            AttentionItem.advice.label("why"),
        )
        .ext(distinct_on(BulkRunRow.id))
        .join(ContractVersion, ContractVersion.contract_id == BulkRunRow.subject_id)
        .join(SignatureRequest, SignatureRequest.contract_version_id == ContractVersion.id)
        .outerjoin(AttentionItem, stopped)
        .where(BulkRunRow.status == RowStatus.done, SignatureRequest.provider != BUILTIN)
        .order_by(BulkRunRow.id, SignatureRequest.id.desc())
    )


def _fate(each: Any) -> Fate:
    onward = onward_of(
        each.status, is_known=each.external_id is not None, is_stopped=each.why is not None
    )
    return Fate(onward, each.provider, each.at, each.why or "")
