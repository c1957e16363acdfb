"""What a member of staff may do, never asked button by button (architecture.md 5.17).

FAB asks again for every button of every page. ``RememberedAccess`` goes in front of FAB's security
manager: ``class StaffSecurityManager(RememberedAccess, SecurityManager)``.
"""

import time
from typing import Any, Final

from flask import current_app, g
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_login import current_user
from sqlalchemy import select

from admin.roles import OPERATOR, PERMISSIONS
from app.db.session import session, viewer
from app.domain.conflicting_roles import CONFLICTS
from app.services.expenses import deputies

Pair = tuple[str, str]

DECIDE: Final = ("can_decide", "ClaimView")
OPENS: Final = ("can_index", "DeskIndex")
NEVER: Final = frozenset(other for pair in CONFLICTS if "Approver" in pair for other in pair) - {
    "Approver"
}
"""Roles whose holders decide nothing, in nobody's place."""
DEPUTY: Final = frozenset(
    {
        *(
            (f"can_{what}", "ClaimView")
            for what in ("list", "show", "decide", "post", "reopen", "compare", "keep")
        ),
        *((f"can_{what}", "ReceiptFileView") for what in ("show", "original")),
        ("menu_access", "Expense claims"),
        ("menu_access", "Money"),
    }
)
"""What an approver's delegate may do while the delegation holds; the service asks again at each decision."""

SECONDS: Final = 30.0
"""How long the rights of a role are believed. Whose roles change is signed out at once (endings)."""


class RememberedAccess:
    """Answers FAB’s questions about permissions from what is remembered of the roles."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Tell whether whoever is signed in may do this there. Nobody signed in may do nothing."""
        if not current_user.is_authenticated:
            return False
        return (permission_name, view_name) in remembered(g.user)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return the names of the menu entries that whoever is signed in may open."""
        if not current_user.is_authenticated:
            return set()
        allowed = {view for permission, view in remembered(g.user) if permission == "menu_access"}
        return allowed if menu_names is None else allowed & set(menu_names)


def remembered(user: Any) -> frozenset[Pair]:
    """Return all (permission, view) pairs of a user: of their roles as the request finds them."""
    found: frozenset[Pair] | None = g.get("staff_permissions")
    if found is None:
        found = _of_roles(_roles_of(user)) | _of_deputies(user)
        if OPERATOR in {role.name for role in user.roles}:
            found &= operators()
        g.staff_permissions = found
    return found


def operators() -> frozenset[Pair]:
    """Return what the platform's operator may do: what is declared, and not everything, as FAB has it."""
    declared = {
        (permission, view)
        for view, rights in PERMISSIONS.items()
        for names, permissions in rights.items()
        if OPERATOR in names
        for permission in permissions
    }
    views = {view for _, view in declared}
    lines = {
        ("menu_access", line.name)
        for entry in current_app.extensions["appbuilder"].menu.get_list()
        for child in entry.childs
        if type(child.baseview).__name__ in views
        for line in (entry, child)
    }
    return frozenset(declared | lines)


def sees_fees() -> bool:
    """Tell whether whoever is signed in may see what artists are paid: calls are made without it."""
    return ("can_see_fees", "ReportView") in remembered(g.user)


def _of_deputies(user: Any) -> frozenset[Pair]:
    """Return what somebody may do today because an approver who is away named them."""
    own = _of_roles(_roles_of(user))
    known = viewer()
    if known is None or known.organisation_id is None or DECIDE in own or OPENS not in own:
        return frozenset()
    if {role.name for role in user.roles} & NEVER:
        return frozenset()
    return DEPUTY if deputies.is_deputy(session(), user.id, known.organisation_id) else frozenset()


def _roles_of(user: Any) -> frozenset[int]:
    own = {role.id for role in user.roles}
    return frozenset(own | {role.id for group in user.groups for role in group.roles})


def _of_roles(role_ids: frozenset[int]) -> frozenset[Pair]:
    """Return what roles may do. It changes with a release, so this application asks now and then."""
    known: dict[frozenset[int], tuple[float, frozenset[Pair]]]
    known = current_app.extensions.setdefault("rights_of_roles", {})
    asked_at, pairs = known.get(role_ids, (-SECONDS, frozenset()))
    if time.monotonic() - asked_at >= SECONDS or not pairs:
        pairs = _read(role_ids)
        known[role_ids] = (time.monotonic(), pairs)
    return pairs


def _read(role_ids: frozenset[int]) -> frozenset[Pair]:
    rows = session.execute(
        select(Permission.name, ViewMenu.name)
        .select_from(PermissionView)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(
            assoc_permissionview_role,
            assoc_permissionview_role.c.permission_view_id == PermissionView.id,
        )
        .where(assoc_permissionview_role.c.role_id.in_(role_ids))
        .distinct()
    )
    return frozenset((permission, view) for permission, view in rows)
