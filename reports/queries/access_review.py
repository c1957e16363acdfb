"""Access review: who has which role since when, who signs in, what changed, which roles conflict."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    select,
    union,
)
from sqlalchemy.orm import Session

from app.domain.conflicting_roles import conflicts_of
from app.domain.histories import VERBS
from app.models.accounts import HELD, IN_GROUP, OF_GROUP, ROLES, USERS
from app.models.audit import AuditEntry
from app.models.organisations import StaffProfile
from app.models.sign_in import SecondFactor
from reports.shape import Audience, Column, Filters, Kind, Parameter, Report, Section

WATCHED: Final = ("ab_user_role", "ab_user", "staff_profile", "second_factor")
"""What of the log an access review is about."""
TOLD: Final = ("active", "status", "role_id", "confirmed_at", "username", "email", "password")
"""Fields whose change matters here."""


def people(filters: Filters) -> Select[Any]:
    """List each member of staff with each role, since when, and how they sign in."""
    held = _held()
    given = (
        select(func.max(AuditEntry.happened_at))
        .where(
            AuditEntry.entity == "ab_user_role",
            AuditEntry.action == "insert",
            AuditEntry.after["user_id"].as_string() == cast(StaffProfile.user_id, String),
            AuditEntry.after["role_id"].as_string() == cast(held.c.role_id, String),
        )
        .scalar_subquery()
    )
    return (
        select(
            StaffProfile.display_name.label("who"),
            USERS.c.email.label("email"),
            StaffProfile.position.label("position"),
            func.coalesce(ROLES.c.name, "No role").label("role"),
            case((ROLES.c.id.is_not(None), func.coalesce(given, StaffProfile.created_at))).label(
                "since"
            ),
            StaffProfile.status.label("status"),
            case((USERS.c.active, "yes"), else_="no").label("signs_in"),
            func.timezone("UTC", USERS.c.last_login).label("last_login"),
            SecondFactor.confirmed_at.label("second_factor"),
        )
        .select_from(StaffProfile)
        .join(USERS, USERS.c.id == StaffProfile.user_id)
        .outerjoin(held, held.c.user_id == StaffProfile.user_id)
        .outerjoin(ROLES, ROLES.c.id == held.c.role_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == StaffProfile.user_id)
        .order_by(StaffProfile.display_name, StaffProfile.id, ROLES.c.name)
    )  # fmt: skip


def by_role(filters: Filters) -> Select[Any]:
    """Count who holds each role, and how many of them have no second factor."""
    held = _held()
    return (
        select(
            ROLES.c.name.label("role"),
            func.count().label("people"),
            func.count().filter(SecondFactor.confirmed_at.is_(None)).label("without"),
        )
        .select_from(StaffProfile)
        .join(USERS, and_(USERS.c.id == StaffProfile.user_id, USERS.c.active.is_(True)))
        .join(held, held.c.user_id == StaffProfile.user_id)
        .join(ROLES, ROLES.c.id == held.c.role_id)
        .outerjoin(SecondFactor, SecondFactor.user_id == StaffProfile.user_id)
        .group_by(ROLES.c.name)
        .order_by(ROLES.c.name)
    )


def conflicts(session: Session, _filters: Filters) -> Iterator[Mapping[str, Any]]:
    """Name whoever holds roles that check each other."""
    held = _held()
    rows = session.execute(
        select(StaffProfile.display_name, func.array_agg(ROLES.c.name).label("roles"))
        .join(USERS, and_(USERS.c.id == StaffProfile.user_id, USERS.c.active.is_(True)))
        .join(held, held.c.user_id == StaffProfile.user_id)
        .join(ROLES, ROLES.c.id == held.c.role_id)
        .group_by(StaffProfile.id)
        .order_by(StaffProfile.display_name, StaffProfile.id)
    )
    for row in rows:
        for what in conflicts_of(row.roles):
            yield {"who": row.display_name, "what": what}


def changes(session: Session, filters: Filters) -> Iterator[Mapping[str, Any]]:
    """Tell each change of accounts, roles and employments in the period."""
    roles = {row.id: row.name for row in session.execute(select(ROLES.c.id, ROLES.c.name))}
    staff = session.execute(select(StaffProfile.user_id, StaffProfile.display_name))
    names = {row.user_id: row.display_name for row in staff}
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.entity.in_(WATCHED), *within(filters))
        .order_by(AuditEntry.id)
        .execution_options(yield_per=500)
    )
    for entry in entries:
        what = _said(entry, roles)
        if what:
            yield {
                "at": entry.happened_at,
                "by": _name(entry.actor, names),
                "whom": names.get(_whom(entry), ""),
                "what": what,
                "reason": entry.reason,
            }


def within(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions of a period over the log, in the company's days."""
    day = cast(func.timezone(filters.zone, AuditEntry.happened_at), Date)
    found: list[ColumnElement[bool]] = []
    if filters.since is not None:
        found.append(day >= filters.since)
    if filters.until is not None:
        found.append(day <= filters.until)
    return found


