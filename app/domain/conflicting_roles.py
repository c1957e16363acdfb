"""Which roles one person should not hold together, and which nobody may: who checks is not who makes."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from app.domain.errors import Refused


class RoleConflict(NamedTuple):
    """Two roles, what somebody with both could do alone, and whether nobody may hold them."""

    one: str
    other: str
    deed: str
    is_barred: bool = True


PAIRS: Final = (
    RoleConflict("Auditor", "Administrator", "checks who has roles and gives them"),
    RoleConflict("Auditor", "Approver", "checks decisions and makes them"),
    RoleConflict("Auditor", "Contracts", "checks contracts and agrees them"),
    RoleConflict("Auditor", "Finance", "checks payments and makes them"),
    RoleConflict("Auditor", "Schedule", "checks schedules and makes them"),
    RoleConflict("Administrator", "Approver", "gives roles and approves claims"),
    RoleConflict("Administrator", "Finance", "gives roles and pays", is_barred=False),
    RoleConflict("Contracts", "Finance", "agrees fees and pays them", is_barred=False),
    RoleConflict("Finance", "Approver", "approves claims and pays them", is_barred=False),
)
"""An auditor only reads; who sets limits and gives roles does not approve under them.

What is not barred happens in small companies: it is held against nobody, and stands in the access review.
"""
CONFLICTS: Final = tuple((pair.one, pair.other) for pair in PAIRS if pair.is_barred)
"""The pairs that nobody may hold.

The table ``role_conflict`` holds the same pairs for the database's own check; a test compares them.
"""


def check_roles(names: Iterable[str]) -> None:
    """Refuse roles that one person may not hold together."""
    held = set(names)
    for one, other in CONFLICTS:
        if one in held and other in held:
            raise Refused(
                f"One person cannot be {one} and {other}. Take one of them away.", field="roles"
            )


def conflicts_of(roles: Collection[str]) -> list[str]:
    """Return what somebody with these roles can do alone and should not, in words."""
    return [
        f"{pair.one} and {pair.other}: {pair.deed}"
        for pair in PAIRS
        if pair.one in roles and pair.other in roles
    ]
