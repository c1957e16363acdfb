"""The terms of an engagement as a contract settles them: as data, and in the words people read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.contracts import EntitlementKind, FeeTrigger
from app.domain.money import format_amount
from app.domain.people import BankDetailStatus, Casting, EngagementBasis
from app.domain.periods import format_date
from app.models.engagements import Engagement, Entitlement, FeeLine, RoleAssignment
from app.models.organisations import Organisation, StaffProfile

BASIS: Final = {
    EngagementBasis.employee: "an employee",
    EngagementBasis.contractor: "an independent contractor",
    EngagementBasis.company: "an independent contractor through your own company",
    EngagementBasis.agency: "an artist engaged through an agency",
    EngagementBasis.foreign_resident: "an independent contractor resident outside Australia",
}

DUE: Final = {
    FeeTrigger.on_signature: "on signature",
    FeeTrigger.on_first_call: "at the first call",
    FeeTrigger.on_performance: "after each performance",
    FeeTrigger.on_completion: "on completion",
}

ENTITLED: Final = {
    EntitlementKind.per_diem: "Per diem",
    EntitlementKind.travel_class: "Travel",
    EntitlementKind.hotel: "Hotel",
    EntitlementKind.baggage: "Luggage",
    EntitlementKind.km: "Kilometres",
    EntitlementKind.taxi: "Taxis",
    EntitlementKind.meal: "Meals",
}

ROLE: Final = {
    Casting.principal: "{}",
    Casting.alternate: "{} (alternate)",
    Casting.cover: "cover {}",
    Casting.understudy: "understudy {}",
    Casting.swing: "swing, {}",
}


_BETWEEN: Final = "; "
"""Between the items of a term that is a list."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different between two versions, in words."""

    label: str
    old: str
    new: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what differs item by item, where a term is a list: one instalment, not all of them."""
        before, after = (words.split(_BETWEEN) if words else [] for words in (self.old, self.new))
        match = SequenceMatcher(None, before, after, autojunk=False)
        found: list[tuple[str, str]] = []
        for tag, i1, i2, j1, j2 in match.get_opcodes():
            if tag != "equal":
                found += zip_longest(before[i1:i2], after[j1:j2], fillvalue="")
        return found

    @property
    def others(self) -> int:
        """Return how many items of a list stay as they are."""
        before, after = self.old.split(_BETWEEN), self.new.split(_BETWEEN)
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks)


def terms_of(session: Session, engagement: Engagement, signatory_id: int | None) -> dict[str, Any]:
    """Return the terms as they stand: rows with amounts as text, fit to be kept as JSON."""
    return {
        "production": engagement.production.title,
        "roles": [role_words(role) for role in engagement.roles],
        "casting": [_cast(role) for role in engagement.roles],
        "starts_on": engagement.starts_on.isoformat(),
        "ends_on": engagement.ends_on.isoformat(),
        "basis": engagement.basis.value,
        "fee": str(engagement.fee),
        "currency": engagement.currency,
        "fee_lines": [_fee_line(line) for line in engagement.fee_lines],
        "entitlements": [_entitlement(given) for given in engagement.entitlements],
        "payment_terms": engagement.payment_terms,
        "payee": _payee(engagement),
        "artist": engagement.person.legal_name or engagement.person.name,
        "agent": engagement.agent.name if engagement.agent else "",
        "company": _company(session, engagement),
        "company_signatory": signatory_name(session, signatory_id),
    }


def signatory_name(session: Session, user_id: int | None) -> str:
    """Return the name of the member of staff who signs for the company."""
    if user_id is None:
        return ""
    asked = select(StaffProfile.display_name).where(StaffProfile.user_id == user_id)
    return session.scalar(asked) or ""


def rows(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the key terms in the order of a contract, in words; what is not agreed is left out."""
    written = [
        ("Role", _BETWEEN.join(terms.get("roles", []))),
        ("First day", _day(terms.get("starts_on"))),
        ("Last day", _day(terms.get("ends_on"))),
        ("Engaged as", basis_words(terms.get("basis", ""))),
        ("Fee", money_words(terms.get("fee"), terms.get("currency", ""))),
        ("Payments", _BETWEEN.join(payment_words(line) for line in terms.get("fee_lines", []))),
        *((ENTITLED[given["kind"]], given_words(given)) for given in terms.get("entitlements", [])),
        ("Payment terms", terms.get("payment_terms", "")),
        ("Paid to", terms.get("payee", "")),
        ("Agent", terms.get("agent", "")),
    ]
    return [(label, words) for label, words in written if words]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return what differs between two sets of terms, each in words, old and new."""
    before, after = _gathered(old), _gathered(new)
    labels = list(dict.fromkeys([*after, *before]))
    return [
        Change(label, before.get(label, "Nothing agreed"), after.get(label, "Nothing agreed"))
        for label in labels
        if before.get(label) != after.get(label)
    ]


def basis_words(basis: str) -> str:
    """Return a basis as a contract says it; nothing while nobody has decided it."""
    return BASIS.get(EngagementBasis(basis), "") if basis else ""


def role_words(role: RoleAssignment) -> str:
    """Return a role as it is read: ``Frasquita``, ``cover Carmen``, ``Carmen, cast A``."""
    return cast_words(_cast(role))


def cast_words(part: Mapping[str, Any]) -> str:
    """Return a role kept as data in the same words."""
    name = f"{part['role']}, cast {part['cast']}" if part.get("cast") else part["role"]
    return ROLE[Casting(part["casting"])].format(name)


def payment_words(line: Mapping[str, Any]) -> str:
    """Return a fee line as it is read: ``5,400.00 AUD on 12 Feb 2027``."""
    trigger = FeeTrigger(line["trigger"])
    due = f"on {_day(line['due_on'])}" if line.get("due_on") else DUE.get(trigger, "")
    amount = money_words(line["amount"], line["currency"])
    label = f"{line['label']}, " if line.get("label") else ""
    return f"{label}{amount} {due}".strip()


def given_words(given: Mapping[str, Any]) -> str:
    """Return an entitlement as it is read: ``96.00 AUD a day on tour``."""
    amount = money_words(given.get("amount"), given["currency"])
    cap = money_words(given.get("cap"), given["currency"])
    parts = [amount, f"up to {cap}" if cap else "", given.get("rule", "")]
    return " ".join(part for part in parts if part)


def money_words(amount: str | None, currency: str) -> str:
    """Return an amount kept as text as it is read."""
    return f"{format_amount(Decimal(amount), currency)} {currency}" if amount else ""


def _gathered(terms: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, words in rows(terms):
        found[label] = f"{found[label]}; {words}" if label in found else words
    return found


def _cast(role: RoleAssignment) -> dict[str, Any]:
    return {"role": role.role, "casting": role.casting.value, "cast": role.cast}


def _fee_line(line: FeeLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": line.kind.value,
        "label": line.label,
        "amount": str(line.amount),
        "currency": line.currency,
        "trigger": line.trigger.value,
        "due_on": line.due_on.isoformat() if line.due_on else None,
    }


def _entitlement(given: Entitlement) -> dict[str, Any]:
    return {
        "kind": given.kind.value,
        "amount": None if given.amount is None else str(given.amount),
        "cap": None if given.cap is None else str(given.cap),
        "currency": given.currency,
        "rule": given.rule,
        "period": given.period.value,
    }


def _payee(engagement: Engagement) -> str:
    payee = engagement.payee
    if payee is None:
        return ""
    verified = (d.ending for d in payee.bank_details if d.status is BankDetailStatus.verified)
    ending = next(verified, "")
    return f"{payee.name}, account ending {ending}" if ending else payee.name


def _company(session: Session, engagement: Engagement) -> str:
    organisation = session.get_one(Organisation, engagement.organisation_id)
    return organisation.legal_name or organisation.name


def _day(written: str | None) -> str:
    return format_date(date.fromisoformat(written)) if written else ""
