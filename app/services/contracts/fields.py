"""The merge fields of a contract: which there are, what they mean, and their values for one engagement."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from app.domain.periods import format_date
from app.models.engagements import Engagement
from app.models.organisations import Organisation
from app.models.people import Person
from app.services.contracts import terms as words
from app.services.contracts.merge import Fields

KNOWN: Final[tuple[tuple[str, str], ...]] = (
    ("company.legal_name", "The company as it signs"),
    ("company.registration_number", "ABN or company number"),
    ("company.address", "Where the company is"),
    ("company.signatory", "Who signs for the company"),
    ("company.contact", "Whom to ask, with telephone"),
    ("artist.legal_name", "The artist as she or he signs"),
    ("artist.name", "As printed on a programme"),
    ("agent.name", "The agent, if there is one"),
    ("production.title", "The production"),
    ("production.first_day", "First day of the production"),
    ("production.last_day", "Last day of the production"),
    ("engagement.number", "ENG-0147"),
    ("engagement.roles", "All roles, covers included"),
    ("engagement.first_day", "First day of the engagement"),
    ("engagement.last_day", "Last day of the engagement"),
    ("engagement.basis", "Engaged as, in words"),
    ("engagement.basis_code", "For conditions: employee, contractor, company, agency …"),
    ("engagement.casting", "For conditions: principal; cover; swing …"),
    ("engagement.home_base", "Where the artist is based"),
    ("engagement.payment_terms", "When invoices are paid"),
    ("fee.total", "The whole fee with its currency"),
    ("fee.lines", "The payments: label, amount, due"),
    ("entitlement.per_diem", "Per diem in words"),
    ("entitlement.travel_class", "Travel in words"),
    ("entitlement.hotel", "Hotel in words"),
    ("entitlement.baggage", "Luggage in words"),
    ("entitlement.taxi", "Taxis in words"),
    ("entitlement.meal", "Meals in words"),
    ("entitlement.km", "Kilometres in words"),
    ("payee.name", "Who is paid"),
    ("contract.number", "C-2027-0018"),
)
"""What the template editor offers, with its meaning."""

Groups = Mapping[str, Mapping[str, Any]]


def fields_of(
    session: Session, engagement: Engagement, number: str, terms: Mapping[str, Any]
) -> Groups:
    """Return the values of all merge fields for the contract of an engagement."""
    organisation = session.get_one(Organisation, engagement.organisation_id)
    return {
        "company": _company(organisation, terms),
        "artist": _person(engagement.person),
        "agent": _person(engagement.agent),
        "production": _production(engagement),
        "engagement": _engagement(engagement, terms),
        "fee": {
            "total": words.money_words(terms["fee"], terms["currency"]),
            "currency": terms["currency"],
            "lines": [_line(line) for line in terms["fee_lines"]],
        },
        "entitlement": _entitlements(terms),
        "payee": {"name": engagement.payee.name if engagement.payee else ""},
        "contract": {"number": number},
    }


def _company(organisation: Organisation, terms: Mapping[str, Any]) -> dict[str, str]:
    contact = [organisation.contact_name, organisation.contact_phone]
    return {
        "name": organisation.name,
        "legal_name": terms["company"],
        "registration_number": organisation.registration_number,
        "address": organisation.address,
        "signatory": terms["company_signatory"],
        "contact": ", ".join(part for part in contact if part),
    }


def _person(person: Person | None) -> dict[str, str]:
    if person is None:
        return {}
    return {"name": person.name, "legal_name": person.legal_name or person.name}


def _production(engagement: Engagement) -> dict[str, str]:
    production = engagement.production
    return {
        "title": production.title,
        "first_day": format_date(production.starts_on) if production.starts_on else "",
        "last_day": format_date(production.ends_on) if production.ends_on else "",
        "season": production.season.name if production.season else "",
    }


def _engagement(engagement: Engagement, terms: Mapping[str, Any]) -> dict[str, str]:
    return {
        "number": engagement.number,
        "roles": "; ".join(terms["roles"]),
        "first_day": format_date(engagement.starts_on),
        "last_day": format_date(engagement.ends_on),
        "basis": words.basis_words(terms["basis"]),
        "basis_code": terms["basis"],
        "casting": "; ".join(part["casting"] for part in terms["casting"]),
        "home_base": engagement.home_base,
        "payment_terms": engagement.payment_terms,
    }


def _line(line: Mapping[str, Any]) -> Fields:
    label = f"payment {line['position']}"
    due = words.payment_words({**line, "label": "", "amount": ""}).strip()
    amount = words.money_words(line["amount"], line["currency"])
    return Fields(
        label, {"label": line["label"] or label.capitalize(), "amount": amount, "due": due}
    )


def _entitlements(terms: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for given in terms["entitlements"]:
        words_now = words.given_words(given)
        kind = given["kind"]
        found[kind] = f"{found[kind]}; {words_now}" if kind in found else words_now
    return found
