"""What ends the sessions of staff: another password, another role, the end of their employment.

It hangs on the session itself, so that it holds whoever changes the rows and by whatever way: FAB's
signals tell only of changes that go through FAB's security manager.
"""

from typing import Any, Final

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from app.db.session import factory
from app.domain.sign_in import StaffStatus
from app.models import StaffProfile
from app.services import sessions

WATCHED: Final = {
    "password": "the password was changed",
    "roles": "the roles were changed",
    "groups": "the roles were changed",
    "active": "the account was switched off",
}


def install() -> None:
    """Listen to every session of the house, once."""
    if not event.contains(factory, "before_flush", _end_sessions):
        event.listen(factory, "before_flush", _end_sessions)


def _end_sessions(session: Session, _context: Any, _instances: Any) -> None:
    for record in list(session.dirty):
        if isinstance(record, User):
            reason = _reason(record)
            if reason:
                sessions.end_user(session, record.id, reason)
        elif isinstance(record, StaffProfile) and record.status is StaffStatus.ended:
            sessions.end_user(session, record.user_id, "the employment ended")


def _reason(user: Any) -> str:
    state = inspect(user)
    for name, reason in WATCHED.items():
        if name not in state.unloaded and state.attrs[name].history.has_changes():
            return reason
    return ""
