"""Which roles one person should not hold together: who checks is somebody else than who makes."""

from collections.abc import Collection
from typing import Final

CONFLICTS: Final = (
    ("Finance", "Approver", "approves claims and pays them"),
    ("Contracts", "Finance", "agrees fees and pays them"),
    ("Administrator", "Finance", "gives roles and pays"),
    ("Administrator", "Approver", "gives roles and approves claims"),
    ("Administrator", "Auditor", "gives roles and checks who has them"),
    ("Finance", "Auditor", "pays and checks the payments"),
)
"""Two roles, and what somebody with both can do alone."""


def conflicts_of(roles: Collection[str]) -> list[str]:
    """Return what somebody with these roles can do alone and should not, in words."""
    return [
        f"{first} and {second}: {deed}"
        for first, second, deed in CONFLICTS
        if first in roles and second in roles
    ]
