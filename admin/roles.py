"""The roles of staff (architecture.md section 2) and what each may do, as data.

``flask seed`` writes it. Each topic adds its lines: the name of its view class, and the rights by
role. ``READ`` is list and show; ``WRITE`` adds add and edit. An ``@action("send", ...)`` is the right
``send``; a method with ``@has_access`` named ``preview`` is the right ``can_preview``. A view that is
entered in the rail as "Contracts" is opened by the right ``menu_access`` on "Contracts", and its
category likewise: both are given to whoever may list the view.
"""

from collections.abc import Mapping
from typing import Final

ADMINISTRATOR: Final = "Administrator"
CONTRACTS: Final = "Contracts"
SCHEDULE: Final = "Schedule"
FINANCE: Final = "Finance"
APPROVER: Final = "Approver"
MANAGER: Final = "Manager"
AUDITOR: Final = "Auditor"
OPERATOR: Final = "Admin"
"""FAB's own: the platform operator, who belongs to no company."""

ROLES: Final = (ADMINISTRATOR, CONTRACTS, SCHEDULE, FINANCE, APPROVER, MANAGER, AUDITOR)
ALL: Final = ROLES

READ: Final = ("can_list", "can_show")
WRITE: Final = (*READ, "can_add", "can_edit")

Rights = Mapping[tuple[str, ...], tuple[str, ...]]
"""Who (roles) may do what (permission names) on one view."""

PERMISSIONS: Final[dict[str, Rights]] = {
    "DeskIndex": {(*ALL, OPERATOR): ("can_index",)},
    "SeatView": {
        (*ALL, OPERATOR): ("can_show", "can_sign_out_others", "can_end_device", "can_password"),
    },
}


def may(view: str, rights: Rights) -> None:
    """Add a view's lines: ``may("ContractView", {(CONTRACTS,): (*WRITE, "send"), (AUDITOR,): READ})``.

    Called at import by the topic's own file in admin, so that the table stands beside its view.
    """
    merged = dict(PERMISSIONS.get(view, {}))
    merged.update(rights)
    PERMISSIONS[view] = merged
