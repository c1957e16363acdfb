"""Flask-AppBuilder's tables of staff accounts, as records and rules refer to them.

FAB's own classes of these tables belong to the desk: to import them is to import all of
Flask-AppBuilder, 45 MB that a worker or sweeper would hold for nothing. A test holds these columns
equal to FAB's; migrations make and compare FAB's.
"""

from typing import Final

from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, String, Table

from app.models.base import Base

OWNER: Final = "ab_"
"""How the name of every table of FAB's begins."""


def _pairs(name: str, left: str, right: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("id", Integer, primary_key=True),
        *(Column(f"{end}_id", Integer, ForeignKey(f"ab_{end}.id")) for end in (left, right)),
    )


USERS: Final = Table(
    "ab_user",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("first_name", String(64), nullable=False),
    Column("last_name", String(64), nullable=False),
    Column("username", String(128), nullable=False),
    Column("password", String(256)),
    Column("active", Boolean),
    Column("email", String(320), nullable=False),
    Column("last_login", DateTime),
    Column("login_count", Integer),
    Column("fail_login_count", Integer),
    Column("created_on", DateTime),
    Column("changed_on", DateTime),
    Column("created_by_fk", Integer, ForeignKey("ab_user.id")),
    Column("changed_by_fk", Integer, ForeignKey("ab_user.id")),
)
ROLES: Final = Table(
    "ab_role",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
)
GROUPS: Final = Table(
    "ab_group",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("label", String(150)),
    Column("description", String(512)),
)
HELD: Final = _pairs("ab_user_role", "user", "role")
IN_GROUP: Final = _pairs("ab_user_group", "user", "group")
OF_GROUP: Final = _pairs("ab_group_role", "group", "role")
