"""The rights of staff as rows: what ``flask seed`` writes, in a dozen statements.

FAB asks for every right and commits it, thousands of round trips; and it leaves a role what its line in
``roles.PERMISSIONS`` has ceased to grant.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from admin.roles import OPERATOR, PERMISSIONS, ROLES

Right = tuple[str, str]
"""A permission, and the view or the line of the rail that it is for."""
LISTING = frozenset({"can_list", "can_index"})


def of_roles(builder: AppBuilder) -> dict[str, set[Right]]:
    """Return what each role may do. The operator's is what there is: ``access.operators`` narrows it."""
    granted: dict[str, set[Right]] = {name: set() for name in (*ROLES, OPERATOR)}
    for view, rights in PERMISSIONS.items():
        for names, permissions in rights.items():
            for name in names:
                granted[name] |= {(permission, view) for permission in permissions}
    for lines, behind in _rail(builder):
        for name, may in granted.items():
            if any((permission, behind) in may for permission in LISTING):
                granted[name] = may | {("menu_access", line) for line in lines}
    granted[OPERATOR] |= {
        (permission, view.class_permission_name)
        for view in builder.baseviews
        for permission in view.base_permissions
    }
    granted[OPERATOR] |= {("menu_access", line) for lines, _ in _rail(builder) for line in lines}
    return granted


def _rail(builder: AppBuilder) -> list[tuple[set[str], str]]:
    """Return each line of the rail with its heading, if it has one, and the name of the view behind."""
    return [
        ({entry.name, line.name}, type(line.baseview).__name__)
        for entry in builder.menu.get_list()
        for line in entry.childs or [entry]
    ]


def write(session: Session, granted: Mapping[str, set[Right]]) -> None:
    """Let the rows say what is granted, and nothing else. The roles are there already."""
    wanted: set[Right] = set().union(*granted.values())
    permissions = _named(session, Permission, {permission for permission, _ in wanted})
    views = _named(session, ViewMenu, {view for _, view in wanted})
    keys = {
        (permissions[permission], views[view]): (permission, view) for permission, view in wanted
    }
    pair = tuple_(PermissionView.permission_id, PermissionView.view_menu_id)
    _add(
        session, PermissionView, [{"permission_id": one, "view_menu_id": two} for one, two in keys]
    )
    rows = session.execute(
        select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id)
    )
    pairs = {keys[one, two]: key for key, one, two in rows if (one, two) in keys}
    _grant(session, {name: {pairs[right] for right in rights} for name, rights in granted.items()})
    session.execute(delete(PermissionView).where(pair.not_in(list(keys))))


def _grant(session: Session, granted: Mapping[str, set[int]]) -> None:
    roles = {row.name: row.id for row in session.execute(select(Role.name, Role.id))}
    given, columns = assoc_permissionview_role, assoc_permissionview_role.c
    wanted = {(roles[name], pair) for name, pairs in granted.items() for pair in pairs}
    held = {
        (row.role_id, row.permission_view_id)
        for row in session.execute(select(columns.role_id, columns.permission_view_id))
    }
    own = {roles[name] for name in granted}
    if gone := [each for each in held - wanted if each[0] in own]:
        session.execute(
            delete(given).where(tuple_(columns.role_id, columns.permission_view_id).in_(gone))
        )
    new = [{"role_id": role, "permission_view_id": pair} for role, pair in sorted(wanted - held)]
    _add(session, given, new)


def _named(session: Session, model: Any, names: Iterable[str]) -> dict[str, int]:
    """Return the keys of names, written where they are new."""
    _add(session, model, [{"name": name} for name in sorted(names)])
    return {row.name: row.id for row in session.execute(select(model.name, model.id))}


def _add(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table).values(rows).on_conflict_do_nothing())
