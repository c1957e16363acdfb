"""Sealing the audit log, and keeping the newest seals where the database cannot reach."""

import json
from dataclasses import asdict
from pathlib import Path

from app.services import audit
from tasks.standing import as_worker

HEADS = Path("audit") / "heads.jsonl"


def seal_audit(var: Path) -> list[audit.Head]:
    """Seal what was written since the last seal and keep the new heads under ``var``."""
    with as_worker() as db:
        heads = audit.seal(db)
    _keep(var / HEADS, heads)
    return heads


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
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(head)) + "\n" for head in heads)
