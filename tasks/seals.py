"""Sealing the audit log, and keeping the newest seals where the database cannot reach."""

import json
from dataclasses import asdict
from pathlib import Path

from sqlalchemy.orm import Session

from app.services import audit

HEADS = Path("audit") / "heads.jsonl"


def seal_audit(session: Session, var: Path) -> list[audit.Head]:
    """Seal what was written since the last seal; keep what was sealed before under ``var``.

    Only seals that are surely committed are kept outside, so what is kept is never ahead of the
    database: a head that is missing there was taken away.
    """
    keep_heads(session, var)
    return audit.seal(session)


def keep_heads(session: Session, var: Path) -> None:
    """Keep the newest seals outside: once they are, whoever cuts off the tail is found out."""
    _keep(var / HEADS, audit.heads(session))


def kept_heads(var: Path) -> list[audit.Head]:
    """Return the newest seal of each organisation as it was kept outside the database."""
    place = var / HEADS
    if not place.exists():
        return []
    newest: dict[int | None, audit.Head] = {}
    for line in place.read_text("utf-8").splitlines():
        head = audit.Head(**json.loads(line))
        newest[head.organisation_id] = head
    return list(newest.values())


def _keep(place: Path, heads: list[audit.Head]) -> None:
    known = set(kept_heads(place.parent.parent))
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(head)) + "\n" for head in heads if head not in known)
