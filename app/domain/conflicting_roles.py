"""Which roles nobody may hold together: who looks after the books decides nothing in them."""

from collections.abc import Iterable
from typing import Final

from app.domain.errors import Refused

CONFLICTS: Final = (
    ("Auditor", "Administrator"),
    ("Auditor", "Approver"),
    ("Auditor", "Contracts"),
    ("Auditor", "Finance"),
    ("Auditor", "Schedule"),
    ("Administrator", "Approver"),
)
"""An auditor only reads; who sets limits and gives roles does not approve under them.

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