def _held() -> Any:
    """Return who holds which role, given to them or to their group."""
    own = select(HELD.c.user_id, HELD.c.role_id)
    grouped = select(IN_GROUP.c.user_id, OF_GROUP.c.role_id).join(
        OF_GROUP, OF_GROUP.c.group_id == IN_GROUP.c.group_id
    )
    return union(own, grouped).subquery("held")


def _said(entry: AuditEntry, roles: Mapping[int, str]) -> str:
    facts = entry.after or entry.before or {}
    if entry.entity == "ab_user_role":
        role = roles.get(int(facts.get("role_id") or 0), "a role that is gone")
        return f"Role {role} {'given' if entry.action == 'insert' else 'taken'}"
    verb = VERBS.get(entry.action, entry.action)
    noun = {"ab_user": "Account", "second_factor": "Second factor"}.get(entry.entity, "Employment")
    if entry.action != "update":
        return f"{noun} {verb}"
    told = [name for name in TOLD if name in facts]
    return f"{noun} changed: {', '.join(_field(entry, name) for name in told)}" if told else ""


def _field(entry: AuditEntry, name: str) -> str:
    if name in ("password", "confirmed_at"):
        return name.replace("_", " ")
    old, new = (entry.before or {}).get(name), (entry.after or {}).get(name)
    return f"{name} from {old} to {new}"


def _whom(entry: AuditEntry) -> int:
    facts = {**(entry.before or {}), **(entry.after or {})}
    key = facts.get("user_id") or (
        entry.entity_id if entry.entity in ("ab_user", "second_factor") else 0
    )
    return int(key) if str(key).isdigit() else 0


def _name(actor: str, names: Mapping[int, str]) -> str:
    kind, _, key = actor.partition(":")
    return names.get(int(key), actor) if kind == "staff" and key.isdigit() else actor


ACCESS_REVIEW: Final = Report(
    name="access_review",
    title="Access review",
    about="Who has which role since when, last sign-in and second factor, what changed, which roles conflict.",
    audience=Audience.access,
    parameters=(Parameter.since, Parameter.until),
    needed=(Parameter.since, Parameter.until),
    sections=(
        Section(
            "Conflicts of roles",
            (Column("who", "Who"), Column("what", "Can do alone")),
            rows=conflicts,
        ),
        Section(
            "By role",
            (
                Column("role", "Role"),
                Column("people", "People", Kind.whole),
                Column("without", "Without a second factor", Kind.whole),
            ),
            by_role,
        ),
        Section(
            "Who may do what",
            (
                Column("who", "Who"),
                Column("email", "E-mail"),
                Column("position", "Position"),
                Column("role", "Role"),
                Column("since", "Since", Kind.instant),
                Column("status", "Employment", Kind.word),
                Column("signs_in", "Can sign in"),
                Column("last_login", "Last sign-in", Kind.instant),
                Column("second_factor", "Second factor since", Kind.instant),
            ),
            people,
        ),
        Section(
            "Changes in the period",
            (
                Column("at", "When", Kind.instant),
                Column("by", "By"),
                Column("whom", "Whom"),
                Column("what", "What"),
                Column("reason", "Why"),
            ),
            rows=changes,
        ),
    ),
)
