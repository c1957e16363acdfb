"""An artist's statement as PDF by typst: tagged (PDF/UA-1), the same bytes for the same money at the same time."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import typst

from app.domain.errors import Refused
from app.domain.local_time import format_instant
from app.domain.money import format_amount
from app.domain.periods import format_date
from app.services.statement_lines import Account, StatementLine

TEMPLATE: Final = Path(__file__).resolve().parent.parent / "templates" / "statement.typ"
STANDARDS: Final = ["ua-1", "a-3a"]


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """A statement as it was at an hour: the file, and the hash of what it says."""

    content: bytes
    data_sha256: str
    as_of: datetime
    name: str


def statement_paper(account: Account, *, company: str, zone: str, at: datetime) -> StatementPaper:
    """Set a statement as it stands. The hash covers every word and sum, but not the hour."""
    engagement = account.engagement
    said: dict[str, Any] = {
        "title": f"Statement for {engagement.person.name}",
        "company": company,
        "preface": [
            ("Artist", engagement.person.name),
            ("Production", str(engagement.production)),
            ("Engagement", f"{engagement.number}, {engagement.status.value}"),
            ("Days", f"{format_date(engagement.starts_on)} to {format_date(engagement.ends_on)}"),
            ("Paid to", engagement.payee.name if engagement.payee else engagement.person.name),
        ],
        "totals": [_total(total) for total in account.statement.totals],
        "sections": [
            {"title": name, "lines": [_line(line) for line in account.section(name)]}
            for name in account.sections
        ],
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    told = format_instant(at, zone)
    data = {**said, "as_of": told, "sha256": sha256}
    data["preface"] = [*said["preface"], ("As of", told)]
    name = f"statement-{engagement.number}-{at:%Y-%m-%d-%H%M}.pdf"
    return StatementPaper(_set(data, at), sha256, at, name)


def _total(total: Any) -> dict[str, Any]:
    sums = (total.fee, total.allowances, total.claims, total.whole, total.paid, total.to_come)
    return {
        "currency": total.currency,
        "sums": [format_amount(amount, total.currency) for amount in sums],
    }


def _line(line: StatementLine) -> dict[str, Any]:
    numbered = f"Bill {line.number}" if line.number else ""
    traces = [trace.words for trace in line.traces]
    return {
        "title": line.title,
        "detail": line.detail,
        "stage": line.stage.said,
        "trace": ". ".join(part for part in [*traces, numbered] if part),
        "amount": f"{format_amount(line.amount, line.currency)} {line.currency}",
        "counted": line.is_counted,
    }


def _set(data: dict[str, Any], at: datetime) -> bytes:
    error = ""
    # The typefaces typst brings; where they lack a letter, those of the machine.
    for only_own in (True, False):
        with TemporaryDirectory(prefix="statement-") as room:
            Path(room, "main.typ").write_bytes(TEMPLATE.read_bytes())
            Path(room, "data.json").write_text(json.dumps(data), encoding="utf-8")
            try:
                # The wheel's stubs mix up the kinds of input that may stand beside each other.
                made: bytes = cast("Any", typst).compile(
                    Path(room, "main.typ"),
                    root=Path(room),
                    format="pdf",
                    pdf_standards=STANDARDS,
                    ignore_system_fonts=only_own,
                    timestamp=int(at.timestamp()),
                )
            except typst.TypstError as failure:
                error = str(failure)
            else:
                return made
    raise Refused(f"The PDF could not be set: {error}")
