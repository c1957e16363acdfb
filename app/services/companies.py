"""Companies on the platform: told to its operator without anything of theirs, and founded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    DateTime,
    Function,
    LargeBinary,
    Table,
    bindparam,
    column,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from app.db.clock import now
from app.db.session import act_as
from app.db.viewer import Viewer
from app.domain.companies import NewCompany, check_company
from app.domain.errors import Invalid
from app.domain.sign_in import StaffStatus
from app.models.accounts import HELD, ROLES, USERS
from app.models.organisations import Organisation, StaffProfile
from app.services import staff_accounts

ADMINISTRATOR: Final = "Administrator"


@dataclass(frozen=True, slots=True)
class Company:
    """What the operator knows of a company."""

    name: str
    slug: str
    zone: str
    base_currency: str
    created_at: datetime
    staff_count: int
    last_activity: datetime | None


def companies(session: Session, hashed: bytes) -> list[Company]:
    """Return the companies, asked of the gate with the operator's own session; nobody else is answered."""
    asked = func.gate_companies(
        bindparam(None, hashed, LargeBinary), bindparam(None, now(), DateTime(timezone=True))
    ).table_valued(*(column(name) for name in Company.__slots__))
    return [Company(*row) for row in session.execute(select(asked))]


def found(session: Session, typed: NewCompany, *, actor: str, by: str) -> Organisation:
    """Found a company and invite its first Administrator.

    The company's number is drawn first and announced, so that it is written from within its own
    walls: from here on the session sees the new company, and no other.
    """
    wanted = check_company(typed)
    _check_free(session, wanted)
    number = session.scalar(select(func.nextval(func.pg_get_serial_sequence("organisation", "id"))))
    act_as(Viewer(number, actor=actor))
    made = Organisation(
        id=number,
        name=wanted.name,
        slug=wanted.slug,
        zone=wanted.zone,
        base_currency=wanted.currency,
    )
    session.add(made)
    session.flush()
    profile = StaffProfile(
        organisation_id=made.id,
        user_id=_account(session, wanted),
        display_name=f"{wanted.first_name} {wanted.last_name}",
        status=StaffStatus.invited,
    )
    session.add(profile)
    session.flush()
    staff_accounts.invite(session, profile, address=wanted.email, by=by)
    return made


def _check_free(session: Session, wanted: NewCompany) -> None:
    errors: dict[str, str] = {}
    if session.scalar(select(func.gate_organisation(wanted.slug))) is not None:
        errors["slug"] = f"{wanted.slug} is taken. Choose another."
    known = or_(func.lower(USERS.c.email) == wanted.email, USERS.c.username == wanted.email)
    if session.scalar(select(USERS.c.id).where(known)) is not None:
        errors["email"] = "That address has an account already. Use another for this company."
    if errors:
        raise Invalid(errors)


def _account(session: Session, wanted: NewCompany) -> int:
    """Open an account with no password yet: the person sets one with a code from the mail."""
    facts: Mapping[str, Any] = {
        "username": wanted.email, "email": wanted.email, "first_name": wanted.first_name,
        "last_name": wanted.last_name, "active": True, "password": "", "id": _drawn(USERS),
    }  # fmt: skip
    user_id = session.scalar(insert(USERS).values(**facts).returning(USERS.c.id))
    role_id = session.scalar(select(ROLES.c.id).where(ROLES.c.name == ADMINISTRATOR))
    if user_id is None or role_id is None:
        raise Invalid({"email": "The roles are not written yet. Run flask seed first."})
    session.execute(insert(HELD).values(id=_drawn(HELD), user_id=user_id, role_id=role_id))
    return int(user_id)


def _drawn(table: Table) -> Function[int]:
    """Return the next number of one of FAB's tables, which has a sequence beside it."""
    return func.nextval(f"{table.name}_id_seq")
