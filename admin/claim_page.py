"""What the page of one claim shows: the line in hand, its receipts, its flags, and where the money stands."""

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin import claim_lists
from admin.claim_decisions import DecisionForm
from app.db.session import session
from app.domain.claim_caps import CapUse
from app.domain.claim_decisions import DECIDED
from app.domain.expense_rules import Finding, RuleAbout
from app.domain.expenses import LineStatus
from app.domain.people import EngagementBasis
from app.models import Organisation
from app.models.expenses import ExpenseClaim, ExpenseLine, Receipt
from app.models.payables import Payable
from app.services import audit, payables
from app.services.expenses import caps, duplicates, letters, rules
from app.services.expenses.deciders import why_not
from app.services.expenses.deciding import first_approver
from app.services.expenses.standing import is_to_post
from app.services.expenses.waiting import OPEN

TO_DECIDE = (*OPEN, LineStatus.queried, LineStatus.first_approved)


@dataclass(frozen=True, slots=True)
class InHand:
    """The line in hand with everything that is known of it."""

    line: ExpenseLine
    is_open: bool
    use: CapUse | None
    findings: list[Finding]
    twins: list[duplicates.Resemblance]
    first: str
    mine_first: bool
    posted_on: Payable | None
    zone: str

    @property
    def may_reduce_to_cap(self) -> bool:
        """Tell whether "reduce to what is left" is a way out."""
        use = self.use
        return (
            use is not None
            and use.is_over
            and use.left.amount > 0
            and use.cap.limit.currency == self.line.base_currency
        )

    @property
    def is_decided(self) -> bool:
        """Tell whether the line could be opened again."""
        return self.line.status in DECIDED or self.line.status is LineStatus.first_approved


def lines_of(claim: ExpenseClaim) -> list[ExpenseLine]:
    """Return the lines of a claim with their papers and notes."""
    return list(
        session.scalars(
            select(ExpenseLine)
            .where(ExpenseLine.claim_id == claim.id)
            .order_by(ExpenseLine.position)
            .options(
                selectinload(ExpenseLine.receipts).joinedload(Receipt.file),
                selectinload(ExpenseLine.notes),
            )
        )
    )


def in_hand(line: ExpenseLine) -> InHand:
    """Gather what is known of a line."""
    db = session()
    is_open = line.status in TO_DECIDE and line.claim.recalled_at is None
    use = caps.cap_use(db, line)
    found = rules.findings_of(db, line, use) if is_open else []
    first = first_approver(line)
    return InHand(
        line=line,
        is_open=is_open,
        use=use,
        findings=[one for one in found if one.about is not RuleAbout.duplicate],
        twins=duplicates.resembling(db, line),
        first=first.in_words if first else "",
        mine_first=first is not None and g.user.id in (first.user_id, first.for_user_id),
        posted_on=db.get(Payable, line.payable_id) if line.payable_id else None,
        zone=db.get_one(Organisation, line.organisation_id).zone,
    )


def context(
    view: Any, claim: ExpenseClaim, line: ExpenseLine | None, form: DecisionForm
) -> dict[str, Any]:
    """Return everything ``desk/claim.html`` shows."""
    db = session()
    lines = lines_of(claim)
    return {
        "lines": lines,
        "here": line,
        "hand": None if line is None else in_hand(line),
        "form": form,
        "may_decide": view.may("decide"),
        "may_reopen": view.may("reopen"),
        "may_post": view.may("post"),
        "sees_people": sees_people(view),
        "why_not": why_not(db, claim, g.user.id),
        "payables": letters.payables_of(db, claim),
        "expected": payables.expected_on(db, claim.organisation_id),
        "to_post": [line for line in lines if is_to_post(line)],
        "total": claim_lists.claimed(claim),
        "approved": letters.approved_total(claim),
        "house_zone": db.get_one(Organisation, claim.organisation_id).zone,
        "is_foreign": claim.engagement.basis is EngagementBasis.foreign_resident,
        "withholding": payables.WITHHOLD,
        "next_claim": _next_claim(db, claim),
        "history": audit.history(db, "expense_claim", claim.id, limit=20),
    }


def sees_people(view: Any) -> bool:
    """Tell whether whoever is signed in may read who another artist is."""
    return bool(view.appbuilder.sm.has_access("can_show", "PersonView"))


def chosen(claim: ExpenseClaim) -> ExpenseLine | None:
    """Return the line in hand: the one the address names, else the first that waits for us."""
    asked = request.args.get("line", "")
    waiting = [line for line in claim.lines if line.status in OPEN]
    second = [line for line in claim.lines if line.status is LineStatus.first_approved]
    named = [line for line in claim.lines if str(line.position) == asked]
    return next(iter([*named, *waiting, *second, *claim.lines]), None)


def next_href(view: Any, claim: ExpenseClaim, position: int) -> str:
    """Return the address of the next line that waits; of the claim itself after the last."""
    waiting = [line.position for line in claim.lines if line.status in OPEN]
    after = [place for place in waiting if place > position] or waiting
    href = str(view.href_of(claim))
    return f"{href}?line={after[0]}" if after else href


def _next_claim(db: Any, claim: ExpenseClaim) -> str:
    found = db.scalar(
        select(ExpenseClaim.id)
        .where(claim_lists.is_waiting_for_me(), ExpenseClaim.id != claim.id)
        .order_by(ExpenseClaim.submitted_at, ExpenseClaim.id)
        .limit(1)
    )
    return "" if found is None else url_for("ClaimView.show", pk=found)
