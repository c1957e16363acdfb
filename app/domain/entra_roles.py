"""Which roles somebody has here by the groups they belong to in Entra ID."""

from collections.abc import Iterable, Mapping


def read_roles(text: str, known: Iterable[str]) -> dict[str, str]:
    """Read ``group-id=Role, group-id=Role``; raise ValueError naming what is wrong."""
    roles = {name.lower(): name for name in known}
    found: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        group, separator, role = (piece.strip() for piece in part.partition("="))
        if not separator or not group or role.lower() not in roles:
            raise ValueError(
                f"{part!r} is not a group's id, an equals sign and one of {', '.join(roles.values())}."
            )
        found[group.lower()] = roles[role.lower()]
    return found


def roles_of(groups: Iterable[str], mapping: Mapping[str, str]) -> frozenset[str]:
    """Return the roles that these groups stand for."""
    return frozenset(mapping[one.lower()] for one in groups if one.lower() in mapping)
