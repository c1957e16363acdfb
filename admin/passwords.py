"""Passwords of staff: checked in the same time for known and unknown names (CVE-2021-29621)."""

from functools import cache
from typing import Any, Final

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from app.db.clock import now
from app.domain.errors import Refused

METHOD: Final = "scrypt:32768:8:1"
"""Memory-hard, 32 MB a try (ASVS 5 11.4.2); also FAB's default, so its own hashes are checked alike."""

SHORTEST: Final = 12
LONGEST: Final = 128


def check(session: Session, name: str, password: str) -> Any | None:
    """Return the member of staff whose name and password these are. One path for all answers."""
    typed = name.strip().lower()
    user = session.scalars(
        select(User).where(or_(func.lower(User.username) == typed, func.lower(User.email) == typed))
    ).first()
    stored = user.password if user is not None and user.is_active and user.password else ""
    right = check_password_hash(stored or _nobodys(), password) and stored != ""
    _count(session, -1 if user is None else user.id, right=right)
    return user if right else None


def change(session: Session, user: Any, old: str, new: str, again: str) -> None:
    """Give somebody a new password. Their sessions end with it (``admin.endings``)."""
    if not check_password_hash(user.password, old):
        raise Refused("That is not your password now.", field="old")
    if new != again:
        raise Refused("The two do not match. Type the new password twice.", field="again")
    user.password = made(new, user.email, user.username)


def made(password: str, *about: str) -> str:
    """Return the hash of a new password, or refuse one that is too easy to guess (NIST 800-63B)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused(
            f"Use {SHORTEST} to {LONGEST} characters. A short sentence is good.", field="new"
        )
    plain = password.lower()
    if len(set(plain)) < 5 or any(word and word.lower() in plain for word in about):
        raise Refused("That is easy to guess. Take words that do not name you.", field="new")
    return generate_password_hash(password, method=METHOD)


def _count(session: Session, user_id: int, *, right: bool) -> None:
    """Note a try on the account; for nobody's, the same statement runs and touches no row."""
    counted: dict[str, Any] = {"fail_login_count": func.coalesce(User.fail_login_count, 0) + 1}
    if right:
        counted = {
            "fail_login_count": 0,
            "login_count": func.coalesce(User.login_count, 0) + 1,
            "last_login": now().replace(tzinfo=None),
        }
    session.execute(
        update(User)
        .where(User.id == user_id)
        .values(counted)
        .execution_options(synchronize_session=False)
    )


@cache
def _nobodys() -> str:
    return generate_password_hash("nobody has this password", method=METHOD)
