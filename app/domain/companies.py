"""A company that is founded on the platform: its name, its address word, where it stands, who begins."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.domain.contact_points import normalise_email
from app.domain.currencies import parse_currency
from app.domain.errors import Invalid, Refused
from app.domain.local_time import check_zone

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What is typed of a company, and of its first Administrator."""

    name: str
    slug: str
    zone: str
    currency: str
    first_name: str
    last_name: str
    email: str


def check_company(typed: NewCompany) -> NewCompany:
    """Return the company in order, or refuse it, naming all that is wrong."""
    errors: dict[str, str] = {}
    checked = {"name": typed.name.strip(), "slug": typed.slug.strip().lower()}
    if not checked["name"] or len(checked["name"]) > LONGEST:
        errors["name"] = f"Type the company's name, at most {LONGEST} characters."
    if not _SLUG.fullmatch(checked["slug"]):
        errors["slug"] = "Use small letters, digits and hyphens: meridian-ballet."
    for field in ("first_name", "last_name"):
        checked[field] = getattr(typed, field).strip()
        if not checked[field] or len(checked[field]) > 64:
            errors[field] = "Type it, at most 64 characters."
    rules: dict[str, Callable[[], str]] = {
        "zone": lambda: check_zone(typed.zone.strip()),
        "currency": lambda: parse_currency(typed.currency.strip()),
        "email": lambda: normalise_email(typed.email.strip()),
    }
    for field, rule in rules.items():
        try:
            checked[field] = rule()
        except Refused as refusal:
            errors[field] = refusal.reason
    if errors:
        raise Invalid(errors)
    return NewCompany(**checked)
