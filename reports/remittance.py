"""A remittance advice on paper, set by typst: what was paid to somebody, for what, and under which reference."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import typst

from app.domain.money import Money, add_up
from app.domain.pay_runs import PayRunLineStatus
from app.domain.periods import format_date
from app.models.organisations import Organisation
from app.models.pay_runs import PayRunLine

TEMPLATE: Final = Path(__file__).resolve().parent / "templates" / "remittance.typ"
STANDARDS: Final = ["ua-1", "a-3a"]


def advice(company: Organisation, payee: str, lines: Sequence[PayRunLine]) -> bytes:
    """Return the advice for the lines of one run that were paid to one person."""
    paid = [line for line in lines if line.status is PayRunLineStatus.paid]
    days = [line.payable.paid_on for line in paid if line.payable.paid_on is not None]
    sums = add_up(Money(line.amount, line.currency) for line in paid)
    data = {
        "title": f"Remittance advice {lines[0].run_number}",
        "company": company.legal_name or company.name,
        "address": company.address,
        "payee": payee,
        "paid_on": format_date(max(days)) if days else "",
        "total": ", ".join(str(one) for one in sums.values())
        or str(Money(Decimal(0), lines[0].currency)),
        "rows": [_row(line) for line in lines],
    }
    moment = max(line.updated_at for line in lines)
    return _set(data, int(moment.timestamp()))


def _row(line: PayRunLine) -> list[str]:
    payable = line.payable
    returned = line.status is PayRunLineStatus.returned
    stands = f"Returned: {line.returned_because}" if returned else payable.paid_reference
    return [
        payable.number,
        f"{payable.source.value.capitalize()}, {payable.engagement.production.title}",
        f"{line.payee_name}, {line.paid_to}",
        stands,
        str(Money(line.amount, line.currency)),
    ]


def _set(data: dict[str, Any], timestamp: int) -> bytes:
    with TemporaryDirectory(prefix="advice-") as room:
        Path(room, "main.typ").write_bytes(TEMPLATE.read_bytes())
        Path(room, "data.json").write_text(json.dumps(data), encoding="utf-8")
        # The wheel's stubs mix up the kinds of input that may stand beside each other.
        made: bytes = cast("Any", typst).compile(
            Path(room, "main.typ"),
            root=Path(room),
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=timestamp,
        )
    return made
